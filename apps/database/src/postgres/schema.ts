/**
 * The tables in PostgreSQL, and the check that they are those that this program knows.
 *
 *     agner_chat.schema_version   one row: which version of these tables this is
 *     agner_chat.last_message     one row: the newest id. Whoever writes locks it first and holds it to the end of the transaction
 *     agner_chat.messages         the messages
 *     agner_chat.claims           which node may write them, with the token of its claim
 *
 * The lock is what gives the messages one order for all readers. Ids that are drawn from a sequence become visible in the order of the commits: a reader
 * could see 7, go on from there, and never see 6, which commits later. Here an id is given under a lock that is free again only once all ids before it are
 * visible, so what a reader sees has no hole that fills later. It also leaves no gap behind when a transaction fails.
 */
import { claimsTable } from '@agner/release'
import { begin, type Query } from './connection.ts'
import { PostgresError } from './errors.ts'

export const claims = { table: 'agner_chat.claims' } as const

/** Raise it with every change of the tables, and write down here how to come from one to the next. */
export const schemaVersion = 1

const tables = `
  CREATE SCHEMA IF NOT EXISTS agner_chat;
  CREATE TABLE agner_chat.schema_version (version integer NOT NULL);
  CREATE TABLE agner_chat.last_message (id bigint NOT NULL);
  CREATE TABLE agner_chat.messages (
    id bigint PRIMARY KEY,
    room text NOT NULL,
    user_name text NOT NULL,
    text text NOT NULL,
    at timestamptz NOT NULL,
    -- The id of the message before it in its room, 0 for none.
    previous bigint NOT NULL,
    -- SHA-256 of the idempotency key; random where there was none, so that the server itself can try again.
    key bytea NOT NULL UNIQUE
  );
  CREATE UNIQUE INDEX messages_by_room ON agner_chat.messages (room, id);
  ${claimsTable(claims)};
  INSERT INTO agner_chat.schema_version VALUES (${schemaVersion});
  INSERT INTO agner_chat.last_message VALUES (0);
`

/** Asked of the catalogue as a table: what looks names up, as `to_regclass` does, may remember from before the lock that there was none. */
const isThere = `
  SELECT 1 FROM pg_catalog.pg_class AS found JOIN pg_catalog.pg_namespace AS space ON space.oid = found.relnamespace
  WHERE space.nspname = 'agner_chat' AND found.relname = 'schema_version'`

/** Any number that no other program is likely to lock. */
const creationLock = 4_726_911_007

/** Makes the tables where there are none. @throws PostgresError `database.wrong_schema` for tables of another version. */
export async function ensureSchema(query: Query, place: string): Promise<void> {
  const version = (await versionIn(query)) ?? (await create(query))
  if (version === schemaVersion) return
  const which =
    version > schemaVersion
      ? 'Start the newer program that made it'
      : 'Bring it up to date with the program of that version, or start that one'
  throw new PostgresError(
    'database.wrong_schema',
    place,
    `its messages are kept in version ${version} of the tables, and this program knows version ${schemaVersion}. ${which}, or let DATABASE_URL lead to another database`,
  )
}

async function versionIn(query: Query): Promise<number | null> {
  if ((await query(isThere)).rows.length === 0) return null
  const { rows } = await query('SELECT max(version) AS version FROM agner_chat.schema_version')
  return Number(rows[0]?.['version'] ?? 0)
}

/** Two nodes may come here at the same time: the second finds what the first has made. */
async function create(query: Query): Promise<number> {
  await query(begin)
  await query('SELECT pg_advisory_xact_lock($1)', [creationLock])
  const known = await versionIn(query)
  if (known === null) await query(tables)
  await query('COMMIT')
  return known ?? schemaVersion
}
