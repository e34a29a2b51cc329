import { describeReason, timedOut, type Exit, type Process } from '@agner/core'
import { describe, expect, test } from 'vitest'
import {
  call,
  cast,
  defineServer,
  ignore,
  noreply,
  ok,
  protocol,
  reply,
  startServer,
  StartError,
  startSupervisor,
  stop,
} from '../src/index.ts'
import { createWorld, failure } from './world.ts'

interface Api {
  calls: { log(): string[] }
  casts: { note(text: string): void }
}
const api = protocol<Api>('@test/starting')

type Way =
  | {
      readonly way:
        | 'state'
        | 'throw'
        | 'throwAsync'
        | 'ignore'
        | 'stop'
        | 'stopShutdown'
        | 'never'
        | 'reply'
        | 'continue'
        | 'throwStep'
        | 'name'
        | 'shutdownNow'
    }
  | { readonly way: 'slow'; readonly ms: number }

const seen: string[] = []

const Starting = defineServer(api, {
  init: async (how: Way, { self }) => {
    seen.push(`init ${String(self.node.whereis('s') === self.pid)}`)
    switch (how.way) {
      case 'slow':
        await self.sleep(how.ms)
        return ['init']
      case 'throw':
        throw new Error('no good')
      case 'throwAsync':
        await self.sleep(1)
        throw new Error('no good later')
      case 'throwStep':
        throw stop('thrown')
      case 'ignore':
        return ignore()
      case 'stop':
        return stop({ because: ['data'] })
      case 'stopShutdown':
        return stop('shutdown')
      case 'never':
        return new Promise<never>(() => {})
      case 'reply':
        return reply(1 as never, ['init'] as never) as never
      case 'continue':
        return ok(['init'], { continue: 'one' })
      default:
        return ['init']
    }
  },
  continue: (state, key: 'one' | 'two') =>
    noreply([...state, key], ...(key === 'one' ? [{ continue: 'two' as const }] : [])),
  calls: { log: (state) => reply(state, state) },
  casts: { note: (state, text) => noreply([...state, text]) },
  terminate: () => void seen.push('terminate'),
})

const trapping = async <T>(world: ReturnType<typeof createWorld>, body: (self: Process<Exit>) => Promise<T>) =>
  world.inProcess<Exit>(async (self) => {
    self.trapExits(true)
    await body(self)
  })

describe('a synchronous start', () => {
  test('resolves when init has run, with the name registered before it (S00)', async () => {
    seen.length = 0
    const world = createWorld()
    const started = startServer(world.node, Starting, { way: 'slow', ms: 100 }, { name: 's' })
    expect(world.node.whereis('s')).toBeDefined()
    await world.runtime.advance(99)
    expect(seen).toEqual(['init true'])
    expect(await world.run(started)).toBe(world.node.whereis('s'))
    expect(world.runtime.nowMs()).toBe(100)
  })

  test('keeps messages for after init, and runs continue before them (S04)', async () => {
    const world = createWorld()
    const started = startServer(world.node, Starting, { way: 'continue' }, { name: 's' })
    cast(world.node, api.at('s'), 'note', 'message')
    const pid = await world.run(started)
    expect(await world.run(call(world.node, pid, 'log'))).toEqual(['init', 'one', 'two', 'message'])
  })

  test('links to a process that starts it, not to a node', async () => {
    const world = createWorld()
    const free = await world.run(startServer(world.node, Starting, { way: 'state' }))
    expect(world.node.processInfo(free)).toMatchObject({ links: [], parent: null })
    await world.inProcess(async (self) => {
      const pid = await startServer(self, Starting, { way: 'state' })
      expect(world.node.processInfo(pid)).toMatchObject({ links: [self.pid], parent: self.pid })
      self.unlink(pid)
    })
  })

  test('to a name that is taken fails with its holder, and leaves no exit behind (G12)', async () => {
    const world = createWorld()
    const holder = await world.run(startServer(world.node, Starting, { way: 'state' }, { name: 's' }))
    await trapping(world, async (self) => {
      const error = await failure(startServer(self, Starting, { way: 'state' }, { name: 's' }))
      expect(error).toBeInstanceOf(StartError)
      expect(error).toMatchObject({
        code: 'start.already_started',
        reason: { alreadyStarted: holder },
        details: { pid: holder },
      })
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
    })
    expect(world.node.whereis('s')).toBe(holder)
  })
})

