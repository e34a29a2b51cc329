import { expect, test } from 'vitest'
import {
  createVirtualRuntime,
  eachSeed,
  simulateCluster,
  simulateNetwork,
  type VirtualRuntime,
} from '../../src/index.ts'
import { SeededRandom } from '../../src/random.ts'

const quiet = { data: () => {}, closed: () => {} }

/** When, and in which pieces, what was written arrived. */
async function course(runtime: VirtualRuntime): Promise<string> {
  const networkOf = simulateNetwork({ runtime, conditions: { splitChance: 0.5 } })
  const seen: string[] = []
  const data = (bytes: Uint8Array): void => void seen.push(`${String(bytes.length)}@${String(runtime.nowMs())}`)
  await networkOf('a').listen({ host: 'a', port: 1 }, () => ({ ...quiet, data }))
  const opened = (): void => {
    for (let n = 0; n < 5; n++) stream.write([new Uint8Array(100)])
  }
  const stream = networkOf('b').connect({ host: 'a', port: 1 }, { ...quiet, opened })
  await runtime.advance(1000)
  return seen.join()
}

test('the network has the seed of its runtime: each seed has a weather of its own, and the same again', async () => {
  const seen = new Set<string>()
  for (let round = 0; round < 2; round++)
    await eachSeed({ seeds: 20 }, async (runtime) => void seen.add(await course(runtime)))
  expect(seen.size).toBe(20)
})

test('what it draws is not what the schedule draws', async () => {
  const first = new SeededRandom(1, 2).number()
  const runtime = createVirtualRuntime({ seed: 1 })
  const networkOf = simulateNetwork({ runtime, conditions: { latencyMs: [0, 1] } })
  networkOf('b').connect({ host: 'a', port: 1 }, { ...quiet, closed: () => {} })
  await runtime.advance(first - 1e-9)
  const { turns } = runtime
  await runtime.advance(2e-9)
  expect(runtime.turns).toBe(turns)
})

test.each([Number.NaN, 1.5, -1])('%s is no seed of a network', (seed) => {
  const bad: unknown = expect.objectContaining({ code: 'testing.bad_seed' })
  expect(() => simulateNetwork({ runtime: createVirtualRuntime(), seed })).toThrow(bad)
})

test('port 0 is one that is free', async () => {
  const network = simulateNetwork({ runtime: createVirtualRuntime() })('x')
  const listen = async (port: number) => (await network.listen({ host: 'x', port }, () => quiet)).address.port
  expect(await listen(40_001)).toBe(40_001)
  expect(await listen(40_002)).toBe(40_002)
  expect(await listen(0)).toBe(40_003)
})

test('a refusal does not get through a cut: the dialler hears nothing, and is refused when the way is free', async () => {
  const cluster = await simulateCluster({ nodes: 2, distribution: { handshakeTimeoutMs: 60_000 } })
  const { distribution } = cluster.node('a')
  cluster.crash('b')
  cluster.cutOneWay('b', 'a')
  let outcome: unknown = null
  const isUp = distribution.tryConnect('b@cluster').then((result) => (outcome = result))
  await cluster.run(5000)
  expect(outcome).toBe(null)
  cluster.heal()
  await cluster.until(isUp)
  expect(outcome).toMatchObject({ connected: false, text: expect.stringContaining('nobody listens') as unknown })
})
