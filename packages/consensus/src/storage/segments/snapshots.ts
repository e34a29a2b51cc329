/**
 * The snapshots of a log: each is written under another name, synced, and then takes the place of the one before.
 *
 *     write ──► 0100.snapshot.new, on disk ──► place ──► 0100.snapshot, on disk ──► 0050.snapshot goes
 */
import type { Folder } from './folder.ts'
import { snapshotName, unfinished } from './names.ts'

/** There is no snapshot: a group is founded by one up to 0. */
export const noSnapshot = -1

export class Snapshots {
  readonly #folder: Folder
  /** Up to which entry the newest one stands for the log. */
  newest: number

  constructor(folder: Folder, newest: number) {
    this.#folder = folder
    this.newest = newest
  }

  async write(index: number, parts: readonly Uint8Array[]): Promise<void> {
    const file = await this.#folder.create(unfinished(snapshotName(index)))
    try {
      let position = 0
      for (const part of parts) {
        await file.write(part, position)
        position += part.length
      }
      await file.sync()
    } finally {
      await file.close()
    }
  }

  /** Resolves when what was written is the newest on disk. False: a newer one is. */
  async place(index: number): Promise<boolean> {
    const name = snapshotName(index)
    if (index < this.newest) {
      await this.#folder.remove(unfinished(name))
      return false
    }
    await this.#folder.rename(unfinished(name), name)
    await this.#folder.sync()
    const old = this.newest
    this.newest = index
    if (old !== noSnapshot && old !== index) await this.#folder.remove(snapshotName(old))
    return true
  }
}
