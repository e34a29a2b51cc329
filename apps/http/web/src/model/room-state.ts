/**
 * Everything that the page knows about the room it is in, and the one function that changes it. The session decides when; this decides what.
 */
import { defer, markFailed, markSent, newEntry, noteEcho, removeEntry, requeue, retryEntry } from './outbox.ts'
import type { Outbox } from './outbox.ts'
import { addHistory, addMessages, emptyTimeline } from './timeline.ts'
import type { Timeline } from './timeline.ts'
import type { Message, Problem } from './wire.ts'

export interface Place {
  readonly room: string
  readonly user: string
}

/** `refused` is final until the user chooses other names; every other state leads back to `connected` by itself. */
export type Connection = 'connecting' | 'connected' | 'reconnecting' | 'refused'

export interface RoomState {
  readonly place: Place
  readonly connection: Connection
  readonly timeline: Timeline
  /** History has answered once: an empty timeline is an empty room. */
  readonly isLoaded: boolean
  readonly outbox: Outbox
  /** Some of those who are here, and how many more there are. */
  readonly users: readonly string[]
  readonly moreUsers: number
  /** What the server last complained about that belongs to no message; gone once things work again. */
  readonly notice: Problem | undefined
}

export type RoomAction =
  | { readonly type: 'opened' }
  | { readonly type: 'lost' }
  | { readonly type: 'refused'; readonly problem: Problem }
  | { readonly type: 'history'; readonly page: readonly Message[] }
  | { readonly type: 'noticed'; readonly problem: Problem | undefined }
  | { readonly type: 'pushed'; readonly message: Message }
  | { readonly type: 'presence'; readonly users: readonly string[]; readonly more: number }
  | { readonly type: 'composed'; readonly key: string; readonly text: string; readonly atMs: number }
  | { readonly type: 'sent'; readonly key: string }
  | { readonly type: 'acknowledged'; readonly key: string; readonly message: Message }
  | { readonly type: 'failed'; readonly key: string; readonly problem: Problem }
  | {
      readonly type: 'deferred'
      readonly key: string
      readonly problem: Problem
      readonly notBeforeMs: number
      /** Whether this refusal brings the message nearer to being given up. */
      readonly isCounted: boolean
    }
  | { readonly type: 'retry'; readonly key: string }
  | { readonly type: 'discard'; readonly key: string }

export const startRoom = (place: Place, outbox: Outbox): RoomState => ({
  place,
  connection: 'connecting',
  timeline: emptyTimeline,
  isLoaded: false,
  outbox,
  users: [],
  moreUsers: 0,
  notice: undefined,
})

export function reduceRoom(state: RoomState, action: RoomAction): RoomState {
  switch (action.type) {
    case 'opened':
      return { ...state, connection: 'connected', notice: undefined }
    case 'lost':
      // One that was never connected is still connecting: the word "again" would be a lie.
      return {
        ...state,
        connection: state.connection === 'connecting' ? 'connecting' : 'reconnecting',
        outbox: requeue(state.outbox),
      }
    case 'refused':
      return { ...state, connection: 'refused', notice: action.problem, outbox: requeue(state.outbox) }
    case 'noticed':
      return state.notice?.message === action.problem?.message ? state : { ...state, notice: action.problem }
    case 'history':
      return noteEchoes(
        state,
        withTimeline(state.isLoaded ? state : { ...state, isLoaded: true }, addHistory(state.timeline, action.page)),
        action.page,
      )
    case 'pushed':
      return noteEchoes(state, withTimeline(state, addMessages(state.timeline, [action.message])), [action.message])
    case 'presence':
      return { ...state, ...withSelf(state.place.user, action) }
    case 'composed':
      return { ...state, outbox: [...state.outbox, newEntry(action.key, action.text, action.atMs)] }
    case 'sent':
      return { ...state, outbox: markSent(state.outbox, action.key) }
    case 'acknowledged':
      // An answer that comes twice finds its entry gone and its message present: nothing happens.
      return {
        ...withTimeline(state, addMessages(state.timeline, [action.message])),
        outbox: removeEntry(state.outbox, action.key),
        notice: undefined,
      }
    case 'failed':
      return { ...state, outbox: markFailed(state.outbox, action.key, action.problem) }
    case 'deferred':
      return { ...state, outbox: defer(state.outbox, action) }
    case 'retry':
      return { ...state, outbox: retryEntry(state.outbox, action.key) }
    case 'discard':
      return { ...state, outbox: removeEntry(state.outbox, action.key) }
  }
}

/** Whoever looks is listed, also where most are only counted. */
function withSelf(
  self: string,
  { users, more }: { readonly users: readonly string[]; readonly more: number },
): Pick<RoomState, 'users' | 'moreUsers'> {
  return more === 0 || users.includes(self)
    ? { users, moreUsers: more }
    : { users: [self, ...users], moreUsers: more - 1 }
}

const withTimeline = (state: RoomState, timeline: Timeline): RoomState =>
  timeline === state.timeline ? state : { ...state, timeline }

function noteEchoes(before: RoomState, after: RoomState, incoming: readonly Message[]): RoomState {
  if (after.timeline.messages === before.timeline.messages || before.outbox.length === 0) return after
  const known = new Set(before.timeline.messages.map(({ id }) => id))
  const outbox = incoming
    .filter(({ id, user }) => user === before.place.user && !known.has(id))
    .reduce(noteEcho, before.outbox)
  return outbox === before.outbox ? after : { ...after, outbox }
}
