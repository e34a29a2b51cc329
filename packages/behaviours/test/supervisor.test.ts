import { timedOut, type AnyProcess, type Exit, type Process } from '@agner/core'
import { describe, expect, test } from 'vitest'
import {
  call,
  countChildren,
  defineSupervisor,
  deleteChild,
  protocol,
  restartChild,
  startChild,
  startSupervisor,
  terminateChild,
  whichChildren,
  type SupervisorDefinition,
} from '../src/index.ts'
import { createFamily } from './family.ts'
import { createWorld, failure } from './world.ts'

function setUp() {
  const world = createWorld()
  const family = createFamily(world)
  const start = (definition: SupervisorDefinition) =>
    world.run(startSupervisor(world.node, definition, { name: 'sup' }))
  const which = async () =>
    (await world.run(whichChildren(world.node, 'sup'))).map(
      ({ id, pid }) => `${id} ${pid === null ? 'none' : pid === 'restarting' ? 'restarting' : 'runs'}`,
    )
  const errors = () =>
    world
      .notices('supervisor', 'error')
      .map(({ details }) => `${String(details!['context'])} ${(details!['offender'] as { id: string }).id}`)
  return {
    world,
    family,
    start,
    which,
    errors,
    settle: () => world.runtime.settle(),
    advance: (ms: number) => world.runtime.advance(ms),
  }
}

describe('starting', () => {
  test('is in order, each child when the one before is ready; stopping is in reverse (V01)', async () => {
    const { world, family, start, which } = setUp()
    await start({
      children: [family.child('a', { startMs: 30 }), family.child('b', { startMs: 20 }), family.child('c')],
    })
    expect(world.runtime.nowMs()).toBe(50)
    expect(family.happened()).toEqual(['start a', 'start b', 'start c'])
    expect(await which()).toEqual(['c runs', 'b runs', 'a runs'])
    await world.run(world.node.stop())
    expect(family.happened()).toEqual(['end c', 'end b', 'end a'])
  })

  test('fails as a whole when a child fails, and leaves nothing (V02)', async () => {
    const { world, family, errors } = setUp()
    await world.inProcess<Exit>(async (self) => {
      self.trapExits(true)
      const children = [
        family.child('a'),
        family.child('b'),
        family.child('c', { starts: () => 'fail' }),
        family.child('d'),
      ]
      const error = await failure(startSupervisor(self, { children }, { name: 'sup' }))
      expect(error).toMatchObject({
        code: 'start.failed',
        reason: { shutdown: { failedToStartChild: { id: 'c', reason: 'no c' } } },
      })
      expect(error.message).toContain('its child "c" did not start: no c')
      expect(world.node.processes()).toEqual([self.pid])
      expect(world.node.registeredNames()).toEqual([])
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
    })
    expect(family.happened()).toEqual(['start a', 'start b', 'fail c', 'end b', 'end a'])
    expect(errors()).toEqual(['startError c'])
    expect(world.reports.crashes).toEqual([])
  })

  test('keeps a child that chose not to run, unless it is temporary (V03)', async () => {
    const { family, start, which } = setUp()
    await start({
      children: [
        family.child('a', { starts: () => 'ignore' }),
        family.child('b', { starts: () => 'ignore', restart: 'temporary' }),
      ],
    })
    expect(await which()).toEqual(['a none'])
  })

  test('takes any process as a child, and reports a start that is none', async () => {
    const { world, errors } = setUp()
    const sleeper = async (self: Process<never>) => self.receive()
    const pid = await world.run(
      startSupervisor(
        world.node,
        { children: [{ id: 'p', start: async (supervisor) => supervisor.spawn(sleeper) }] },
        { name: 'sup' },
      ),
    )
    const [child] = await world.run(whichChildren(world.node, pid))
    expect(world.node.processInfo(child!.pid as never)!.links).toEqual([pid])
    for (const start of [
      async () => 'no pid',
      () => {
        throw new Error('at once')
      },
      async () => {
        throw new Error('later')
      },
    ]) {
      expect(
        (await failure(world.run(startSupervisor(world.node, { children: [{ id: 'x', start: start as never }] }))))
          .code,
      ).toBe('start.failed')
    }
    expect(errors()).toEqual(['startError x', 'startError x', 'startError x'])
  })

  test('refuses definitions that are wrong, and says how (V05)', async () => {
    const { world, family } = setUp()
    const wrong: readonly [unknown, string][] = [
      [{ children: [{ start: family.child('a').start }] }, 'needs an id'],
      [{ children: [{ id: 'a' }] }, 'start must be a function'],
      [{ children: [family.child('a'), family.child('a')] }, 'Two children have the id "a"'],
      [{ children: [family.child('a', { restart: 'sometimes' as never })] }, 'restart must be'],
      [{ children: [family.child('a', { shutdownMs: -1 })] }, 'shutdownMs must be'],
      [{ children: [family.child('a', { significant: true, restart: 'transient' })] }, 'autoShutdown never'],
      [
        { autoShutdown: 'anySignificant', children: [family.child('a', { significant: true })] },
        'a permanent child cannot be significant',
      ],
      [{ strategy: 'oneForNone', children: [] }, 'strategy must be'],
      [{ intensity: -1, children: [] }, 'intensity must be'],
      [{ periodMs: 0, children: [] }, 'periodMs must be'],
      [{ autoShutdown: 'maybe', children: [] }, 'autoShutdown must be'],
      [{}, 'children must be an array'],
    ]
    for (const [definition, problem] of wrong) {
      expect((await failure(startSupervisor(world.node, definition as SupervisorDefinition))).message).toContain(
        problem,
      )
    }
    expect(() => defineSupervisor({ children: [family.child('a'), family.child('a')] })).toThrow('Two children')
    expect(world.node.processCount()).toBe(0)
  })
})

