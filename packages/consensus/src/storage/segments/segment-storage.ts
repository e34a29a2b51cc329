/**
 * Durable storage: a log in segment files, synced before anything is told. What is in the files stands in STORAGE.md.
 *
 *     write 1 ──► batch 1 ── write, sync ──► resolved
 *     write 2 ─┐                    write 2, 3 are called meanwhile
 *     write 3 ─┴────────────────► batch 2 ── write, sync ──► resolved, both
 *
 *     save ──► snapshot beside the log, under another name ──► all that was written before is on disk ──► its name ──► resolved ──► old files go
 *
 * A snapshot of what the log has is saved while writes go on. One that is ahead of the log replaces it, and what is written after that waits for it.
 *
 * After an error of the disk nothing is known of what is on it: it is never tried again, and everything from there on is refused with that error.
 */
import type { AgnerError } from '@agner/core'
import { messageOf } from '@agner/core/kernel'
import { ValueCodec } from '@agner/distribution/values'
import { consensusError } from '../../errors.ts'
import type { Ballot, Snapshot, Write } from '../../raft/interface.ts'
import type { Owner, Storage, Stored } from '../storage.ts'
import type { Folder } from './folder.ts'
import { checkOwner, loadLog } from './load.ts'
import { nodeFolder } from './node-folder.ts'
import { writeOwner } from './owner-file.ts'
import { encodeBallot, encodeWrite } from './records.ts'
import { Segments } from './segments.ts'
import { encodeSnapshot } from './snapshot-file.ts'
import { noSnapshot, Snapshots } from './snapshots.ts'

export interface SegmentStorageOptions {
  /** A folder that belongs to this member alone. It is made if it is not there. */
  readonly folder: string
  /** A segment that has as much gets nothing more. Default 16 MiB; at least 4 KiB. */
  readonly segmentBytes?: number
}

/**
 * Keeps the log of a member in files: `startMember(node, { …, storage: segmentStorage({ folder }) })`. What was resolved is there after a crash of the process
 * or of the machine, provided that the disk keeps what it has synced.
 *
 * It rejects with `consensus.log_in_use` if another process or member has the folder, `consensus.other_log` if the log is another member's, `consensus.damaged_log` if what was on disk is not as it was written,
 * `consensus.log_version` for files of another version, `consensus.unstorable` for a value that cannot be sent, `consensus.folder_unusable` for a path that is no folder, or
 * none that may be written to, `consensus.disk_failed` from an error of the disk on, and `consensus.log_closed`.
 *
 * @throws `consensus.bad_option`
 */
export function segmentStorage(options: SegmentStorageOptions): Storage {
  const { folder, segmentBytes = 16 * 1024 * 1024 } = options
  if (typeof folder !== 'string' || folder === '') {
    throw consensusError('consensus.bad_option', { option: 'folder', wanted: 'the path of a folder' })
  }
  if (!Number.isSafeInteger(segmentBytes) || segmentBytes < 4096) {
    throw consensusError('consensus.bad_option', { option: 'segmentBytes', wanted: 'a whole number from 4,096 up' })
  }
  return new SegmentStorage(nodeFolder(folder), folder, segmentBytes)
}

interface Waiting {
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

type Job = Waiting &
  (
    | {
        readonly type: 'write'
        readonly parts: readonly Uint8Array[]
        readonly highest: number
        readonly ballot: Ballot | null
      }
    /** Its turn has come when all before it is on disk; what comes after it waits until `hold` resolves. */
    | { readonly type: 'turn'; readonly hold: () => Promise<void> }
  )

export class SegmentStorage implements Storage {
  readonly #folder: Folder
  readonly #path: string
  readonly #segmentBytes: number
  readonly #codec = new ValueCodec()
  #segments: Segments | null = null
  #snapshots: Snapshots
  #queue: Job[] = []
  #working: Promise<void> | null = null
  #saving: Promise<void> = Promise.resolve()
  #ballot: Ballot | null = null
  /** Of all that was given to be written. */
  #lastIndex = noSnapshot
  /** With it everything is refused. */
  #refusal: AgnerError | null = null
  #loading: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | null = null

  constructor(folder: Folder, path: string, segmentBytes: number) {
    this.#folder = folder
    this.#path = path
    this.#segmentBytes = segmentBytes
    this.#snapshots = new Snapshots(folder, noSnapshot)
  }