describe('a start that fails', () => {
  const failing = [
    ['throw', 'start.failed', { message: 'no good' }, 1],
    ['throwAsync', 'start.failed', { message: 'no good later' }, 1],
    ['stop', 'start.failed', { because: ['data'] }, 0],
    ['stopShutdown', 'start.failed', 'shutdown', 0],
    ['throwStep', 'start.failed', 'thrown', 0],
    ['ignore', 'start.ignored', 'ignore', 0],
    ['reply', 'start.failed', { code: 'server.bad_return' }, 1],
  ] as const

  test.each(failing)('by %s is told once, as data, and leaves nothing behind', async (way, code, reason, crashes) => {
    seen.length = 0
    const world = createWorld()
    await trapping(world, async (self) => {
      const error = await failure(startServer(self, Starting, { way }, { name: 's' }))
      expect(error.code).toBe(code)
      if (typeof reason === 'object') expect(error.reason).toMatchObject(reason)
      else expect(error.reason).toBe(reason)
      expect(world.node.whereis('s')).toBeUndefined()
      expect(world.node.processes()).toEqual([self.pid])
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
    })
    expect(world.reports.crashes).toHaveLength(crashes)
    expect(seen).not.toContain('terminate')
  })

  test('does not end a starter that traps nothing and catches the rejection', async () => {
    const world = createWorld()
    await world.inProcess(async (self) => {
      expect((await failure(startServer(self, Starting, { way: 'throw' }))).code).toBe('start.failed')
      await self.sleep(10)
    })
  })

  test('ends a starter that does not catch it, with the StartError as reason', async () => {
    const world = createWorld()
    const reason = await world.exited(
      world.node.spawn(async (self) => void (await startServer(self, Starting, { way: 'stop' }))),
    )
    expect(reason).toMatchObject({ name: 'StartError', code: 'start.failed' })
  })

  test('before anybody awaits it is no unhandled rejection, in a process', async () => {
    const world = createWorld()
    await world.inProcess(async (self) => {
      const starts = [
        startServer(self, Starting, { way: 'slow', ms: 50 }),
        startServer(self, Starting, { way: 'throw' }),
      ]
      await starts[0]
      await self.sleep(50)
      expect((await failure(starts[1]!)).code).toBe('start.failed')
      void startServer(self, Starting, { way: 'stop' })
      await self.sleep(50)
    })
  })

  test('by taking too long is ended first: process, name and link are gone (G11)', async () => {
    const world = createWorld()
    await trapping(world, async (self) => {
      const error = await failure(startServer(self, Starting, { way: 'never' }, { name: 's', timeoutMs: 100 }))
      expect(error).toMatchObject({ code: 'start.timeout', reason: 'timeout' })
      expect(world.node.whereis('s')).toBeUndefined()
      expect(world.node.processes()).toEqual([self.pid])
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
    })
    expect(world.runtime.nowMs()).toBe(110)
  })

  test('by a kill from outside says so', async () => {
    const world = createWorld()
    const started = failure(startServer(world.node, Starting, { way: 'never' }, { name: 's' }))
    await world.runtime.settle()
    world.node.sendExit(world.node.whereis('s')!, 'kill')
    expect(await world.run(started)).toMatchObject({ code: 'start.failed', reason: 'killed' })
  })

  test('on a stopped node rejects', async () => {
    const world = createWorld()
    await world.run(world.node.stop())
    expect((await failure(startServer(world.node, Starting, { way: 'state' }))).code).toBe('node.stopped')
  })
})

describe('the death of the starter', () => {
  test('while init runs takes the server with it', async () => {
    const world = createWorld()
    const starter = world.node.spawn(
      async (self) => void (await startServer(self, Starting, { way: 'never' }, { name: 's' })),
    )
    await world.runtime.advance(5)
    const pid = world.node.whereis('s')!
    world.node.sendExit(starter, 'odd')
    expect(await world.exited(pid)).toBe('odd')
  })

  test('while init runs ends a server that traps exits as soon as init is done', async () => {
    seen.length = 0
    const Trapping = defineServer(api, {
      trapExits: true,
      init: async (_: undefined, { self }): Promise<string[]> => {
        await self.sleep(100)
        return []
      },
      calls: { log: (state) => reply(state, state) },
      casts: { note: (state) => noreply(state) },
      terminate: (reason) => void seen.push(`terminate ${describeReason(reason)}`),
    })
    const world = createWorld()
    const starter = world.node.spawn(async (self) => void (await startServer(self, Trapping, undefined, { name: 's' })))
    await world.runtime.advance(5)
    const pid = world.node.whereis('s')!
    world.node.sendExit(starter, 'odd')
    expect(await world.exited(pid)).toBe('odd')
    expect(seen).toEqual(['terminate odd'])
    expect(world.runtime.nowMs()).toBe(100)
  })
})

describe('the argument', () => {
  interface HoldApi {
    calls: { list(): number[]; same(): boolean }
  }
  const hold = protocol<HoldApi>('@test/hold')
  const socket = new (class Socket {})()
  const Hold = defineServer(hold, {
    init: (arg: { list: number[]; socket: object }) => arg,
    calls: {
      list: (state) => {
        state.list.push(0)
        return reply(state.list, state)
      },
      same: (state) => reply(state.socket === socket, state),
    },
  })

  test('is copied as far as it can be; the rest goes by reference', async () => {
    const world = createWorld()
    const arg = { list: [1], socket }
    const first = await world.run(startServer(world.node, Hold, arg))
    arg.list.push(2)
    const second = await world.run(startServer(world.node, Hold, arg))
    expect(await world.run(call(world.node, first, 'list'))).toEqual([1, 0])
    expect(await world.run(call(world.node, second, 'list'))).toEqual([1, 2, 0])
    expect(await world.run(call(world.node, first, 'same'))).toBe(true)
    expect(arg.list).toEqual([1, 2])
  })

  test('in a child specification is as it was when that was made, at every start', async () => {
    const world = createWorld()
    const { node, run, runtime } = world
    const arg = { list: [1], socket }
    const spec = Hold.child({ arg, name: 'held' })
    arg.list.push(2)
    await run(startSupervisor(node, { children: [spec] }))
    const at = hold.at('held')
    expect(await run(call(node, at, 'list'))).toEqual([1, 0])
    arg.list.push(3)
    node.sendExit(node.whereis('held')!, 'kill')
    await runtime.settle()
    expect(await run(call(node, at, 'list'))).toEqual([1, 0])
    expect(await run(call(node, at, 'same'))).toBe(true)
  })
})

test('a server is a module: it is spawned by name, and then init runs unasked', async () => {
  const world = createWorld({ modules: [Starting] })
  expect(Starting).toMatchObject({ module: '@test/starting', version: '0.0.0' })
  await world.inProcess(async (self) => {
    const { pid } = await self.spawnAt(world.node.name, '@test/starting', 'start', { way: 'continue' })
    expect(await call(self, api.at(pid), 'log')).toEqual(['init', 'one', 'two'])
  })
})
