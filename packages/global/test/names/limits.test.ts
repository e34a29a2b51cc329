/**
 * Limits and times that make no sense are refused, and long ones are kept.
 */
import type { AnyPid } from '@agner/core'
import { simulateCluster, type SimulatedCluster } from '@agner/testing'
import { afterEach, expect, it, vi } from 'vitest'
import { startGlobal, type GlobalLimits } from '../../src/index.ts'
import { NamesWorld } from './world.ts'

let world: NamesWorld | SimulatedCluster
afterEach(() => world.stop())

it.each<[keyof GlobalLimits, unknown]>([
  ['names', Number.NaN],
  ['waiting', -1],
  ['locks', '10'],
  ['remembered', null],
  ['rememberedMs', Number.NaN],
  ['installTimeoutMs', 0],
  ['installTimeoutMs', Infinity],
  ['resolveTimeoutMs', 0],
  ['resolveTimeoutMs', Number.NaN],
])('limits that are none are refused before anything runs: %s %j', async (option, value) => {
  const cluster = await simulateCluster({ trace: false, nodes: ['a'], distribution: { liveness: false } })
  world = cluster
  const { node, distribution } = cluster.node('a')
  await expect(cluster.until(startGlobal(node, distribution, { limits: { [option]: value } }))).rejects.toMatchObject({
    code: 'global.bad_option',
    details: { option: `limits.${option}` },
  })
  const global = await cluster.until(startGlobal(node, distribution))
  global.stop()
  // Started again at once: it waits for the name.
  await cluster.until(startGlobal(node, distribution))
})

it('sync waits as long as it is told, also for ever, and no longer', async () => {
  const all = await NamesWorld.of(2)
  world = all
  const a = all.global('a')
  for (const timeoutMs of [Number.NaN, -1])
    await expect(a.sync({ timeoutMs })).rejects.toMatchObject({ code: 'global.bad_option' })
  const asked = vi.spyOn(all.node('a').runtime, 'setTimer')
  const done: [number, boolean][] = []
  for (const timeoutMs of [300, 3e9, Infinity])
    void a.sync({ nodes: ['z@cluster'], timeoutMs }).then((isThere) => done.push([timeoutMs, isThere]))
  expect(asked.mock.calls.every(([delayMs]) => delayMs < 2 ** 31)).toBe(true)
  await all.cluster.run(1000)
  expect(done).toEqual([[300, false]])
})

it('a resolve function may take for ever: the one that answers at last is heard', async () => {
  const all = await NamesWorld.of(2, { limits: { resolveTimeoutMs: Infinity } })
  world = all
  await all.part(['a'], ['b'])
  const [one, other] = [all.idle('a'), all.idle('b')]
  const answer = Promise.withResolvers<AnyPid>()
  const asked = ['a', 'b'].map((name) => vi.spyOn(all.node(name).runtime, 'setTimer'))
  const resolve = (): Promise<AnyPid> => answer.promise
  expect(await all.register('a', 'one', one, { resolve })).toBe(true)
  expect(await all.register('b', 'one', other, { resolve })).toBe(true)
  await all.heal()
  await all.cluster.run(20_000)
  expect(asked.every(({ mock }) => mock.calls.every(([delayMs]) => delayMs < 2 ** 31))).toBe(true)
  answer.resolve(one)
  await all.cluster.run(2000)
  expect(all.seen('one')).toEqual([one, one])
})
