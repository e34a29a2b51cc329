/**
 * Says what is wrong with a history: a pure function over everything that was sent, acknowledged and read.
 *
 * - Every acknowledged message is there, once, with the text, user, room and id that it was acknowledged with.
 * - Nothing is there that nobody sent, and nothing twice.
 * - Readers saw ids that only grow, nothing that the history does not have, and nothing of it left out between their first and their last.
 */
/** A message as the API gives it to its users. */
export interface Message {
  readonly id: number
  readonly room: string
  readonly user: string
  readonly text: string
  readonly at: string
}

export interface Attempt {
  readonly key: string
  readonly room: string
  readonly user: string
  readonly text: string
  /** What it was answered with, if it was answered with 201. */
  readonly acknowledged: Message | null
}

export interface Reader {
  readonly name: string
  readonly room: string
  /** In the order in which they came. */
  readonly messages: readonly Message[]
}

export interface History {
  readonly attempts: readonly Attempt[]
  /** What each room holds in the end. */
  readonly rooms: ReadonlyMap<string, readonly Message[]>
  readonly readers: readonly Reader[]
}

/** The violations, as sentences; none means that all is well. */
export function check({ attempts, rooms, readers }: History): string[] {
  return [
    ...checkRooms(attempts, rooms),
    ...checkAcknowledged(attempts, rooms),
    ...readers.flatMap((reader) => checkReader(reader, rooms.get(reader.room) ?? [])),
  ]
}

function checkRooms(attempts: readonly Attempt[], rooms: History['rooms']): string[] {
  const sent = new Map(attempts.map((attempt) => [attempt.text, attempt]))
  const wrong: string[] = []
  for (const [room, messages] of rooms) {
    const seen = new Set<string>()
    let last = 0
    for (const message of messages) {
      const attempt = sent.get(message.text)
      if (message.id <= last) wrong.push(`${room}: id ${message.id} comes after ${last}`)
      if (seen.has(message.text)) wrong.push(`${room}: "${message.text}" is there twice (id ${message.id})`)
      if (attempt === undefined) wrong.push(`${room}: "${message.text}" (id ${message.id}) was never sent`)
      else if (attempt.room !== room || attempt.user !== message.user)
        wrong.push(`${room}: "${message.text}" is not as it was sent`)
      seen.add(message.text)
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
    const stored = byId.get(acknowledged.id)
    if (stored === undefined) return [`acknowledged message ${acknowledged.id} ("${acknowledged.text}") is lost`]
    const same =
      stored.text === acknowledged.text &&
      stored.user === acknowledged.user &&
      stored.room === acknowledged.room &&
      stored.at === acknowledged.at
    return same
      ? []
      : [
          `message ${acknowledged.id} was acknowledged as ${JSON.stringify(acknowledged)} and is stored as ${JSON.stringify(stored)}`,
        ]
  })
}

function checkReader({ name, room, messages }: Reader, history: readonly Message[]): string[] {
  const wrong: string[] = []
  const ids = history.map(({ id }) => id)
  const known = new Set(ids)
  let last = 0
  for (const { id } of messages) {
    if (id <= last) wrong.push(`${name} in ${room} saw ${id} after ${last}`)
    if (!known.has(id)) wrong.push(`${name} in ${room} saw ${id}, which is not stored`)
    last = Math.max(last, id)
  }
  const first = messages[0]?.id
  if (first === undefined) return wrong
  const seen = new Set(messages.map(({ id }) => id))
  const missed = ids.filter((id) => id >= first && id <= last && !seen.has(id))
  if (missed.length > 0)
    wrong.push(
      `${name} in ${room} never saw ${missed.slice(0, 5).join(', ')}${missed.length > 5 ? ` and ${missed.length - 5} more` : ''}`,
    )
  return wrong
}
