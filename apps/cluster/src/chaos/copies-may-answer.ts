/**
 * When a page of history may be of a copy: pure, from what was done to the nodes and when messages were acknowledged.
 *
 * - While two of those that keep messages were down: one is no majority.
 * - While two nodes heard each other and nobody else: users are on the smaller side, too.
 * - From one acknowledgement to the next, to anybody, where that was more than 0.3 seconds, with twenty people writing: nobody led.
 *
 * And for `graceMs` after each: a connection is tried again every two seconds or so, by each http node for itself; then an http node asks the copies for up to 0.5 s, goes by what they said for 0.2 s, and waits for a page of theirs for up
 * to 1 s (apps/database/src/copies.ts and client.ts).
 */
import type { Stretch } from './history.ts'
import { crowdedIn } from './measures.ts'
import { downsOf, type Struck } from './plan.ts'

const graceMs = 5000
const quietMs = 300

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
    .map((atMs, index): Stretch => ({ fromMs: atMs, toMs: acknowledgedAtMs[index + 1] ?? Infinity }))
    .filter(({ fromMs, toMs }) => toMs - fromMs > quietMs)
  return [...alone, ...split, ...quiet].map(({ fromMs, toMs }) => ({ fromMs, toMs: toMs + graceMs }))
}
