/**
 * The messages in a log that the database nodes and a witness replicate: served where the log leads.
 */
import { leaderArbiter } from '@agner/release'
import type { ServiceContext } from '@agner-chat/cluster/boot'
import { database } from '../database.api.ts'
import type { Keeping } from '../keeping.ts'
import { openSqliteTable } from '../sqlite/sqlite-table.ts'
import { defineMessageLog, storageIn, tableFileIn } from './application.ts'
import { foundersOf } from './messages.group.ts'
import { MessagePart } from './part.ts'
import { defineDatabase } from './server.ts'

export interface LogKeepingOptions {
  /** Nodes with a copy. */
  readonly voters: readonly string[]
  readonly witness: string
}

export function keepInLog(
  { node, distribution }: Pick<ServiceContext, 'node' | 'distribution'>,
  { voters, witness }: LogKeepingOptions,
): Keeping {
  const part = new MessagePart({ node, connected: () => distribution.nodes() })
  const founders = foundersOf(voters, witness)
  const Database = defineDatabase(founders.map(({ id }) => id))
  return {
    place: 'a log on the disks of the nodes',
    application: defineMessageLog(({ dataFolder }) => ({
      part,
      founders,
      node: node.name,
      openStorage: storageIn(dataFolder, node.name),
      openTable: () => openSqliteTable(tableFileIn(dataFolder, node.name)),
    })),
    arbiter: leaderArbiter({
      name: 'the log of messages',
      member: () => part.memberIfAny,
      client: part.transfers,
      isReady: () => part.isReady,
    }),
    server: () => Database.child({ id: 'database', name: database.module }),
    status: () => part.status(),
  }
}
