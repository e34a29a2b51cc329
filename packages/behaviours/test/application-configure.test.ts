/**
 * Configuring a node while applications start, stop, or change their configuration: only those that run are told, and
 * nobody waits for his own end (A09).
 */
import type { Node } from '@agner/core'
import { expect, test } from 'vitest'
import { configure, getEnv, startApplication, stopApplication, type ApplicationDefinition } from '../src/index.ts'
import { logged, setUp, type Applications } from './applications.ts'
import { failure } from './world.ts'

const portOf = (node: Node, name: string): unknown => getEnv(node, name, 'port')

/** One with a port, that logs how it changes. */
function web({ world, family, log }: Applications, more: Partial<ApplicationDefinition<{ port: number }, unknown>>) {
  return logged(world, family, 'web', {
    env: { port: 1 },
    configChange: ({ env }) => void log.push(`port ${(env as { port: number }).port}`),
    ...(more as object),
  })
}

test('one that is starting has the new settings, and is not told; it is once it runs', async () => {
  const all = setUp()
  const { node, run, runtime, family } = all
  const read: unknown[] = []
  const app = web(all, {
    start: async (context) => {
      read.push(context.env.port)
      await context.self.sleep(100)
      read.push(context.env.port)
      return { children: [] }
    },
  })
  const started = startApplication(node, app)
  await runtime.advance(10)
  await configure(node, { web: { port: 2 } })
  expect(runtime.nowMs()).toBe(10)
  await run(started)
  expect(read).toEqual([1, 2])
  expect(family.happened()).toEqual([])
  await run(configure(node, { web: { port: 3 } }))
  expect(family.happened()).toEqual(['port 3'])
})

test('one that is stopping is not waited for', async () => {
  const all = setUp()
  const { node, run, runtime, family } = all
  const app = web(all, { prepareStop: ({ self }) => self.sleep(100) })
  await run(startApplication(node, app))
  family.happened()
  const stopped = stopApplication(node, app)
  await runtime.advance(10)
  await configure(node, { web: { port: 2 } })
  expect(portOf(node, 'web')).toBe(2)
  await run(stopped)
  expect(family.happened()).toEqual(['end web', 'stop web'])
})

test('one that has ended by itself just before is not waited for either', async () => {
  const all = setUp()
  const { node, run, runtime, family } = all
  const app = web(all, { prepareStop: ({ self }) => self.sleep(100) })
  await run(startApplication(node, app))
  family.happened()
  const master = node.processInfo(node.whereis('web')!)!.groupLeader!
  // The master hears of the end of its tree, and has the configuration behind it.
  node.suspend(master)
  node.sendExit(node.processInfo(node.whereis('web')!)!.parent!, 'kill')
  await runtime.settle()
  const configured = configure(node, { web: { port: 2 } })
  await runtime.settle()
  node.resume(master)
  await run(configured)
  expect(runtime.nowMs()).toBe(0)
})

test.each(['start', 'startPhases', 'prepareStop', 'stop'] as const)('a node is configured by %s', async (callback) => {
  const all = setUp()
  const { node, run } = all
  const configures = async (context: { readonly node: Node }) => configure(context.node, { web: { port: 2 } })
  const app = web(all, {
    start: async (context) => {
      if (callback === 'start') await configures(context)
      return { children: [] }
    },
    startPhases: { go: callback === 'startPhases' ? configures : () => {} },
    ...(callback === 'prepareStop' && { prepareStop: configures }),
    ...(callback === 'stop' && { stop: configures }),
  })
  await run(startApplication(node, app))
  await run(stopApplication(node, app))
  expect(portOf(node, 'web')).toBe(2)
})

test('configChange is refused what would wait for its own end, and nothing has changed', async () => {
  const all = setUp()
  const { node, run, family } = all
  const other = logged(all.world, family, 'other', {
    env: { port: 1 },
    configChange: () => void all.log.push('other is told'),
  })
  const app = web(all, {
    configChange: async (context) => {
      const refused = await failure(configure(context.node, { web: { port: 3 } }))
      all.log.push(refused.code, refused.message, String(context.env.port))
      // What concerns others only may be changed by it.
      await configure(context.node, { web: { port: 2 }, other: { port: 2 } })
    },
  })
  await run(startApplication(node, other))
  await run(startApplication(node, app))
  family.happened()
  await run(configure(node, { web: { port: 2 } }))
  expect(family.happened()).toEqual([
    'application.config_changing',
    expect.stringContaining('configChange of the application web is running'),
    '2',
    'other is told',
  ])
  await run(configure(node, { web: { port: 2 }, other: { port: 3 } }))
  expect(family.happened()).toEqual(['other is told'])
})

test('after a configChange that failed, or was killed, the node can be configured again', async () => {
  const all = setUp()
  const { node, run, runtime, family } = all
  let way: 'fail' | 'hang' | null = 'fail'
  const app = web(all, {
    configChange: async ({ env }) => {
      if (way === 'fail') throw new Error('no such port')
      if (way === 'hang') await new Promise<never>(() => {})
      all.log.push(`port ${env.port}`)
    },
  })
  await run(startApplication(node, app))
  expect((await failure(run(configure(node, { web: { port: 2 } })))).code).toBe('application.config_change_failed')
  way = 'hang'
  const configured = configure(node, { web: { port: 3 } })
  await runtime.settle()
  expect((await failure(configure(node, { web: { port: 4 } }))).code).toBe('application.config_changing')
  expect(portOf(node, 'web')).toBe(3)
  node.sendExit(node.processInfo(node.whereis('web')!)!.groupLeader!, 'kill')
  await run(configured)
  await runtime.settle()
  way = null
  await run(startApplication(node, app))
  family.happened()
  await run(configure(node, { web: { port: 4 } }))
  expect(family.happened()).toEqual(['port 4'])
})
