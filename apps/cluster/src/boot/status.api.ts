/**
 * The status of a node, as any other node can ask for it.
 */
import { protocol, type Protocol } from '@agner/behaviours'
import type { ServiceName } from '../topology.ts'

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
