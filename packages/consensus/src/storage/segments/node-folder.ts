/**
 * A folder of the disk that is there.
 *
 * The lock is that of an empty SQLite database, which the system gives up when the process ends, however it ends, and which holds across containers that share
 * the disk. Node.js itself has no lock of files.
 */
import { mkdir, open, readdir, readFile, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Folder, StoredFile } from './folder.ts'

const lockName = 'lock'
/** SQLITE_BUSY and SQLITE_LOCKED. */
const heldByOthers = new Set([5, 6])

export function nodeFolder(path: string): Folder {
  const at = (name: string): string => join(path, name)
  let lock: DatabaseSync | null = null

  return {
    async lock() {
      const made = await mkdir(path, { recursive: true })
      if (made !== undefined) await syncNames(resolve(dirname(made)), resolve(path))
      // Loaded when it is needed: older versions of Node.js warn that it is new.
      const { DatabaseSync } = await import('node:sqlite')
      const database = new DatabaseSync(at(lockName))
      try {
        database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
      } catch (error) {
        database.close()
        if (heldByOthers.has((error as { errcode?: number }).errcode ?? 0)) return false
        throw error
      }
      lock = database
      return true
    },

    async list() {
      const found = await readdir(path, { withFileTypes: true })
      return found.filter((entry) => entry.isFile()).map(({ name }) => name)
    },

    read: (name) => readFile(at(name)),
    create: async (name) => storedFile(await open(at(name), 'w')),
    open: async (name) => storedFile(await open(at(name), 'r+')),
    rename: (from, to) => rename(at(from), at(to)),
    remove: (name) => rm(at(name)),

    sync: () => syncFolder(path),

    close: () => {
      lock?.close()
      lock = null
      return Promise.resolve()
    },
  }
}

/** The folders that were made below `from` have their names on disk: each is in the one above it. */
async function syncNames(from: string, path: string): Promise<void> {
  for (let folder = dirname(path); folder.length >= from.length; folder = dirname(folder)) {
    await syncFolder(folder)
    if (folder === from) return
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows has no sync of folders, and needs none.
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function storedFile(handle: FileHandle): StoredFile {
  return {
    async write(bytes, position) {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done)
        done += bytesWritten
      }
    },
    truncate: (length) => handle.truncate(length),
    // Of what belongs to a file besides its bytes this syncs its size, which is all that is needed.
    sync: () => handle.datasync(),
    close: () => handle.close(),
  }
}
