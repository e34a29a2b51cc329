/**
 * Registries: what is registered belongs to its process, and is free before anyone hears of its death.
 */
import { createNode, immutable, type AnyPid, type Down, type Process } from '@agner/core'
import { eachSeed } from '@agner/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  call,
  countEntries,
  defineRegistry,
  defineServer,
  dispatch,
  keysOf,
  lookupKey,
  matchKey,
  protocol,
  registerKey,
  reply,
  selectEntries,
  startServer,
  unregisterKey,
  unregisterMatch,
  updateValue,
  valuesOf,
  type RegistryChange,
  type RegistryKey,
} from '../src/index.ts'
import { Entries } from '../src/registry/entries.ts'
import { createWorld, failure } from './world.ts'

const forever = async (self: Process<unknown>): Promise<void> => self.sleep(1e9)
const error = (code: string): unknown => expect.objectContaining({ code })

describe('unique keys', () => {
  const rooms = defineRegistry<string, { topic: string }>('@test/rooms')

  test('have one process, until it unregisters', async () => {
    const world = createWorld()
    await world.inProcess(async (self) => {
      registerKey(self, rooms, 'lobby', { topic: 'tea' })
      registerKey(self, rooms, 'attic', { topic: 'bats' })
      expect(lookupKey(self, rooms, 'lobby')).toEqual([{ pid: self.pid, value: { topic: 'tea' } }])
      expect(keysOf(world.node, rooms, self.pid)).toEqual(['lobby', 'attic'])
      expect(() => registerKey(self, rooms, 'lobby', { topic: 'again' })).toThrow(
        expect.objectContaining({
          code: 'registry.taken',
          details: expect.objectContaining({ pid: self.pid }) as unknown,
        }),
      )
      unregisterKey(self, rooms, 'lobby')
      unregisterKey(self, rooms, 'never')
      expect(lookupKey(self, rooms, 'lobby')).toEqual([])
      expect(countEntries(self, rooms)).toBe(1)
    })
    expect(countEntries(world.node, rooms)).toBe(0)
  })

  test('have values of their own: what is changed outside is not changed inside', async () => {
    const world = createWorld()
    await world.inProcess(async (self) => {
      const value = { topic: 'tea' }
      registerKey(self, rooms, 'lobby', value)
      value.topic = 'other'
      lookupKey(self, rooms, 'lobby')[0]!.value.topic = 'another'
      expect(lookupKey(self, rooms, 'lobby')[0]!.value).toEqual({ topic: 'tea' })
      expect(updateValue(self, rooms, 'lobby', (old) => ({ topic: `${old.topic}!` }))).toEqual({ topic: 'tea!' })
      expect(valuesOf(self, rooms, 'lobby', self.pid)).toEqual([{ topic: 'tea!' }])
      expect(updateValue(self, rooms, 'attic', (old) => old)).toBeUndefined()
      expect(() => registerKey(self, rooms, 'odd', { topic: (() => 1) as never })).toThrow(error('copy.unsendable'))
      expect(lookupKey(self, rooms, 'odd')).toEqual([])
      const shared = immutable({ topic: 'shared' })
      registerKey(self, rooms, 'shared', shared)
      expect(lookupKey(self, rooms, 'shared')[0]!.value).toBe(shared)
    })
  })

  test('are free when anyone hears of a death, under any schedule', async () => {
    await eachSeed({}, async (runtime) => {
      const { node } = createWorld({ runtime })
      const seen: unknown[] = []
      const holder = node.spawn(async (self: Process<unknown>) => {
        registerKey(self, rooms, 'lobby', { topic: 'tea' })
        // Something that closes late holds up the news, and not the name.
        self.own({ close: () => new Promise((resolve) => void runtime.setTimer(5, () => resolve(null))) })
        await forever(self)
      })
      await runtime.settle()
      node.spawn(async (self: Process<Down>) => {
        self.monitor(holder)
        await self.receive()
        seen.push(lookupKey(self, rooms, 'lobby'))
        registerKey(self, rooms, 'lobby', { topic: 'new' })
        seen.push('registered')
      })
      await runtime.settle()
      node.sendExit(holder, 'kill')
      await runtime.advance(10)
      expect(seen).toEqual([[], 'registered'])
    })
  })

  test('are names of servers: started, found, freed, told who has them', async () => {
    interface Api {
      calls: { topic(): string; end(): never }
    }
    const room = protocol<Api>('@test/room')
    const Room = defineServer(room, {
      init: (topic: string): string => topic,
      calls: {
        topic: (state) => reply(state, state),
        end: () => {
          throw new Error('broken')
        },
      },
    })
    const world = createWorld()
    const lobby = room.at(rooms.at('lobby'))
    expect((await failure(world.run(call(world.node, lobby, 'topic')))).code).toBe('call.no_process')
    const name = rooms.name('lobby', { topic: 'kept' })
    const pid = await world.run(startServer(world.node, Room, 'tea', { name }))
    expect(await world.run(call(world.node, lobby, 'topic'))).toBe('tea')
    expect(lookupKey(world.node, rooms, 'lobby')).toEqual([{ pid, value: { topic: 'kept' } }])
    const second = await failure(world.run(startServer(world.node, Room, 'x', { name })))
    expect(second).toMatchObject({ code: 'start.already_started', details: { pid } })
    await failure(world.run(call(world.node, lobby, 'end')))
    expect(await world.run(startServer(world.node, Room, 'new', { name: rooms.at('lobby') }))).not.toBe(pid)
    expect(await world.run(call(world.node, lobby, 'topic'))).toBe('new')
  })

  test('are of one node', () => {
    const one = createWorld({ name: 'a@test' })
    const two = createWorld({ name: 'b@test' })
    rooms.register(one.node, 'lobby', one.node.spawn(forever))
    expect(rooms.whereis(one.node, 'lobby')).toBeDefined()
    expect(rooms.whereis(two.node, 'lobby')).toBeUndefined()
    expect(() => rooms.register(two.node, 'lobby', one.node.processes()[0]!)).toThrow(error('registry.no_process'))
  })
})

