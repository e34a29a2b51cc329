/**
 * A group that a node is in, or is about to be in: what is in force, the log that decides, and its names.
 */
import type { Configuration } from '@agner/consensus'
import type { GroupNames } from '../names/group-names.ts'
import type { Claims } from '../names/claims.ts'
import type { GroupLog } from './group-log.ts'
import type { Genesis } from './machine.ts'
import type { GroupView } from './view.ts'

/** A founding that has not been committed yet, as far as this node knows. */
export interface Pending {
  readonly genesis: Genesis
  readonly claims: Claims
  readonly founders: Configuration
  readonly log: GroupLog
  /** The node that founds. */
  readonly by: string
  readonly sinceMs: number
}

/** A node's part in the log of a group. */
export interface Seat {
  view: GroupView | null
  log: GroupLog | null
  /** A change of the log's voters is under way. */
  isChanging: boolean
}

export interface OwnGroup extends Seat {
  readonly name: string
  readonly id: string
  /** What is in force. Null: it is being founded, and there is nothing yet. */
  view: GroupView | null
  /** The log that the view in force came from. Null: there is none yet, or this node cannot take part in it any more. */
  log: GroupLog | null
  pending: Pending | null
  names: GroupNames | null
  /** Members that say that they are none: they are to be removed. */
  readonly declined: Set<string>
  /** When this node last knew a leader. */
  ledAtMs: number
  /** This node has told its state to one who founds the next generation, and tells nobody else for a while. */
  promisedTo: { readonly node: string; readonly untilMs: number } | null
}
