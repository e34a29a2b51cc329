/**
 * What a run came to: pure, from the tries and from when which node was down.
 *
 * The share answered well and the longest pause are of the time in which at most one node was down: whatever overlaps a time with two is
 * left out of them.
 */
import { overlap, type Stretch } from './history.ts'
import type { Outcome, Try } from './tally.ts'

/** From what was done to a node until the whole cluster was as it should be again. */
export interface Down extends Stretch {
  readonly node: string
}

export interface Measures {
  readonly tries: number
  readonly outcomes: Readonly<Record<Outcome, number>>
  readonly acknowledged: number
  /** While at most one node was down: how many tries there were, and the share of them that was answered well. */
  readonly judged: number
  readonly share: number
  /** Between two acknowledgements; the beginning and the end of the run count like one. */
  readonly longestPauseMs: number
  readonly longestPauseOfAllMs: number
}

export interface Run extends Stretch {
  readonly tries: readonly Try[]
  /** In order. */
  readonly acknowledgedAtMs: readonly number[]
  readonly downs: readonly Down[]
}

export function measure({ tries, acknowledgedAtMs, downs, fromMs, toMs }: Run): Measures {
  const crowded = crowdedIn(downs)
  const isCrowded = (one: Stretch): boolean => crowded.some((stretch) => overlap(one, stretch))
  const outcomes: Record<Outcome, number> = { answered: 0, refused: 0, broken: 0, late: 0 }
  for (const { outcome } of tries) outcomes[outcome]++
  const judged = tries.filter((one) => !isCrowded(one))
  const well = judged.filter(({ outcome }) => outcome === 'answered').length
  const moments = [fromMs, ...acknowledgedAtMs, toMs]
  const pauses = moments.slice(1).map((atMs, index) => ({ fromMs: moments[index]!, toMs: atMs }))
  return {
    tries: tries.length,
    outcomes,
    acknowledged: acknowledgedAtMs.length,
    judged: judged.length,
    share: judged.length === 0 ? 1 : well / judged.length,
    longestPauseMs: longest(pauses.filter((pause) => !isCrowded(pause))),
    longestPauseOfAllMs: longest(pauses),
  }
}

function longest(stretches: readonly Stretch[]): number {
  return stretches.reduce((most, { fromMs, toMs }) => Math.max(most, toMs - fromMs), 0)
}

/** The stretches in which at least two nodes were down, in order. */
export function crowdedIn(downs: readonly Down[]): Stretch[] {
  const edges = downs
    .flatMap(({ fromMs, toMs }) => [
      { atMs: fromMs, step: 1 },
      { atMs: toMs, step: -1 },
    ])
    // Who is back at the very moment when another goes was not down with it.
    .toSorted((a, b) => a.atMs - b.atMs || a.step - b.step)
  const stretches: Stretch[] = []
  let down = 0
  let sinceMs = 0
  for (const { atMs, step } of edges) {
    if (down === 1 && step === 1) sinceMs = atMs
    if (down === 2 && step === -1) stretches.push({ fromMs: sinceMs, toMs: atMs })
    down += step
  }
  return stretches
}
