/**
 * Why there is no connection: an operating error, so a value and no throw.
 */
import type { RefusalCode } from '../handshake/messages.ts'

/**
 * - `unknown`: nobody says where that node is. `unreachable`: nobody answers there, or the connection broke before it
 *   stood. `timeout`: it took longer than `handshakeTimeoutMs`. `bad_name`: no node can have that name.
 * - `too_many_signals`: more waited for it than may, by `limits.queuedSignals` or `limits.outputBytes`. `stopped`: the
 *   distribution of this node is.
 * - Any other: one of the two refused, as `wrong_cookie`, `not_allowed`, or `busy` for `limits.connections`; `refused` if a
 *   newer version says so in a word that this one does not know.
 */
export type ConnectFailure =
  | 'unknown'
  | 'unreachable'
  | 'timeout'
  | 'bad_name'
  | 'too_many_signals'
  | 'stopped'
  | 'refused'
  | RefusalCode

export type ConnectResult =
  | { readonly connected: true }
  /** `text` says in a sentence what happened, and what to do. */
  | { readonly connected: false; readonly why: ConnectFailure; readonly text: string }

export type NotConnected = ConnectResult & { readonly connected: false }

export function notConnected(why: ConnectFailure, text: string): NotConnected {
  return { connected: false, why, text }
}
