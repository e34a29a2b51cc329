/**
 * What is asked of PostgreSQL on every new connection for writing: whether it is a server that can keep its word, and whether the tables are ours.
 */
import { PostgresError } from './errors.ts'
import { ensureSchema } from './schema.ts'
import type { Query } from './connection.ts'

const settings = `
  SELECT pg_is_in_recovery() AS standby, current_setting('server_encoding') AS encoding,
    current_setting('synchronous_commit') AS synchronous_commit, current_setting('fsync') AS fsync`

/** @throws PostgresError `database.read_only`, `database.wrong_schema` */
export async function greet(query: Query, place: string, warn: (line: string) => void): Promise<void> {
  const [server] = (await query(settings)).rows
  if (server?.['standby'] === true)
    throw new PostgresError('database.read_only', place, 'it is a standby that follows another server')
  if (server?.['encoding'] !== 'UTF8')
    throw new PostgresError(
      'database.wrong_schema',
      place,
      `its encoding is ${String(server?.['encoding'])}, which has no room for every language. Make one with ENCODING 'UTF8'`,
    )
  // A commit that is answered before it is on disk is no commit: a default of the database or the role may have said so.
  if (server['synchronous_commit'] === 'off') await query('SET synchronous_commit TO on')
  if (server['fsync'] === 'off')
    warn(`PostgreSQL at ${place} has fsync turned off: what it says is stored can be lost when its machine goes down.`)
  await ensureSchema(query, place)
}
