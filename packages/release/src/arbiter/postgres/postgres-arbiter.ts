/**
 * A table of PostgreSQL as an arbiter: one row for each application, and the server's clock.
 *
 *     claim ──► row taken, its token one greater ── renewed after a third of its duration ──► not renewed in time: claimLost, a margin before its end
 *
 * It counts from before it asked, so it is over here before it is over there. What the application writes is checked by `checkClaim`.
 */
import type { AnyPid, Exit, Process } from '@agner/core'
import { isDuration, longestMs } from '../../duration.ts'
import { releaseError } from '../../errors.ts'
import type { Arbiter } from '../arbiter.ts'
import { claimFrom, type Asked, type Authority, type HolderMessage, type Notice, type Right } from '../holder.ts'
import { within } from './bounded.ts'
import { Claims, type Claimant, type ClaimsTableOptions, type PostgresQuery } from './claims-table.ts'
import { renewerOf, type RenewalOver, type Renewal } from './renewing.ts'

export interface PostgresArbiterOptions extends ClaimsTableOptions {
  /** Of a pool, so that a connection that is lost is made again. One that never settles is given up after half of the duration. */
  readonly query: PostgresQuery
  /** Milliseconds that a claim outlives the last sign of its node. At least 100; default 10,000. */
  readonly durationMs?: number
  /** Milliseconds before the end at which the holder gives it up. Default a tenth of the duration; at most half of it. */
  readonly marginMs?: number
  /** Whether the table is made when it is first needed and not there. Default true; see `claimsTable` for doing it yourself. */
  readonly makesTable?: boolean
}

/**
 * An arbiter whose claims are rows of one PostgreSQL server. That server must not forget what it has committed: no `fsync = off`, and no fail-over to a
 * replica that is not synchronous.
 *
 * @throws `release.bad_option`
 */
export function postgresArbiter(options: PostgresArbiterOptions): Arbiter {
  const { durationMs = 10_000, marginMs = durationMs / 10, makesTable = true } = options
  const bad = (option: string, wanted: string) => releaseError('release.bad_option', { option, wanted })
  if (typeof options.query !== 'function') throw bad('query', 'a function of a text and values')
  if (!isDuration(durationMs, 100, longestMs)) throw bad('durationMs', 'a number of milliseconds from 100 up')
  if (!isDuration(marginMs, 0, durationMs / 2)) throw bad('marginMs', 'milliseconds, at most half the duration')
  const claims = new Claims(options.query, options)
  const table = { isMade: !makesTable }
  return {
    name: 'PostgreSQL',
    decides: false,
    claim: (owner, application, waiting = {}) =>
      claimFrom(owner, application, waiting, () => {
        const { node } = owner
        const key = Buffer.from(node.runtime.randomBytes(16)).toString('hex')
        const claimant = { application, holder: node.name, key, durationMs }
        return {
          ask: (self) => ask(self, { claims, claimant, marginMs, table }),
          restMs: () => (durationMs / 4) * (0.5 + node.runtime.random()),
        } satisfies Authority
      }),
  }
}

interface Asking {
  readonly claims: Claims
  readonly claimant: Claimant
  readonly marginMs: number
  readonly table: { isMade: boolean }
}

async function ask(self: Process<HolderMessage>, { claims, claimant, marginMs, table }: Asking): Promise<Asked> {
  const { node } = self
  const { durationMs } = claimant
  const askedMs = node.monotonicTimeMs()
  const answer = await within(self, durationMs / 2, async () => {
    if (!table.isMade) await claims.makeTable()
    table.isMade = true
    return take(claims, claimant)
  })
  if (typeof answer !== 'number') return { type: 'taken', by: answer.by }
  if (node.monotonicTimeMs() - askedMs > durationMs / 2)
    return { type: 'unavailable', reason: 'its answer came too late' }
  const renewal: Renewal = { claims, claimant, marginMs, holder: self.pid, endsMs: askedMs + durationMs - marginMs }
  return { type: 'held', right: new RenewedRow(self, answer, renewal) }
}

/** The token, or who has it. One that was taken before, by a question whose answer was lost, is renewed. */
async function take(claims: Claims, claimant: Claimant): Promise<number | { readonly by: string | null }> {
  const { application, key } = claimant
  let row = await claims.look(application)
  if (row === undefined) {
    await claims.add(application)
    row = await claims.look(application)
  }
  if (row === undefined) return { by: null }
  const token = row.isFree ? await claims.take(claimant) : row.key === key ? await claims.renew(claimant) : null
  return token ?? { by: row.isFree || row.key === key ? null : row.holder }
}

class RenewedRow implements Right {
  readonly #self: Process<HolderMessage>
  readonly token: number
  readonly #renewal: Renewal
  readonly #renewer: AnyPid

  constructor(self: Process<HolderMessage>, token: number, renewal: Renewal) {
    this.#self = self
    this.token = token
    this.#renewal = renewal
    this.#renewer = self.spawnLink(renewerOf(renewal))
  }

  isHeld(): boolean {
    return this.#self.node.monotonicTimeMs() < this.#renewal.endsMs
  }

  judge(message: Notice): RenewalOver['why'] | null {
    return isOver(message) ? message.why : null
  }

  async giveBack(): Promise<void> {
    const { claims, claimant, endsMs } = this.#renewal
    const self = this.#self
    self.unlink(this.#renewer)
    self.sendExit(this.#renewer, 'kill')
    // A renewal that is still on its way finds another key. What cannot be given back ends by itself.
    const leftMs = Math.max(1, Math.min(endsMs - self.node.monotonicTimeMs(), claimant.durationMs / 3))
    await within(self, leftMs, () => claims.giveBack(claimant)).catch(() => null)
  }
}

function isOver(message: Notice | Exit): message is RenewalOver {
  return message.type === 'renewalOver'
}
