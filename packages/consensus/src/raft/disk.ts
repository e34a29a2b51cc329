/**
 * What was given to be written, how much of it is on disk, and which promises wait for that.
 *
 *     ballot, truncateFrom, append ──► one write per step ──► … `written` ──► the promises that waited for it
 *
 * Writes reach the disk in order, so that the last says all of those before it.
 */
import type { Ballot, Entry, MemberId, Message, Write } from './interface.ts'

export interface Promised {
  readonly to: MemberId
  readonly message: Message
}

interface Outstanding {
  readonly id: number
  /** The last index once it is written, lowered when what it brings is truncated later. */
  upTo: number
  readonly hasBallot: boolean
  readonly promised: Promised[]
}

interface Gathering {
  ballot?: Ballot
  truncateFrom?: number
  entries?: Entry[]
  promised: Promised[]
}

export class Disk {
  /** All up to here is on disk. */
  durableIndex: number
  /** The last index that was given to be written. */
  #lastIndex: number
  #gathering: Gathering | null = null
  #outstanding: Outstanding[] = []
  #ids = 0

  constructor(durableIndex: number) {
    this.durableIndex = durableIndex
    this.#lastIndex = durableIndex
  }

  /** Whether a term, or a vote in it, is not on disk yet. */
  get isBallotPending(): boolean {
    return this.#gathering?.ballot !== undefined || this.#outstanding.some((write) => write.hasBallot)
  }

  ballot(ballot: Ballot): void {
    this.#gather().ballot = ballot
  }

  append(entries: readonly Entry[]): void {
    const gathering = this.#gather()
    if (gathering.entries === undefined) gathering.entries = entries.slice()
    else for (const entry of entries) gathering.entries.push(entry)
    this.#lastIndex = entries.at(-1)!.index
  }

  /** Before any `append` of the same step. */
  truncateFrom(index: number): void {
    this.#gather().truncateFrom = index
    this.forgetFrom(index)
  }

  /** What is on disk from here on does not count any more. */
  forgetFrom(index: number): void {
    this.#lastIndex = Math.min(this.#lastIndex, index - 1)
    this.durableIndex = Math.min(this.durableIndex, index - 1)
    for (const write of this.#outstanding) write.upTo = Math.min(write.upTo, index - 1)
  }

  /** A snapshot is being saved: what is written after it says when it is there. */
  installed(index: number): void {
    this.#gather()
    this.#lastIndex = index
  }

  /** Keeps a promise back until everything before it is on disk. False: that it is already. */
  promise(to: MemberId, message: Message): boolean {
    const last = this.#gathering ?? this.#outstanding.at(-1)
    if (last === undefined) return false
    last.promised.push({ to, message })
    return true
  }

  /** The write of this step. */
  take(): Write | null {
    if (this.#gathering === null) return null
    const { promised, ...write } = this.#gathering
    this.#gathering = null
    const id = ++this.#ids
    this.#outstanding.push({ id, upTo: this.#lastIndex, hasBallot: write.ballot !== undefined, promised })
    return { id, ...write }
  }

  /** @returns what may be said now. */
  written(id: number): readonly Promised[] {
    let count = 0
    while (count < this.#outstanding.length && this.#outstanding[count]!.id <= id) count++
    const written = this.#outstanding.splice(0, count)
    if (written.length === 0) return []
    this.durableIndex = Math.max(this.durableIndex, written.at(-1)!.upTo)
    return written.flatMap((write) => write.promised)
  }

  #gather(): Gathering {
    return (this.#gathering ??= { promised: [] })
  }
}
