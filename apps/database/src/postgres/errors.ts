/**
 * What can go wrong with PostgreSQL, in words for people.
 *
 * A trouble of the surroundings (the server is away, slow, full, of another version) is a PostgresError: the store goes on, and the next attempt may
 * succeed. Any other error is a mistake in this program, and is left as it is.
 */
const templates = {
  'database.unreachable':
    'PostgreSQL at {place} cannot be reached: {why}. It is tried again without end: start it, or look at DATABASE_URL.',
  'database.slow':
    'PostgreSQL at {place} does not answer in time: {why}. Look at its load, at its disk, and at who holds locks.',
  'database.full':
    'PostgreSQL at {place} takes no more connections: {why}. Raise max_connections, or the limit of this role.',
  'database.refused':
    'PostgreSQL at {place} refuses: {why}. Look at the user, the password and the database in DATABASE_URL, and at what this user may do there.',
  'database.no_room': 'PostgreSQL at {place} cannot store anything: {why}. Make room where it keeps its data.',
  'database.read_only':
    'PostgreSQL at {place} only reads: {why}. DATABASE_URL must lead to the primary, not to a standby.',
  'database.wrong_schema': 'The database at {place} cannot be used: {why}.',
  'database.fenced':
    'This node may not write to {place} any more: {why}. Nothing was stored; who has taken over will do it.',
} as const

export type PostgresErrorCode = keyof typeof templates

export class PostgresError extends Error {
  readonly code: PostgresErrorCode

  constructor(code: PostgresErrorCode, place: string, why: string, cause?: unknown) {
    super(
      templates[code].replace('{place}', place).replace('{why}', () => why.replace(/[.\s]+$/, '')),
      cause === undefined ? undefined : { cause },
    )
    this.name = 'PostgresError'
    this.code = code
  }
}

/** Error codes of the operating system and of sockets. */
const ofSocket = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])

/** SQLSTATE, or the first two letters of its class. */
const ofServer: Readonly<Record<string, PostgresErrorCode>> = {
  '08': 'database.unreachable',
  // Shut down, crashed, or starting.
  '57P': 'database.unreachable',
  // Cancelled by its time limit; waited too long for a lock; a deadlock or conflict that the next attempt does not have.
  '57014': 'database.slow',
  '55P03': 'database.slow',
  '40': 'database.slow',
  // Ended by the server for having been idle within a transaction: this node was held up.
  '25P03': 'database.slow',
  '25P04': 'database.slow',
  '25006': 'database.read_only',
  '53300': 'database.full',
  '53': 'database.no_room',
  '58': 'database.no_room',
  '28': 'database.refused',
  '3D': 'database.refused',
  '42501': 'database.refused',
  // Tables or columns that are not there, or tables that are and should not be.
  '42P01': 'database.wrong_schema',
  '42703': 'database.wrong_schema',
  '3F000': 'database.wrong_schema',
  '42P06': 'database.wrong_schema',
  '42P07': 'database.wrong_schema',
}

/** What the client library says without any code. */
const inWords: readonly (readonly [RegExp, PostgresErrorCode])[] = [
  [/read timeout|timeout expired|connection timeout|timeout exceeded/i, 'database.slow'],
  [/connection (terminated|ended|error)|not queryable|closed|SSL|socket/i, 'database.unreachable'],
  [/password|SASL|SCRAM/i, 'database.refused'],
]

/** The error as a PostgresError; null if it is none of the surroundings. */
export function troubleOf(error: unknown, place: string): PostgresError | null {
  if (error instanceof PostgresError) return error
  if (!(error instanceof Error)) return null
  const code = codeOf(error)
  return code === null ? null : new PostgresError(code, place, whyOf(error), error)
}

function codeOf(error: Error): PostgresErrorCode | null {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  if (code === null) return inWords.find(([words]) => words.test(error.message))?.[1] ?? null
  // SQLSTATEs have five letters or digits, and a class of two.
  if (/^[0-9A-Z]{5}$/.test(code) && !ofSocket.has(code))
    return ofServer[code] ?? ofServer[code.slice(0, 3)] ?? ofServer[code.slice(0, 2)] ?? null
  return ofSocket.has(code) || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code.includes('CERT')
    ? 'database.unreachable'
    : null
}

/** An attempt at several addresses of one name fails with several errors and no words of its own. */
function whyOf(error: Error): string {
  if (error.message !== '') return error.message
  return error instanceof AggregateError ? error.errors.map(String).join('; ') : error.name
}
