/**
 * Names of rooms and people, and the longest text, as the server takes them: said here first, in words, at the field. What the server
 * refuses beyond this comes back as its own sentence.
 */
import { longestText, longestUser } from '../../../src/limits.ts'
import type { Place } from './room-state.ts'
import type { Problem } from './wire.ts'

/** Rooms and people alike. */
export const longestName: number = longestUser
export { longestText }
const roomCharacters = /^[A-Za-z0-9_-]+$/

export interface PlaceProblems {
  readonly room?: string
  readonly user?: string
  readonly general?: string
}

/** `#lobby` means lobby. */
export const cleanPlace = ({ room, user }: Place): Place => ({
  room: room.trim().replace(/^#+\s*/, ''),
  user: user.trim(),
})

/** What is wrong with a cleaned place; an empty object when nothing is. */
export function explainPlace({ room, user }: Place): PlaceProblems {
  const roomProblem =
    room === ''
      ? 'Choose a room, for example lobby.'
      : (explainLength(room) ??
        (roomCharacters.test(room) ? undefined : 'Letters from A to Z, digits, - and _ only, please.'))
  const userProblem =
    user === ''
      ? 'Tell the others who you are.'
      : (explainLength(user) ?? (/\p{Cc}/u.test(user) ? 'Only visible characters, please.' : undefined))
  return { ...(roomProblem ? { room: roomProblem } : {}), ...(userProblem ? { user: userProblem } : {}) }
}

export const isGoodPlace = (place: Place): boolean => Object.keys(explainPlace(place)).length === 0

/** Puts the server's refusal beside the field that it is about. */
export function placeProblem({ code, message }: Problem): PlaceProblems {
  if (/user/i.test(code)) return { user: message }
  if (/room/i.test(code)) return { room: message }
  return { general: message }
}

/** `?room=…&user=…` wins over what is remembered. */
export function placeFrom(search: string, remembered: Partial<Place>): Place {
  const query = new URLSearchParams(search)
  return cleanPlace({
    room: query.get('room') ?? remembered.room ?? 'lobby',
    user: query.get('user') ?? remembered.user ?? '',
  })
}

/** The names are asked for by URL: no need to ask again. */
export function isPlaceAsked(search: string): boolean {
  const query = new URLSearchParams(search)
  return query.has('room') && query.has('user')
}

export const searchFor = ({ room, user }: Place): string => `?${new URLSearchParams({ room, user })}`

/** Says so only once the text is too long. */
export const explainText = (text: string): string | undefined =>
  text.length > longestText ? `At most ${longestText} characters, please: this is ${text.length}.` : undefined

const explainLength = (name: string): string | undefined =>
  name.length > longestName ? `At most ${longestName} characters, please: this is ${name.length}.` : undefined