describe('duplicate keys', () => {
  const topics = defineRegistry<string, number>('@test/topics', { keys: 'duplicate' })

  test('have any number of processes and values, in order', async () => {
    const world = createWorld()
    await world.inProcess<string>(async (self) => {
      const other = self.spawn(async (member: Process<string>) => {
        registerKey(member, topics, 'news', 7)
        self.send(self.pid as never, (await member.receive()) as never)
      })
      await self.sleep(1)
      registerKey(self, topics, 'news', 1)
      registerKey(self, topics, 'news', 2)
      registerKey(self, topics, 'news', 1)
      expect(lookupKey(self, topics, 'news').map(({ value }) => value)).toEqual([7, 1, 2, 1])
      expect(matchKey(self, topics, 'news', (value, pid) => value < 2 && pid === self.pid)).toHaveLength(2)
      expect(selectEntries(self, topics)[0]).toEqual({ key: 'news', pid: other, value: 7 })
      expect(unregisterMatch(self, topics, 'news', (value) => value === 1)).toBe(2)
      expect(valuesOf(self, topics, 'news', self.pid)).toEqual([2])
      dispatch(self, topics, 'nothing', () => {
        throw new Error('nobody is there')
      })
      dispatch(self, topics, 'news', (entries) => {
        for (const { pid } of entries) if (pid !== self.pid) self.send(pid as typeof other, 'hello')
      })
      expect(await self.receive()).toBe('hello')
      await self.sleep(1)
      expect(lookupKey(self, topics, 'news')).toEqual([{ pid: self.pid, value: 2 }])
    })
  })

  test('are no names', () => {
    const { node } = createWorld()
    expect(() => topics.register(node, 'news', node.spawn(forever))).toThrow(error('registry.not_unique'))
  })
})

test('a key of any kind is a name, and is shown when nobody has it', async () => {
  const keys = defineRegistry<RegistryKey>('@test/keys')
  const world = createWorld()
  const api = protocol<{ calls: { get(): number } }>('@test/any')
  const Any = defineServer(api, { init: (): number => 7, calls: { get: (state) => reply(state, state) } })
  const other = world.node.spawn(forever)
  for (const [key, shown] of [
    ['a', '@test/keys "a"'],
    [5, '@test/keys 5'],
    [5n, '@test/keys 5'],
    [true, '@test/keys true'],
    [other, String(other)],
  ] as const) {
    const error = await failure(world.run(call(world.node, api.at(keys.at(key)), 'get')))
    expect(error).toMatchObject({ code: 'call.no_process', message: expect.stringContaining(shown) as unknown })
    await world.run(startServer(world.node, Any, undefined, { name: keys.at(key) }))
    expect(await world.run(call(world.node, api.at(keys.at(key)), 'get'))).toBe(7)
  }
})

