import type { JSX } from 'preact'

const width = 360
const height = 96
const shownMinutes = 60

/** A bar per minute, the newest at the right; the tallest one says how tall. */
export function RateChart({ perMinute }: { perMinute: readonly number[] }): JSX.Element {
  const bars = perMinute.slice(-shownMinutes)
  if (bars.length === 0) return <p class="muted">No minute has passed yet.</p>
  const peak = Math.max(1, ...bars)
  const step = width / Math.max(bars.length, 20)
  const left = width - bars.length * step
  return (
    <figure class="chart">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`Messages a minute over the last ${bars.length} minutes: ${bars.at(-1)} in the last one, ${Math.max(...bars)} at most.`}
      >
        <line class="chart-base" x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} />
        {bars.map((count, index) => {
          const tall = count === 0 ? 0 : Math.max(2, (count / peak) * (height - 6))
          const bar = Math.min(step * 0.7, 12)
          return (
            <rect
              key={index}
              class="chart-bar"
              x={left + index * step + (step - bar) / 2}
              y={height - 1 - tall}
              width={bar}
              height={tall}
              rx={Math.min(2, bar / 3)}
            />
          )
        })}
      </svg>
      <figcaption class="chart-legend muted small">
        <span>{bars.length} min ago</span>
        <span>peak {Math.max(...bars)}</span>
        <span>now</span>
      </figcaption>
    </figure>
  )
}
