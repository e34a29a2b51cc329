/**
 * A node that helps the log of messages to a majority and has no copy of them: it keeps the log on its disk, votes, and serves nobody.
 */
import type { Application } from '@agner/behaviours'
import type { Node } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import type { DatabaseStatus } from '@agner-chat/cluster/status'
import { defineMessageLog, storageIn, type LogEnv } from './application.ts'
import { foundersOf } from './messages.group.ts'
import { MessagePart } from './part.ts'

export interface WitnessOptions {
  readonly node: Node
  readonly distribution: Distribution
  /** The nodes with copies. */
  readonly voters: readonly string[]
}

export interface Witness {
  readonly application: Application<LogEnv>
  readonly status: () => DatabaseStatus
}

export function defineWitness({ node, distribution, voters }: WitnessOptions): Witness {
  const part = new MessagePart({ node, connected: () => distribution.nodes() })
  const application = defineMessageLog(({ dataFolder }) => ({
    part,
    founders: foundersOf(voters, node.name),
    node: node.name,
    openStorage: storageIn(dataFolder, node.name),
    openTable: null,
  }))
  return { application, status: () => part.status() }
}
