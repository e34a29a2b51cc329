import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  defineApplication,
  ensureAllStarted,
  ensureStarted,
  startApplication,
  stopApplication,
  whichApplications,
  type Application,
} from '../src/index.ts'
import { startOrder } from '../src/application/start-order.ts'
import { logged, setUp } from './applications.ts'
import { failure } from './world.ts'

describe('starting', () => {
  test('is in the order of dependencies, each once, and lists them so (A02)', async () => {
    const { world, family, node, run, list } = setUp()
    const base = logged(world, family, 'base')
    const left = logged(world, family, 'left', { dependencies: [base] })
    const right = logged(world, family, 'right', { dependencies: [base] })
    const top = logged(world, family, 'top', { dependencies: [left, right, 'base'] })
    expect(await list()).toEqual([])
    expect(await run(ensureAllStarted(node, top, { type: 'permanent' }))).toEqual(['base', 'left', 'right', 'top'])
    expect(family.happened()).toEqual(['start base', 'start left', 'start right', 'start top'])
    expect(await list()).toEqual(['base running', 'left running', 'right running', 'top running'])
    const [info] = await run(whichApplications(node))
    expect(info).toMatchObject({ name: 'base', version: '1.0.0', type: 'permanent' })
    expect(node.isAlive(info!.supervisor!)).toBe(true)
    expect(await run(ensureAllStarted(node, top))).toEqual([])
    await run(ensureStarted(node, top))
    expect(await failure(run(startApplication(node, top)))).toMatchObject({ code: 'application.already_started' })
    expect(family.happened()).toEqual([])
  })

  test('twice at the same time is once', async () => {
    const { world, family, node, run, list } = setUp()
    const app = logged(world, family, 'app')
    await run(Promise.all([startApplication(node, app), startApplication(node, app)]))
    expect(family.happened()).toEqual(['start app'])
    expect(await list()).toEqual(['app running'])
  })

  test('starts nothing else by itself (A02)', async () => {
    const { world, family, node, run, list } = setUp()
    const base = logged(world, family, 'base')
    const app = logged(world, family, 'app', { dependencies: [base] })
    for (const start of [startApplication, ensureStarted])
      expect(await failure(run(start(node, app)))).toMatchObject({
        code: 'application.not_started',
        details: { name: 'app', dependency: 'base' },
      })
    expect(family.happened()).toEqual([])
    await run(startApplication(node, base))
    await run(startApplication(node, app))
    expect(await list()).toEqual(['base running', 'app running'])
    expect(await run(ensureAllStarted(node, [app, 'base']))).toEqual([])
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
    const error = await failure(run(ensureAllStarted(node, bad)))
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
    expect((await failure(run(ensureAllStarted(node, a)))).message).toContain('a → b → a')
    const self = logged(world, family, 'self', { dependencies: ['self'] })
    expect(await failure(run(ensureAllStarted(node, self)))).toMatchObject({ code: 'application.not_started' })
    await run(startApplication(node, logged(world, family, 'x')))
    expect((await failure(run(startApplication(node, logged(world, family, 'x'))))).code).toBe('application.clash')
    for (const wrong of [{ name: '' }, { version: '' }, { start: 7 }]) {
      expect(() =>
        defineApplication({ name: 'n', version: '1', start: () => ({ children: [] }), ...(wrong as object) }),
      ).toThrow('is wrong')
    }
  })

  test('side by side waits for what each needs, and no longer', async () => {
    const { world, family, node, run, list, runtime } = setUp()
    const slow = (name: string, startMs: number, ...dependencies: Application<object>[]) =>
      logged(world, family, name, {
        dependencies,
        start: () => ({ children: [family.child(name, { startMs })] }),
      })
    const [base, left, right] = [slow('base', 10), slow('left', 50), slow('right', 20)]
    const top = slow('top', 5, base, slow('middle', 5, base, right), left)
    const started = await run(ensureAllStarted(node, [top, right], { mode: 'concurrent' }))
    expect(started).toEqual(['base', 'right', 'middle', 'left', 'top'])
    expect(runtime.nowMs()).toBe(55)
    expect(await list()).toEqual(started.map((name) => `${name} running`))
    family.happened()
    await run(node.stop())
    expect(family.happened().filter((what) => what.startsWith('end'))).toEqual(
      started.toReversed().map((name) => `end ${name}`),
    )
  })

  test('side by side that fails waits for the others, and stops them', async () => {
    const { world, family, node, run, list } = setUp()
    const slow = logged(world, family, 'slow', {
      start: () => ({ children: [family.child('slow', { startMs: 50 })] }),
    })
    const bad = logged(world, family, 'bad', { start: () => Promise.reject(new Error('no')) })
    const never = logged(world, family, 'never', { dependencies: [bad] })
    expect(await failure(run(ensureAllStarted(node, [slow, never], { mode: 'concurrent' })))).toMatchObject({
      code: 'application.failed',
      details: { name: 'bad' },
    })
    expect(family.happened()).toEqual(['start slow', 'prepareStop slow', 'end slow', 'stop slow'])
    expect(await list()).toEqual([])
  })

  test('does without options that are not there, and after those that are', async () => {
    const { world, family, node, run } = setUp()
    const option = logged(world, family, 'option')
    const app = (name: string) => logged(world, family, name, { optionalDependencies: ['nowhere', option] })
    await run(startApplication(node, app('alone')))
    expect(await run(ensureAllStarted(node, app('app')))).toEqual(['option', 'app'])
  })

  test('of one that is stopping begins when it has stopped', async () => {
    const { world, family, node, run, list } = setUp()
    const app = logged(world, family, 'app', {
      start: () => ({ children: [family.child('app', { endMs: 100 })] }),
    })
    await run(startApplication(node, app))
    family.happened()
    await run(Promise.all([stopApplication(node, app), startApplication(node, app), ensureStarted(node, app)]))
    expect(family.happened()).toEqual(['prepareStop app', 'end app', 'stop app', 'start app'])
    expect(await list()).toEqual(['app running'])
  })

  test('hands what start gives on to prepareStop, and what that gives to stop (A06)', async () => {
    const { node, run } = setUp()
    const seen: unknown[] = []
    const make = (name: string, prepared: number | undefined) =>
      defineApplication({
        name,
        version: '1',
        start: async () => ({ children: [], state: 1 }),
        prepareStop: (_, state) => {
          seen.push(state)
          return prepared
        },
        stop: (_, state) => void seen.push(state.toFixed(1)),
      })
    for (const app of [make('one', 2), make('two', undefined)]) {
      await run(startApplication(node, app))
      await run(stopApplication(node, app))
    }
    expect(seen).toEqual([1, '2.0', 1, '1.0'])
  })

  test('that fails takes the node down if the application is permanent, and leaves nothing behind', async () => {
    const { world, family, node, run } = setUp()
    await run(startApplication(node, logged(world, family, 'other')))
    const stray = () => new Promise<never>(() => {})
    const bad = logged(world, family, 'bad', {
      start: ({ self }) => {
        self.spawn(stray, { name: 'stray' })
        throw new Error('no')
      },
    })
    expect((await failure(run(startApplication(node, bad)))).code).toBe('application.failed')
    expect(node.whereis('stray')).toBeUndefined()
    expect(world.notices('application', 'warning')).toMatchObject([
      { text: 'bad did not start (temporary): Error: no' },
    ])
    family.happened()
    expect((await failure(run(startApplication(node, bad, { type: 'permanent' })))).code).toBe('application.failed')
    await world.runtime.settle()
    expect(node.isStopped).toBe(true)
    expect(family.happened()).toEqual(['prepareStop other', 'end other', 'stop other'])
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
