import { timedOut, type Process, type Request } from '@agner/core'
import { describe, expect, test } from 'vitest'
import {
  answer,
  call,
  cast,
  defineServer,
  info,
  noreply,
  protocol,
  reply,
  startServer,
  stop,
  stopAndReply,
  type ServerPid,
} from '../src/index.ts'
import { createWorld, failure, type World } from './world.ts'

interface ShelfApi {
  calls: {
    add(by: number): number
    get(): number
    slow(ms: number): string
    keep(): string
    keptPending(): boolean
    end(reason: string): never
    endOrderly(reason: string): never
    crash(message: string): never
    last(value: string): string
    echo(value: { readonly list: number[] }): { readonly list: number[] }
    tellThenAnswer(): string
    twice(): string
  }
  casts: { set(count: number): void; reset(): void; release(value: string): void }
  info: { readonly type: 'bump'; readonly by: number }
}

const shelf = protocol<ShelfApi>('@test/shelf')

interface State {
  readonly count: number
  readonly kept: Request<unknown, string> | null
}

const Shelf = defineServer(shelf, {
  init: (count: number): State => ({ count, kept: null }),
  calls: {
    add: (state, by) => reply(state.count + by, { ...state, count: state.count + by }),
    get: (state) => reply(state.count, state),
    slow: async (state, ms, { self }) => {
      await self.sleep(ms)
      return reply(`slept ${ms}`, state)
    },
    keep: (state, _, { from }) => noreply({ ...state, kept: from }),
    keptPending: (state) => reply(state.kept?.isPending ?? false, state),
    end: (_state, reason) => stop(reason),
    endOrderly: (_state, reason) => stop({ shutdown: reason }),
    crash: (_state, message) => {
      throw new Error(message)
    },
    last: (_state, value) => stopAndReply('normal', value),
    echo: (state, value) => {
      value.list.push(99)
      return reply(value, state)
    },
    tellThenAnswer: (state, _, { self, from }) => {
      self.send(from.from as never, 'told before' as never)
      return reply('answer', state)
    },
    twice: (state, _, { from }) => {
      answer(from, 'first')
      answer(from, 'second')
      return reply('third', state)
    },
  },
  casts: {
    set: (state, count) => noreply({ ...state, count }),
    reset: (state) => noreply({ ...state, count: 0 }),
    release: (state, value) => {
      if (state.kept !== null) answer(state.kept, value)
      return noreply({ ...state, kept: null })
    },
  },
  info: { bump: (state, { by }) => noreply({ ...state, count: state.count + by }) },
})

const start = (world: World, name?: string): Promise<ServerPid<ShelfApi>> =>
  world.run(startServer(world.node, Shelf, 1, name === undefined ? {} : { name }))