test('listeners are told of all changes, in order, of a death too', async () => {
  const watched = defineRegistry<string, number>('@test/watched', { listeners: ['listener', 'nobody'] })
  const world = createWorld()
  const heard: RegistryChange[] = []
  world.node.spawn(
    async (self: Process<RegistryChange>) => {
      for (;;) heard.push(await self.receive())
    },
    { name: 'listener' },
  )
  let pid: AnyPid | null = null
  await world.inProcess(async (self) => {
    pid = self.pid
    registerKey(self, watched, 'a', 1)
    registerKey(self, watched, 'b', 2)
    unregisterKey(self, watched, 'a')
  })
  await world.runtime.settle()
  expect(heard).toEqual([
    { type: 'registered', registry: '@test/watched', key: 'a', pid, value: 1 },
    { type: 'registered', registry: '@test/watched', key: 'b', pid, value: 2 },
    { type: 'unregistered', registry: '@test/watched', key: 'a', pid },
    { type: 'unregistered', registry: '@test/watched', key: 'b', pid },
  ])
})

test('what cannot be is refused', async () => {
  const small = defineRegistry<string>('@test/small', { limit: 2 })
  const world = createWorld()
  await world.inProcess(async (self) => {
    registerKey(self, small, 'a')
    registerKey(self, small, 'b')
    expect(() => registerKey(self, small, 'c')).toThrow(error('registry.full'))
    expect(() => registerKey(self, small, ['c'] as never)).toThrow(error('registry.bad_key'))
    unregisterKey(self, small, 'a')
    registerKey(self, small, 'c')
  })
  for (const make of [
    () => defineRegistry(''),
    () => defineRegistry('x', { keys: 'some' as never }),
    () => defineRegistry('x', { limit: 0 }),
    () => defineRegistry('x', { listeners: 'x' as never }),
  ])
    expect(make).toThrow(error('registry.bad_definition'))
})

test('a process that died registers nothing', async () => {
  const rooms = defineRegistry<string>('@test/dead')
  const node = createNode()
  let kept: Process<unknown> | null = null
  await node.exited(node.spawn(async (self: Process<unknown>) => void (kept = self)))
  registerKey(kept!, rooms, 'ghost')
  expect(countEntries(node, rooms)).toBe(0)
  await node.stop()
})

test('the table is what a plain list of entries says, whatever was done to it', () => {
  const pids = ['p', 'q', 'r'] as unknown as AnyPid[]
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), key: fc.nat(3), pid: fc.constantFrom(...pids), value: fc.nat(3) }),
    fc.record({ do: fc.constant('remove' as const), key: fc.nat(3), pid: fc.constantFrom(...pids), value: fc.nat(3) }),
    fc.record({ do: fc.constant('forget' as const), key: fc.nat(3), pid: fc.constantFrom(...pids), value: fc.nat(3) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const entries = new Entries<number, number>()
      let model: { key: number; pid: AnyPid; value: number }[] = []
      for (const { do: what, key, pid, value } of steps) {
        if (what === 'add') {
          entries.add(key, pid, value)
          model.push({ key, pid, value })
        } else if (what === 'remove') {
          const gone = model.filter((each) => each.key === key && each.pid === pid && each.value === value)
          expect(entries.remove(key, pid, (each) => each === value)).toBe(gone.length)
          model = model.filter((each) => !gone.includes(each))
        } else {
          const keys = new Set(model.filter((each) => each.pid === pid).map((each) => each.key))
          expect(new Set(entries.forget(pid))).toEqual(keys)
          model = model.filter((each) => each.pid !== pid)
        }
        const order = (list: typeof model) => list.map((each) => JSON.stringify(each)).toSorted()
        expect(order([...entries.all()].map(({ key: k, pid: p, value: v }) => ({ key: k, pid: p, value: v })))).toEqual(
          order(model),
        )
        expect(entries.size).toBe(model.length)
        for (const each of pids) expect(entries.has(each)).toBe(model.some((entry) => entry.pid === each))
      }
    }),
  )
})
