/**
 * The messages of a room as this page knows them: ordered by id, each once, the newest `longestTimeline` of them.
 *
 * Two sources fill it and they race: what the socket pushes, and what history answers. Only history moves the cursor, for only history is
 * without gaps: a push may be lost with its connection, or with the link between two nodes, and a later push must not hide that.
 * Asking history again from the cursor therefore closes every gap, and what was pushed meanwhile is recognised by its id.
 */
import type { Message } from './wire.ts'

export const longestTimeline = 1000

export interface Timeline {
  readonly messages: readonly Message[]
  /** Everything up to this id is known for certain; `undefined` before the first answer of history. */
  readonly cursor: string | undefined
  /** Older messages exist, or existed here and were let go. */
  readonly trimmed: boolean
}

export const emptyTimeline: Timeline = { messages: [], cursor: undefined, trimmed: false }

/** Whole numbers by their size, however long; any other ids after them, as the strings that they are. */
export function compareIds(a: string, b: string): number {
  const isNumber = wholeNumber.test(a)
  if (isNumber !== wholeNumber.test(b)) return isNumber ? -1 : 1
  if (isNumber && a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

/** Adds what was pushed. The same timeline comes back when nothing was new. */
export function addMessages(timeline: Timeline, incoming: readonly Message[]): Timeline {
  const messages = [...timeline.messages]
  for (const message of incoming) insert(messages, message)
  if (messages.length === timeline.messages.length) return timeline
  const surplus = messages.length - longestTimeline
  return surplus > 0 ? { ...timeline, messages: messages.slice(surplus), trimmed: true } : { ...timeline, messages }
}

/** Adds a page of history that was asked for from the cursor, and moves the cursor to its newest id, never back. */
export function addHistory(timeline: Timeline, page: readonly Message[]): Timeline {
  const added = addMessages(timeline, page)
  const cursor = page.reduce(
    (newest: string | undefined, { id }) => (newest === undefined || compareIds(id, newest) > 0 ? id : newest),
    timeline.cursor,
  )
  return cursor === added.cursor ? added : { ...added, cursor }
}

const wholeNumber = /^(0|[1-9]\d*)$/

/** From the end: nearly every message is the newest. */
function insert(messages: Message[], message: Message): void {
  const before = messages.findLastIndex(({ id }) => compareIds(id, message.id) <= 0)
  if (messages[before]?.id !== message.id) messages.splice(before + 1, 0, message)
}
