/**
 * What a copy has, what it waits to write, and what it lacks: a value that is changed by what is heard, without any I/O.
 *
 *     log ── entries ──► waiting ── a batch at a time ──► the table ── synced ──► at
 *                          ▲
 *     hole: the log begins after what the table has; until it is filled, what comes from the log waits
 */
import type { AppliedEvent } from '@agner/consensus'
import type { Position, Row } from './message-table.ts'
import type { AppendCommand, AppendResult } from './messages.group.ts'

/** Rows of one transaction, about. */
const batchRows = 1000

interface Waiting {
  readonly index: number
  readonly rows: readonly Row[]
}

export interface Batch {
  readonly rows: readonly Row[]
  /** Null: the place in the log is as it was. */
  readonly index: number | null
}

export class Copy {
  /** Synced. */
  at: Position
  /** What the table must have before anything that waits can follow. */
  hole: Position | null = null
  #waiting: Waiting[] = []
  #heard: number
  #written: Batch | null = null

  constructor(at: Position) {
    this.at = at
    this.#heard = at.index
  }

  get isWriting(): boolean {
    return this.#written !== null
  }

  /** Everything that was heard of is synced. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#written === null && this.hole === null
  }

  /** The newest message that it has heard of. */
  get lastHeard(): number {
    const last = this.#waiting.findLast(({ rows }) => rows.length > 0)?.rows.at(-1)?.id
    return last ?? this.#written?.rows.at(-1)?.id ?? this.hole?.lastId ?? this.at.lastId
  }

  /** @param state what the machine says now: a snapshot has no rows, and what it stands for may have grown since. */
  heard(event: AppliedEvent<AppendCommand, readonly AppendResult[]>, state: () => Position): void {
    if (event.index <= this.#heard) return
    if (event.type === 'snapshot') {
      const wanted = state()
      this.#heard = wanted.index
      // What waits is part of it.
      this.#waiting = []
      this.hole = wanted
      return
    }
    this.#heard = event.index
    const rows = event.type === 'command' ? rowsOf(event.command, event.result) : []
    this.#waiting.push({ index: event.index, rows })
  }

  /** What is to be written now; null if there is nothing, or one batch is under way. */
  take(): Batch | null {
    if (this.#written !== null) return null
    if (this.hole !== null) {
      // Nothing but its end is missing.
      if (this.at.lastId < this.hole.lastId) return null
      return (this.#written = { rows: [], index: this.hole.index })
    }
    if (this.#waiting.length === 0) return null
    const rows: Row[] = []
    let index = 0
    let count = 0
    for (const waiting of this.#waiting) {
      if (rows.length > 0 && rows.length + waiting.rows.length > batchRows) break
      rows.push(...waiting.rows)
      index = waiting.index
      count++
    }
    this.#waiting.splice(0, count)
    return (this.#written = { rows, index })
  }

  /** Rows from another copy: those that fill the hole are to be written now; null if none of them is of use. */
  fill(rows: readonly Row[]): Batch | null {
    if (this.#written !== null || this.hole === null) return null
    const wanted = rows.filter(({ id }) => id > this.at.lastId && id <= this.hole!.lastId)
    if (wanted[0]?.id !== this.at.lastId + 1) return null
    const isEnd = wanted.at(-1)!.id === this.hole.lastId
    return (this.#written = { rows: wanted, index: isEnd ? this.hole.index : null })
  }

  /** The batch is synced. */
  synced(): void {
    const { rows, index } = this.#written!
    this.#written = null
    this.at = { index: index ?? this.at.index, lastId: rows.at(-1)?.id ?? this.at.lastId }
    if (this.hole !== null && this.at.index >= this.hole.index) this.hole = null
  }
}

function rowsOf({ at, messages }: AppendCommand, results: readonly AppendResult[]): Row[] {
  const rows: Row[] = []
  for (const [place, result] of results.entries()) {
    if (result.type !== 'new') continue
    const { room, user, text, key } = messages[place]!
    rows.push({ id: result.id, room, user, text, at, key, previous: result.previous })
  }
  return rows
}
