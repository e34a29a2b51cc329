/**
 * What the owner of a supervised handler is told when the handler goes (`{gen_event_EXIT, Handler, Reason}`).
 */
import type { AnyPid, ExitReason } from '@agner/core'
import type { HandlerId } from './handler-protocol.ts'

/** Name it in the `info` of a server that owns handlers. */
export interface GenEventExit {
  readonly type: 'genEventExit'
  readonly manager: AnyPid
  readonly handler: HandlerId
  /**
   * - `'normal'`: it was deleted, or removed itself.
   * - `'shutdown'`: the manager ends.
   * - `{ swapped: … }`: another took its place, owned by `owner`.
   * - Anything else is what it crashed with: an error, with the code `events.bad_return` for a return that is none.
   */
  readonly reason: 'normal' | 'shutdown' | Swapped | ExitReason
}

export interface Swapped {
  readonly swapped: { readonly handler: HandlerId; readonly owner: AnyPid | null }
}
