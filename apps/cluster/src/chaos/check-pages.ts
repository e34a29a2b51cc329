/**
 * Says what is wrong with pages of history: pure.
 *
 * Each has everything in a row from where it was asked for, as it is stored, and whatever had been acknowledged, to anybody, before it was asked for. One that
 * says that it is of a copy may lack the end; it may be of a copy only while nobody could be asked who knew the newest.
 */
import { isSame, overlap, some, type Attempt, type History, type Message, type Read, type Stretch } from './history.ts'

export function checkPages({ attempts, rooms, reads, copiesMayAnswer }: History): string[] {
  const acknowledged = Map.groupBy(
    attempts.flatMap((attempt) => (attempt.acknowledged === null ? [] : [attempt.acknowledged])),
    ({ message }) => message.room,
  )
  return [...Map.groupBy(reads, ({ room }) => room)].flatMap(([room, ofRoom]) => {
    const newest = newestBy(acknowledged.get(room) ?? [])
    const stored = rooms.get(room) ?? []
    const ids = stored.map(({ id }) => id)
    return ofRoom.flatMap((read) => [
      ...checkSource(read, copiesMayAnswer),
      ...checkPage(read, stored, ids, newest(read.fromMs)),
    ])
  })
}

function checkSource(read: Read, copiesMayAnswer: readonly Stretch[]): string[] {
  return !read.ofCopy || copiesMayAnswer.some((stretch) => overlap(stretch, read))
    ? []
    : [`${nameOf(read)} is of a copy, while it could be asked what is the newest`]
}

function checkPage(read: Read, stored: readonly Message[], ids: readonly number[], newest: number): string[] {
  const { after, limit, messages, ofCopy } = read
  const begin = firstAbove(ids, after)
  for (const [index, message] of messages.entries()) {
    const there = stored[begin + index]
    if (there?.id !== message.id) return [`${nameOf(read)} has ${message.id} where ${there?.id ?? 'nothing'} is stored`]
    if (!isSame(there, message)) return [`${nameOf(read)} has ${message.id} otherwise than it is stored`]
  }
  // One that was cut off by its limit says nothing of what comes later.
  if (ofCopy || messages.length >= limit) return []
  const missing = ids.slice(begin + messages.length, firstAbove(ids, newest))
  return missing.length === 0 ? [] : [`${nameOf(read)} has not ${some(missing)}, acknowledged before it was asked for`]
}

function nameOf({ room, after }: Read): string {
  return `a page of ${room} after ${after}`
}

/** The newest id that had been acknowledged at a time. */
function newestBy(acknowledged: readonly NonNullable<Attempt['acknowledged']>[]): (atMs: number) => number {
  const sorted = acknowledged.toSorted((a, b) => a.atMs - b.atMs)
  const timesMs = sorted.map(({ atMs }) => atMs)
  let newest = 0
  const newestOf = sorted.map(({ message }) => (newest = Math.max(newest, message.id)))
  return (atMs) => newestOf[firstAbove(timesMs, atMs) - 1] ?? 0
}

/** Where the first that is greater stands in a sorted list. */
function firstAbove(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}
