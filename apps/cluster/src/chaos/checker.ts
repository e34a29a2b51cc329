/**
 * Says what is wrong with a history: a pure function over everything that was sent, acknowledged and read.
 *
 * - Every acknowledged message is there, once, with the text, user, room and id that it was acknowledged with.
 * - Nothing is there that nobody sent, and nothing twice.
 * - Readers saw ids that only grow, nothing that the history does not have, and nothing of it left out from their first message to the
 *   room's last: so all readers of a room saw one order.
 * - A page of history has everything in a row from where it was asked for, and what had been acknowledged before it was asked for; one that says
 *   that it is of a copy may lack the end.
 */
import type { Attempt, History, Message, Read, Reader } from './history.ts'

/** The violations, as sentences; none means that all is well. */
export function check({ attempts, rooms, readers, reads }: History): string[] {
  return [
    ...checkRooms(attempts, rooms),
    ...checkAcknowledged(attempts, rooms),
    ...readers.flatMap((reader) => checkReader(reader, rooms.get(reader.room) ?? [])),
    ...checkReads(attempts, rooms, reads),
  ]
}

function checkRooms(attempts: readonly Attempt[], rooms: History['rooms']): string[] {
  const sent = new Map(attempts.map((attempt) => [attempt.text, attempt]))
  const ids = new Map<number, string>()
  const wrong: string[] = []
  for (const [room, messages] of rooms) {
    const seen = new Set<string>()
    let last = 0
    for (const message of messages) {
      const attempt = sent.get(message.text)
      const elsewhere = ids.get(message.id)
      if (message.id <= last) wrong.push(`${room}: id ${message.id} comes after ${last}`)
      if (elsewhere !== undefined && elsewhere !== room) wrong.push(`${room}: id ${message.id} is in ${elsewhere}, too`)
      if (seen.has(message.text)) wrong.push(`${room}: "${message.text}" is there twice (id ${message.id})`)
      if (attempt === undefined) wrong.push(`${room}: "${message.text}" (id ${message.id}) was never sent`)
      else if (attempt.room !== room || attempt.user !== message.user)
        wrong.push(`${room}: "${message.text}" is not as it was sent`)
      seen.add(message.text)
      ids.set(message.id, room)
      last = message.id
    }
  }
  return wrong
}

function checkAcknowledged(attempts: readonly Attempt[], rooms: History['rooms']): string[] {
  const byId = new Map<number, Message>()
  for (const messages of rooms.values()) for (const message of messages) byId.set(message.id, message)
  return attempts.flatMap(({ acknowledged }) => {
    if (acknowledged === null) return []
    const { message } = acknowledged
    const stored = byId.get(message.id)
    if (stored === undefined) return [`acknowledged message ${message.id} ("${message.text}") is lost`]
    return isSame(stored, message)
      ? []
      : [
          `message ${message.id} was acknowledged as ${JSON.stringify(message)} and is stored as ${JSON.stringify(stored)}`,
        ]
  })
}

function isSame(one: Message, other: Message): boolean {
  return one.text === other.text && one.user === other.user && one.room === other.room && one.at === other.at
}

function checkReader({ name, room, messages }: Reader, history: readonly Message[]): string[] {
  const wrong: string[] = []
  const stored = new Map(history.map((message) => [message.id, message]))
  let last = 0
  for (const message of messages) {
    const { id } = message
    const known = stored.get(id)
    if (id <= last) wrong.push(`${name} in ${room} saw ${id} after ${last}`)
    if (known === undefined) wrong.push(`${name} in ${room} saw ${id}, which is not stored`)
    else if (!isSame(known, message)) wrong.push(`${name} in ${room} saw ${id} otherwise than it is stored`)
    last = Math.max(last, id)
  }
  const first = messages[0]?.id
  if (first === undefined) return wrong
  const seen = new Set(messages.map(({ id }) => id))
  const missed = history.filter(({ id }) => id >= first && !seen.has(id)).map(({ id }) => id)
  return missed.length === 0 ? wrong : [...wrong, `${name} in ${room} never saw ${some(missed)}`]
}

function checkReads(attempts: readonly Attempt[], rooms: History['rooms'], reads: readonly Read[]): string[] {
  const acknowledged = Map.groupBy(
    attempts.flatMap((attempt) => (attempt.acknowledged === null ? [] : [attempt.acknowledged])),
    ({ message }) => message.room,
  )
  return [...Map.groupBy(reads, ({ room }) => room)].flatMap(([room, ofRoom]) => {
    const newest = newestBy(acknowledged.get(room) ?? [])
    const ids = (rooms.get(room) ?? []).map(({ id }) => id)
    return ofRoom.flatMap((read) => checkRead(read, ids, newest(read.fromMs)))
  })
}

function checkRead({ room, after, limit, ids, ofCopy }: Read, stored: readonly number[], newest: number): string[] {
  const begin = firstAbove(stored, after)
  const page = `a page of ${room} after ${after}`
  const other = ids.findIndex((id, index) => stored[begin + index] !== id)
  if (other !== -1) return [`${page} has ${ids[other]} where ${stored[begin + other] ?? 'nothing'} is stored`]
  // One that was cut off by its limit says nothing of what comes later.
  if (ofCopy || ids.length >= limit) return []
  const missing = stored.slice(begin + ids.length, firstAbove(stored, newest))
  return missing.length === 0 ? [] : [`${page} has not ${some(missing)}, acknowledged before it was asked for`]
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

function some(ids: readonly number[]): string {
  return `${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ` and ${ids.length - 5} more` : ''}`
}
