/**
 * What the routes and the WebSockets of an http node work with.
 */
import type { Logger } from '@agner/behaviours'
import type { AnyPid, Node } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import type { Groups } from '@agner/groups'
import type { RoomDirectory } from '../rooms/directory.ts'
import type { Counters } from './metrics.ts'

export interface ApiContext {
  readonly node: Node
  readonly distribution: Distribution
  readonly groups: Groups
  readonly log: Logger
  readonly rooms: RoomDirectory
  readonly findDatabase: () => AnyPid | undefined
  readonly counters: Counters
}
