/**
 * Reads pages of history over HTTP, from anywhere in any room, the end of it most of all.
 */
import type { Message, Read } from '../history.ts'
import { pickOne } from '../random.ts'
import { request } from './request.ts'
import { rest, type User, type UserSettings } from './user.ts'

const limit = 50

export class Historian implements User {
  readonly reads: Read[] = []
  readonly #settings: Omit<UserSettings, 'room'> & { readonly rooms: readonly string[] }
  /** The newest id that it has seen of each room. */
  readonly #newest = new Map<string, number>()

  constructor(settings: Omit<UserSettings, 'room'> & { readonly rooms: readonly string[] }) {
    this.#settings = settings
  }

  async run(signal: AbortSignal): Promise<void> {
    const { rooms, random } = this.#settings
    while (!signal.aborted) {
      await this.#read(pickOne(random, rooms) ?? '')
      await rest(10, 50, random, signal)
    }
  }

  async #read(room: string): Promise<void> {
    const { url, tally, random } = this.#settings
    const newest = this.#newest.get(room) ?? 0
    const after = random() < 0.2 ? Math.floor(random() * newest) : newest
    const fromMs = performance.now()
    const body = await request(tally, {
      kind: 'read',
      url: `${url}/api/rooms/${room}/messages?after=${after}&limit=${limit}`,
      status: 200,
    })
    if (body === null) return
    const { messages, readOnly = false } = body as { messages: readonly Message[]; readOnly?: boolean }
    this.#newest.set(room, Math.max(newest, messages.at(-1)?.id ?? 0))
    this.reads.push({ room, after, limit, fromMs, toMs: performance.now(), messages, ofCopy: readOnly })
  }
}
