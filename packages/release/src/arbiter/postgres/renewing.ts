/** Keeps a row by renewing it after a third of its duration, and tells the holder when that has not worked in time. */
import type { AnyPid, Process } from '@agner/core'
import type { ClaimLost } from '../arbiter.ts'
import { within } from './bounded.ts'
import type { Claimant, Claims } from './claims-table.ts'

/** Shared by the renewer and what the claim's owner looks at. */
export interface Renewal {
  readonly claims: Claims
  readonly claimant: Claimant
  readonly marginMs: number
  readonly holder: AnyPid
  /** By this node's clock; renewing moves it. */
  endsMs: number
}

export interface RenewalOver {
  readonly type: 'renewalOver'
  readonly why: ClaimLost['why']
}

export function renewerOf(renewal: Renewal): (self: Process<never>) => Promise<void> {
  const { claimant, marginMs } = renewal
  const { durationMs } = claimant
  return async (self) => {
    const nowMs = () => self.node.monotonicTimeMs()
    let nextMs = renewal.endsMs + marginMs - (durationMs * 2) / 3
    for (;;) {
      await self.sleep(Math.max(0, Math.min(nextMs, renewal.endsMs) - nowMs()))
      if (nowMs() >= renewal.endsMs) return over(self, renewal, 'expired')
      const askedMs = nowMs()
      const answer = await self.wait(renew(self, renewal))
      if (answer === 'lost') return over(self, renewal, 'lost')
      if (answer === 'renewed') renewal.endsMs = askedMs + durationMs - marginMs
      nextMs = answer === 'renewed' ? askedMs + durationMs / 3 : nowMs() + durationMs / 20
    }
  }
}

async function renew(
  self: Process<never>,
  { claims, claimant, endsMs }: Renewal,
): Promise<'renewed' | 'lost' | 'unknown'> {
  const leftMs = Math.max(1, Math.min(endsMs - self.node.monotonicTimeMs(), claimant.durationMs / 3))
  try {
    return (await within(self, leftMs, () => claims.renew(claimant))) === null ? 'lost' : 'renewed'
  } catch {
    return 'unknown'
  }
}

function over(self: Process<never>, renewal: Renewal, why: RenewalOver['why']): void {
  const message: RenewalOver = { type: 'renewalOver', why }
  self.send(renewal.holder as never, message as never)
}
