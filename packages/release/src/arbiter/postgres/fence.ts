/**
 * What makes a claim of PostgreSQL safe, whatever clocks and threads do: the write and the check of its token are one transaction.
 *
 *     BEGIN ── checkClaim ── write … ── COMMIT          meanwhile nobody can take the claim
 */
import { releaseError } from '../../errors.ts'
import type { Claim } from '../arbiter.ts'
import { Claims, type ClaimsTableOptions, type PostgresQuery } from './claims-table.ts'

/**
 * Checks in the transaction of a write that the writer still holds its claim. Until the transaction ends, nobody else can be given it; keep it short.
 *
 * `query` must run in that transaction, and is one of a connection, therefore, and not of a pool. Under `REPEATABLE READ` and above, a transaction that began
 * before the claim was taken fails with PostgreSQL's own error (40001).
 *
 * Rejects with `release.fenced`: roll back, and stop what the claim was for; `release.bad_option`; and with what `query` rejects with.
 */
export async function checkClaim(
  query: PostgresQuery,
  { application, token }: Pick<Claim, 'application' | 'token'>,
  options: ClaimsTableOptions = {},
): Promise<void> {
  if (!(await new Claims(query, options).check(application, token)))
    throw releaseError('release.fenced', { application, token })
}
