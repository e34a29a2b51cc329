/** What a row of the report says: medians, the ratio with its interval, and whether the goal is reached. */
import type { Peer, Side } from './job.ts'
import { median, medianInterval, pairedRatios, type Interval } from './statistics.ts'
import type { Measured, Row } from './trial.ts'

/** `reached` and `missed` hold for the whole interval of 95 %; `open` means that the goal lies within it. */
export type Verdict = 'reached' | 'open' | 'missed' | 'failed' | 'unknown' | 'reported'

export interface Result {
  readonly row: Row
  readonly agner: number | null
  /** Erlang's, or that of the peer that the row is beside. */
  readonly other: number | null
  /** The median of the rounds' own ratios; above 1 where Agner is ahead. */
  readonly ratio: number | null
  readonly interval: Interval | null
  readonly rounds: number
  readonly verdict: Verdict
  /** Why a figure is not there. */
  readonly problem: string | null
}

/** What the JSON holds. */
export interface Line {
  readonly name: string
  readonly unit: string
  readonly better: 'lower' | 'higher'
  readonly agner: number | null
  readonly erlang: number | null
  readonly ratio: number | null
  /** In place of Erlang. */
  readonly beside?: { readonly side: Peer; readonly figure: number | null }
}

export function toResult(row: Row, measured: Measured, problems: ReadonlyMap<Side, string>): Result {
  const own = figures(row, measured, row.form)
  const beside = row.beside ?? 'erlang'
  const theirs = figures(row, measured, beside)
  const ratios = pairedRatios(own, theirs, row.better)
  const interval = ratios.length > 0 ? medianInterval(ratios) : null
  const ratio = ratios.length > 0 ? median(ratios) : null
  const problem = problems.get(row.form) ?? problems.get(beside) ?? null
  const result = {
    row,
    agner: own.length > 0 ? median(own) : null,
    other: theirs.length > 0 ? median(theirs) : null,
    ratio,
    interval,
    rounds: own.length,
    problem,
  }
  return { ...result, verdict: judge(row, own, ratio, interval, problem) }
}

function figures({ figure = 'value' }: Row, measured: Measured, side: Side): number[] {
  return (measured.get(side) ?? []).flatMap((of) => of[figure] ?? [])
}

/** A row whose figure was not asked for at these sizes: the larger steps of a line in a quick run. */
export function isEmpty({ agner, problem }: Result): boolean {
  return agner === null && problem === null
}

function judge(
  { goal }: Row,
  own: readonly number[],
  ratio: number | null,
  interval: Interval | null,
  problem: string | null,
): Verdict {
  if (problem !== null) return 'failed'
  if (goal === null) return 'reported'
  if ('atMost' in goal) {
    if (own.length === 0) return 'unknown'
    const { low, high } = medianInterval(own) ?? { low: median(own), high: median(own) }
    return high <= goal.atMost ? 'reached' : low > goal.atMost ? 'missed' : 'open'
  }
  if (ratio === null) return 'unknown'
  const { low, high } = interval ?? { low: ratio, high: ratio }
  return low >= goal.ahead ? 'reached' : high < goal.ahead ? 'missed' : 'open'
}

/** A row of the JSON. With `suffix` it is another column's: `_after_others`. */
export function toLine({ row, agner, other, ratio }: Result, suffix = ''): Line {
  const { name, unit, better, beside } = row
  const line = { name: `${name}${suffix}`, unit, better, agner, erlang: beside === undefined ? other : null, ratio }
  return beside === undefined ? line : { ...line, beside: { side: beside, figure: other } }
}
