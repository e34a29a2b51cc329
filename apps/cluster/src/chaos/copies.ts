/**
 * The copies of the messages, as the nodes have them on their disks when they have ended: what a node would begin with the next time.
 */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseSync } from 'node:sqlite'
import { databaseNodes } from '../topology.ts'
import type { History, Message } from './history.ts'
import { askCluster } from './whole.ts'

const askEveryMs = 100

/** Once every copy has what is acknowledged. In vain after `withinMs`; who lacks something then is found by what it has on its disk. */
export async function untilEven(url: string, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs
  while (performance.now() < deadlineMs) {
    const view = await askCluster(url)
    const parts = view?.nodes.flatMap(({ database }) => (database === undefined ? [] : [database])) ?? []
    const newest = Math.max(...parts.map(({ committed }) => committed))
    if (parts.length > 0 && parts.every(({ applied }) => applied >= newest)) return
    await pause(askEveryMs)
  }
}

/** By node. @param dataFolder of a cluster that has ended and kept its messages there (apps/database/README.md says in which files) */
export function readCopies(dataFolder: string): History['copies'] {
  return new Map(databaseNodes.map((node) => [node, readCopy(join(dataFolder, 'messages', fileOf(node)))]))
}

function fileOf(node: string): string {
  return `${node.slice(0, node.indexOf('@'))}.sqlite`
}

function readCopy(file: string): readonly Message[] | null {
  try {
    const db = new DatabaseSync(file, { readOnly: true })
    try {
      return db.prepare('SELECT id, room, user, text, at FROM messages ORDER BY id').all() as unknown as Message[]
    } finally {
      db.close()
    }
  } catch {
    return null
  }
}
