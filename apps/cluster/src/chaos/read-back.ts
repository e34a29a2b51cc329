/**
 * Reads what every room holds in the end, once nobody writes any more, and gives the listeners the time to hear the last of it.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Message, Reader } from './history.ts'

const settleLimitMs = 60_000
const requestTimeoutMs = 10_000
const page = 1000

/** Those who have not heard everything by then have it against them in the checker. Null when the rooms cannot be read in time. */
export async function readBack(
  url: string,
  rooms: readonly string[],
  readers: readonly Reader[],
): Promise<ReadonlyMap<string, readonly Message[]> | null> {
  const deadlineMs = performance.now() + settleLimitMs
  const stored = new Map(rooms.map((room): [string, Message[]] => [room, []]))
  let isRead = false
  for (;;) {
    const isNew = await readOn(url, stored)
    // What somebody gave up on may come through while the rooms are read, one after the other: read until it is still.
    const isStill = isRead && isNew === false
    isRead ||= isNew !== null
    const haveHeard = readers.every(({ room, messages }) => messages.at(-1)?.id === stored.get(room)?.at(-1)?.id)
    if (isStill && haveHeard) return stored
    if (performance.now() > deadlineMs) return isRead ? stored : null
    await pause(100)
  }
}

/** Goes on from what is known of each room; whether there was more, or null when not all could be read to their ends. */
async function readOn(url: string, stored: ReadonlyMap<string, Message[]>): Promise<boolean | null> {
  const before = sizeOf(stored)
  try {
    for (const [room, messages] of stored) await readRoom(url, room, messages)
    return sizeOf(stored) > before
  } catch {
    return null
  }
}

function sizeOf(stored: ReadonlyMap<string, Message[]>): number {
  return [...stored.values()].reduce((sum, { length }) => sum + length, 0)
}

interface Answer {
  readonly messages: Message[]
  /** A page of long messages is short, and not the last. */
  readonly more?: true
  readonly readOnly?: true
}

async function readRoom(url: string, room: string, messages: Message[]): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/api/rooms/${room}/messages?after=${messages.at(-1)?.id ?? 0}&limit=${page}`, {
      signal: AbortSignal.timeout(requestTimeoutMs),
    })
    if (response.status !== 200) throw new Error(`history of ${room}: ${response.status}`)
    const { messages: found, more, readOnly } = (await response.json()) as Answer
    // A copy may lack the end, and the end is what this is for.
    if (readOnly === true) throw new Error(`history of ${room}: only a copy can be read`)
    messages.push(...found)
    if (more !== true) return
  }
}
