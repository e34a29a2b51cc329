/**
 * The segments of a log: batches go to the end of the last one; when that is full another is begun, and from the front they go as snapshots stand for them.
 *
 *     0003.log   0004.log   0005.log ◄── append
 *     └─ goes once a snapshot stands for each entry that was ever in it and in those before it
 *
 * Behind its end the last one has room: zeros that are on disk already. A sync of what takes their place need not make the file longer, which takes disks
 * twice as long when several logs share one.
 *
 * One thing at a time: whoever appends waits before appending again. Only `dropUpTo` may run meanwhile, for it leaves the last segment alone.
 */
import type { Folder, StoredFile } from './folder.ts'
import { batchHeadBytes, encodeBatch } from './batch.ts'
import { encodeHead, headBytes } from './head.ts'
import { segmentName, unfinished } from './names.ts'

export interface Segment {
  readonly number: number
  readonly end: number
  /** The highest index of an entry that was ever in it, or 0. */
  readonly highest: number
}

/** How a found log ends. */
export interface Tail {
  /** Behind the end of the last segment is what belongs to no batch. */
  readonly isTorn: boolean
  /** Otherwise there are zeros, up to here. */
  readonly fileBytes: number
  /** What the last batch is; empty if there is none. */
  readonly lastBatch: Uint8Array
}

const mostRoomBytes = 1024 * 1024

export class Segments {
  readonly #folder: Folder
  readonly #segmentBytes: number
  /** Before the last one. */
  #older: Segment[]
  #last: Segment
  #file: StoredFile
  #isMarked = false
  /** Up to here the last segment has zeros. */
  #roomEnd: number

  private constructor(
    folder: Folder,
    segmentBytes: number,
    older: Segment[],
    last: Segment,
    file: StoredFile,
    roomEnd: number,
  ) {
    this.#folder = folder
    this.#segmentBytes = segmentBytes
    this.#older = older
    this.#last = last
    this.#file = file
    this.#roomEnd = roomEnd
  }

  /** Goes on with those that were found, of which all but the last are whole; what is behind the end of the last is cut off. */
  static async open(
    folder: Folder,
    segmentBytes: number,
    found: readonly Segment[],
    { isTorn, fileBytes, lastBatch }: Tail,
  ): Promise<Segments> {
    const last = found.at(-1) ?? (await create(folder, 1, 0, []))
    const file = await folder.open(segmentName(last.number))
    if (isTorn) await file.truncate(last.end)
    // What was read may have been on its way to the disk only; from now on it counts as being there. Only the last batch may: those before it were synced. It is
    // written anew, since after a sync that failed systems take it for written, and would leave it out of the next one.
    if (lastBatch.length > 0) await file.write(lastBatch, last.end - lastBatch.length)
    await file.sync()
    await folder.sync()
    const roomEnd = isTorn ? last.end : Math.max(last.end, fileBytes)
    const segments = new Segments(folder, segmentBytes, found.slice(0, -1), last, file, roomEnd)
    await segments.mark()
    return segments
  }

  get isFull(): boolean {
    return this.#last.end >= this.#segmentBytes
  }

  /**
   * The last one stays as it is from here on. @param body is in the new one from the beginning, before it has its name: what must not go when the older ones do.
   */
  async rotate(body: readonly Uint8Array[]): Promise<void> {
    const next = await create(this.#folder, this.#last.number + 1, this.#last.end, body)
    await this.#file.close()
    this.#file = await this.#folder.open(segmentName(next.number))
    this.#older.push(this.#last)
    this.#last = next
    this.#roomEnd = next.end
    this.#isMarked = false
  }

  /** Resolves when it is on disk. @param highest the highest index of its entries, or 0. */
  async append(body: readonly Uint8Array[], highest: number): Promise<void> {
    const { number, end, highest: before } = this.#last
    const bytes = encodeBatch(number, end, body)
    await this.#file.write(bytes, end)
    await this.#makeRoom(end + bytes.length)
    await this.#file.sync()
    this.#last = { number, end: end + bytes.length, highest: Math.max(before, highest) }
    this.#isMarked = false
  }

  /** Behind a new end there is room for a mark at least, or there is made some. */
  async #makeRoom(newEnd: number): Promise<void> {
    if (newEnd + batchHeadBytes <= this.#roomEnd) return
    const from = Math.max(newEnd, this.#roomEnd)
    const bytes = Math.min(mostRoomBytes, Math.ceil(this.#segmentBytes / 16))
    await this.#file.write(new Uint8Array(bytes), from)
    this.#roomEnd = from + bytes
  }

  /** Proves to whoever reads the log that the last batch was on disk. Nothing is promised by it, so it is not synced. */
  async mark(): Promise<void> {
    const { number, end } = this.#last
    if (this.#isMarked || end === headBytes) return
    await this.#file.write(encodeBatch(number, end, []), end)
    this.#isMarked = true
  }

  /** Removes what a snapshot up to `index` stands for, the oldest first, so that there is never a gap. */
  async dropUpTo(index: number): Promise<void> {
    for (;;) {
      const oldest = this.#older[0]
      if (oldest === undefined || oldest.highest > index) return
      await this.#folder.remove(segmentName(oldest.number))
      this.#older.shift()
    }
  }

  /** Puts the mark on disk. */
  async finish(): Promise<void> {
    await this.mark()
    await this.#file.sync()
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

async function create(
  folder: Folder,
  number: number,
  previousEnd: number,
  body: readonly Uint8Array[],
): Promise<Segment> {
  const name = segmentName(number)
  const file = await folder.create(unfinished(name))
  const batch = body.length === 0 ? new Uint8Array(0) : encodeBatch(number, headBytes, body)
  await file.write(encodeHead({ number, previousEnd }), 0)
  await file.write(batch, headBytes)
  await file.sync()
  await file.close()
  await folder.rename(unfinished(name), name)
  await folder.sync()
  return { number, end: headBytes + batch.length, highest: 0 }
}
