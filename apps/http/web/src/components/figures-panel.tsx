import type { JSX } from 'preact'
import { usePoll } from '../live/use-poll.ts'
import { readFigures } from '../model/figures.ts'
import { shortTime } from './moments.ts'
import { RateChart } from './rate-chart.tsx'
import { Trouble } from './trouble.tsx'

const everyMs = 3_000
const number = new Intl.NumberFormat()

export function FiguresPanel(): JSX.Element {
  const { data: figures, problem } = usePoll('/api/analytics', readFigures, everyMs)
  if (!figures)
    return <p class="muted">{problem ? `The analytics service does not answer. ${problem}` : 'Counting…'}</p>
  const most = Math.max(1, ...figures.busiestRooms.map(({ messages }) => messages))
  return (
    <section data-testid="figures" aria-label="Figures" data-stale={problem ? 'true' : undefined}>
      {problem && <Trouble text={problem} />}
      <dl class="figures">
        <Figure name="messages" value={figures.totalMessages} />
        <Figure name={figures.activeUsers === 1 ? 'active person' : 'active people'} value={figures.activeUsers} />
        <Figure name="last minute" value={figures.messagesPerMinute.at(-1) ?? 0} />
      </dl>
      <h2 class="panel-title">Messages a minute</h2>
      <RateChart perMinute={figures.messagesPerMinute} />
      <h2 class="panel-title">Busiest rooms</h2>
      {figures.busiestRooms.length === 0 && <p class="muted">Nobody has written yet.</p>}
      <ol class="plain-list busiest">
        {figures.busiestRooms.map(({ room, messages }) => (
          <li key={room}>
            <span class="busiest-name" dir="auto">
              <span class="hash">#</span>
              {room}
            </span>
            <span class="busiest-count">{number.format(messages)}</span>
            <span class="busiest-bar" aria-hidden="true">
              <span style={{ width: `${(100 * messages) / most}%` }} />
            </span>
          </li>
        ))}
      </ol>
      {figures.sinceMs > 0 && <p class="muted small">Counted since {shortTime(figures.sinceMs)}.</p>}
    </section>
  )
}

function Figure({ name, value }: { name: string; value: number }): JSX.Element {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>{number.format(value)}</dd>
    </div>
  )
}
