/**
 * What a service is given to run with, and what it is.
 */
import type { Server as NetServer, Socket } from 'node:net'
import type { AnyApplication, Logger } from '@agner/behaviours'
import type { Node } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import type { Groups } from '@agner/groups'
import type { DatabaseStatus } from './status.api.ts'

export interface ServiceContext {
  readonly node: Node
  readonly distribution: Distribution
  readonly groups: Groups
  /** For what happens outside any process; one that logs takes `logger(self)`. */
  readonly log: Logger
}

/** What comes from the public port: a server to accept on, or a connection. */
export type FromPublicPort = { readonly listener: NetServer } | { readonly socket: Socket }

export interface Service {
  /** Runs as long as the node does: its end by itself is the node's. */
  readonly application: AnyApplication
  /** Where the running service can be reached by HTTP, if it can. */
  readonly url?: () => string
  readonly accept?: (from: FromPublicPort) => void
  /** What is left to do once its application runs; the node is ready when that has resolved. What it rejects with ends the node. */
  readonly begin?: () => Promise<void>
  /** Before anything is stopped, while the cluster can still be reached: hands over what others can take. Takes a bounded time. */
  readonly leave?: () => Promise<void>
  /** What this node does for the messages, if it keeps them. Answered at once: who asks for a node's status waits for it. */
  readonly database?: () => DatabaseStatus
}
