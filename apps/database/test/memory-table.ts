/**
 * A table whose syncs take virtual time, and that loses what was not synced: as a disk does when its machine loses power.
 */
import type { Message, RoomSummary } from '../src/database.api.ts'
import { takePage, type Page } from '../src/pages.ts'
import type { Looked, MessageTable, Position, Row } from '../src/log/message-table.ts'

export interface Timers {
  setTimer(ms: number, run: () => void): unknown
}

interface Pending {
  readonly rows: readonly Row[]
  readonly index: number | null
}

/** Outlives the node. */
export class MemoryDisk {
  rows: Row[] = []
  index = 0
  readonly #byKey = new Map<string, Row>()
  /** Milliseconds of a sync. */
  syncMs = 5
  /** The next write fails, and with it the table. */
  isBroken = false
  /** Of the life of the node; those of an older one come to nothing. */
  #life = 0

  crash(): void {
    this.#life++
  }

  /** What a node opens. */
  open(timers: Timers): Promise<MessageTable> {
    const life = this.#life
    const sync = ({ rows, index }: Pending): Promise<void> =>
      new Promise((resolve, reject) => {
        timers.setTimer(this.syncMs, () => {
          if (life !== this.#life) return
          if (this.isBroken) {
            this.isBroken = false
            return reject(new Error('no space left'))
          }
          for (const row of rows) this.#insert(row)
          this.index = index ?? this.index
          resolve()
        })
      })
    const after = (id: number): Row[] => this.rows.slice(id)
    return Promise.resolve({
      position: () => Promise.resolve(this.#position),
      apply: (rows, index) => sync({ rows, index }),
      look: ({ keys, rooms }) => Promise.resolve(this.#look(keys, rooms)),
      byIds: (ids) => Promise.resolve(ids.flatMap((id) => this.rows[id - 1] ?? [])),
      history: ({ room, after: id, limit }) =>
        Promise.resolve(
          page(
            after(id).filter((row) => row.room === room),
            limit,
          ),
        ),
      since: ({ after: id, limit }) => Promise.resolve(page(after(id), limit)),
      rows: ({ after: id, limit }) => Promise.resolve(takePage(after(id), limit).taken),
      rooms: () => Promise.resolve(this.#rooms()),
      close: () => Promise.resolve(),
    })
  }

  get #position(): Position {
    return { index: this.index, lastId: this.rows.length }
  }

  #insert(row: Row): void {
    if (row.id !== this.rows.length + 1) throw new Error(`message ${row.id} where ${this.rows.length + 1} is due`)
    if (row.key !== null && this.#byKey.has(row.key)) throw new Error(`${row.key} is there already`)
    this.rows.push(row)
    if (row.key !== null) this.#byKey.set(row.key, row)
  }

  #look(keys: readonly string[], rooms: readonly string[]): Looked {
    return {
      upTo: this.rows.length,
      byKey: keys.flatMap((key) => this.#byKey.get(key) ?? []),
      rooms: rooms.flatMap((room) => {
        const last = this.rows.findLast((row) => row.room === room)
        return last === undefined ? [] : [[room, last.id] as const]
      }),
    }
  }

  #rooms(): RoomSummary[] {
    const counts = new Map<string, number>()
    for (const { room } of this.rows) counts.set(room, (counts.get(room) ?? 0) + 1)
    return [...counts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([room, messages]) => ({ room, messages }))
  }
}

function page(rows: readonly Row[], limit: number): Page {
  const { taken, more } = takePage(rows, limit)
  return { messages: taken.map(toMessage), more }
}

function toMessage({ key: _, previous: __, ...message }: Row): Message {
  return message
}
