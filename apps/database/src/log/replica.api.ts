/**
 * A node's copy of the messages, as others ask it: the server of the messages on the same node, clients when nobody serves, and the other copy.
 */
import { protocol, type Protocol } from '@agner/behaviours'
import type { MemberEvent } from '@agner/consensus'
import type { Message, RoomSummary } from '../database.api.ts'
import type { Page } from '../pages.ts'
import { pageQuestion, type PageQuery } from '../questions.ts'
import type { Looked, Row } from './message-table.ts'
import type { AppendCommand, AppendResult } from './messages.group.ts'

/** What a client gets from this node: see `DatabaseStatus`. */
export type Serves = 'readsAndWrites' | 'reads' | 'nothing'

/** It lacks messages that it cannot get at present, or more wait than it takes: ask elsewhere, or later. */
export interface NotHere {
  readonly error: 'notHere'
}

/** Answered once the copy has everything up to that message, which a client that takes what there is leaves at 0. */
export interface AtLeast {
  readonly atLeast: number
}

export interface ReplicaStatus {
  readonly serves: Serves
  /** It lacks nothing that the log does not have any more. */
  readonly isWhole: boolean
  readonly lastId: number
}

export interface ReplicaApi {
  calls: {
    look(asked: {
      readonly keys: readonly string[]
      readonly rooms: readonly string[]
    }): (Looked & { readonly serves: Serves }) | NotHere
    byIds(asked: AtLeast & { readonly ids: readonly number[] }): readonly Row[] | NotHere
    history(asked: AtLeast & PageQuery & { readonly room: string }): readonly Message[] | Page | NotHere
    since(asked: AtLeast & PageQuery): readonly Message[] | Page | NotHere
    rooms(asked: AtLeast): readonly RoomSummary[] | NotHere
    /** What another copy lacks: from its end on, without gaps, as far as this one has it. */
    rows(asked: PageQuery): readonly Row[]
    status(): ReplicaStatus
  }
  info:
    | MemberEvent<AppendCommand, readonly AppendResult[]>
    /** The process's own: what came of something that took time. */
    | { readonly type: 'write' }
    | { readonly type: 'synced' }
    | { readonly type: 'failed'; readonly reason: string }
    | { readonly type: 'fetched'; readonly rows: readonly Row[] }
    | { readonly type: 'fetch' }
}

/** Registered under this name on every node that has a copy. */
export const replica: Protocol<ReplicaApi> = protocol('@agner-chat/messages', {
  schemas: { calls: { history: pageQuestion(), since: pageQuestion(), rows: pageQuestion() } },
})