describe('a call', () => {
  test('asks and is answered, from a process and from outside', async () => {
    const world = createWorld()
    const pid = await start(world)
    expect(await world.run(call(world.node, pid, 'add', 4))).toBe(5)
    await world.inProcess(async (self) => {
      expect(await call(self, pid, 'get')).toBe(5)
      expect(await call(self, pid, 'get', undefined, { timeoutMs: 10 })).toBe(5)
    })
  })

  test('finds the server by pid, name, name on a node, and by the protocol alone', async () => {
    const world = createWorld({ name: 'a@test' })
    const pid = await start(world, '@test/shelf')
    for (const target of [
      pid,
      shelf,
      shelf.at('@test/shelf'),
      shelf.at({ name: '@test/shelf', node: 'a@test' }),
      shelf.at(pid),
    ]) {
      expect(await world.run(call(world.node, target, 'get'))).toBe(1)
    }
  })

  test('that times out leaves nothing behind, though the server answers later', async () => {
    const world = createWorld()
    const pid = await start(world)
    await world.inProcess<string>(async (self) => {
      expect((await failure(call(self, pid, 'slow', 100, { timeoutMs: 50 }))).code).toBe('call.timeout')
      await self.sleep(1000)
      expect(await self.receive({ timeoutMs: 0 })).toBe(timedOut)
      expect(await call(self, pid, 'get')).toBe(1)
    })
  })

  test('waits as long as its protocol says, when it says nothing itself', async () => {
    const world = createWorld()
    const patient = protocol<ShelfApi>('@test/patient', { timeoutMs: 60_000 })
    await world.run(startServer(world.node, Shelf, 1, { name: '@test/patient' }))
    expect(await world.run(call(world.node, patient, 'slow', 50_000))).toBe('slept 50000')
    expect((await failure(world.run(call(world.node, shelf.at('@test/patient'), 'slow', 50_000)))).code).toBe(
      'call.timeout',
    )
  })

  test('fails with what became of the server, in the words of a code', async () => {
    const world = createWorld()
    const fails = async (make: (pid: ServerPid<ShelfApi>) => Promise<unknown>) =>
      failure(world.run(make(await start(world))))
    expect(await fails((pid) => call(world.node, pid, 'end', 'normal'))).toMatchObject({
      code: 'call.exited',
      details: { reason: 'normal' },
    })
    expect(await fails((pid) => call(world.node, pid, 'end', 'odd'))).toMatchObject({
      code: 'call.exited',
      details: { reason: 'odd' },
    })
    expect(await fails((pid) => call(world.node, pid, 'endOrderly', 'x'))).toMatchObject({
      code: 'call.exited',
      details: { reason: { shutdown: 'x' } },
    })
    const crashed = await fails((pid) => call(world.node, pid, 'crash', 'broken'))
    expect(crashed.code).toBe('call.exited')
    expect(crashed.message).toContain('broken')
    expect(crashed.details['reason']).toBeInstanceOf(Error)
  })

  test('to nobody fails at once', async () => {
    const world = createWorld({ name: 'a@test' })
    const pid = await start(world)
    world.node.sendExit(pid, 'kill')
    await world.exited(pid)
    for (const target of [pid, shelf, shelf.at('nobody')]) {
      expect((await failure(world.run(call(world.node, target, 'get')))).code).toBe('call.no_process')
    }
    expect((await failure(world.run(call(world.node, shelf.at({ name: 'x', node: 'b@test' }), 'get')))).code).toBe(
      'call.no_connection',
    )
  })

  test('to a server that is killed while it works fails with `killed`', async () => {
    const world = createWorld()
    const pid = await start(world)
    const pending = failure(call(world.node, pid, 'slow', 1000))
    await world.runtime.advance(10)
    world.node.sendExit(pid, 'kill')
    expect(await world.run(pending)).toMatchObject({ code: 'call.exited', details: { reason: 'killed' } })
  })

  test('to itself is refused', async () => {
    interface Api {
      calls: { self(): string }
    }
    const selfish = protocol<Api>('@test/selfish')
    const Selfish = defineServer(selfish, {
      init: (): null => null,
      calls: { self: async (state, _, { self, pid }) => reply((await failure(call(self, pid, 'self'))).code, state) },
    })
    const world = createWorld()
    const pid = await world.run(startServer(world.node, Selfish))
    expect(await world.run(call(world.node, pid, 'self'))).toBe('call.calling_self')
  })

  test('carries a copy there and a copy back', async () => {
    const world = createWorld()
    const pid = await start(world)
    const list = [1]
    const back = await world.run(call(world.node, pid, 'echo', { list }))
    expect(back).toEqual({ list: [1, 99] })
    expect(list).toEqual([1])
  })

  test('refuses a payload that cannot be sent', async () => {
    const world = createWorld()
    const pid = await start(world)
    expect((await failure(world.run(call(world.node, pid, 'add', (() => 1) as never)))).code).toBe('copy.unsendable')
    expect(await world.run(call(world.node, pid, 'get'))).toBe(1)
  })

  test('is answered after what the server sent before', async () => {
    const world = createWorld()
    const pid = await start(world)
    await world.inProcess<string>(async (self) => {
      expect(await call(self, pid, 'tellThenAnswer')).toBe('answer')
      expect(await self.receive({ timeoutMs: 0 })).toBe('told before')
    })
  })

  test('is answered once, by the first answer', async () => {
    const world = createWorld()
    const pid = await start(world)
    await world.inProcess<string>(async (self) => {
      expect(await call(self, pid, 'twice')).toBe('first')
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
    })
  })
})

