/**
 * A shop that moves without end, on nodes that die, are held, and cannot reach each other: what was said of each call is compared with what was done.
 */
import { eachSeed, type VirtualRuntime } from '@agner/testing'
import { expect, test } from 'vitest'
import { outcome, shop, ShopCluster } from './shop.ts'

const places = ['a', 'b']

/** Moves the shop about, each time with a greater token, as an arbiter would. */
async function trouble(all: ShopCluster, runtime: VirtualRuntime, rounds: number): Promise<void> {
  const { cluster } = all
  let [at, token] = ['a', 1]
  await all.open(at, token)
  for (let round = 0; round < rounds; round++) {
    await cluster.run(1500 * runtime.random())
    const other = at === 'a' ? 'b' : 'a'
    const dice = runtime.random()
    if (dice < 0.25) all.crash(at, runtime.random() < 0.5 ? 'reset' : 'silence')
    else if (dice < 0.5) {
      cluster.hold(at, 3000 * runtime.random())
      all.lose(at)
    } else if (dice < 0.75) {
      cluster.partition([at], ['c', 'd', other])
      all.lose(at)
    } else all.close(at)
    await cluster.run(500 * runtime.random())
    at = other
    const isUp = cluster.up.some(({ name }) => name === at)
    if (!isUp) await cluster.start(at)
    cluster.heal()
    all.close(at)
    await all.open(at, ++token)
  }
}

test('a call is done once or not at all, and where it is not known, that is said; an instance without its claim is never asked', async () => {
  let [answered, unknown] = [0, 0]
  await eachSeed({ seeds: 8 }, async (runtime) => {
    const all = await ShopCluster.start({ nodes: ['a', 'b', 'c', 'd'], runtime, distribution: { tickMs: 500 } })
    const { cluster } = all
    const clients = [await all.client('c', places), await all.client('d', places)]
    let isOver = false
    const outcomes = new Map<string, unknown>()
    const customers = clients.map(async (client, index) => {
      const from = cluster.node(index === 0 ? 'c' : 'd').node
      for (let n = 0; !isOver; n++) {
        const id = `${index} ${n}`
        const isSafe = n % 3 === 0
        const options = { timeoutMs: 3000, repeat: isSafe ? ('safe' as const) : ('never' as const) }
        const ms = Math.floor(300 * runtime.random())
        const given = await outcome(client.call(from, shop, 'order', { id, ms }, options))
        outcomes.set(isSafe ? `safe ${id}` : id, given)
      }
    })
    await trouble(all, runtime, 12)
    isOver = true
    await cluster.until(Promise.all(customers))
    await cluster.run(5000)
    for (const [id, given] of outcomes) {
      const isSafe = id.startsWith('safe ')
      const count = all.count(isSafe ? id.slice(5) : id)
      if (given === 'release.not_running') expect(count).toBe(0)
      else if (!isSafe) expect(count).toBeLessThan(2)
      if (typeof given === 'string' && given.startsWith('ordered ')) expect(count).toBeGreaterThan(0)
      else expect(['release.not_running', 'release.outcome_unknown']).toContain(given)
      if (given === 'release.outcome_unknown') unknown++
      else if (given !== 'release.not_running') answered++
    }
    expect(all.begun.filter(({ isHeld }) => !isHeld)).toEqual([])
  })
  // Otherwise nothing was tried.
  expect(answered).toBeGreaterThan(100)
  expect(unknown).toBeGreaterThan(10)
})
