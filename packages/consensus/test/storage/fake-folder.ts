/**
 * A disk in memory that forgets as real ones do: what was not synced may be there after a crash in any part and any order.
 *
 *     write ──► cache ── sync ──► disk          a crash keeps what the disk has, and of the cache whatever `keep` says, sector by sector
 *                     sync ──► error          what it was to bring is not tried again, as on Linux: a later sync says that all is well, and leaves it out
 *     create, rename, remove ── sync of the folder ──► disk          a crash keeps some of the last of them, in order
 */
import type { Folder, StoredFile } from '../../src/storage/segments/folder.ts'

const sectorBytes = 512

/** A file by itself: names lead to it. */
interface Inode {
  /** What everybody sees. */
  cache: Uint8Array
  /** What a crash leaves. */
  disk: Uint8Array
  /** Sectors that a failed sync was to bring to the disk: the cache takes them for synced, until they are written anew. */
  readonly lost: Set<number>
}

type Names = ReadonlyMap<string, Inode>

/** What a crash does with that which was not synced. */
export interface Crash {
  /** Whether a sector that was written and not synced is there. */
  readonly keepSector: () => boolean
  /** How many of the last changes of names are there: from 0 to `count`. */
  readonly keepNames: (count: number) => number
}

export const losesAll: Crash = { keepSector: () => false, keepNames: () => 0 }
export const keepsAll: Crash = { keepSector: () => true, keepNames: (count) => count }

export class PowerLoss extends Error {}

export class FakeFolder implements Folder {
  #names: Names = new Map()
  /** As they would be after a crash, from none of the changes that were not synced to all of them. */
  #mayBe: Names[] = [new Map()]
  #isLocked = false
  /** Bytes that may yet be written; then the power is lost in the middle of a write. */
  powerBytes: number = Infinity
  /** Bytes that there is room for; then a write fails, as far as it got. */
  roomBytes: number = Infinity
  /** Syncs that may yet work; the next one fails, and nobody knows what it did. */
  goodSyncs: number = Infinity
  /** A sync says that it worked, and does nothing. */
  isLying = false
  /** Resolves before a sync begins: to hold it up. */
  beforeSync: () => Promise<void> = () => Promise.resolve()
  writes = 0
  syncs = 0

  async lock(): Promise<boolean> {
    if (this.#isLocked) return false
    this.#isLocked = true
    return true
  }

  async list(): Promise<readonly string[]> {
    return [...this.#names.keys()]
  }

  async read(name: string): Promise<Uint8Array> {
    return this.#inode(name).cache.slice()
  }

  async create(name: string): Promise<StoredFile> {
    this.#power(1)
    const inode = { cache: new Uint8Array(0), disk: new Uint8Array(0), lost: new Set<number>() }
    this.#rename((names) => names.set(name, inode))
    return this.#file(inode)
  }

  async open(name: string): Promise<StoredFile> {
    return this.#file(this.#inode(name))
  }

  async rename(from: string, to: string): Promise<void> {
    this.#power(1)
    const inode = this.#inode(from)
    this.#rename((names) => {
      names.delete(from)
      names.set(to, inode)
    })
  }

  async remove(name: string): Promise<void> {
    this.#power(1)
    this.#inode(name)
    this.#rename((names) => names.delete(name))
  }

  async sync(): Promise<void> {
    this.#power(1)
    if (this.goodSyncs-- <= 0) throw new Error('EIO: i/o error')
    if (!this.isLying) this.#mayBe = [this.#names]
  }

  async close(): Promise<void> {
    this.#isLocked = false
  }

  /** The folder after a crash: another one, with what was left. */
  crash({ keepSector, keepNames }: Crash): FakeFolder {
    const left = new FakeFolder()
    const names = this.#mayBe[keepNames(this.#mayBe.length - 1)]!
    const inodes = new Map([...names].map(([name, inode]) => [name, survivor(inode, keepSector)]))
    left.#names = inodes
    left.#mayBe = [inodes]
    return left
  }

