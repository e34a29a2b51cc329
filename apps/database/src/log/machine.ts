/**
 * What the members agree on: which id each message has, which one is before it in its room, and which keys stand for which messages.
 *
 * It is a function of the log alone, and small: the texts are in the copies (see `replica.ts`). Keys and rooms are remembered for the newest
 * `windowSize` of each. Of older ones the proposer says what a copy has, and up to which message that copy knows: what came after that is
 * still remembered here, or the answer is `again`. So nothing depends on how far a copy is behind.
 */
import type { Applied, Machine } from '@agner/consensus'
import type { AppendCommand, AppendResult, MessagesQuery, Offered } from './messages.group.ts'
import { emptyWindow, find, put, type Window } from './window.ts'

/** Of the newest so many keys and rooms. Part of what is agreed on: all members have the same. */
export const windowSize = 10_000

export interface MessagesState {
  readonly lastId: number
  /** By room, the id of its newest message. */
  readonly rooms: Window<number>
  /** By key, the message that it stands for. */
  readonly keys: Window<number>
}

export type MessagesMachine = Machine<AppendCommand, readonly AppendResult[], MessagesState, MessagesQuery, number>

export function messagesMachine(size: number = windowSize): MessagesMachine {
  return {
    name: '@agner-chat/messages',
    init: () => ({ lastId: 0, rooms: emptyWindow(), keys: emptyWindow() }),
    apply: (before, { messages }) => {
      let state = before
      const result = messages.map((message) => {
        const step = applyOne(state, message, size)
        state = step.state
        return step.result
      })
      return { state, result }
    },
    query: ({ lastId }) => lastId,
  }
}

function applyOne(state: MessagesState, offered: Offered, size: number): Applied<MessagesState, AppendResult> {
  const { room, key, upTo } = offered
  const { lastId, rooms, keys } = state
  const known = key === null ? undefined : find(keys, key)
  if (known !== undefined) return { state, result: { type: 'known', id: known } }
  const last = find(rooms, room)
  // What is remembered counts more than what was said: it is never older.
  const isTooOld = lastId - upTo > size
  if (isTooOld && (key !== null || last === undefined)) return { state, result: { type: 'again' } }
  const id = lastId + 1
  const next: MessagesState = {
    lastId: id,
    rooms: put(rooms, room, id, size),
    keys: key === null ? keys : put(keys, key, id, size),
  }
  return { state: next, result: { type: 'new', id, previous: last ?? offered.previous } }
}
