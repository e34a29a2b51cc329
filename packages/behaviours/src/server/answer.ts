/**
 * Answers given later (gen_server:reply).
 *
 *     client ── call ──► server: noreply(state with from kept)   …later…   answer(from, value)
 */
import { reply } from '@agner/core'
import type { From } from './definition.ts'

/**
 * Answers a call that was kept, from whatever process of the node knows the value. Answering twice, or after the caller
 * gave up or died, does nothing.
 *
 * @throws `copy.unsendable` if the value cannot be sent; the call then stays unanswered.
 */
export function answer<R>(from: From<R>, value: NoInfer<R>): void {
  reply(from, value)
}
