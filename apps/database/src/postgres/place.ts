/**
 * DATABASE_URL: whether it can be one, and how to speak of it without its password.
 */

/** @throws Error saying what is wrong with the address, without its password. */
export function checkPostgresUrl(url: string): void {
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
