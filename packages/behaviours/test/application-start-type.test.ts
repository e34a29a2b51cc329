/** Why an application starts, its master, and its end by force: for whoever decides where applications run. */
import { expect, test } from 'vitest'
import {
  countApplications,
  defineApplication,
  getMaster,
  killApplication,
  startApplication,
  stopApplication,
  type ApplicationContext,
} from '../src/index.ts'
import { logged, setUp } from './applications.ts'
import { failure } from './world.ts'

const stray = () => new Promise<never>(() => {})

test('every callback finds the start type, those of what is included too; without one it is a first start', async () => {
  const { world, family, node, run } = setUp()
  const seen: string[] = []
  const note = (what: string) => (context: ApplicationContext<object>) => {
    const { type, from, token } = context.startType
    seen.push(`${what} ${type} ${String(from)} ${String(token)}`)
  }
  const part = defineApplication({
    name: 'part',
    version: '1',
    startPhases: { go: note('phase of part') },
    start: (context) => {
      note('start of part')(context)
      return { children: [] }
    },
  })
  const app = logged(world, family, 'app', {
    includedApplications: [part],
    startPhases: { go: note('phase') },
    start: (context) => {
      note('start')(context)
      return { intensity: 0, children: [family.child('app'), part.child()] }
    },
    prepareStop: note('prepareStop'),
    stop: note('stop'),
  })
  const startType = { type: 'takeover', from: 'n2@h', token: 7 } as const
  await run(startApplication(node, app, { startType }))
  await run(stopApplication(node, app))
  const all = ['start', 'start of part', 'phase', 'phase of part', 'prepareStop', 'stop']
  expect(seen.splice(0)).toEqual(all.map((what) => `${what} takeover n2@h 7`))
  await run(startApplication(node, app))
  expect(seen).toEqual(all.slice(0, 4).map((what) => `${what} normal null null`))
})

test('its master stands for it from its start to its end', async () => {
  const { world, family, node, run } = setUp()
  const app = logged(world, family, 'app')
  expect(getMaster(node, app)).toBeNull()
  await run(startApplication(node, app))
  const master = getMaster(node, 'app')!
  expect(countApplications(node)).toBe(1)
  const ended = node.exited(master)
  await run(stopApplication(node, app))
  expect(await run(ended)).toBe('normal')
  expect(getMaster(node, app)).toBeNull()
  expect(countApplications(node)).toBe(0)
})

test('killed, it is gone with all its processes, without its callbacks, and a permanent one leaves the node up', async () => {
  const { world, family, node, run, log } = setUp()
  const app = logged(world, family, 'app', {
    start: ({ self }) => {
      self.spawn(stray, { name: 'stray' })
      return { intensity: 0, children: [family.child('app')] }
    },
  })
  await run(startApplication(node, app, { type: 'permanent' }))
  await run(killApplication(node, app))
  expect([node.whereis('app'), node.whereis('stray'), node.isStopped]).toEqual([undefined, undefined, false])
  expect(log).toEqual(['start app'])
  await run(killApplication(node, app))
  await run(startApplication(node, app))
  expect(node.whereis('app')).toBeDefined()
})

test('killed while it starts, its starter hears that it was stopped; while it stops, that it has', async () => {
  const { world, family, node, run, runtime } = setUp()
  const starting = logged(world, family, 'starting', { startPhases: { hang: stray } })
  const started = failure(startApplication(node, starting, { type: 'permanent' }))
  await runtime.advance(10)
  await run(killApplication(node, starting))
  expect(await run(started)).toMatchObject({ code: 'application.stopped' })
  expect(node.isStopped).toBe(false)
  const stopping = logged(world, family, 'stopping', { stop: stray })
  await run(startApplication(node, stopping))
  const stopped = stopApplication(node, stopping)
  await runtime.advance(10)
  await run(Promise.all([killApplication(node, stopping), killApplication(node, stopping), stopped]))
  expect(getMaster(node, stopping)).toBeNull()
})
