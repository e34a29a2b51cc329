import type { Exit, ExitReason, Pid } from '@agner/core'
import { describe, expect, test } from 'vitest'
import {
  call,
  cast,
  defineServer,
  noreply,
  protocol,
  reply,
  startServer,
  stop,
  stopAndReply,
  type Context,
  type Server,
  type ServerPid,
} from '../src/index.ts'
import { createWorld, failure, type World } from './world.ts'

interface Api {
  calls: { exits(): ExitReason[] }
  casts: { stop(reason: string): void; stopShutdown(): void; crash(): void; bad(): void }
}
const quiet = protocol<Api>('@test/quiet')
const watching = protocol<Api & { info: Exit }>('@test/watching')

type Start = 'trap' | 'notrap'

const callbacks = (world: World) => ({
  init: (how: Start, { self }: { self: { trapExits(on: boolean): boolean } }): ExitReason[] => {
    self.trapExits(how === 'trap')
    return []
  },
  calls: { exits: (state: ExitReason[]) => reply<ExitReason[], ExitReason[], never>(state, state) },
  casts: {
    stop: (_state: ExitReason[], reason: string) => stop(reason),
    stopShutdown: () => stop({ shutdown: 'by itself' }),
    crash: () => {
      throw new Error('crashed')
    },
    bad: () => null as never,
  },
  terminate: (reason: ExitReason) =>
    void world.log.push(reason instanceof Error ? reason.name : JSON.stringify(reason)),
})

const Quiet = (world: World): Server<Api, Start, ExitReason[]> => defineServer(quiet, callbacks(world))
const Watching = (world: World): Server<Api & { info: Exit }, Start, ExitReason[]> =>
  defineServer(watching, {
    ...callbacks(world),
    info: { exit: (state, { reason }) => noreply<ExitReason[], never>([...state, reason]) },
  })

/** A parent that lives until it is told to end. */
async function withParent<A extends Api>(
  world: World,
  server: Server<A, Start, ExitReason[]>,
  how: Start,
): Promise<{ pid: ServerPid<A>; parent: Pid<string> }> {
  const { promise, resolve } = Promise.withResolvers<ServerPid<A>>()
  const parent = world.node.spawn<string>(async (self) => {
    resolve(await startServer(self, server, how))
    self.exit(await self.receive())
  })
  return { pid: await world.run(promise), parent }
}

describe('terminate (S08) and the exit reason, when', () => {
  const rows: readonly [
    string,
    (world: World, pid: ServerPid<Api>) => void,
    Start,
    string | undefined,
    unknown,
    number,
  ][] = [
    [
      'a step stops with normal',
      (world, pid) => cast(world.node, pid, 'stop', 'normal'),
      'notrap',
      '"normal"',
      'normal',
      0,
    ],
    [
      'a step stops with shutdown',
      (world, pid) => cast(world.node, pid, 'stop', 'shutdown'),
      'notrap',
      '"shutdown"',
      'shutdown',
      0,
    ],
    [
      'a step stops with { shutdown }',
      (world, pid) => cast(world.node, pid, 'stopShutdown'),
      'notrap',
      '{"shutdown":"by itself"}',
      { shutdown: 'by itself' },
      0,
    ],
    [
      'a step stops with a reason of its own',
      (world, pid) => cast(world.node, pid, 'stop', 'odd'),
      'notrap',
      '"odd"',
      'odd',
      1,
    ],
    [
      'a callback crashes',
      (world, pid) => cast(world.node, pid, 'crash'),
      'notrap',
      'Error',
      expect.objectContaining({ message: 'crashed' }),
      1,
    ],
    [
      'a callback returns rubbish',
      (world, pid) => cast(world.node, pid, 'bad'),
      'notrap',
      'AgnerError',
      expect.objectContaining({ code: 'server.bad_return' }),
      1,
    ],
    ['it is killed', (world, pid) => world.node.sendExit(pid, 'kill'), 'trap', undefined, 'killed', 0],
    [
      'an exit signal comes that it does not trap',
      (world, pid) => world.node.sendExit(pid, 'shutdown'),
      'notrap',
      undefined,
      'shutdown',
      0,
    ],
    [
      'the node, its parent, sends an exit that it traps',
      (world, pid) => world.node.sendExit(pid, 'shutdown'),
      'trap',
      '"shutdown"',
      'shutdown',
      0,
    ],
  ]
  test.each(rows)('%s', async (_, act, how, terminated, reason, crashes) => {
    const world = createWorld()
    const pid = await world.run(startServer(world.node, Quiet(world), how))
    const ended = world.node.exited(pid)
    act(world, pid)
    expect(await world.run(ended)).toEqual(reason)
    expect(world.log).toEqual(terminated === undefined ? [] : [terminated])
    expect(world.reports.crashes).toHaveLength(crashes)
  })

  test('terminate itself fails: its error is the reason', async () => {
    const world = createWorld()
    for (const terminate of [
      () => Promise.reject(new Error('in terminate')),
      (): void => {
        throw new Error('in terminate')
      },
    ]) {
      const Failing = defineServer(quiet, { ...callbacks(world), terminate })
      const pid = await world.run(startServer(world.node, Failing, 'notrap'))
      const ended = world.node.exited(pid)
      cast(world.node, pid, 'stop', 'normal')
      expect(await world.run(ended)).toMatchObject({ message: 'in terminate' })
    }
  })

  test('terminate hangs: a kill ends it', async () => {
    const world = createWorld()
    const Hanging = defineServer(quiet, { ...callbacks(world), terminate: () => new Promise<void>(() => {}) })
    const pid = await world.run(startServer(world.node, Hanging, 'notrap'))
    const ended = world.node.exited(pid)
    cast(world.node, pid, 'stop', 'normal')
    await world.runtime.advance(60_000)
    expect(world.node.isAlive(pid)).toBe(true)
    world.node.sendExit(pid, 'kill')
    expect(await world.run(ended)).toBe('killed')
  })
})