describe('restarting (V07)', () => {
  const children = (family: ReturnType<typeof createFamily>) => ['a', 'b', 'c', 'd'].map((id) => family.child(id))

  test.each([
    ['oneForOne', ['start b']],
    ['oneForAll', ['end d', 'end c', 'end a', 'start a', 'start b', 'start c', 'start d']],
    ['restForOne', ['end d', 'end c', 'start b', 'start c', 'start d']],
  ] as const)('by %s', async (strategy, expected) => {
    const { world, family, start, settle, which } = setUp()
    await start({ strategy, children: children(family) })
    family.happened()
    family.crash('b')
    await settle()
    expect(family.happened()).toEqual(expected)
    expect(await world.run(family.ping('b'))).toBe('b lives')
    expect(await which()).toEqual(['d runs', 'c runs', 'b runs', 'a runs'])
  })

  test('forgets temporary siblings that it stops', async () => {
    const { family, start, settle, which } = setUp()
    await start({ strategy: 'oneForAll', children: [family.child('a', { restart: 'temporary' }), family.child('b')] })
    family.crash('b')
    await settle()
    expect(family.happened()).toEqual(['start a', 'start b', 'end a', 'start b'])
    expect(await which()).toEqual(['b runs'])
  })

  test('starts siblings again that had been stopped by hand or had ended, under oneForAll, as Erlang does', async () => {
    const { world, family, start, settle, which } = setUp()
    const children = [family.child('a'), family.child('b', { restart: 'transient' }), family.child('c')]
    await start({ strategy: 'oneForAll', children })
    await world.run(terminateChild(world.node, 'sup', 'a'))
    family.end('b', 'normal')
    await settle()
    expect(await which()).toEqual(['c runs', 'b none', 'a none'])
    family.crash('c')
    await settle()
    expect(await which()).toEqual(['c runs', 'b runs', 'a runs'])
  })

  test('follows the kind of child and the reason (V06)', async () => {
    const rows = [
      ['permanent', 'normal', ['x runs'], ['childTerminated x']],
      ['permanent', 'odd', ['x runs'], ['childTerminated x']],
      ['transient', 'normal', ['x none'], []],
      ['transient', 'shutdown', ['x none'], []],
      ['transient', 'odd', ['x runs'], ['childTerminated x']],
      ['temporary', 'normal', [], []],
      ['temporary', 'odd', [], ['childTerminated x']],
    ] as const
    for (const [restart, reason, expected, reported] of rows) {
      const { family, start, settle, which, errors } = setUp()
      await start({ children: [family.child('x', { restart })] })
      family.end('x', reason)
      await settle()
      expect(await which()).toEqual(expected)
      expect(errors()).toEqual(reported)
    }
  })

  test('counts deaths at the same moment under oneForAll as one (V08)', async () => {
    const { world, family, start, settle, which } = setUp()
    const pid = await start({ strategy: 'oneForAll', intensity: 1, children: children(family) })
    family.happened()
    for (const id of ['a', 'b', 'c', 'd']) world.node.sendExit(world.node.whereis(id)!, 'kill')
    await settle()
    expect(family.happened()).toEqual(['start a', 'start b', 'start c', 'start d'])
    expect(world.node.isAlive(pid)).toBe(true)
    expect(await which()).toEqual(['d runs', 'c runs', 'b runs', 'a runs'])
  })

  test('too often stops all children in reverse and ends with shutdown (V09)', async () => {
    const { world, family, start, settle, errors } = setUp()
    const pid = await start({ intensity: 2, periodMs: 1000, children: children(family) })
    const ended = world.node.exited(pid)
    for (const id of ['a', 'b', 'a']) {
      family.crash(id)
      await settle()
    }
    expect(await world.run(ended)).toBe('shutdown')
    expect(family.happened().slice(4)).toEqual(['start a', 'start b', 'end d', 'end c', 'end b'])
    expect(errors().at(-1)).toBe('shutdown a')
    expect(world.node.processCount()).toBe(0)
  })

  test('slides its window, which ends exactly at the period (V09)', async () => {
    for (const [waitMs, survives] of [
      [1001, true],
      [1000, false],
    ] as const) {
      const { world, family, start, settle, advance } = setUp()
      const pid = await start({ intensity: 1, periodMs: 1000, children: [family.child('a')] })
      family.crash('a')
      await settle()
      await advance(waitMs)
      family.crash('a')
      await settle()
      expect(world.node.isAlive(pid)).toBe(survives)
    }
  })
})

