/**
 * What can go wrong with PostgreSQL, in words for people.
 *
 * Whatever the server, the way to it, or its client library says is a PostgresError: the store goes on, and the next attempt may succeed. Nobody knows all
 * that they can say, so what is not in the tables below is one, too: a crash would not make it better. A mistake of this program (a TypeError, say) is left
 * as it is.
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
  'database.failed': 'PostgreSQL at {place} has failed: {why}. What led to it is in its log.',
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

/** The error as a PostgresError; null if it is a mistake of this program. */
export function troubleOf(error: unknown, place: string): PostgresError | null {
  if (error instanceof PostgresError) return error
  if (!(error instanceof Error)) return null
  const code = codeOf(error)
  return code === null ? null : new PostgresError(code, place, whyOf(error), error)
}

function codeOf(error: Error): PostgresErrorCode | null {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  if (code === null) return ofWords(error)
  if (isSqlState(code))
    return ofServer[code] ?? ofServer[code.slice(0, 3)] ?? ofServer[code.slice(0, 2)] ?? 'database.failed'
  return isMistake(code) ? null : 'database.unreachable'
}

/** Those of the client library are plain errors; TypeErrors and their like are mistakes. */
function ofWords(error: Error): PostgresErrorCode | null {
  const known = inWords.find(([words]) => words.test(error.message))?.[1]
  if (known !== undefined) return known
  return error.name === 'Error' || error instanceof AggregateError ? 'database.failed' : null
}

/** Five digits or letters, the first two of which are a class; none begins with E, as errors of the operating system do (EPIPE). */
function isSqlState(code: string): boolean {
  return /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code)
}

/** What Node says of wrong arguments, and this program's own errors, which have names in small letters. The rest is of the operating system, or of TLS. */
function isMistake(code: string): boolean {
  return (code.startsWith('ERR_') && !/^ERR_(SSL|TLS|OSSL|SOCKET|STREAM)_/.test(code)) || /[a-z]/.test(code)
}

/** An attempt at several addresses of one name fails with several errors and no words of its own. */
function whyOf(error: Error): string {
  if (error.message !== '') return error.message
  return error instanceof AggregateError ? error.errors.map(String).join('; ') : error.name
}
