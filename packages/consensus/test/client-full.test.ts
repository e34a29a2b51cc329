/** What waits at a client is bounded, whatever it is, and who is dead takes nobody's place. */
import { startClient } from '@agner/consensus'
import { simulateCluster } from '@agner/testing'
import { expect, test } from 'vitest'
import { codeOf } from './bank-cluster.ts'
import { bank } from './bank.ts'

const add = { type: 'add', to: 'ann', by: 1 } as const
const forever = { timeoutMs: Infinity }

/** A client of a group that nobody is a member of. */
async function alone(seed: number) {
  const cluster = await simulateCluster({ nodes: 1, seed, trace: false })
  const { node } = cluster.node('a')
  const client = await cluster.until(startClient(node, bank, { limits: { waiting: 10, underWay: 10, retryMs: 1000 } }))
  return { cluster, node, client }
}

test.each(['submit', 'readLocal'] as const)('a %s of those who have ended does not count', async (kind) => {
  const { cluster, node, client } = await alone(91)
  const ask = (from: Parameters<typeof client.submit>[0], options = {}): Promise<unknown> =>
    kind === 'submit' ? client.submit(from, add, options) : client.readLocal(from, { of: 'ann' }, options)
  const dead = Array.from({ length: 10 }, () => node.spawn(async (self) => void (await self.wait(ask(self, forever)))))
  await cluster.run(10)
  expect(await cluster.until(codeOf(ask(node)))).toBe('consensus.client_full')
  await cluster.run(1000)
  for (const pid of dead) node.sendExit(pid, 'kill')
  await cluster.run(1)
  // Room is made for it, before any timer.
  expect(await cluster.until(codeOf(ask(node)))).toBe('consensus.unavailable')
  await cluster.stop()
})

test('who waits for ever is forgotten when it has ended, though nobody else comes', async () => {
  const { cluster, node, client } = await alone(92)
  const pids = Array.from({ length: 10 }, () =>
    node.spawn(async (self) => void (await self.wait(client.submit(self, add, forever)))),
  )
  await cluster.run(10)
  for (const pid of pids) node.sendExit(pid, 'kill')
  await cluster.run(60_000)
  const all = Array.from({ length: 11 }, () => codeOf(client.submit(node, add)))
  const codes = await cluster.until(Promise.all(all))
  expect(codes.filter((code) => code === 'consensus.client_full')).toHaveLength(1)
  await cluster.stop()
})

test.each(['readLocal', 'status'] as const)('no more of %s than of what waits for its turn', async (kind) => {
  const { cluster, node, client } = await alone(93)
  const ask = () => (kind === 'status' ? client.status(node) : client.readLocal(node, { of: 'ann' }))
  const codes = await cluster.until(Promise.all(Array.from({ length: 500 }, () => codeOf(ask()))))
  const of = (code: string): number => codes.filter((one) => one === code).length
  expect([of('consensus.unavailable'), of('consensus.client_full')]).toEqual([10, 490])
  // Those that are over have made room.
  expect(await cluster.until(codeOf(ask()))).toBe('consensus.unavailable')
  await cluster.stop()
})