describe('a restart that fails (V10)', () => {
  test('is tried again, each try counted, until the intensity is exceeded', async () => {
    const { world, family, start, settle, errors } = setUp()
    const pid = await start({
      intensity: 3,
      children: [family.child('a'), family.child('x', { starts: (attempt) => (attempt === 1 ? 'start' : 'fail') })],
    })
    const ended = world.node.exited(pid)
    family.crash('x')
    await settle()
    expect(await world.run(ended)).toBe('shutdown')
    expect(family.happened()).toEqual(['start a', 'start x', 'fail x', 'fail x', 'fail x', 'end a'])
    expect(errors()).toEqual(['childTerminated x', 'startError x', 'startError x', 'startError x', 'shutdown x'])
  })

  test('succeeds when the child can start again', async () => {
    const { family, start, settle, which } = setUp()
    await start({
      intensity: 5,
      children: [family.child('x', { starts: (attempt) => (attempt === 1 || attempt > 3 ? 'start' : 'fail') })],
    })
    family.crash('x')
    await settle()
    expect(family.happened()).toEqual(['start x', 'fail x', 'fail x', 'start x'])
    expect(await which()).toEqual(['x runs'])
  })

  test('lets others be served between the tries, and shows the child as restarting', async () => {
    const { world, family, start, which, advance } = setUp()
    const { node, run } = world
    await start({
      intensity: 1000,
      children: [
        family.child('a'),
        family.child('x', { startMs: 10, starts: (attempt) => (attempt === 1 ? 'start' : 'fail') }),
      ],
    })
    family.crash('x')
    await advance(15)
    expect(await which()).toEqual(['x restarting', 'a runs'])
    expect(await run(countChildren(node, 'sup'))).toEqual({ specs: 2, active: 1, supervisors: 0, workers: 2 })
    expect((await failure(run(restartChild(node, 'sup', 'x')))).code).toBe('supervisor.restarting')
    expect((await failure(run(deleteChild(node, 'sup', 'x')))).code).toBe('supervisor.restarting')
    const before = world.runtime.nowMs()
    await run(terminateChild(node, 'sup', 'x'))
    expect(world.runtime.nowMs() - before).toBeLessThanOrEqual(10)
    family.happened()
    await advance(1000)
    expect(family.happened()).toEqual([])
    expect(await which()).toEqual(['x none', 'a runs'])
  })

  test('of a sibling under oneForAll starts all anew', async () => {
    const { family, start, settle, which } = setUp()
    await start({
      strategy: 'oneForAll',
      intensity: 5,
      children: [
        family.child('a'),
        family.child('b', { starts: (attempt) => (attempt === 2 ? 'fail' : 'start') }),
        family.child('c'),
      ],
    })
    family.happened()
    family.crash('c')
    await settle()
    expect(family.happened()).toEqual(['end b', 'end a', 'start a', 'fail b', 'end a', 'start a', 'start b', 'start c'])
    expect(await which()).toEqual(['c runs', 'b runs', 'a runs'])
  })
})

