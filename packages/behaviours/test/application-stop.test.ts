import { describe, expect, test } from 'vitest'
import {
  defineApplication,
  ensureAllStarted,
  startApplication,
  stopApplication,
  type ApplicationType,
} from '../src/index.ts'
import { Entries } from '../src/application/entries.ts'
import { logged, setUp } from './applications.ts'
import { failure } from './world.ts'

describe('stopping (A05)', () => {
  test('is prepareStop, the tree in reverse, stop, the end of what is left over; others go on (A04)', async () => {
    const { world, family, node, run, list, log } = setUp()
    const stray = async () => {
      for (;;) await new Promise(() => {})
    }
    const app = defineApplication<object>({
      name: 'app',
      version: '1',
      start: ({ self }) => {
        self.spawn(stray, { name: 'stray1' })
        return {
          children: [
            family.child('a'),
            family.child('b'),
            {
              id: 'spawner',
              start: async (supervisor) =>
                supervisor.spawnLink(async (me) => {
                  me.spawn(stray, { name: 'stray2' })
                  await me.receive()
                }),
            },
          ],
        }
      },
      prepareStop: () => void log.push('prepareStop'),
      stop: ({ node: on }) =>
        void log.push(
          `stop ${['a', 'b', 'stray1', 'stray2'].filter((name) => on.whereis(name) !== undefined).join(' ')}`,
        ),
    })
    await run(startApplication(node, app))
    await run(startApplication(node, logged(world, family, 'above', { dependencies: [app] })))
    expect(node.whereis('stray2')).toBeDefined()
    family.happened()
    await run(stopApplication(node, app))
    expect(family.happened()).toEqual(['prepareStop', 'end b', 'end a', 'stop stray1 stray2'])
    expect(node.whereis('stray1')).toBeUndefined()
    expect(node.whereis('stray2')).toBeUndefined()
    expect(await list()).toEqual(['above running'])
    await run(startApplication(node, app))
    expect(await list()).toEqual(['above running', 'app running'])
  })

  test('goes on when its callbacks fail, and reports them', async () => {
    const { world, family, node, run, list } = setUp()
    const app = logged(world, family, 'app', {
      prepareStop: () => Promise.reject(new Error('p')),
      stop: () => {
        throw new Error('s')
      },
    })
    await run(startApplication(node, app))
    await run(stopApplication(node, 'app'))
    expect(await list()).toEqual([])
    expect(world.notices('application', 'error').map(({ text }) => text)).toEqual([
      'prepareStop of app failed: Error: p',
      'stop of app failed: Error: s',
    ])
  })

  test('is not what a stray message says', async () => {
    const { world, family, node, run, list } = setUp()
    await run(startApplication(node, logged(world, family, 'app')))
    const master = node.processInfo(node.whereis('app')!, ['groupLeader'])!.groupLeader!
    const linked = node.spawn(async (self) => {
      self.link(master)
      self.exit('odd')
    })
    await run(node.exited(linked))
    for (const rubbish of [null, 'stop', { type: 'halt' }, { type: 'exit', from: 7 }])
      node.send(master, rubbish as never)
    expect((await failure(run(node.request(master, { type: 'other' }, { timeoutMs: 10 })))).code).toBe('call.timeout')
    expect(await list()).toEqual(['app running'])
    await run(stopApplication(node, 'app'))
  })

  test('what does not run is refused; twice at the same time is once', async () => {
    const { world, family, node, run } = setUp()
    expect((await failure(run(stopApplication(node, 'app')))).code).toBe('application.not_running')
    const app = logged(world, family, 'app')
    await run(startApplication(node, app))
    await run(Promise.all([stopApplication(node, app), stopApplication(node, app)]))
    expect((await failure(run(stopApplication(node, app)))).code).toBe('application.not_running')
  })

  test('the node stops its applications in reverse order of their start (A10)', async () => {
    const { world, family, node, run } = setUp()
    const base = logged(world, family, 'base')
    await run(ensureAllStarted(node, logged(world, family, 'top', { dependencies: [base] })))
    family.happened()
    await run(node.stop())
    expect(family.happened()).toEqual([
      'prepareStop top',
      'end top',
      'stop top',
      'prepareStop base',
      'end base',
      'stop base',
    ])
    expect(world.notices('application', 'error')).toEqual([])
    expect(world.reports.crashes).toEqual([])
  })

  test('the node kills one that hangs when its own time is over, and stops the others in order', async () => {
    const { world, family, node, run, runtime } = setUp()
    const stray = () => new Promise<never>(() => {})
    await run(startApplication(node, logged(world, family, 'first')))
    await run(
      startApplication(
        node,
        logged(world, family, 'hangs', {
          shutdownMs: 300,
          start: ({ self }) => {
            self.spawn(stray, { name: 'stray' })
            return { children: [family.child('hangs', { endMs: 1000 })] }
          },
        }),
      ),
    )
    await run(startApplication(node, logged(world, family, 'prepares', { shutdownMs: 200, prepareStop: stray })))
    await run(startApplication(node, logged(world, family, 'last', { shutdownMs: 10 })))
    family.happened()
    const stopped = node.stop()
    const alive: boolean[] = []
    runtime.setTimer(499, () => alive.push(node.whereis('stray') !== undefined))
    await run(stopped)
    expect(alive).toEqual([true])
    expect(runtime.nowMs()).toBe(500)
    expect(family.happened()).toEqual([
      'prepareStop last',
      'end last',
      'stop last',
      'prepareStop hangs',
      'prepareStop first',
      'end first',
      'stop first',
    ])
    expect(world.notices('application', 'error').map(({ text }) => text)).toEqual([
      'prepares did not stop within 200 ms, and was killed',
      'hangs did not stop within 300 ms, and was killed',
    ])
    expect(node.processCount()).toBe(0)
  })

  test('the node does not wait for ever for one that hangs and has no time limit', async () => {
    const { world, family, node, run, runtime } = setUp()
    const app = logged(world, family, 'app', { stop: () => new Promise<never>(() => {}) })
    await run(startApplication(node, app))
    await run(node.stop({ timeoutMs: 700 }))
    expect(runtime.nowMs()).toBe(700)
    expect(family.happened()).toEqual(['start app', 'prepareStop app', 'end app'])
    expect(node.processCount()).toBe(0)
  })

  test('who waits for a stop when the node stops hears that it is done; who waits for a start, that it is off', async () => {
    const { world, family, node, run, runtime } = setUp()
    const slow = { start: () => ({ children: [family.child('app', { endMs: 100 })] }) }
    const app = logged(world, family, 'app', slow)
    await run(startApplication(node, app))
    const stopped = stopApplication(node, app)
    const again = failure(startApplication(node, app))
    await runtime.advance(50)
    await run(node.stop())
    await run(stopped)
    expect((await run(again)).code).toBe('application.stopped')
    expect(runtime.nowMs()).toBe(100)
  })

  test('who asks for a start while the node stops hears that it is off', async () => {
    const { world, family, node, run, runtime } = setUp()
    const slow = logged(world, family, 'slow', { stop: ({ self }) => self.sleep(100) })
    const other = logged(world, family, 'other')
    await run(startApplication(node, slow))
    const stopped = node.stop()
    await runtime.advance(10)
    expect(node.whereis('@agner/applications')).toBeDefined()
    // The controller is stopping the others, and does not read it any more.
    const late = [failure(startApplication(node, other)), failure(ensureAllStarted(node, other))]
    await run(stopped)
    late.push(failure(startApplication(node, other)))
    for (const { code, message } of await run(Promise.all(late))) {
      expect(code).toBe('application.stopped')
      expect(message).toBe('The application other was not started: the node is stopping.')
    }
    expect(family.happened()).not.toContain('start other')
  })

  test('who asks for a start while a permanent application takes the node down hears so, too', async () => {
    const { world, family, node, run, runtime } = setUp()
    const slow = logged(world, family, 'slow', { stop: ({ self }) => self.sleep(100) })
    await run(startApplication(node, slow))
    await run(startApplication(node, logged(world, family, 'app'), { type: 'permanent' }))
    family.crash('app')
    await runtime.advance(10)
    expect(node.isStopped).toBe(false)
    const late = failure(startApplication(node, logged(world, family, 'other')))
    expect((await run(late)).code).toBe('application.stopped')
  })

  test('the node does not wait for ever for a start that hangs', async () => {
    const { world, family, node, run, runtime } = setUp()
    const started = failure(
      startApplication(node, logged(world, family, 'app', { start: () => new Promise<never>(() => {}) })),
    )
    await runtime.settle()
    await run(node.stop())
    expect(runtime.nowMs()).toBe(5000)
    expect((await run(started)).code).toMatch(/^(call|application)\./)
  })
})

