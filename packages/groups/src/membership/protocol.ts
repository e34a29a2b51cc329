/**
 * What the keepers of two nodes say to each other about groups.
 *
 *     connection ──► hello both ways: who I am, which of your groups I am in as I know them; the newer view wins
 *     founder ── reserve ──► node      may it be in that group?          ◄── yes, no, or: in another of that name
 *     founder ── found ────► founders  the same genesis for all: a log begins
 *     leader ── views ─────► members   what was committed, for those whom the log has not told yet
 *
 * Everything about membership names a group's id and epoch. Nothing here changes a group: that is its log's business alone.
 */
import { protocol, type Protocol } from '@agner/behaviours'
import type { AnyPid, Ref } from '@agner/core'
import type { Configuration } from '@agner/consensus'
import type { Claims } from '../names/claims.ts'
import type { Genesis } from './machine.ts'
import { keeperSchemas } from './schemas.ts'
import type { GroupView } from './view.ts'

export type FreeKind = 'normal' | 'hidden' | null

export interface Hello {
  /** The keeper that says it: its node, in its present life. */
  readonly keeper: AnyPid
  /** Free nodes say how; null: it is in a group. */
  readonly free: FreeKind
  /** The connection is there for the sake of groups: nobody asked for it. */
  readonly isForGroups: boolean
  /** The own groups of the sender that the receiver is in, as the sender knows. */
  readonly shared: readonly GroupView[]
  /** For logs of those in which the sender's member is not its first: which one it is. */
  readonly lives: Readonly<Record<string, number>>
  /** Its other groups, for information. */
  readonly others: readonly GroupView[]
  /** The other free nodes that it is connected to. */
  readonly freeNodes: readonly string[]
  readonly wantsAnswer: boolean
}

export interface Reserve {
  readonly name: string
  readonly id: string
  readonly by: AnyPid
}

export type Reserved =
  /** The member id that its present life would have. */
  | { readonly type: 'yes'; readonly id: string }
  /** It is in the group already. */
  | { readonly type: 'member'; readonly id: string }
  /** It is in another group of that name, or about to be. */
  | { readonly type: 'taken' }
  | { readonly type: 'full' }

export interface Found {
  readonly genesis: Genesis
  readonly claims: Claims
  readonly founders: Configuration
  readonly by: AnyPid
}

export interface Freeze {
  /** As the founder knows the group: the generation after this one is to be founded. */
  readonly view: GroupView
  readonly by: AnyPid
}

/** What a node answers to one who founds the next generation. */
export type Frozen =
  /** Where its log ends, and what all of it makes, committed or not: it will tell nobody else for a while. */
  | {
      readonly type: 'state'
      readonly end: { readonly term: number; readonly index: number }
      readonly view: GroupView
      readonly claims: Claims
      readonly configuration: Configuration
      /** The entry that brought it, and whether that is known to be committed. */
      readonly since: { readonly index: number; readonly isCommitted: boolean }
      /** Those of them that it has seen in a newer life. */
      readonly dead: readonly string[]
    }
  /** It has no log of the group, and would take part. */
  | { readonly type: 'fresh' }
  /** It knows what was decided later, from its log or from others; it may have left since. */
  | { readonly type: 'newer'; readonly view: GroupView }
  /** It is in another group of that name. */
  | { readonly type: 'elsewhere' }
  /** It has promised itself to another founder, or takes part in a founding. */
  | { readonly type: 'no' }

export interface KeeperApi {
  calls: {
    reserve(request: Reserve): Reserved
    /** What was reserved is not needed any more. */
    release(request: { readonly name: string; readonly id: string }): null
    /** Learns what was committed, and acts on it before it answers. */
    learn(view: GroupView): null
    /** What its log has, for one who founds the next generation. */
    freeze(request: Freeze): Frozen
  }
  casts: {
    hello(hello: Hello): void
    views(request: { readonly from: string; readonly views: readonly GroupView[] }): void
    /** The sender is in another group of that name: it cannot be in this one. */
    declined(request: { readonly id: string; readonly node: string }): void
    /** The free nodes that the sender, which is one, is connected to. */
    free(nodes: readonly string[]): void
    found(found: Found): void
    /** The founding did not come about. */
    abandon(request: { readonly id: string; readonly founding: string }): void
    /** The sender does not found after all: what was promised to it is not any more. */
    thaw(request: { readonly id: string; readonly by: string }): void
    /** The sender's member of that log will never take part in it again: if there is another, it is the one of this life. */
    life(request: { readonly node: string; readonly log: string; readonly life: number }): void
    /** The votes of this node in that log are handed over: it may end. */
    released(request: { readonly log: string }): void
    /** The sender's user wants this connection, or no longer. */
    asked(request: { readonly node: string; readonly on: boolean }): void
  }
  info:
    | { readonly type: 'nodeup'; readonly node: string }
    | { readonly type: 'nodedown'; readonly node: string; readonly reason: string }
    | { readonly type: 'tick'; readonly own: Ref }
    /** Something happened to the log of that group. */
    | { readonly type: 'log'; readonly log: string }
}

/** Its name is the local name of the keeper on every node. */
export const keeperProtocol: Protocol<KeeperApi> = protocol('@agner/groups/keeper', { schemas: keeperSchemas })