describe('stopping a child (V11)', () => {
  test('gives it its time, then kills it, and reports that', async () => {
    const { world, family, start, errors } = setUp()
    await start({
      children: [family.child('fast', { endMs: 50 }), family.child('slow', { endMs: 200, shutdownMs: 100 })],
    })
    await world.run(world.node.stop())
    expect(world.runtime.nowMs()).toBe(150)
    expect(family.happened()).toEqual(['start fast', 'start slow', 'end fast'])
    expect(errors()).toEqual(['shutdownError slow'])
  })

  test('kills at once when told so, and waits for ever when told so', async () => {
    const { world, family, start, errors } = setUp()
    await start({
      children: [
        family.child('patient', { endMs: 1_000_000, shutdownMs: Infinity }),
        family.child('brutal', { shutdownMs: 'kill' }),
      ],
    })
    await world.run(world.node.stop({ timeoutMs: 2_000_000 }))
    expect(family.happened()).toEqual(['start patient', 'start brutal', 'end patient'])
    expect(errors()).toEqual([])
  })

  test('that took its link away does not hang the stop (V12)', async () => {
    const { world, errors } = setUp()
    const pid = await world.run(
      startSupervisor(world.node, {
        children: [
          {
            id: 'loose',
            shutdownMs: 1000,
            start: async (supervisor) =>
              supervisor.spawnLink(async (self) => {
                await self.sleep(1)
                self.unlink(supervisor.pid)
                self.trapExits(true)
                for (;;) await self.receive()
              }),
          },
        ],
      }),
    )
    const loose = world.node.processes().find((each) => each !== pid)!
    await world.runtime.advance(10)
    await world.run(world.node.stop())
    expect(world.node.isAlive(loose)).toBe(false)
    expect(world.runtime.nowMs()).toBe(1010)
    expect(errors()).toEqual(['shutdownError loose'])
  })

  test('that is dead already, or ends for another reason meanwhile, is no crash to be restarted', async () => {
    const { world, family, start, settle, which } = setUp()
    await start({ intensity: 0, children: [family.child('a', { endMs: 100 })] })
    const stopped = terminateChild(world.node, 'sup', 'a')
    await world.runtime.advance(50)
    world.node.sendExit(world.node.whereis('a')!, 'kill')
    await world.run(stopped)
    await settle()
    expect(await which()).toEqual(['a none'])
    expect(world.node.whereis('sup')).toBeDefined()
  })
})

