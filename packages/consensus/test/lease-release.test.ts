/** Who has given a lease back is told nothing more of it, whatever was on its way. */
import { acquireLease, type LeaseClient, type LeaseCommand, type LeaseLost, type LeaseResult } from '@agner/consensus'
import { timedOut, type Process } from '@agner/core'
import { simulateCluster } from '@agner/testing'
import { expect, test } from 'vitest'

const lease = { name: 'x', token: 1, holder: 'a', durationMs: 10_000, renewals: 0 }

/** A client that gives the lease, and answers a renewal when it is told to. */
function slowClient(renewed: () => Promise<LeaseResult>): LeaseClient {
  const submit = async (_: unknown, { type }: LeaseCommand): Promise<LeaseResult> =>
    type === 'acquire' ? { type: 'granted', lease } : type === 'renew' ? renewed() : { type: 'released' }
  return { group: 'leases', submit } as unknown as LeaseClient
}

test.each([
  ['message', 'is lost', 4100],
  ['exit', 'is lost', 4100],
  ['message', 'finds nobody', 10_000],
  ['exit', 'finds nobody', 10_000],
] as const)('by a %s, when the renewal %s that was under way', async (atEnd, how, answeredMs) => {
  const cluster = await simulateCluster({ nodes: 1, seed: 71, trace: false })
  const { node } = cluster.node('a')
  const { promise, resolve, reject } = Promise.withResolvers<LeaseResult>()
  const client = slowClient(() => promise)
  const told: unknown[] = []
  const owner = node.spawn(async (self: Process<LeaseLost>) => {
    const answer = await self.wait(acquireLease(self, client, { name: 'x', atEnd }))
    if (answer.type !== 'held') throw new Error(answer.type)
    // A renewal is under way.
    await self.sleep(4000)
    await self.wait(answer.lease.release())
    told.push('released')
    told.push(await self.receive({ timeoutMs: 20_000 }))
  })
  const ended = node.exited(owner)
  await cluster.run(answeredMs)
  if (how === 'is lost') resolve({ type: 'lost' })
  else reject(new Error('nobody'))
  expect(await cluster.until(ended)).toBe('normal')
  expect(told).toEqual(['released', timedOut])
  await cluster.stop()
})
