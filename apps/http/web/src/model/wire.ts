/**
 * What the server says, read liberally: a field that is missing gets a harmless value, a frame that makes no sense is `undefined`.
 * Nothing here throws, and nothing here trusts: every string ends up as text in the page.
 */

export interface Message {
  /** As the server gave it; a number becomes its digits. */
  readonly id: string
  readonly room: string
  readonly user: string
  readonly text: string
  readonly atMs: number
}

export interface Problem {
  readonly code: string
  readonly message: string
}

export type ServerFrame =
  | { readonly type: 'message'; readonly message: Message }
  /** `more` are there whose names are not told. */
  | { readonly type: 'presence'; readonly users: readonly string[]; readonly more: number }
  | { readonly type: 'sent'; readonly key: string; readonly message: Message }
  | { readonly type: 'error'; readonly key: string | undefined; readonly error: Problem }

export interface RoomSummary {
  readonly room: string
  readonly messages: number | undefined
  readonly users: number | undefined
}

type Fields = Readonly<Record<string, unknown>>

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined
export const textsOf = (value: unknown): readonly string[] => [
  ...new Set(
    listOf(value)
      .map(textOf)
      .filter((text) => text !== ''),
  ),
]

/** What a Date can hold. */
const latestMs = 8.64e15

/** Milliseconds since 1970 from an ISO string or a number; 0 when it is neither. */
export function timeOf(value: unknown): number {
  const ms = typeof value === 'number' ? value : Date.parse(textOf(value))
  return Math.abs(ms) <= latestMs ? ms : 0
}

export function readMessage(value: unknown): Message | undefined {
  const fields = fieldsOf(value)
  const id = textOf(fields['id'])
  if (id === '' || typeof fields['text'] !== 'string') return undefined
  return {
    id,
    room: textOf(fields['room']),
    user: textOf(fields['user']),
    text: fields['text'],
    atMs: timeOf(fields['at']),
  }
}

export const readMessages = (body: unknown): readonly Message[] =>
  listOf(fieldsOf(body)['messages'])
    .map(readMessage)
    .filter((message) => message !== undefined)

/** The `{"error":{"code","message"}}` of an answer, or of a frame that carries the two fields itself. */
export function readProblem(value: unknown): Problem | undefined {
  const fields = fieldsOf(value)
  const inner = typeof fields['error'] === 'object' ? fieldsOf(fields['error']) : fields
  const message = textOf(inner['message']) || textOf(fields['error'])
  const code = textOf(inner['code'])
  return message === '' && code === '' ? undefined : { code, message: message || code }
}

export function readFrame(data: unknown): ServerFrame | undefined {
  const fields = fieldsOf(parseJson(data))
  const message = readMessage(fields['message']) ?? readMessage(fields)
  switch (fields['type']) {
    case 'message':
      return message && { type: 'message', message }
    case 'sent': {
      const key = textOf(fields['key'])
      return message && key !== '' ? { type: 'sent', key, message } : undefined
    }
    case 'presence':
      return { type: 'presence', users: readUsers(fields['users']), more: Math.max(0, numberOf(fields['more']) ?? 0) }
    case 'error':
      return {
        type: 'error',
        key: textOf(fields['key']) || undefined,
        error: readProblem(fields) ?? { code: '', message: 'The server reported an error without saying which.' },
      }
    default:
      return undefined
  }
}

export const readRooms = (body: unknown): readonly RoomSummary[] =>
  listOf(fieldsOf(body)['rooms'])
    .map((entry): RoomSummary => {
      const fields = fieldsOf(entry)
      const users = Array.isArray(fields['users']) ? fields['users'].length : numberOf(fields['users'])
      return {
        room: textOf(fields['room']) || textOf(fields['name']) || textOf(entry),
        messages: numberOf(fields['messages']),
        users,
      }
    })
    .filter(({ room }) => room !== '')

/** Two tabs of one person are one entry. */
const readUsers = (value: unknown): readonly string[] =>
  textsOf(listOf(value).map((entry) => textOf(fieldsOf(entry)['user']) || entry))

function parseJson(data: unknown): unknown {
  if (typeof data !== 'string') return undefined
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}