  /** Bytes of a file, to be changed at will. */
  bytesOf(name: string): Uint8Array {
    return this.#inode(name).cache
  }

  #inode(name: string): Inode {
    const inode = this.#names.get(name)
    if (inode === undefined) throw new Error(`ENOENT: ${name}`)
    return inode
  }

  #rename(change: (names: Map<string, Inode>) => void): void {
    const names = new Map(this.#names)
    change(names)
    this.#names = names
    this.#mayBe.push(names)
  }

  /** How many of `bytes` get through. */
  #power(bytes: number): number {
    if (this.powerBytes <= 0) throw new PowerLoss()
    const through = Math.min(bytes, this.powerBytes)
    this.powerBytes -= bytes
    return through
  }

  #file(inode: Inode): StoredFile {
    return {
      write: async (bytes, position) => {
        this.writes++
        const through = Math.min(this.#power(bytes.length), this.roomBytes)
        this.roomBytes -= through
        inode.cache = overwritten(inode.cache, bytes.subarray(0, through), position)
        for (const at of sectors(position, position + through)) inode.lost.delete(at)
        if (this.powerBytes < 0) throw new PowerLoss()
        if (through < bytes.length) throw new Error('ENOSPC: no space left on device')
      },
      truncate: async (length) => {
        this.#power(1)
        inode.cache = overwritten(inode.cache.subarray(0, length), new Uint8Array(0), length)
      },
      sync: async () => {
        this.syncs++
        await this.beforeSync()
        this.#power(1)
        if (this.goodSyncs-- <= 0) {
          for (const at of changed(inode)) inode.lost.add(at)
          throw new Error('EIO: i/o error')
        }
        if (!this.isLying) inode.disk = synced(inode)
      },
      close: async () => undefined,
    }
  }
}

function overwritten(before: Uint8Array, bytes: Uint8Array, position: number): Uint8Array {
  const made = new Uint8Array(Math.max(before.length, position + bytes.length))
  made.set(before)
  made.set(bytes, position)
  return made
}

function* sectors(from: number, to: number): Generator<number> {
  for (let at = from - (from % sectorBytes); at < to; at += sectorBytes) yield at
}

/** The sectors of the cache that are not on the disk. */
function* changed({ cache, disk }: Inode): Generator<number> {
  for (const at of sectors(0, cache.length)) {
    const then = disk.subarray(at, at + sectorBytes)
    const now = cache.subarray(at, at + sectorBytes)
    if (now.length !== then.length || now.some((byte, i) => byte !== then[i])) yield at
  }
}

/** What the disk has after a sync that worked. */
function synced({ cache, disk, lost }: Inode): Uint8Array {
  if (lost.size === 0) return cache
  const made = cache.slice()
  for (const at of lost) {
    if (at >= made.length) continue
    made.fill(0, at, at + sectorBytes)
    made.set(disk.subarray(at, Math.min(at + sectorBytes, made.length)), at)
  }
  return made
}

/** Sectors of the cache over those of the disk. The length goes with the last sector that is kept. */
function survivor({ cache, disk }: Inode, keepSector: () => boolean): Inode {
  let made: Uint8Array = disk.slice()
  const length = Math.max(cache.length, disk.length)
  for (let at = 0; at < length; at += sectorBytes) {
    const now = cache.subarray(at, at + sectorBytes)
    const then = disk.subarray(at, at + sectorBytes)
    const isSame = now.length === then.length && now.every((byte, i) => byte === then[i])
    if (isSame || !keepSector()) continue
    // What was cut off is gone; what is written anew is there, and the length reaches to it.
    if (now.length === 0) made = made.subarray(0, Math.min(made.length, at))
    else if (now.length < then.length && at + sectorBytes >= cache.length)
      made = overwritten(made.subarray(0, at), now, at)
    else made = overwritten(made, now, at)
  }
  return { cache: made, disk: made.slice(), lost: new Set() }
}
