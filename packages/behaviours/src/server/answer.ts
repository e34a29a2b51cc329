/**
 * Answers given later (gen_server:reply).
 *
 *     client ── call ──► server: noreply(state with from kept)   …later…   answer(from, value)
 *     client ── call ──► server ── { from } ──► worker, here or elsewhere: answer(self, from, value)
 */
import { reply, replyFrom, type AnyProcess } from '@agner/core'
import type { From } from './definition.ts'

/**
 * Answers a call that was kept, from whatever code of the server's process knows the value. Another process, which got
 * `from` as it is or in a message, says who answers: `answer(self, from, value)`; the answer then comes after what that process sent
 * to the caller before, and it is that process that waits for a slow connection, not the server. Answering twice, or after the caller gave up
 * or died, does nothing.
 *
 * @throws `copy.unsendable` if the value cannot be sent, and the call then stays unanswered; `reply.not_a_request` for a
 *   `from` of a message without `self`.
 */
export function answer<R>(from: From<R>, value: NoInfer<R>): void
export function answer<R>(self: AnyProcess, from: From<R>, value: NoInfer<R>): void
export function answer<R>(...given: [from: From<R>, value: R] | [self: AnyProcess, from: From<R>, value: R]): void {
  if (given.length === 2) reply(given[0], given[1])
  else replyFrom(given[0], given[1], given[2])
}