describe('an answer given later', () => {
  test('comes when the server, or another process, gives it', async () => {
    const world = createWorld()
    const pid = await start(world)
    const asked = call(world.node, pid, 'keep')
    await world.runtime.advance(100)
    expect(await world.run(call(world.node, pid, 'keptPending'))).toBe(true)
    cast(world.node, pid, 'release', 'at last')
    expect(await world.run(asked)).toBe('at last')
  })

  test('to a caller that died does nothing', async () => {
    const world = createWorld()
    const pid = await start(world)
    const caller = world.node.spawn(async (self) => void (await call(self, pid, 'keep')))
    await world.runtime.settle()
    world.node.sendExit(caller, 'kill')
    await world.runtime.settle()
    expect(await world.run(call(world.node, pid, 'keptPending'))).toBe(false)
    cast(world.node, pid, 'release', 'too late')
    expect(await world.run(call(world.node, pid, 'get'))).toBe(1)
  })

  test('to a caller that gave up does nothing', async () => {
    const world = createWorld()
    const pid = await start(world)
    expect((await failure(world.run(call(world.node, pid, 'keep', undefined, { timeoutMs: 5 })))).code).toBe(
      'call.timeout',
    )
    cast(world.node, pid, 'release', 'too late')
    expect(await world.run(call(world.node, pid, 'get'))).toBe(1)
  })
})

describe('casts and plain messages', () => {
  test('arrive in the order of sending, with calls between them', async () => {
    const world = createWorld()
    const pid = await start(world, '@test/shelf')
    await world.inProcess(async (self) => {
      cast(self, pid, 'set', 10)
      info(self, shelf, { type: 'bump', by: 5 })
      self.send(pid, { type: 'bump', by: 2 })
      expect(await call(self, shelf.at('@test/shelf'), 'get')).toBe(17)
      cast(self, shelf, 'reset')
      expect(await call(self, pid, 'get')).toBe(0)
    })
  })

  test('to nobody are silent', async () => {
    const world = createWorld({ name: 'a@test' })
    const pid = await start(world)
    world.node.sendExit(pid, 'kill')
    await world.exited(pid)
    await world.inProcess(async (self) => {
      for (const from of [self, world.node]) {
        for (const target of [
          pid,
          shelf,
          shelf.at('nobody'),
          shelf.at({ name: 'nobody', node: 'a@test' }),
          shelf.at({ name: 'x', node: 'gone@test' }),
        ]) {
          cast(from, target, 'reset')
          info(from, target, { type: 'bump', by: 1 })
        }
      }
    })
    expect(world.reports.all).toEqual([])
  })

  test('refuse what cannot be sent, at the sender', async () => {
    const world = createWorld()
    const pid = await start(world)
    expect(() => cast(world.node, pid, 'set', Symbol() as never)).toThrow('Cannot send')
    expect(await world.run(call(world.node, pid, 'get'))).toBe(1)
  })
})

test('a user message that looks like a cast but is none is a plain message', async () => {
  interface Api {
    calls: { seen(): string[] }
    info: { readonly type: 'cast'; readonly cast: string }
  }
  const plain = protocol<Api>('@test/plain')
  const Plain = defineServer(plain, {
    init: (): string[] => [],
    calls: { seen: (state) => reply(state, state) },
    info: { cast: (state, message) => noreply([...state, message.cast]) },
  })
  const world = createWorld()
  const pid = await world.run(startServer(world.node, Plain))
  world.node.send(pid, { type: 'cast', cast: 'reset' })
  expect(await world.run(call(world.node, pid, 'seen'))).toEqual(['reset'])
})

test('two servers call each other, and a task answers for one of them', async () => {
  interface PingApi {
    calls: { base(): number; viaPong(): number }
  }
  interface PongApi {
    calls: { double(of: number): number; viaPing(): number }
  }
  const ping = protocol<PingApi>('@test/ping')
  const pong = protocol<PongApi>('@test/pong')
  const Ping = defineServer(ping, {
    init: (): number => 21,
    calls: {
      base: (state) => reply(state, state),
      viaPong: async (state, _, { self }) => reply(await call(self, pong, 'double', state), state),
    },
  })
  const Pong = defineServer(pong, {
    init: (): null => null,
    calls: {
      double: (state, of, { self, from }) => {
        self.spawn(async (task: Process<never>) => {
          await task.sleep(1)
          answer(from, 2 * of)
        })
        return noreply(state)
      },
      viaPing: async (state, _, { self }) => reply(1 + (await call(self, ping, 'base')), state),
    },
  })
  const world = createWorld()
  await world.run(startServer(world.node, Ping, undefined, { name: '@test/ping' }))
  await world.run(startServer(world.node, Pong, undefined, { name: '@test/pong' }))
  expect(await world.run(call(world.node, ping, 'viaPong'))).toBe(42)
  expect(await world.run(call(world.node, pong, 'viaPing'))).toBe(22)
})
