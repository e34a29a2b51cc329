/**
 * Where a node has its copy of the messages: the seam between the log and a database on disk.
 *
 * Rows come in the order of their ids, which have no gaps. `apply` is one transaction, with the place in the log beside the rows: after a crash
 * all of it is there, or nothing. What is read was synced before.
 */
import type { Message, RoomSummary } from '../database.api.ts'
import type { Page } from '../pages.ts'
import type { PageQuery } from '../questions.ts'

export interface Row extends Message {
  readonly key: string | null
  /** The message before it in its room, 0 for none. */
  readonly previous: number
}

export interface Position {
  /** The entry of the log up to which everything is here. */
  readonly index: number
  /** The newest message that is here. */
  readonly lastId: number
}

/** What is known of keys and rooms, all at one moment. */
export interface Looked {
  readonly upTo: number
  readonly byKey: readonly Row[]
  /** The newest message of each room that has one. */
  readonly rooms: readonly (readonly [room: string, last: number])[]
}

export interface MessageTable {
  position(): Promise<Position>
  /** Resolves when it is synced. With an index, everything up to there is here from now on. */
  apply(rows: readonly Row[], index: number | null): Promise<void>
  look(asked: { readonly keys: readonly string[]; readonly rooms: readonly string[] }): Promise<Looked>
  byIds(ids: readonly number[]): Promise<readonly Row[]>
  history(query: PageQuery & { readonly room: string }): Promise<Page>
  since(query: PageQuery): Promise<Page>
  /** As `since`, with all that a copy needs. */
  rows(query: PageQuery): Promise<readonly Row[]>
  rooms(): Promise<readonly RoomSummary[]>
  /** What was called before is done first. */
  close(): Promise<void>
}
