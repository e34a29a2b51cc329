/**
 * Claims as rows of PostgreSQL: all that is said to the database, as SQL.
 *
 *     look ──► free? ──► take: the token is one greater        renew, give back: only with the key of the claim
 *     check, in the transaction of a write: the row of that token is kept from being taken until the transaction ends
 *
 * Time is the server's alone. `application` and `token` stand in a unique index, so taking a claim is an update of a key, which waits for transactions that
 * hold the row `FOR KEY SHARE`; a renewal is not, and waits for none.
 */
import { releaseError } from '../../errors.ts'

/** Runs a statement with its values, as `query` of the pools and clients of `pg` and many others does. */
export type PostgresQuery = (
  text: string,
  values: unknown[],
) => PromiseLike<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>

export interface ClaimsTableOptions {
  /** Small letters, digits and `_`; before it a schema and a dot, if one is wanted. Default `agner_claims`. */
  readonly table?: string
}

const word = '[a-z_][a-z0-9_]{0,62}'
const tableName = new RegExp(`^(${word}\\.)?${word}$`)

/** @throws `release.bad_option` */
export function tableOf({ table = 'agner_claims' }: ClaimsTableOptions): string {
  if (typeof table !== 'string' || !tableName.test(table))
    throw releaseError('release.bad_option', {
      option: 'table',
      wanted: 'a name of small letters, digits and _, with a schema and a dot before it or not',
    })
  return table
}

/**
 * The statement that makes the table if there is none: for migrations, where the arbiter's user may not make tables.
 *
 * @throws `release.bad_option`
 */
export function claimsTable(options: ClaimsTableOptions = {}): string {
  return `CREATE TABLE IF NOT EXISTS ${tableOf(options)} (
  application text PRIMARY KEY,
  token bigint NOT NULL,
  holder text NOT NULL,
  key text NOT NULL,
  expires_at timestamptz NOT NULL,
  UNIQUE (application, token)
)`
}

/** As it stands, by the server's clock. */
export interface Row {
  readonly token: number
  /** The node. */
  readonly holder: string
  readonly key: string
  readonly isFree: boolean
}

export interface Claimant {
  readonly application: string
  readonly holder: string
  /** Known to this claim alone: so a question whose answer was lost may be asked again. */
  readonly key: string
  readonly durationMs: number
}

export class Claims {
  readonly #query: PostgresQuery
  readonly #table: string

  constructor(query: PostgresQuery, options: ClaimsTableOptions) {
    this.#query = query
    this.#table = tableOf(options)
  }

  async makeTable(): Promise<void> {
    const text = claimsTable({ table: this.#table })
    // Of two that make it at once one fails, although it says IF NOT EXISTS: the other has made it then.
    await Promise.resolve(this.#query(text, [])).catch(() => this.#query(text, []))
  }

  /** Undefined: nobody has ever had it. */
  async look(application: string): Promise<Row | undefined> {
    const { rows } = await this.#query(
      `SELECT token::text, holder, key, expires_at <= clock_timestamp() AS free FROM ${this.#table} WHERE application = $1`,
      [application],
    )
    const row = rows[0]
    if (row === undefined) return undefined
    return {
      token: Number(row['token']),
      holder: String(row['holder']),
      key: String(row['key']),
      isFree: row['free'] === true,
    }
  }

  /** A row that is free. */
  async add(application: string): Promise<void> {
    await this.#query(
      `INSERT INTO ${this.#table} (application, token, holder, key, expires_at) VALUES ($1, 0, '', '', '-infinity')
       ON CONFLICT (application) DO NOTHING`,
      [application],
    )
  }

  /** Its token; null if another was faster. */
  take({ application, holder, key, durationMs }: Claimant): Promise<number | null> {
    return this.#token(
      `UPDATE ${this.#table} SET token = token + 1, holder = $2, key = $3, expires_at = ${after('$4')}
       WHERE application = $1 AND expires_at <= clock_timestamp() RETURNING token::text`,
      [application, holder, key, durationMs],
    )
  }

  /** Its token; null if it is over. */
  renew({ application, key, durationMs }: Claimant): Promise<number | null> {
    return this.#token(
      `UPDATE ${this.#table} SET expires_at = ${after('$3')}
       WHERE application = $1 AND key = $2 AND expires_at > clock_timestamp() RETURNING token::text`,
      [application, key, durationMs],
    )
  }

  async giveBack({ application, key }: Claimant): Promise<void> {
    await this.#query(
      `UPDATE ${this.#table} SET key = '', expires_at = '-infinity' WHERE application = $1 AND key = $2`,
      [application, key],
    )
  }

  /** Whether that token is the newest, and its time is not over; it stays the newest until the transaction ends. */
  async check(application: string, token: number): Promise<boolean> {
    const { rows } = await this.#query(
      `SELECT 1 FROM ${this.#table} WHERE application = $1 AND token = $2 AND expires_at > clock_timestamp() FOR KEY SHARE`,
      [application, token],
    )
    return rows.length === 1
  }

  async #token(text: string, values: unknown[]): Promise<number | null> {
    const { rows } = await this.#query(text, values)
    return rows[0] === undefined ? null : Number(rows[0]['token'])
  }
}

function after(durationMs: string): string {
  return `clock_timestamp() + ${durationMs}::float8 * interval '1 millisecond'`
}