describe('children at run time (V13)', () => {
  test('whose start throws anything at all are refused, and their supervisor goes on', async () => {
    const { world, start, which } = setUp()
    await start({ children: [] })
    class Odd {
      readonly call = () => 1
    }
    for (const thrown of [
      Object.assign(new Error('x'), { call: () => 1 }),
      new Odd(),
      () => 1,
      undefined,
      Symbol('s'),
    ]) {
      const fails = {
        id: 'a',
        start: async () => {
          throw thrown
        },
      }
      expect((await failure(world.run(startChild(world.node, 'sup', fails)))).code).toBe('supervisor.child_failed')
    }
    expect(await which()).toEqual([])
  })

  test('are started, terminated, restarted and deleted', async () => {
    const { world, family, start, which } = setUp()
    const { node, run } = world
    await start({ children: [] })
    const pid = await run(startChild(node, 'sup', family.child('a')))
    expect(node.whereis('a')).toBe(pid)
    expect(await failure(run(startChild(node, 'sup', family.child('a'))))).toMatchObject({
      code: 'supervisor.already_started',
      details: { pid },
    })
    expect((await failure(run(restartChild(node, 'sup', 'a')))).code).toBe('supervisor.running')
    expect((await failure(run(deleteChild(node, 'sup', 'a')))).code).toBe('supervisor.running')
    await run(terminateChild(node, 'sup', 'a'))
    await run(terminateChild(node, 'sup', 'a'))
    expect(await which()).toEqual(['a none'])
    expect((await failure(run(startChild(node, 'sup', family.child('a'))))).code).toBe('supervisor.already_present')
    expect(await run(restartChild(node, 'sup', 'a'))).toBe(node.whereis('a'))
    await run(terminateChild(node, 'sup', 'a'))
    await run(deleteChild(node, 'sup', 'a'))
    expect(await which()).toEqual([])
    for (const what of [terminateChild, restartChild, deleteChild]) {
      expect((await failure(run<unknown>(what(node, 'sup', 'a')))).code).toBe('supervisor.not_found')
    }
    expect(family.happened()).toEqual(['start a', 'end a', 'start a', 'end a'])
  })

  test('that fail to start are not added; that choose not to run are, without a process', async () => {
    const { world, family, start, which, errors } = setUp()
    await start({ children: [] })
    const error = await failure(world.run(startChild(world.node, 'sup', family.child('a', { starts: () => 'fail' }))))
    expect(error).toMatchObject({ code: 'supervisor.child_failed', reason: 'no a' })
    expect(await world.run(startChild(world.node, 'sup', family.child('b', { starts: () => 'ignore' })))).toBeNull()
    expect(await which()).toEqual(['b none'])
    expect(errors()).toEqual(['startError a'])
  })

  test('are not counted as restarts when they are terminated and started by hand', async () => {
    const { world, family, start } = setUp()
    const pid = await start({ intensity: 0, children: [family.child('a')] })
    for (let round = 0; round < 5; round++) {
      await world.run(terminateChild(world.node, 'sup', 'a'))
      await world.run(restartChild(world.node, 'sup', 'a'))
    }
    expect(world.node.isAlive(pid)).toBe(true)
  })

  test('go through a message, but their functions do not: another node is told so', async () => {
    const { world, family } = setUp()
    expect((await failure(startChild(world.node, { name: 'sup', node: 'b@test' }, family.child('a')))).code).toBe(
      'supervisor.remote_child',
    )
    expect((await failure(world.run(startChild(world.node, 'sup', family.child('a'))))).code).toBe('call.no_process')
    expect((await failure(startChild(world.node, 'sup', {} as never))).code).toBe('supervisor.bad_child')
  })

  test('are counted (V14)', async () => {
    const { world, family, start } = setUp()
    const inner = defineSupervisor({ children: [] })
    await start({
      children: [family.child('a'), inner.child({ id: 's' }), family.child('i', { starts: () => 'ignore' })],
    })
    expect(await world.run(countChildren(world.node, 'sup'))).toEqual({
      specs: 3,
      active: 2,
      supervisors: 1,
      workers: 2,
    })
  })
})

describe('significant children (V16)', () => {
  const setting = (autoShutdown: 'anySignificant' | 'allSignificant') => {
    const { world, family, start, settle } = setUp()
    const significant = { significant: true, restart: 'transient' } as const
    return {
      world,
      family,
      settle,
      started: start({
        autoShutdown,
        children: [family.child('x', significant), family.child('y', significant), family.child('z')],
      }),
    }
  }

  test('any of them that ends by itself ends the supervisor', async () => {
    const { world, family, settle, started } = setting('anySignificant')
    const ended = world.node.exited(await started)
    family.end('y', 'normal')
    await settle()
    expect(await world.run(ended)).toBe('shutdown')
    expect(family.happened().slice(3)).toEqual(['end z', 'end x'])
  })

  test('all of them have to end when it says so; crashes are restarted; by hand does not count', async () => {
    const { world, family, settle, started } = setting('allSignificant')
    const pid = await started
    family.crash('x')
    await settle()
    await world.run(terminateChild(world.node, pid, 'x'))
    expect(world.node.isAlive(pid)).toBe(true)
    await world.run(restartChild(world.node, pid, 'x'))
    family.end('x', 'normal')
    await settle()
    expect(world.node.isAlive(pid)).toBe(true)
    const ended = world.node.exited(pid)
    family.end('y', 'shutdown')
    expect(await world.run(ended)).toBe('shutdown')
  })
})

