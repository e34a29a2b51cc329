/**
 * Applications that are started, stopped and crashed by many at once, in seeded schedules, against what must hold
 * whatever the order.
 */
import { eachSeed, type VirtualRuntime } from '@agner/testing'
import { expect, test } from 'vitest'
import {
  ensureAllStarted,
  ensureStarted,
  startApplication,
  stopApplication,
  whichApplications,
  type Application,
} from '../src/index.ts'
import { createFamily, type Family } from './family.ts'
import { logged } from './applications.ts'
import { createWorld, type World } from './world.ts'

const upTo = (runtime: VirtualRuntime, limit: number): number => Math.floor(runtime.random() * limit)
const pickFrom = <T>(runtime: VirtualRuntime, all: readonly T[]): T => all[upTo(runtime, all.length)]!

/** Each may depend on those before it. */
function makeApplications(world: World, family: Family, runtime: VirtualRuntime): Application<object>[] {
  const made: Application<object>[] = []
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const stray = () => new Promise<never>(() => {})
    const child = family.child(name, {
      startMs: upTo(runtime, 20),
      endMs: upTo(runtime, 20),
      starts: () => (runtime.random() < 0.9 ? 'start' : 'fail'),
    })
    const application = logged(world, family, name, {
      dependencies: made.filter(() => runtime.random() < 0.3),
      maxTimeMs: runtime.random() < 0.1 ? 50 : Infinity,
      start: ({ self }) => {
        if (runtime.random() < 0.5) self.spawn(stray)
        return { intensity: 0, children: [child] }
      },
    })
    made.push(application)
  }
  return made
}

/** What somebody does; it may be refused, and it must come to an end. */
async function strike({ node, runtime }: World, family: Family, all: readonly Application<object>[]): Promise<void> {
  const application = pickFrom(runtime, all)
  const mode = pickFrom(runtime, ['serial', 'concurrent'] as const)
  switch (upTo(runtime, 5)) {
    case 0:
      return startApplication(node, application)
    case 1:
      return ensureStarted(node, application)
    case 2:
      return stopApplication(node, application)
    case 3:
      return family.crash(application.name)
    default:
      await ensureAllStarted(node, [application, pickFrom(runtime, all)], { mode })
  }
}

/** Of each application in turn: it came up, it was prepared to stop, it was stopped; and so again. */
function lives(log: readonly string[], name: string): string {
  const words = log.filter((what) => what.endsWith(` ${name}`) && !what.startsWith('end')).map((what) => what[0])
  return words.join('').replaceAll('f', '')
}

test('whoever starts and stops what and when, each lives one life at a time, and the node stops them in reverse', async () => {
  await eachSeed({ seeds: 150 }, async (runtime) => {
    const world = createWorld({ runtime })
    const family = createFamily(world)
    const { node, log, run } = world
    const all = makeApplications(world, family, runtime)
    const doings: Promise<unknown>[] = []
    for (let round = 0; round < 25; round++) {
      doings.push(strike(world, family, all).catch((error: { code: string }) => error.code))
      await runtime.advance(upTo(runtime, 15))
    }
    await run(Promise.all(doings))
    await runtime.advance(1000)

    const running = await run(whichApplications(node))
    expect(running.map(({ state }) => state)).toEqual(running.map(() => 'running'))
    for (const { name, supervisor } of running) {
      expect(node.isAlive(supervisor!)).toBe(true)
      expect(node.whereis(name)).toBeDefined()
    }
    for (const pid of node.processes()) {
      const { groupLeader } = node.processInfo(pid, ['groupLeader'])!
      expect(groupLeader === null || node.isAlive(groupLeader), 'nobody is left over').toBe(true)
    }
    for (const { name } of all)
      expect(lives(log, name)).toMatch(running.some((each) => each.name === name) ? /^(sps)*s$/ : /^(sps)*$/)

    log.length = 0
    await run(node.stop())
    const stopped = log.filter((what) => what.startsWith('stop')).map((what) => what.slice('stop '.length))
    expect(stopped).toEqual(running.map(({ name }) => name).toReversed())
    expect(node.processCount()).toBe(0)
    expect(world.notices('application', 'error')).toEqual([])
  })
})
