/**
 * DATABASE_URL: with it the messages are kept in PostgreSQL, and not in a log on the nodes' own disks.
 *
 *     launcher ── the address ──────────────► database nodes     nobody else is told: there is a password in it
 *              ── that there is one ────────► the log node       which then is no witness of a log of messages
 */
import type { ServiceName } from './topology.ts'

/** Says to a node that the messages are in PostgreSQL, and not where. */
const elsewhere = 'AGNER_MESSAGES'

/** Null: it is not set. */
export function databaseUrlOf(environment: NodeJS.ProcessEnv): string | null {
  const url = environment['DATABASE_URL']
  return url === undefined || url === '' ? null : url
}

export function areMessagesInPostgres(environment: NodeJS.ProcessEnv): boolean {
  return environment[elsewhere] === 'postgres'
}

/** What a node of that service finds in its environment. @param environment the launcher's own */
export function environmentFor(service: ServiceName, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, [elsewhere]: __, ...rest } = environment
  const url = databaseUrlOf(environment)
  if (url === null) return rest
  return { ...rest, [elsewhere]: 'postgres', ...(service === 'database' ? { DATABASE_URL: url } : {}) }
}

/** @throws Error saying what is wrong with the address, without its password. */
export function checkDatabaseUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed?.protocol === 'postgres:' || parsed?.protocol === 'postgresql:') return
  throw new Error(
    'DATABASE_URL must be the address of a PostgreSQL database, postgres://USER:PASSWORD@HOST:PORT/DATABASE, ' +
      `not ${parsed === null ? 'what it is now' : `one that begins with ${parsed.protocol}`}. Without it the messages are kept in SQLite.`,
  )
}

/** Host, port and database, for people. */
export function placeOf(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url)
  const host = searchParams.get('host') ?? (hostname === '' ? 'localhost' : decodeURIComponent(hostname))
  return `${host}:${searchParams.get('port') ?? (port === '' ? '5432' : port)}${pathname === '/' ? '' : pathname}`
}
