/**
 * What a service is given to run with, and what it gives back.
 */
import type { Server as NetServer, Socket } from 'node:net'
import type { Logger } from '@agner/behaviours'
import type { Node } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import type { Groups } from '@agner/groups'

export interface ServiceContext {
  readonly node: Node
  readonly distribution: Distribution
  readonly groups: Groups
  /** Where this cluster keeps its data; each service uses files or folders of its own in it. */
  readonly dataFolder: string
  /** For what happens outside any process; one that logs takes `logger(self)`. */
  readonly log: Logger
}

export interface RunningService {
  /** Where the service can be reached by HTTP, if it can. */
  readonly url?: string
  /** What runs here, for the cluster's status: application name and state. */
  readonly applications: () => readonly { readonly name: string; readonly state: string }[]
  /** The public port: accept on this server, or take this connection. */
  readonly accept?: (from: { readonly listener: NetServer } | { readonly socket: Socket }) => void
  /** Finish what was begun, take nothing new. */
  readonly stop: () => Promise<void>
}
