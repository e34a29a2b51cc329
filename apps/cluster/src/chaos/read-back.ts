/**
 * Reads what every room holds in the end, once nobody writes any more, and gives the listeners the time to hear the last of it.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Message, Reader } from './history.ts'

const settleLimitMs = 20_000
const requestTimeoutMs = 5000
const page = 1000

/** Those who have not heard everything by then have it against them in the checker. Null when the rooms cannot be read in time. */
export async function readBack(
  url: string,
  rooms: readonly string[],
  readers: readonly Reader[],
): Promise<Map<string, readonly Message[]> | null> {
  const deadlineMs = performance.now() + settleLimitMs
  for (;;) {
    const stored = await readAll(url, rooms).catch(() => null)
    const haveHeard =
      stored !== null &&
      readers.every(({ room, messages }) => (messages.at(-1)?.id ?? 0) >= (stored.get(room)?.at(-1)?.id ?? 0))
    if (haveHeard) return stored
    if (performance.now() > deadlineMs) return stored
    await pause(100)
  }
}

async function readAll(url: string, rooms: readonly string[]): Promise<Map<string, readonly Message[]>> {
  const all = new Map<string, readonly Message[]>()
  for (const room of rooms) all.set(room, await readRoom(url, room))
  return all
}

async function readRoom(url: string, room: string): Promise<Message[]> {
  const messages: Message[] = []
  for (;;) {
    const response = await fetch(`${url}/api/rooms/${room}/messages?after=${messages.at(-1)?.id ?? 0}&limit=${page}`, {
      signal: AbortSignal.timeout(requestTimeoutMs),
    })
    if (response.status !== 200) throw new Error(`history of ${room}: ${response.status}`)
    const { messages: found } = (await response.json()) as { messages: Message[] }
    messages.push(...found)
    if (found.length < page) return messages
  }
}
