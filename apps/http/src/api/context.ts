/**
 * What the routes and the WebSockets of an http node work with.
 */
import type { Logger } from '@agner/behaviours'
import type { Node } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import type { Groups } from '@agner/groups'
import type { MessagesClient } from '@agner-chat/database/client'
import type { RoomDirectory } from '../rooms/directory.ts'
import type { Counters } from './metrics.ts'

export interface ApiContext {
  readonly node: Node
  readonly distribution: Distribution
  readonly groups: Groups
  readonly log: Logger
  readonly rooms: Pick<RoomDirectory, 'open'>
  readonly messages: MessagesClient
  readonly counters: Counters
}