describe('a tree', () => {
  test('restarts an inner supervisor that gave up, and stops from the leaves', async () => {
    const { world, family, start, settle, errors } = setUp()
    const inner = defineSupervisor({ intensity: 0, children: [family.child('x'), family.child('y')] })
    await start({ children: [family.child('a'), inner.child({ id: 'inner', name: 'inner' }), family.child('b')] })
    const first = world.node.whereis('inner')
    family.happened()
    family.crash('x')
    await settle()
    expect(family.happened()).toEqual(['end y', 'start x', 'start y'])
    expect(world.node.whereis('inner')).not.toBe(first)
    expect(errors()).toEqual(['childTerminated x', 'shutdown x', 'childTerminated inner'])
    await world.run(world.node.stop())
    expect(family.happened()).toEqual(['end b', 'end y', 'end x', 'end a'])
  })

  test('ends with its parent, for the same reason, in order (V17)', async () => {
    const { world, family } = setUp()
    const parent = world.node.spawn<string>(async (self) => {
      await startSupervisor(self, { children: [family.child('a'), family.child('b', { endMs: 20 })] }, { name: 'sup' })
      self.exit(await self.receive())
    })
    await world.runtime.settle()
    const ended = world.node.exited('sup')
    world.node.send(parent, 'odd')
    expect(await world.run(ended)).toBe('odd')
    expect(family.happened()).toEqual(['start a', 'start b', 'end b', 'end a'])
  })

  test('loses its children when it is killed', async () => {
    const { world, family, start, settle } = setUp()
    const pid = await start({ children: [family.child('a', { trapExits: false }), family.child('b')] })
    world.node.sendExit(pid, 'kill')
    await settle()
    expect(world.node.processCount()).toBe(0)
  })
})

describe('what a supervisor does not know', () => {
  test('as a message is reported and dropped, as a call ends it (V17)', async () => {
    const { world, family, start, settle } = setUp()
    const pid = await start({ children: [family.child('a')] })
    world.node.send(pid as never, 'rubbish' as never)
    await world.exited(world.node.spawn(async (self) => self.sendExit(pid, 'not your parent')))
    expect(world.node.isAlive(pid)).toBe(true)
    expect(world.notices('supervisor', 'warning')).toHaveLength(1)
    const odd = protocol<{ calls: { odd(): void } }>('odd')
    expect((await failure(world.run(call(world.node, odd.at(pid), 'odd')))).code).toBe('call.exited')
    await settle()
    expect(family.happened()).toEqual(['start a', 'end a'])
  })

  test('as a message is shown in the report, but for a sensitive one', async () => {
    const { world, start, settle } = setUp()
    const sensitive = async (supervisor: AnyProcess) => {
      supervisor.flag('sensitive', true)
      return supervisor.spawnLink({ init: () => null, message: () => null })
    }
    const open = await start({ children: [] })
    const closed = await world.run(startSupervisor(world.node, { children: [{ id: 'a', start: sensitive }] }))
    for (const pid of [open, closed]) world.node.send(pid as never, 'a secret' as never)
    await settle()
    expect(world.notices('supervisor', 'warning').map(({ details }) => details)).toEqual([
      { supervisor: open, message: 'a secret' },
      { supervisor: closed },
    ])
  })
})

test('starts are told as progress, failures as errors, with the offender (V18)', async () => {
  const { world, family, start, settle } = setUp()
  const supervisor = await start({ children: [family.child('a', { restart: 'transient', shutdownMs: 7 })] })
  const pid = world.node.whereis('a')
  family.crash('a')
  await settle()
  expect(world.notices('supervisor', 'info')).toMatchObject([
    { details: { supervisor, started: { id: 'a', pid } } },
    { details: { started: { id: 'a' } } },
  ])
  expect(world.notices('supervisor', 'error')).toMatchObject([
    {
      text: expect.stringContaining('crash of a'),
      details: {
        supervisor,
        context: 'childTerminated',
        reason: { message: 'crash of a' },
        offender: { id: 'a', pid, restart: 'transient', shutdownMs: 7, type: 'worker' },
      },
    },
  ])
})

test('ten thousand children are started, one restarted, all stopped', async () => {
  const world = createWorld()
  const pid = await world.run(
    startSupervisor(world.node, {
      children: Array.from({ length: 10_000 }, (_, index) => ({
        id: `c${index}`,
        start: async (supervisor) =>
          supervisor.spawnLink(
            { init: () => 0, message: (_self, _message, state: number) => state },
            { name: `c${index}` },
          ),
      })),
    }),
  )
  const first = world.node.whereis('c5000')!
  world.node.sendExit(first, 'kill')
  await world.runtime.settle()
  expect(world.node.whereis('c5000')).not.toBe(first)
  expect(await world.run(countChildren(world.node, pid))).toMatchObject({ active: 10_000 })
  await world.run(world.node.stop({ timeoutMs: 60_000 }))
  expect(world.node.processCount()).toBe(0)
  expect(world.runtime.nowMs()).toBe(0)
})
