/**
 * The database as its clients see it: the messages of the chat, in one order, durable before they are acknowledged.
 */
import { protocol, type Protocol } from '@agner/behaviours'
import type { Page } from './pages.ts'
import { pageQuestion, type PageQuery } from './questions.ts'
import { storableMessage } from './storable.ts'

/** One message of a room. Ids count up over all rooms, with no order between rooms promised beyond that. */
export interface Message {
  readonly id: number
  readonly room: string
  readonly user: string
  readonly text: string
  /** When the database took it, as ISO 8601. */
  readonly at: string
}

export interface NewMessage {
  readonly room: string
  readonly user: string
  readonly text: string
  /** Makes a retry safe: the same key brings the same message back and stores nothing. Null for none. */
  readonly key: string | null
}

export interface Stored {
  readonly ok: Message
  /** The id of the message before it in its room, 0 for none: who has not seen that one has missed something. */
  readonly previous: number
}

/**
 * - `keyReused`: the key stands for another message already; nothing was stored.
 * - `readOnly`: nothing was stored, and nothing will be until more of those who keep the messages can be reached. Reads go on.
 * - `busy`: nothing was stored; more is on its way than is taken.
 * - `unavailable`: it is not known whether it was stored. The same key makes it safe to try again.
 */
export type Appended = Stored | { readonly error: 'keyReused' | 'readOnly' | 'busy' | 'unavailable' }

export interface RoomSummary {
  readonly room: string
  readonly messages: number
}

export interface DatabaseApi {
  calls: {
    /** Answered only when the message is durable: whichever node is lost then, it is not. */
    append(message: NewMessage): Appended
    /**
     * Messages of one room with an id above `after`, oldest first, at most 1,000 and about 1 MiB: all that was acknowledged before this was asked. Who cannot say that
     * does not answer, and ends or is asked again; so with the other reads.
     */
    history(query: PageQuery & { readonly room: string }): readonly Message[] | Page
    /** Messages of all rooms with an id above `after`, oldest first: what analytics reads. */
    since(query: PageQuery): readonly Message[] | Page
    rooms(): readonly RoomSummary[]
  }
  /** The server's own: the batch is complete. */
  info: { readonly type: 'write' }
}

export const database: Protocol<DatabaseApi> = protocol('@agner-chat/database', {
  schemas: { calls: { append: storableMessage(), history: pageQuestion(), since: pageQuestion() } },
})