  async load(owner?: Owner): Promise<Stored | null> {
    if (this.#refusal !== null) throw this.#refusal
    const loading = this.#load(owner)
    this.#loading = loading
    return loading
  }

  async #load(owner: Owner | undefined): Promise<Stored | null> {
    const { folder, codec, path } = { folder: this.#folder, codec: this.#codec, path: this.#path }
    if (!(await this.#lock())) throw consensusError('consensus.log_in_use', { folder: path })
    try {
      const source = { folder, path, codec }
      const isNobodys = owner !== undefined && !(await this.#io('load', () => checkOwner(source, owner)))
      const { stored, segments, tail } = await this.#io('load', () => loadLog(source))
      // Before anything is promised here, and after all has been found as it should be.
      if (isNobodys) await this.#io('load', () => writeOwner(folder, owner, codec))
      this.#segments = await this.#io('load', () => Segments.open(folder, this.#segmentBytes, segments, tail))
      this.#ballot = stored?.ballot ?? null
      const newest = stored?.snapshot?.index ?? noSnapshot
      this.#snapshots = new Snapshots(folder, newest)
      this.#lastIndex = stored?.entries.at(-1)?.index ?? newest
      await this.#io('load', () => this.#segments!.dropUpTo(newest))
      return stored
    } catch (error) {
      await folder.close()
      throw error
    }
  }

  /** What fails here is the path, more often than the disk, and nothing of a log was touched. */
  async #lock(): Promise<boolean> {
    try {
      return await this.#folder.lock()
    } catch (error) {
      throw consensusError('consensus.folder_unusable', { folder: this.#path, reason: messageOf(error) })
    }
  }

  async write(write: Omit<Write, 'id'>): Promise<void> {
    this.#check()
    const parts = this.#encoded(() => encodeWrite(write, this.#codec))
    const { ballot = null, truncateFrom, entries = [] } = write
    if (truncateFrom !== undefined) this.#lastIndex = Math.min(this.#lastIndex, truncateFrom - 1)
    const highest = entries.at(-1)?.index ?? 0
    if (highest > 0) this.#lastIndex = highest
    await new Promise<void>((resolve, reject) => {
      this.#enqueue({ type: 'write', parts, highest, ballot, resolve, reject })
    })
  }

  async save(snapshot: Snapshot): Promise<void> {
    this.#check()
    const { index } = snapshot
    const parts = this.#encoded(() => encodeSnapshot(snapshot, this.#codec))
    const isAhead = index > this.#lastIndex
    if (isAhead) this.#lastIndex = index
    const { promise: turn, resolve, reject } = Promise.withResolvers<void>()
    // It is waited for below, if the snapshot gets so far.
    turn.catch(() => undefined)
    const saved = this.#save(this.#saving, index, parts, turn)
    this.#saving = saved.catch(() => undefined)
    const hold = async (): Promise<void> => {
      resolve()
      if (isAhead) await saved
    }
    this.#enqueue({ type: 'turn', hold, resolve, reject })
    try {
      await saved
    } catch (error) {
      throw this.#fail('the saving of a snapshot', error)
    }
  }

  /** Everything that was called before is carried out first. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    const closed = consensusError('consensus.log_closed', { folder: this.#path })
    const isFit = this.#refusal === null
    // What is waiting goes on, what comes is refused.
    this.#refusal ??= closed
    await this.#loading.catch(() => undefined)
    await this.#working
    await this.#saving
    const segments = this.#segments
    // The mark too, so that a log that was closed is proven to its end. Nothing that was promised depends on it.
    if (isFit && this.#refusal === closed) await segments?.finish().catch(() => undefined)
    await segments?.close().catch(() => undefined)
    await this.#folder.close()
  }

  #check(): void {
    if (this.#refusal !== null) throw this.#refusal
    if (this.#segments === null) throw consensusError('consensus.log_not_loaded', { folder: this.#path })
  }

  /** What cannot be kept leaves a gap: nothing that comes after it may be taken. */
  #encoded<Parts>(encode: () => Parts): Parts {
    try {
      return encode()
    } catch (error) {
      this.#refusal = consensusError('consensus.unstorable', { reason: messageOf(error) })
      throw this.#refusal
    }
  }

  #enqueue(job: Job): void {
    this.#queue.push(job)
    this.#working ??= this.#work()
  }

  async #work(): Promise<void> {
    try {
      // Those that are called in one turn go out together.
      await Promise.resolve()
      for (;;) {
        const first = this.#queue[0]
        if (first?.type === 'write') await this.#writeBatch()
        else if (first?.type === 'turn') {
          this.#queue.shift()
          await first.hold()
        } else {
          await this.#segments!.mark()
          if (this.#queue.length === 0) return
        }
      }
    } catch (error) {
      this.#fail('a write', error)
    } finally {
      this.#working = null
    }
  }

  async #writeBatch(): Promise<void> {
    const end = this.#queue.findIndex(({ type }) => type !== 'write')
    const batch = this.#queue.slice(0, end === -1 ? undefined : end)
    const segments = this.#segments!
    // The segments that have the ballot may go.
    if (segments.isFull) await segments.rotate(this.#ballot === null ? [] : encodeBallot(this.#ballot, this.#codec))
    const parts: Uint8Array[] = []
    let highest = 0
    for (const job of batch) {
      if (job.type !== 'write') continue
      parts.push(...job.parts)
      highest = Math.max(highest, job.highest)
      this.#ballot = job.ballot ?? this.#ballot
    }
    // A write may say nothing, and a batch that says nothing is a mark.
    if (parts.length > 0) await segments.append(parts, highest)
    this.#queue.splice(0, batch.length)
    for (const job of batch) job.resolve()
  }

  async #save(before: Promise<void>, index: number, parts: readonly Uint8Array[], turn: Promise<void>): Promise<void> {
    await before
    await this.#snapshots.write(index, parts)
    await turn
    if (await this.#snapshots.place(index)) await this.#segments!.dropUpTo(index)
  }

  /** Of the first error; all that waits is refused with it. */
  #fail(operation: string, error: unknown): AgnerError {
    const failure = this.#failure(operation, error)
    if (this.#refusal === null || this.#refusal.code === 'consensus.log_closed') this.#refusal = failure
    const waiting = this.#queue
    this.#queue = []
    for (const job of waiting) job.reject(this.#refusal)
    return this.#refusal
  }

  async #io<Result>(operation: string, run: () => Promise<Result>): Promise<Result> {
    try {
      return await run()
    } catch (error) {
      throw this.#failure(operation, error)
    }
  }

  #failure(operation: string, error: unknown): AgnerError {
    const { code } = error as { readonly code?: unknown }
    if (typeof code === 'string' && code.startsWith('consensus.')) return error as AgnerError
    return consensusError('consensus.disk_failed', { folder: this.#path, operation, reason: messageOf(error) })
  }
}
