/** From values to pixels, and where an axis is marked. */
import type { Axis } from './chart.ts'

export interface Scale {
  readonly at: (value: number) => number
  readonly ticks: readonly number[]
}

const mostTicks = 7

/** Pixels run from `from` to `to`; either may be the larger. Values that a logarithm has no place for are at its lower end. */
export function scaleOf(axis: Axis, values: readonly number[], from: number, to: number): Scale {
  const isLog = axis.scale === 'log'
  const finite = values.filter((value) => Number.isFinite(value) && (!isLog || value > 0))
  const ticks = axis.ticks ?? (isLog ? logTicks(finite) : linearTicks(finite))
  const shown = [...finite, ...ticks]
  const least = shown.reduce((a, b) => Math.min(a, b), isLog ? Infinity : 0)
  const most = shown.reduce((a, b) => Math.max(a, b), least)
  const place = (value: number): number => (isLog ? Math.log(Math.max(value, least)) : value)
  const span = place(most) - place(least)
  return {
    at: (value) => (span === 0 ? from : from + ((place(value) - place(least)) / span) * (to - from)),
    ticks,
  }
}

/** Multiples of 1, 2 or 5 times a power of ten, from 0 over the largest. */
function linearTicks(values: readonly number[]): number[] {
  const most = values.reduce((a, b) => Math.max(a, b), 0)
  const least = values.reduce((a, b) => Math.min(a, b), 0)
  if (most === least) return [0, 1]
  const rough = (most - least) / (mostTicks - 1)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough
  const first = Math.floor(least / step)
  const last = Math.ceil(most / step)
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

/** Powers of ten around the values, with what lies between where there are few. */
function logTicks(values: readonly number[]): number[] {
  if (values.length === 0) return [1, 10]
  const least = values.reduce((a, b) => Math.min(a, b))
  const most = values.reduce((a, b) => Math.max(a, b))
  const low = Math.floor(Math.log10(least))
  const high = Math.max(low + 1, Math.ceil(Math.log10(most)))
  const factors = high - low <= 2 ? [1, 2, 5] : [1]
  const every = Math.ceil((high - low) / mostTicks)
  const ticks: number[] = []
  for (let power = low; power <= high; power += every)
    for (const factor of factors) if (power < high || factor === 1) ticks.push(Number(`${factor}e${power}`))
  return ticks
}