describe("the parent's exit (S09)", () => {
  test.each(['odd', 'normal', 'shutdown'])(
    'with %s ends a server that traps exits, through terminate, even if it handles exits',
    async (reason) => {
      for (const make of [Quiet, Watching]) {
        const world = createWorld()
        const { pid, parent } = await withParent(world, make(world) as Server<Api, Start, ExitReason[]>, 'trap')
        const ended = world.node.exited(pid)
        world.node.send(parent, reason)
        expect(await world.run(ended)).toBe(reason)
        expect(world.log).toEqual([JSON.stringify(reason)])
      }
    },
  )

  test('sent while it lives counts as well', async () => {
    const world = createWorld()
    const { promise, resolve } = Promise.withResolvers<ServerPid<Api>>()
    world.node.spawn(async (self) => {
      const pid = await startServer(self, Watching(world), 'trap')
      resolve(pid as never)
      self.sendExit(pid, 'go')
      await self.receive()
    })
    expect(await world.exited(await world.run(promise))).toBe('noproc')
    expect(world.log).toEqual(['"go"'])
  })

  test('of anybody else goes to the exit handler, or is reported and dropped', async () => {
    const world = createWorld()
    const { pid } = await withParent(world, Watching(world), 'trap')
    const stranger = world.node.spawn(async (self) => self.sendExit(pid, 'not your parent'))
    await world.exited(stranger)
    expect(await world.run(call(world.node, pid, 'exits'))).toEqual(['not your parent'])

    const { pid: deaf } = await withParent(world, Quiet(world), 'trap')
    await world.exited(world.node.spawn(async (self) => self.sendExit(deaf, 'not your parent')))
    expect(await world.run(call(world.node, deaf, 'exits'))).toEqual([])
    expect(world.notices('server', 'warning')).toHaveLength(1)
  })

  test('ends a server that does not trap exits without terminate, unless it is normal', async () => {
    const world = createWorld()
    const one = await withParent(world, Quiet(world), 'notrap')
    world.node.send(one.parent, 'odd')
    await world.runtime.settle()
    expect(world.node.isAlive(one.pid)).toBe(false)
    const two = await withParent(world, Quiet(world), 'notrap')
    world.node.send(two.parent, 'normal')
    await world.runtime.settle()
    expect(world.node.isAlive(two.pid)).toBe(true)
    expect(world.log).toEqual([])
  })
})

test('a node that stops ends its servers through terminate', async () => {
  const world = createWorld()
  await world.run(startServer(world.node, Quiet(world), 'trap'))
  await withParent(world, Quiet(world), 'trap')
  await world.run(world.node.stop())
  expect(world.log).toEqual(['"shutdown"', '"shutdown"'])
  expect(world.runtime.nowMs()).toBe(0)
})

test('the trapExits option acts before init', async () => {
  const world = createWorld()
  const Slow = defineServer(quiet, {
    ...callbacks(world),
    trapExits: true,
    init: async (_: Start, { self }: Context<Api>): Promise<ExitReason[]> => {
      await self.sleep(100)
      return []
    },
  })
  const started = startServer(world.node, Slow, 'trap', { name: 's' })
  const pid = world.node.whereis('s')!
  world.node.sendExit(pid, 'shutdown')
  const ended = world.node.exited(pid)
  expect(await world.run(started)).toBe(pid)
  expect(await world.run(ended)).toBe('shutdown')
  expect(world.log).toEqual(['"shutdown"'])
})

test('stopAndReply answers even if terminate fails (gen_server: handle_common_reply)', async () => {
  const fails = [
    () => {
      throw new Error('in terminate')
    },
    () => Promise.reject(new Error('in terminate')),
  ]
  for (const terminate of fails) {
    const world = createWorld()
    const last = protocol<{ calls: { bye(): string } }>('@test/last')
    const Last = defineServer(last, { init: () => 0, calls: { bye: () => stopAndReply('normal', 'bye') }, terminate })
    const pid = await world.run(startServer(world.node, Last))
    const ended = world.node.exited(pid)
    expect(await world.run(call(world.node, pid, 'bye'))).toBe('bye')
    expect(await world.run(ended)).toMatchObject({ message: 'in terminate' })
  }
})

test('a crash is reported once, with the last message and the error (S11)', async () => {
  const world = createWorld()
  const pid = await world.run(startServer(world.node, Quiet(world), 'notrap', { name: 's' }))
  cast(world.node, pid, 'crash')
  await world.exited(pid)
  expect(world.reports.all).toMatchObject([
    { type: 'crash', pid, name: 's', reason: { message: 'crashed' }, lastMessage: { cast: 'crash' } },
  ])
})

test('definitions that cannot work are refused when they are made', async () => {
  const broken: readonly [object, string][] = [
    [{}, 'init must be a function'],
    [{ init: () => 0, calls: { get: 7 } }, 'calls.get must be a function'],
    [{ init: () => 0, terminate: true }, 'terminate must be a function'],
    [{ init: () => 0, info: { '$agner/cast': () => 0 } }, '$agner/'],
  ]
  for (const [definition, problem] of broken) expect(() => defineServer(quiet, definition as never)).toThrow(problem)
  expect(() => protocol('')).toThrow('A protocol needs a name')
  const world = createWorld()
  expect((await failure(startServer(world.node, { module: 'x' } as never, null as never))).code).toBe(
    'server.bad_definition',
  )
})
