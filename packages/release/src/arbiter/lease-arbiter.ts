/**
 * Leases of `@agner/consensus` as an arbiter: a majority of a group says who may run an application, and a leader's clock for how long.
 *
 *     claim ──► lease "application:NAME" ── renewed after a third of its duration ──► lost: a margin before the group may end it
 *
 * Any number of applications share a group of leases. The token is that of the lease: its place in the group's log.
 */
import { acquireLease, type LeaseClient, type LeaseLost } from '@agner/consensus'
import type { AnyProcess } from '@agner/core'
import { isDuration, longestMs } from '../duration.ts'
import { releaseError } from '../errors.ts'
import type { Arbiter } from './arbiter.ts'
import { claimFrom, type Asked, type Authority, type Notice } from './holder.ts'

export interface LeaseArbiterOptions {
  /** Milliseconds that a claim outlives the last sign of its node. Less fails over sooner, and asks more often. At least 100; default 10,000. */
  readonly durationMs?: number
  /** Milliseconds before the end at which the holder gives it up: what the application has for stopping. Default a tenth of the duration; at most half of it. */
  readonly marginMs?: number
}

/**
 * An arbiter whose claims are leases. A node that asks needs a client of the group, and no member of it.
 *
 * @throws `release.bad_option`
 */
export function leaseArbiter(client: LeaseClient, options: LeaseArbiterOptions = {}): Arbiter {
  const { durationMs = 10_000, marginMs = durationMs / 10 } = options
  const bad = (option: string, wanted: string) => releaseError('release.bad_option', { option, wanted })
  // What no lease can have, none would ever be given for: that must not look like a group that cannot be asked.
  if (!isDuration(durationMs, 100, longestMs)) throw bad('durationMs', 'a number of milliseconds from 100 up')
  if (!isDuration(marginMs, 0, durationMs / 2)) throw bad('marginMs', 'milliseconds, at most half the duration')
  return {
    name: `leases of ${client.group}`,
    decides: false,
    claim: (owner, application, waiting = {}) =>
      claimFrom(owner, application, waiting, () => {
        const { runtime } = owner.node
        return {
          ask: (self) => ask(self, client, application, { durationMs, marginMs }),
          // Those that wait do not all come at once.
          restMs: () => (durationMs / 4) * (0.5 + runtime.random()),
        } satisfies Authority
      }),
  }
}

async function ask(
  self: AnyProcess,
  client: LeaseClient,
  application: string,
  options: Required<LeaseArbiterOptions>,
): Promise<Asked> {
  const answer = await acquireLease(self, client, { ...options, name: `application:${application}` })
  if (answer.type === 'taken') return { type: 'taken', by: nodeOf(answer.by.holder) }
  const { lease } = answer
  return {
    type: 'held',
    right: {
      token: lease.token,
      isHeld: () => lease.isHeld(),
      judge: (message) => (isLost(message) && message.token === lease.token ? message.why : null),
      giveBack: () => lease.release(),
    },
  }
}

/** The holder of a lease is called `node#incarnation`. */
function nodeOf(holder: string): string {
  return holder.slice(0, holder.lastIndexOf('#'))
}

function isLost(message: Notice): message is LeaseLost {
  return message.type === 'leaseLost'
}
