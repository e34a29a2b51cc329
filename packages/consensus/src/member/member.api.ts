/**
 * What is said to a member: by the others of its group, and by clients.
 *
 *     member ── raft ──► member        plain messages, never waited for; lost ones are the algorithm's business
 *     client ── submit, read, … ──► member        answered by whoever leads; the others say whom they take for the leader
 */
import type { AnyPid, Down } from '@agner/core'
import { protocol, type Protocol } from '@agner/behaviours'
import type { Change, ClientRequest, Configuration, MemberId, Message } from '../raft/interface.ts'
import type { MemberStatus } from './member-interface.ts'
import { processNameOf } from './group.ts'
import type { Parcel } from './parcels.ts'
import { memberSchemas } from './schemas.ts'

/** Why something was not done here. Unless `mayCome` is true nothing has come of it, and nothing will; but for `result_unsendable`. */
export interface Refused {
  readonly type: 'refused'
  readonly why:
    | 'not_leader'
    /** It was this member's to answer, and another leads now, or it was overtaken by a snapshot. */
    | 'leader_lost'
    | 'busy'
    | 'change_pending'
    | 'no_such_member'
    | 'is_member'
    /** It is a member with a role that cannot become the one that was asked for. */
    | 'other_role'
    | 'last_voter'
    /** Those that answer now would be no majority with it. */
    | 'unheard'
    | 'transferring'
    /** The session is not known, or was dropped. */
    | 'no_session'
    /** The session counts this request as answered. */
    | 'answered_before'
    /** More results of the session are kept than the limit allows. */
    | 'too_many_results'
    /** The machine has no queries, or this member applies nothing. */
    | 'no_query'
    /** The command takes more bytes than one may. */
    | 'too_large'
    /** The command cannot be said in bytes. */
    | 'unencodable'
    /** The machine's query threw, or what it gave cannot be sent. */
    | 'query_failed'
    /** The command was applied, now or before, but what the machine gave cannot be sent. */
    | 'result_unsendable'
  /** The leader as this member knows it. */
  readonly leader: MemberId | null
  readonly term: number
  readonly members: Configuration
  readonly mayCome: boolean
  /** What was wrong with the request itself, for people. */
  readonly message?: string
}

export type Answer<Value> = { readonly type: 'done'; readonly value: Value } | Refused

export interface LocalRead {
  readonly answer: unknown
  readonly member: MemberId
  readonly applied: number
}

export interface MemberApi {
  calls: {
    submit(request: { readonly command: unknown; readonly request: ClientRequest }): Answer<unknown>
    openSession(request: { readonly owner: string }): Answer<string>
    closeSession(request: { readonly session: string }): Answer<null>
    read(request: { readonly query: unknown }): Answer<unknown>
    readLocal(request: { readonly query: unknown }): Answer<LocalRead>
    configure(request: { readonly change: Change }): Answer<null>
    transfer(request: { readonly to: MemberId | null }): Answer<MemberId>
    status(): MemberStatus
  }
  info:
    | Envelope
    /** This process's own. */
    | { readonly type: 'raftTime'; readonly alarm: number }
    | { readonly type: 'raftFlush' }
    | { readonly type: 'raftWritten' }
    | { readonly type: 'raftStorageFailed'; readonly reason: string }
    | { readonly type: 'raftWatch'; readonly pid: AnyPid; readonly on: boolean; readonly after: number | null }
    | { readonly type: 'raftPropose'; readonly command: unknown }
    | { readonly type: 'raftMayForget'; readonly index: number }
    | Down<'raftMemberDown'>
    | Down<'raftWatcherDown'>
}

/** A message of the algorithm; a snapshot in pieces. */
export interface Envelope {
  readonly type: 'raft'
  /** The machine's name: members that are about something else do not belong here. */
  readonly about: string
  readonly from: MemberId
  /** Who is meant: a member that is no more is not taken for its successor on the same node. */
  readonly to: MemberId
  /** The process that speaks for `from`. */
  readonly pid: AnyPid
  readonly message: Message | Parcel
}

/** One protocol value per group: its name is the local name of the process. */
export function memberProtocol(group: string): Protocol<MemberApi> {
  return protocol(processNameOf(group), { schemas: memberSchemas })
}
