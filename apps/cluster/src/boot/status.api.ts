/**
 * The status of a node, as any other node can ask for it.
 */
import { protocol, type Protocol } from '@agner/behaviours'
import type { ServiceName } from '../topology.ts'

/** What a node says of its part in keeping the messages. */
export interface DatabaseStatus {
  /**
   * `leader`: it serves the messages. `follower`: it has a copy of them, and takes over when it must. `witness`: it keeps the log and
   * votes, and has no copy. `candidate`: it knows of no leader.
   */
  readonly role: 'leader' | 'follower' | 'witness' | 'candidate'
  /** Counts the leaders there have been: the fencing token of the one that serves. */
  readonly term: number
  /** The node that leads, as far as this one knows. */
  readonly leader: string | null
  /** The newest entry that this node knows to be acknowledged, that is, on the disks of a majority. */
  readonly committed: number
  /** The newest entry in this node's copy, synced; for a witness, in its log. */
  readonly applied: number
  /** How many entries the copy is behind what this node knows to be acknowledged. */
  readonly lag: number
  /** What a client gets here: `reads` alone when no majority can be reached, `nothing` where another node serves. */
  readonly serves: 'readsAndWrites' | 'reads' | 'nothing'
}

export interface NodeStatus {
  readonly name: string
  readonly service: ServiceName
  readonly osPid: number
  readonly up: true
  readonly url?: string
  readonly groups: readonly string[]
  /** The nodes that it has a connection to. */
  readonly connections: readonly string[]
  readonly applications: readonly { readonly name: string; readonly state: string }[]
  readonly processes: number
  /** Only on the nodes that keep the messages. */
  readonly database?: DatabaseStatus
}

export interface StatusApi {
  calls: {
    status(): NodeStatus
    /** Asks another node that the caller may have no connection to. Null if it cannot be reached from here either. */
    statusOf(node: string): NodeStatus | null
  }
}

/** Registered under this name on every node. */
export const status: Protocol<StatusApi> = protocol('@agner-chat/status')
