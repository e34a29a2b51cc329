import { expect, it } from 'vitest'
import { simulateCluster } from '../../src/index.ts'

const lifeEnded: unknown = expect.objectContaining({ code: 'testing.life_ended' })

it('a wait that nobody will end is a hang after an hour, although the clocks of a cluster go on', async () => {
  const cluster = await simulateCluster({ seed: 4, nodes: 2 })
  const { node, distribution } = cluster.node('a')
  await cluster.until(distribution.connect('b@cluster'))
  const stuck = node.spawn<string>(async (self) => void (await self.receive()))
  const beganMs = cluster.runtime.nowMs()
  await expect(cluster.until(node.exited(stuck))).rejects.toMatchObject({
    code: 'testing.hang',
    message: expect.stringMatching(/within 3600000 ms.*seed 4.*node that has crashed/) as unknown,
  })
  expect(cluster.runtime.nowMs() - beganMs).toBeGreaterThan(3_500_000)
  expect(cluster.runtime.nowMs() - beganMs).toBeLessThanOrEqual(3_600_000)
})

it('how long that is may be said', async () => {
  for (const hangAfterMs of [7_200_000, Infinity]) {
    const cluster = await simulateCluster({ nodes: 2, hangAfterMs })
    const { node, distribution } = cluster.node('a')
    await cluster.until(distribution.connect('b@cluster'))
    const sleeper = node.spawn(async (self) => self.sleep(7_000_000))
    expect(await cluster.until(node.exited(sleeper))).toBe('normal')
  }
})

it('a start whose setup fails leaves nothing: the name is free for the next', async () => {
  let fails = true
  const cluster = await simulateCluster({
    nodes: ['a'],
    later: ['z'],
    setup: async ({ name, node }) => {
      await node.exited(node.spawn(async (self) => self.sleep(50)))
      if (name === 'z' && fails) throw new Error('no disk')
    },
  })
  await expect(cluster.start('z')).rejects.toThrow('no disk')
  expect(cluster.up.map(({ name }) => name)).toEqual(['a'])
  expect(cluster.trace.at(-1)).toMatchObject({ type: 'crashed', node: 'z' })
  fails = false
  expect((await cluster.start('z')).isUp).toBe(true)
})

it('a start beside another, which drives the world, fails and may be tried again', async () => {
  const cluster = await simulateCluster({ nodes: ['a'], later: ['y', 'z'] })
  const [y, z] = await Promise.allSettled([cluster.start('y'), cluster.start('z')])
  expect(y.status).toBe('fulfilled')
  expect(z).toMatchObject({ reason: { code: 'testing.already_driven' } })
  expect((await cluster.start('z')).isUp).toBe(true)
})

it('a start and a stop are over when the node crashes meanwhile', async () => {
  const cluster = await simulateCluster({
    nodes: ['a', 'b'],
    later: ['z'],
    setup: async ({ name, node }) => {
      if (name === 'z') await node.exited(node.spawn(async (self) => self.sleep(50)))
    },
  })
  cluster.runtime.setTimer(10, () => cluster.crash('z'))
  await expect(cluster.start('z')).rejects.toEqual(lifeEnded)
  expect(cluster.trace.filter(({ type }) => type === 'crashed')).toHaveLength(1)
  await cluster.until(cluster.node('a').distribution.connect('b@cluster'))
  cluster.runtime.setTimer(0.01, () => cluster.crash('a'))
  await expect(cluster.stop('a')).rejects.toEqual(lifeEnded)
  expect(cluster.runtime.nowMs()).toBeLessThan(1000)
})

it('to stop all is to stop those that have not crashed by then', async () => {
  const cluster = await simulateCluster({ nodes: 3 })
  for (const peer of ['b', 'c']) await cluster.until(cluster.node('a').distribution.connect(`${peer}@cluster`))
  cluster.runtime.setTimer(0.01, () => cluster.crash('b'))
  await cluster.stop()
  expect(cluster.up).toEqual([])
  expect(cluster.trace.filter(({ type }) => type === 'stopped')).toHaveLength(2)
})
