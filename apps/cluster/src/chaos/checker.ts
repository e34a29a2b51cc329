/**
 * Says what is wrong with a history: a pure function over everything that was sent, acknowledged and read.
 *
 * - Every acknowledged message is the one that was sent, and is there, once, with the text, user, room and id that it was acknowledged with.
 * - Nothing is there that nobody sent, and nothing twice.
 * - Readers saw ids that only grow, nothing that the history does not have, and nothing of it left out from the room's first message to its
 *   last: so all readers of a room saw one order.
 * - Pages of history and the copies on the nodes' disks: `check-pages.ts` and `check-copies.ts`.
 */
import { checkCopies } from './check-copies.ts'
import { checkPages } from './check-pages.ts'
import { isSame, some, type Attempt, type History, type Message, type Reader } from './history.ts'

/** The violations, as sentences; none means that all is well. */
export function check(history: History): string[] {
  const { attempts, rooms, readers, copies } = history
  return [
    ...checkRooms(attempts, rooms),
    ...checkAcknowledged(attempts, rooms),
    ...readers.flatMap((reader) => checkReader(reader, rooms.get(reader.room) ?? [])),
    ...checkPages(history),
    ...checkCopies(rooms, copies),
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
  return attempts.flatMap(({ key, room, user, text, acknowledged }) => {
    if (acknowledged === null) return []
    const { message } = acknowledged
    if (message.text !== text || message.user !== user || message.room !== room)
      return [`${key} ("${text}" of ${user} in ${room}) was acknowledged as ${JSON.stringify(message)}`]
    const stored = byId.get(message.id)
    if (stored === undefined) return [`acknowledged message ${message.id} ("${message.text}") is lost`]
    return isSame(stored, message)
      ? []
      : [
          `message ${message.id} was acknowledged as ${JSON.stringify(message)} and is stored as ${JSON.stringify(stored)}`,
        ]
  })
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
  const seen = new Set(messages.map(({ id }) => id))
  const missed = history.filter(({ id }) => !seen.has(id)).map(({ id }) => id)
  return missed.length === 0 ? wrong : [...wrong, `${name} in ${room} never saw ${some(missed)}`]
}
