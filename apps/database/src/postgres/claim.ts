/**
 * Which node may write the messages, as PostgreSQL itself says: a row with the holder, a token that grows, and a time by the server's clock.
 *
 * It is asked on a connection of its own, so that neither readers nor writers hold up a renewal. What is written shows its token in its own transaction: a
 * node that was stopped, and wakes up believing that it still may, is refused.
 */
import pg from 'pg'
import { checkClaim, postgresArbiter, type Arbiter, type PostgresQuery } from '@agner/release'
import { placeOf } from '@agner-chat/cluster/database-url'
import { clientConfig, type Query } from './connection.ts'
import { troubleOf } from './errors.ts'
import { greet } from './greeting.ts'
import { defaultLimits } from './limits.ts'
import type { Seen } from './part.ts'
import { claims } from './schema.ts'
import { Session } from './session.ts'

const application = 'database'

/** How long a node that died or was cut off keeps others from taking over; one that cannot reach PostgreSQL for so long gives up. */
const durationMs = 2000

const now = `
  SELECT newest.id AS newest, claim.token, CASE WHEN claim.expires_at > clock_timestamp() THEN claim.holder END AS leader
  FROM agner_chat.last_message AS newest LEFT JOIN ${claims.table} AS claim ON claim.application = $1`

/** Asks on a connection of its own, until it is disposed of. */
export interface PostgresClaims extends Disposable {
  readonly arbiter: Arbiter
  /** Who may write now, and how far it has come. Rejects with a PostgresError. */
  look(): Promise<Seen>
}

export function openClaims(url: string, warn: (line: string) => void): PostgresClaims {
  const pool = new pg.Pool({ ...clientConfig(url, defaultLimits), max: 2 })
  pool.on('error', () => {})
  const query = greetedQuery(url, pool, warn)
  return {
    arbiter: postgresArbiter({ query, durationMs, makesTable: false, ...claims }),
    look: async () => {
      const [row] = (await query(now, [application])).rows
      const leader = row?.['leader']
      return {
        leader: typeof leader === 'string' ? leader : null,
        token: Number(row?.['token'] ?? 0),
        newest: Number(row?.['newest'] ?? 0),
      }
    },
    [Symbol.dispose]: () => void pool.end().catch(() => {}),
  }
}

/** The tables are seen to once, before the first question. What goes wrong is said in our words: it becomes the reason why nobody runs it. */
function greetedQuery(url: string, pool: pg.Pool, warn: (line: string) => void): PostgresQuery {
  const place = placeOf(url)
  let isGreeted = false
  return async (text, values) => {
    try {
      if (!isGreeted) {
        using session = new Session(url, defaultLimits, (query) => greet(query, place, warn))
        await session.run(() => Promise.resolve())
        isGreeted = true
      }
      return await pool.query<Record<string, unknown>>(text, values)
    } catch (error) {
      throw troubleOf(error, place) ?? error
    }
  }
}

/** Whether the claim with this token still is the newest; then it stays so until the transaction ends. */
export function mayWriteWith(token: number): (query: Query) => Promise<boolean> {
  return (query) =>
    checkClaim(query, { application, token }, claims).then(
      () => true,
      (error: unknown) => {
        if (isFenced(error)) return false
        throw error
      },
    )
}

function isFenced(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'release.fenced'
}
