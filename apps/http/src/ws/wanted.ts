/**
 * What the URL of a WebSocket asks for.
 */
import { largestId, longestUser, roomPattern } from '../limits.ts'

export interface Wanted {
  readonly room: string
  readonly user: string
  /** The last message that the browser has; null: only what comes from now on. */
  readonly after: number | null
}

const isRoom = new RegExp(roomPattern)

/** What is wanted, or in words what is wrong with it. Null: that is no URL at all. Never throws. */
export function readWanted(target: string): Wanted | string | null {
  const url = URL.parse(target, 'http://localhost')
  if (url === null) return null
  const { pathname, searchParams } = url
  if (pathname !== '/ws') return 'WebSockets are at /ws?room=ROOM&user=USER.'
  const room = searchParams.get('room') ?? ''
  const user = (searchParams.get('user') ?? '').trim()
  const after = searchParams.get('after')
  if (!isRoom.test(room)) return 'room must be 1 to 40 letters, digits, - or _.'
  if (user === '' || user.length > longestUser) return `user must be 1 to ${longestUser} characters.`
  if (after !== null && !isId(after)) return 'after must be the id of a message.'
  return { room, user, after: after === null ? null : Number(after) }
}

function isId(text: string): boolean {
  return /^\d{1,16}$/.test(text) && Number(text) <= largestId
}
