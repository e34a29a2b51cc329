import { describe, expect, it, test } from 'vitest'
import { createVirtualRuntime, simulateCluster, simulateNetwork, type NetworkConditions } from '../../src/index.ts'

const badOption: unknown = expect.objectContaining({ code: 'testing.bad_option' })

describe('names', () => {
  it.each([0, -1, 2.5, Number.NaN])('there are no %s nodes', async (nodes) => {
    await expect(simulateCluster({ nodes })).rejects.toEqual(badOption)
  })

  it.each([
    { nodes: [] },
    { nodes: ['a', 'a'] },
    { nodes: ['a', 'b'], later: ['b'] },
    { nodes: 3, later: ['c'] },
    { nodes: ['a@b'] },
    { nodes: [''] },
    { nodes: ['localhost'] },
  ])('%o is refused before a node is made', async (options) => {
    await expect(simulateCluster(options)).rejects.toEqual(badOption)
  })

  it('a node may be one of those that come later, and only that', async () => {
    const cluster = await simulateCluster({ nodes: [], later: ['z'] })
    expect([cluster.up, (await cluster.start('z')).name]).toEqual([[], 'z'])
  })
})

test('a seed beside a runtime, which has one, is refused', async () => {
  const runtime = createVirtualRuntime({ seed: 5 })
  await expect(simulateCluster({ nodes: 1, runtime, seed: 5 })).rejects.toEqual(badOption)
})

test.each([0, -1, Number.NaN])('nothing is a hang after %s ms', async (hangAfterMs) => {
  await expect(simulateCluster({ nodes: 1, hangAfterMs })).rejects.toEqual(badOption)
})

const weather: readonly NetworkConditions[] = [
  { latencyMs: [Number.NaN, 1] },
  { latencyMs: [5, 1] },
  { latencyMs: [-10, -5] },
  { latencyMs: [0, Infinity] },
  { splitChance: 1.5 },
  { stallMs: Number.NaN },
  { resumeMs: -1 },
  { connectTimeoutMs: Infinity },
  { highWaterBytes: Number.NaN },
]

test.each(weather)('a network of %o is refused', async (network) => {
  await expect(simulateCluster({ nodes: 1, network })).rejects.toEqual(badOption)
  expect(() => simulateNetwork({ runtime: createVirtualRuntime(), conditions: network })).toThrow(badOption)
})

describe('times', () => {
  it.each([-1, Number.NaN, Infinity])('nothing is held or late by %s ms, and nothing has changed then', async (ms) => {
    const cluster = await simulateCluster({ nodes: 2 })
    await cluster.until(cluster.node('a').distribution.connect('b@cluster'))
    const bad: unknown = expect.objectContaining({ code: 'testing.bad_time' })
    expect(() => cluster.hold('b', ms)).toThrow(bad)
    expect(() => cluster.stall('a', 'b', ms)).toThrow(bad)
    const { node } = cluster.node('b')
    const echo = node.spawn<string>(async (self) => void (await self.receive()))
    cluster.node('a').node.send(echo, 'go')
    await cluster.run(100)
    expect(node.isAlive(echo)).toBe(false)
    expect(cluster.trace.some(({ type }) => type === 'held')).toBe(false)
  })

  it('a hold and a delay may be longer than a timer takes', async () => {
    const fiveWeeksMs = 5 * 7 * 86_400_000
    const cluster = await simulateCluster({ nodes: 2, distribution: { tickMs: 20 * 86_400_000, liveness: false } })
    await cluster.until(cluster.node('a').distribution.connect('b@cluster'))
    let beats = 0
    cluster.node('a').node.spawn(async (self) => {
      for (; ; beats++) await self.sleep(86_400_000)
    })
    let got = 0
    const receiver = cluster.node('b').node.spawn<string>(async (self) => {
      for (; ; got++) await self.receive()
    })
    await cluster.run(1000)
    cluster.stall('b', 'a', fiveWeeksMs)
    cluster.node('a').node.send(receiver, 'late')
    cluster.hold('a', fiveWeeksMs)
    await cluster.run(fiveWeeksMs - 1000)
    expect([beats, got]).toEqual([0, 0])
    await cluster.run(2000)
    expect([beats, got]).toEqual([1, 1])
  })
})

test('a partition that cannot be is refused before anything is cut', async () => {
  const cluster = await simulateCluster({ nodes: 4 })
  const noNode: unknown = expect.objectContaining({ code: 'testing.no_such_node' })
  expect(() => cluster.partition(['a', 'b'], ['c', 'oops'])).toThrow(noNode)
  expect(() => cluster.partition(['a', 'b'], ['b', 'c'])).toThrow(badOption)
  expect(cluster.trace.filter(({ type }) => type === 'cut')).toEqual([])
  cluster.partition(['a', 'b'], ['c'])
  expect(cluster.trace.filter(({ type }) => type === 'cut')).toHaveLength(4)
})