describe('the end by itself (A03)', () => {
  test.each<[ApplicationType, string, boolean]>([
    ['permanent', 'normal', true],
    ['permanent', 'shutdown', true],
    ['transient', 'normal', false],
    ['transient', 'shutdown', true],
    ['transient', 'odd', true],
    ['temporary', 'odd', false],
  ])('of a %s application with %s takes the node down: %s', (type, reason, down) => {
    expect(new Entries().takesNodeDown(type, reason)).toBe(down)
  })

  test('of a temporary one is reported; others go on', async () => {
    const { world, family, node, run, list } = setUp()
    await run(startApplication(node, logged(world, family, 'other')))
    await run(startApplication(node, logged(world, family, 'app')))
    family.happened()
    family.crash('app')
    await world.runtime.settle()
    expect(family.happened()).toEqual(['prepareStop app', 'stop app'])
    expect(await list()).toEqual(['other running'])
    expect(world.notices('application', 'warning')).toMatchObject([
      { text: 'app ended (temporary): shutdown', details: { application: 'app', reason: 'shutdown' } },
    ])
  })

  test('of a permanent one stops the others in reverse, then the node', async () => {
    const { world, family, node, run } = setUp()
    const one = logged(world, family, 'one')
    const two = logged(world, family, 'two', { dependencies: [one] })
    const app = logged(world, family, 'app')
    await run(ensureAllStarted(node, two))
    await run(startApplication(node, app, { type: 'permanent' }))
    family.happened()
    const ended = node.exited('@agner/applications')
    family.crash('app')
    expect(await run(ended)).toEqual({ shutdown: { applicationEnded: { name: 'app', reason: 'shutdown' } } })
    await world.runtime.settle()
    expect(family.happened()).toEqual([
      'prepareStop app',
      'stop app',
      'prepareStop two',
      'end two',
      'stop two',
      'prepareStop one',
      'end one',
      'stop one',
    ])
    expect(node.isStopped).toBe(true)
    expect(node.processCount()).toBe(0)
    expect(world.notices('application', 'error')).toMatchObject([
      { text: 'app ended (permanent): shutdown; it takes the node down' },
    ])
  })

  test('of a child that a supervisor restarts is none', async () => {
    const { world, family, node, run, list } = setUp()
    await run(
      startApplication(
        node,
        logged(world, family, 'app', { start: () => ({ intensity: 1, children: [family.child('app')] }) }),
        { type: 'permanent' },
      ),
    )
    family.crash('app')
    await world.runtime.settle()
    expect(await list()).toEqual(['app running'])
  })
})

test('a process of one application starts another one', async () => {
  const { world, family, node, run, list } = setUp()
  const inner = logged(world, family, 'inner')
  const outer = logged(world, family, 'outer', {
    start: async ({ node: on }) => {
      await startApplication(on, inner)
      return { children: [] }
    },
  })
  await run(startApplication(node, outer))
  expect(await list()).toEqual(['inner running', 'outer running'])
  family.happened()
  await run(node.stop())
  expect(family.happened()).toEqual(['prepareStop outer', 'stop outer', 'prepareStop inner', 'end inner', 'stop inner'])
})
