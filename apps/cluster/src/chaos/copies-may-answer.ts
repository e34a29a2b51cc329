/**
 * When a page of history may be of a copy: pure, from what was done to the nodes and when messages were acknowledged.
 *
 * - While two of those that keep messages were down: one is no majority.
 * - While two nodes heard each other and nobody else: users are on the smaller side, too.
 * - While nothing was acknowledged to anybody for more than a second, with twenty people writing: nobody led.
 *
 * And for `graceMs` after each: an http node asks the copies for up to 0.5 s, goes by what they said for 0.2 s, and waits for a page of theirs for up
 * to 1 s (apps/database/src/copies.ts and client.ts).
 */
import type { Stretch } from './history.ts'
import { crowdedIn } from './measures.ts'
import { downsOf, type Struck } from './plan.ts'

const graceMs = 2000
const quietMs = 1000

export interface Told {
  readonly struck: readonly Struck[]
  /** The nodes that keep the messages. */
  readonly voters: readonly string[]
  /** In order. */
  readonly acknowledgedAtMs: readonly number[]
}

export function whenCopiesMayAnswer({ struck, voters, acknowledgedAtMs }: Told): Stretch[] {
  const alone = crowdedIn(downsOf(struck).filter(({ node }) => voters.includes(node)))
  const split = struck.filter(({ fault }) => fault.type === 'split')
  const quiet = acknowledgedAtMs
    .map((atMs, index): Stretch => ({ fromMs: atMs + quietMs, toMs: acknowledgedAtMs[index + 1] ?? Infinity }))
    .filter(({ fromMs, toMs }) => fromMs < toMs)
  return [...alone, ...split, ...quiet].map(({ fromMs, toMs }) => ({ fromMs, toMs: toMs + graceMs }))
}
