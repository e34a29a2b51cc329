/**
 * The messages, as rooms, sessions and handlers ask for them: wherever the database is just now, and while it moves.
 *
 * A read is asked again until somebody answers it or its time is over; asking twice changes nothing. An append is asked once here: whoever waits
 * for it asks again, with the same key (rooms/post.ts).
 */
import { call } from '@agner/behaviours'
import type { AnyPid, AnyProcess, Node } from '@agner/core'
import {
  database,
  type Appended,
  type DatabaseApi,
  type Message,
  type NewMessage,
  type RoomSummary,
} from '@agner-chat/database/api'

type Asker = AnyProcess | Node
type Page = Parameters<DatabaseApi['calls']['history']>[0]

const appendTimeoutMs = 3000
/** How long one database is waited for before the next attempt, which may find another. */
const readTimeoutMs = 2000
const againAfterMs = 50

export class Messages {
  readonly #find: () => AnyPid | undefined

  /** @param find where the database is now, if that is known. */
  constructor(find: () => AnyPid | undefined) {
    this.#find = find
  }

  /** Whether anybody is known who could be asked. */
  get isKnown(): boolean {
    return this.#find() !== undefined
  }

  /** `unavailable` when it is not known to be stored. Never rejects. */
  async append(from: Asker, message: NewMessage): Promise<Appended> {
    const pid = this.#find()
    if (pid === undefined) return { error: 'unavailable' }
    try {
      return await call(from, database.at(pid), 'append', message, { timeoutMs: appendTimeoutMs })
    } catch {
      return { error: 'unavailable' }
    }
  }

  /** Messages of a room, oldest first; null when nobody answers within `withinMs`. Never rejects. */
  history(from: Asker, page: Page, withinMs: number): Promise<readonly Message[] | null> {
    return this.#read(from, withinMs, (pid, timeoutMs) => call(from, database.at(pid), 'history', page, { timeoutMs }))
  }

  /** Null when nobody answers within `withinMs`. Never rejects. */
  rooms(from: Asker, withinMs: number): Promise<readonly RoomSummary[] | null> {
    return this.#read(from, withinMs, (pid, timeoutMs) =>
      call(from, database.at(pid), 'rooms', undefined, { timeoutMs }),
    )
  }

  async #read<T>(
    from: Asker,
    withinMs: number,
    ask: (pid: AnyPid, timeoutMs: number) => Promise<T>,
  ): Promise<T | null> {
    const { runtime } = 'node' in from ? from.node : from
    const endMs = runtime.nowMs() + withinMs
    for (;;) {
      const pid = this.#find()
      const leftMs = endMs - runtime.nowMs()
      if (leftMs <= 0) return null
      if (pid !== undefined) {
        try {
          return await ask(pid, Math.min(leftMs, readTimeoutMs))
        } catch {
          // It has ended, or moves: it is looked for again.
        }
      }
      await new Promise<void>((resolve) => runtime.setTimer(againAfterMs, resolve))
    }
  }
}
