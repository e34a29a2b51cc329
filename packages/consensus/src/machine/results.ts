/**
 * What a command came to is kept in sessions and snapshots, and told to its asker and to watchers: a result that cannot be sent would end each of those who
 * have it. So every member looks at it where it is applied, and has the same thing in its place: that it is none, and why.
 *
 *     machine.apply ──► state, which stays ──► result: plain? ──► as it is
 *                                                └─ not known ──► can be copied, has bytes? ──► as it is
 *                                                                          └─► Unsendable
 */
import { copy, messageOf } from '@agner/core/kernel'
import { ValueCodec } from '@agner/distribution/values'
import { heard } from './checks.ts'
import { levelsAround, plainBytes, within } from './plain.ts'

/** Stands for a result that cannot be sent. No machine can make one. */
export class Unsendable {
  readonly why: string

  constructor(why: string) {
    this.why = why
  }
}

const codec = /* @__PURE__ */ new ValueCodec()
/** Where in the value, as a copy says it; what is around it is nobody's business. */
const around = '[0]'.repeat(levelsAround)
/** It is in each snapshot until its client has it. */
const longestWhy = 1024

/** What is kept of a result: the same at every member, since it depends on nothing else. */
export function keptOf(result: unknown): unknown {
  try {
    if (plainBytes(result) === Infinity) codec.encode(copy(within(result)))
    return result
  } catch (error) {
    heard(result)
    return new Unsendable(messageOf(error).replace(around, '').slice(0, longestWhy))
  }
}
