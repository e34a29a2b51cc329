/**
 * A thread with the SQLite file: does what it is asked, one thing after the other, so that no sync of the disk ever holds up the node.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { SqliteFile } from './sqlite-file.ts'
import type { Asked, Told } from './thread.ts'

const port = parentPort!
const file = new SqliteFile((workerData as { readonly file: string }).file)

port.on('message', (asked: Asked) => {
  port.postMessage(answerTo(asked))
  if (asked.call === 'close') port.close()
})

function answerTo({ id, call, args }: Asked): Told {
  try {
    if (call === 'close') {
      file[Symbol.dispose]()
      return { id, value: null }
    }
    const run = file[call].bind(file) as (...given: readonly unknown[]) => unknown
    return { id, value: run(...args) ?? null }
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) }
  }
}
