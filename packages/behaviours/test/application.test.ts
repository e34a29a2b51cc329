import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  applications,
  defineApplication,
  startApplication,
  stopApplication,
  type Application,
  type ApplicationType,
} from '../src/index.ts'
import { takesNodeDown } from '../src/application/controller.ts'
import { startOrder } from '../src/application/start-order.ts'
import { createFamily, type Family } from './family.ts'
import { createWorld, failure, type World } from './world.ts'

function setUp() {
  const world = createWorld()
  const family = createFamily(world)
  const list = async () => (await world.run(applications(world.node))).map(({ name, state }) => `${name} ${state}`)
  return { world, family, list, ...world }
}

/** An application with one child of its own name, that logs its callbacks. */
function logged(
  { log }: World,
  family: Family,
  name: string,
  more: Partial<Parameters<typeof defineApplication>[0]> = {},
): Application<object> {
  return defineApplication<object>({
    name,
    version: '1.0.0',
    start: () => ({ intensity: 0, children: [family.child(name)] }),
    prepareStop: () => void log.push(`prepareStop ${name}`),
    stop: () => void log.push(`stop ${name}`),
    ...more,
  })
}

describe('starting', () => {
  test('is in the order of dependencies, each once, and lists them so (A02)', async () => {
    const { world, family, node, run, list } = setUp()
    const base = logged(world, family, 'base')
    const left = logged(world, family, 'left', { dependencies: [base] })
    const right = logged(world, family, 'right', { dependencies: [base] })
    const top = logged(world, family, 'top', { dependencies: [left, right, 'base'] })
    expect(await list()).toEqual([])
    await run(startApplication(node, top, { type: 'permanent' }))
    expect(family.happened()).toEqual(['start base', 'start left', 'start right', 'start top'])
    expect(await list()).toEqual(['base running', 'left running', 'right running', 'top running'])
    const [info] = await run(applications(node))
    expect(info).toMatchObject({ name: 'base', version: '1.0.0', type: 'permanent' })
    expect(node.isAlive(info!.supervisor!)).toBe(true)
    await run(startApplication(node, top))
    expect(family.happened()).toEqual([])
  })

  test('twice at the same time is once', async () => {
    const { world, family, node, run, list } = setUp()
    const app = logged(world, family, 'app')
    await run(Promise.all([startApplication(node, app), startApplication(node, app)]))
    expect(family.happened()).toEqual(['start app'])
    expect(await list()).toEqual(['app running'])
  })

  test('needs what is only named to run already (A02)', async () => {
    const { world, family, node, run, list } = setUp()
    const app = logged(world, family, 'app', { dependencies: ['base'] })
    expect(await failure(run(startApplication(node, app)))).toMatchObject({
      code: 'application.not_started',
      message: expect.stringContaining('needs base'),
    })
    await run(startApplication(node, logged(world, family, 'base')))
    await run(startApplication(node, app))
    expect(await list()).toEqual(['base running', 'app running'])
  })

  test('that fails stops again what it has started, in reverse, and says why (A06)', async () => {
    const { world, family, node, run, list } = setUp()
    const kept = logged(world, family, 'kept')
    const one = logged(world, family, 'one', { dependencies: [kept] })
    const two = logged(world, family, 'two', { dependencies: [one] })
    const bad = logged(world, family, 'bad', {
      dependencies: [two],
      start: () => ({ children: [family.child('bad', { starts: () => 'fail' })] }),
    })
    await run(startApplication(node, kept))
    family.happened()
    const error = await failure(run(startApplication(node, bad)))
    expect(error).toMatchObject({
      code: 'application.failed',
      reason: { shutdown: { failedToStartChild: { id: 'bad', reason: 'no bad' } } },
    })
    expect(error.message).toContain('no bad')
    expect(family.happened()).toEqual([
      'start one',
      'start two',
      'fail bad',
      'prepareStop two',
      'end two',
      'stop two',
      'prepareStop one',
      'end one',
      'stop one',
    ])
    expect(await list()).toEqual(['kept running'])
  })

  test('that throws, or gives no supervisor, fails', async () => {
    const { world, family, node, run, list } = setUp()
    const thrower = logged(world, family, 'thrower', {
      start: () => {
        throw new Error('no settings')
      },
    })
    const empty = logged(world, family, 'empty', { start: async () => ({}) as never })
    expect(await failure(run(startApplication(node, thrower)))).toMatchObject({
      code: 'application.failed',
      reason: { message: 'no settings' },
    })
    expect(await failure(run(startApplication(node, empty)))).toMatchObject({
      code: 'application.failed',
      reason: { code: 'supervisor.bad_definition' },
    })
    expect(await list()).toEqual([])
  })

  test('gives the settings: those of the definition, and over them those of the start (A09)', async () => {
    const { node, run } = setUp()
    const seen: unknown[] = []
    const app = defineApplication({
      name: 'app',
      version: '1',
      env: { port: 1, host: 'here' },
      start: ({ env, node: on, self }) => {
        const port: number = env.port
        seen.push(port, env.host, on === node, on.isAlive(self.pid))
        return { children: [] }
      },
    })
    await run(startApplication(node, app, { env: { port: 2 } }))
    expect(seen).toEqual([2, 'here', true, true])
  })

  test('refuses circles, a second application of the same name, and bad definitions', async () => {
    const { world, family, node, run } = setUp()
    const circle: { dependencies: unknown[] } = { dependencies: [] }
    const a = { ...logged(world, family, 'a'), dependencies: circle.dependencies } as Application<object>
    const b = logged(world, family, 'b', { dependencies: [a] })
    circle.dependencies.push(b)
    expect((await failure(run(startApplication(node, a)))).message).toContain('a → b → a')
    await run(startApplication(node, logged(world, family, 'x')))
    expect((await failure(run(startApplication(node, logged(world, family, 'x'))))).code).toBe('application.clash')
    for (const wrong of [{ name: '' }, { version: '' }, { start: 7 }]) {
      expect(() =>
        defineApplication({ name: 'n', version: '1', start: () => ({ children: [] }), ...(wrong as object) }),
      ).toThrow('is wrong')
    }
  })

  test('order: a model over random graphs', () => {
    const graph = fc.array(fc.array(fc.nat(20), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(graph, (edges) => {
        const made: Application<object>[] = []
        for (const [index, targets] of edges.entries()) {
          const dependencies = targets.filter((target) => target < index).map((target) => made[target]!)
          made.push(
            defineApplication<object>({
              name: `${index}`,
              version: '1',
              dependencies,
              start: () => ({ children: [] }),
            }),
          )
        }
        const order = startOrder(made.at(-1)!)
        expect(new Set(order).size).toBe(order.length)
        expect(order.at(-1)).toBe(made.at(-1))
        for (const [at, each] of order.entries())
          for (const dependency of each.dependencies)
            expect(order.indexOf(dependency as Application<object>)).toBeLessThan(at)
        const needed = new Set(made.at(-1)!.dependencies)
        for (const each of needed) expect(order).toContain(each)
      }),
    )
  })
})

describe('stopping (A05)', () => {
  test('is prepareStop, the tree in reverse, what is left over, stop; others go on (A04)', async () => {
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
        void log.push(`stop ${['a', 'b', 'stray1', 'stray2'].some((name) => on.whereis(name) !== undefined)}`),
    })
    await run(startApplication(node, app))
    await run(startApplication(node, logged(world, family, 'above', { dependencies: [app] })))
    expect(node.whereis('stray2')).toBeDefined()
    family.happened()
    await run(stopApplication(node, app))
    expect(family.happened()).toEqual(['prepareStop', 'end b', 'end a', 'stop false'])
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
    await run(startApplication(node, logged(world, family, 'top', { dependencies: [base] })))
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
    expect(takesNodeDown(type, reason)).toBe(down)
  })

  test('of a temporary one is reported; others go on', async () => {
    const { world, family, node, run, list } = setUp()
    await run(startApplication(node, logged(world, family, 'other')))
    await run(startApplication(node, logged(world, family, 'app')))
    family.happened()
    family.crash('app')
    await world.runtime.settle()
    expect(family.happened()).toEqual(['stop app'])
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
    await run(startApplication(node, two))
    await run(startApplication(node, app, { type: 'permanent' }))
    family.happened()
    const ended = node.exited('@agner/applications')
    family.crash('app')
    expect(await run(ended)).toEqual({ shutdown: { applicationEnded: { name: 'app', reason: 'shutdown' } } })
    await world.runtime.settle()
    expect(family.happened()).toEqual([
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
  expect((await list()).toSorted()).toEqual(['inner running', 'outer running'])
})
