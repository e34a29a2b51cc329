/**
 * The log of messages with its copy in SQLite, on the disk: one member is a majority here.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer, startSupervisor } from '@agner/behaviours'
import { childrenOf, storageIn, tableFileIn } from '../../src/log/application.ts'
import { windowSize } from '../../src/log/machine.ts'
import { MessagePart } from '../../src/log/part.ts'
import { defineDatabase } from '../../src/log/server.ts'
import { openSqliteTable } from '../../src/sqlite/sqlite-table.ts'
import { database } from '../../src/database.api.ts'
import { describeMessages, type Kept } from '../contract.ts'

const name = 'nonode@nohost'

/** @param size of the window of keys and rooms */
function keep(size: number): Promise<Kept> {
  const folder = mkdtempSync(join(tmpdir(), 'agner-messages-'))
  return Promise.resolve({
    serve: async (node) => {
      const part = new MessagePart({ node, connected: () => [] })
      const children = childrenOf({
        part,
        founders: [{ id: name, role: 'voter' }],
        node: name,
        openStorage: storageIn(folder, name),
        openTable: () => openSqliteTable(tableFileIn(folder, name)),
        windowSize: size,
        settings: { electionTimeoutMs: 100, heartbeatMs: 20 },
      })
      await startSupervisor(node, { strategy: 'restForOne', children })
      return database.at(await startServer(node, defineDatabase([name], size)))
    },
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  })
}

describeMessages('a log that is applied to SQLite', () => keep(windowSize))
// What the log has forgotten is looked up in the copy.
describeMessages('a log that remembers little', () => keep(512))
