/**
 * Supervisors under random deaths, in seeded schedules, against what must hold whatever the order: see `holds`.
 */
import type { AnyPid } from '@agner/core'
import { eachSeed, type VirtualRuntime } from '@agner/testing'
import { expect, test } from 'vitest'
import { startSupervisor, terminateChild, whichChildren, restartChild, type StrategyName } from '../src/index.ts'
import { createFamily, type Family } from './family.ts'
import { createWorld, type World } from './world.ts'

const ids = ['a', 'b', 'c', 'd', 'e']
const strategies: readonly StrategyName[] = ['oneForOne', 'oneForAll', 'restForOne']

const pickFrom = <T>(runtime: VirtualRuntime, all: readonly T[]): T => all[Math.floor(runtime.random() * all.length)]!

async function strike({ node, runtime }: World, family: Family): Promise<void> {
  const id = pickFrom(runtime, ids)
  const pid = node.whereis(id)
  switch (Math.floor(runtime.random() * 6)) {
    case 0:
      return family.crash(id)
    case 1:
      return family.end(id, pickFrom(runtime, ['normal', 'shutdown', 'odd']))
    case 2:
      return pid === undefined ? undefined : node.sendExit(pid, 'kill')
    case 3:
      return void terminateChild(node, 'sup', id).catch(() => undefined)
    case 4:
      return void restartChild(node, 'sup', id).catch(() => undefined)
    default:
      return runtime.advance(Math.floor(runtime.random() * 40))
  }
}

/** Every running child is linked and named, nothing else runs, and the order is that of the start. */
async function holds({ node, run }: World, supervisor: AnyPid): Promise<void> {
  const children = await run(whichChildren(node, supervisor))
  const running = children.filter(({ pid }) => pid !== null && pid !== 'restarting')
  expect(node.processCount()).toBe(1 + running.length)
  for (const { id, pid } of running) {
    expect(node.whereis(id!)).toBe(pid)
    expect(node.processInfo(pid as AnyPid)!.links).toEqual([supervisor])
  }
  expect(node.processInfo(supervisor)!.links).toHaveLength(running.length)
  expect(children.map(({ id }) => id)).toEqual(
    ids.filter((id) => children.some((child) => child.id === id)).toReversed(),
  )
}

test('whatever dies when, what runs is what the supervisor says, once each; and at last nothing is left', async () => {
  await eachSeed({ seeds: 150 }, async (runtime) => {
    const world = createWorld({ runtime })
    const family = createFamily(world)
    const kinds = ['permanent', 'permanent', 'transient', 'temporary'] as const
    const children = ids.map((id) =>
      family.child(id, {
        restart: pickFrom(runtime, kinds),
        endMs: Math.floor(runtime.random() * 30),
        startMs: Math.floor(runtime.random() * 10),
        shutdownMs: pickFrom(runtime, [5, 20, 1000, 'kill', Infinity] as const),
        trapExits: runtime.random() < 0.7,
        starts: () => (runtime.random() < 0.9 ? 'start' : 'fail'),
      }),
    )
    const definition = {
      strategy: pickFrom(runtime, strategies),
      intensity: Math.floor(runtime.random() * 20),
      periodMs: 100,
      children,
    }
    const supervisor = await world.run(startSupervisor(world.node, definition, { name: 'sup' }).catch(() => null))
    if (supervisor !== null) {
      for (let blow = 0; blow < 25 && world.node.isAlive(supervisor); blow++) await strike(world, family)
      await runtime.advance(20_000)
      if (world.node.isAlive(supervisor)) await holds(world, supervisor)
    } else expect(world.node.processCount()).toBe(0)
    if (supervisor !== null && !world.node.isAlive(supervisor)) expect(world.node.processCount()).toBe(0)
    await world.run(world.node.stop({ timeoutMs: 100_000 }))
    expect(world.node.processCount()).toBe(0)
    expect(world.node.registeredNames()).toEqual([])
  })
})
