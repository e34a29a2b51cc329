/**
 * The log of messages: who agrees on it, and what is said to it.
 *
 *     db1, db2   voters      the log on disk, applied to a copy that can be asked
 *     log        witness     the log on disk, so that any two of the three are a majority
 */
import { raftGroup, type Configuration, type RaftGroup } from '@agner/consensus'

/** A message on its way into the log. */
export interface Offered {
  readonly room: string
  readonly user: string
  readonly text: string
  readonly key: string | null
  /**
   * What a copy says that has all messages up to this id: it knows nothing of `key`, and the newest message of the room is `previous`. The machine remembers only
   * the newest of both.
   */
  readonly upTo: number
  /** 0: the room has none up to there. */
  readonly previous: number
}

/** Messages that came together; each is stored by itself. */
export interface AppendCommand {
  readonly type: 'append'
  /** By the clock of whoever proposes it, as ISO 8601. */
  readonly at: string
  readonly messages: readonly Offered[]
}

export type AppendResult =
  | { readonly type: 'new'; readonly id: number; readonly previous: number }
  /** Its key stands for this message already, or for another: whoever asks compares. */
  | { readonly type: 'known'; readonly id: number }
  /** The copy that was asked before was too far behind to know. Nothing was stored: ask it again, and propose anew. */
  | { readonly type: 'again' }

/** The id of the newest message. */
export type MessagesQuery = 'lastId'

export type MessagesGroup = RaftGroup<AppendCommand, readonly AppendResult[], MessagesQuery, number>

export const messages: MessagesGroup = raftGroup('messages')

/** The same at all of them. Who has durable storage is called by its node's name. */
export function foundersOf(voters: readonly string[], witness: string): Configuration {
  return [...voters.map((id) => ({ id, role: 'voter' as const })), { id: witness, role: 'witness' }]
}
