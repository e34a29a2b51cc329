/**
 * Global names where behaviours take names: servers, state machines, event managers, supervisors and their children, tasks' neighbours: every
 * one can be started under such a name, and be reached by it from other nodes.
 */
import {
  addHandler,
  begin,
  call,
  cast,
  countChildren,
  defineEventManager,
  defineHandler,
  defineServer,
  defineStatem,
  defineSupervisor,
  handlerProtocol,
  info,
  keepStateAndData,
  nextState,
  noreply,
  notify,
  protocol,
  reply,
  replyTo,
  startEventManager,
  startServer,
  startStatem,
  startSupervisor,
  stopServer,
  sys,
  whichHandlers,
  type Begin,
  type HandlerProtocol,
  type Protocol,
} from '@agner/behaviours'
import { afterEach, describe, expect, it } from 'vitest'
import { NamesWorld } from './world.ts'

let world: NamesWorld
afterEach(() => world.stop())

interface CounterApi {
  calls: { count(): number }
  casts: { add(by: number): void; crash(): void }
  info: { readonly type: 'tick' }
}
const counter: Protocol<CounterApi> = protocol('test/counter')
const Counter = defineServer(counter, {
  init: (count: number): number => {
    if (count < 0) throw new Error('below zero')
    return count
  },
  calls: { count: (count) => reply(count, count) },
  casts: {
    add: (count, by) => noreply(count + by),
    crash: () => {
      throw new Error('on demand')
    },
  },
  info: { tick: (count) => noreply(count + 1) },
})

interface LampApi {
  calls: { press(): 'on' | 'off' }
}
const lamp: Protocol<LampApi> = protocol('test/lamp')
const Lamp = defineStatem(lamp, {
  init: (): Begin<'on' | 'off', null> => begin('off', null),
  states: {
    off: { calls: { press: (_data, _, { from }) => nextState('on', null, replyTo(from, 'on')) } },
    on: { calls: { press: (_data, _, { from }) => keepStateAndData(replyTo(from, 'on')) } },
  },
})

interface BellApi {
  events: { readonly type: 'rung'; readonly by: string }
}
const bell: Protocol<BellApi> = protocol('test/bell')
const listener: HandlerProtocol<BellApi, Record<never, never>> = handlerProtocol(bell, 'test/listener')
const Bell = defineEventManager(bell)

describe('a global name', () => {
  it('is the name of a server: registered before its init is over, called, cast to and told from every node', async () => {
    world = await NamesWorld.of(3)
    const { cluster } = world
    const [a, b, c] = [world.node('a'), world.node('b'), world.node('c')]
    const name = world.global('a').at('counter')
    const pid = await cluster.until(startServer(b, Counter, 3, { name }))
    expect(world.seen('counter')).toEqual([pid, pid, pid])
    expect(await cluster.until(call(c, counter.at(name), 'count'))).toBe(3)
    cast(a, counter.at(name), 'add', 4)
    info(c, counter.at(name), { type: 'tick' })
    await cluster.run(100)
    expect(await cluster.until(call(a, counter.at(name), 'count'))).toBe(8)
    expect(await cluster.until(sys.getState(a, counter.at(name)))).toBe(8)
    await expect(cluster.until(startServer(c, Counter, 1, { name }))).rejects.toMatchObject({
      code: 'start.already_started',
      details: { pid },
    })
    await cluster.until(stopServer(c, counter.at(name)))
    await cluster.run(100)
    expect(world.seen('counter')).toEqual([undefined, undefined, undefined])
    await expect(cluster.until(call(a, counter.at(name), 'count'))).rejects.toMatchObject({ code: 'call.no_process' })
    cast(a, counter.at(name), 'add', 4)
  })

  it('is free again when a start has failed', async () => {
    world = await NamesWorld.of(2)
    const name = world.global('a').at('counter')
    await expect(world.cluster.until(startServer(world.node('b'), Counter, -1, { name }))).rejects.toMatchObject({
      code: 'start.failed',
    })
    expect(await world.cluster.until(startServer(world.node('b'), Counter, 1, { name }))).toBe(world.seen('counter')[0])
  })

  it('of a server that is restarted is waited for by callers that say so', async () => {
    world = await NamesWorld.of(3)
    const { cluster } = world
    const name = world.global('a').at('counter')
    const child = Counter.child({ id: 'counter', arg: 0, name })
    const supervisor = await cluster.until(
      startSupervisor(world.node('b'), { children: [child] }, { name: world.global('b').at('top') }),
    )
    expect(world.seen('top')).toEqual([supervisor, supervisor, supervisor])
    expect(await cluster.until(countChildren(world.node('b'), world.global('b').at('top')))).toMatchObject({
      active: 1,
    })
    for (let round = 1; round <= 5; round++) {
      const before = world.seen('counter')[0]!
      cast(world.node('c'), counter.at(name), 'crash')
      await cluster.run(round)
      expect(
        await cluster.until(call(world.node('c'), counter.at(name), 'count', undefined, { waitForNameMs: 3000 })),
      ).toBe(0)
      expect(new Set(world.seen('counter')).size).toBe(1)
      expect(world.seen('counter')[0]).not.toBe(before)
      await cluster.run(5000)
    }
  })

  it('is the name of a state machine, and of a nested supervisor', async () => {
    world = await NamesWorld.of(2)
    const { cluster } = world
    const name = world.global('b').at('lamp')
    const pid = await cluster.until(startStatem(world.node('b'), Lamp, undefined, { name }))
    expect(await cluster.until(call(world.node('a'), lamp.at(name), 'press'))).toBe('on')
    expect(world.seen('lamp')).toEqual([pid, pid])
    const inner = defineSupervisor({
      module: 'test/inner',
      children: [Counter.child({ arg: 1, name: world.global('a').at('inner counter') })],
    })
    await cluster.until(
      startSupervisor(world.node('a'), {
        children: [inner.child({ id: 'inner', name: world.global('a').at('inner') })],
      }),
    )
    expect(await cluster.until(call(world.node('b'), counter.at(world.global('b').at('inner counter')), 'count'))).toBe(
      1,
    )
    expect(world.seen('inner')[1]).toBeDefined()
  })

  it('is the name of an event manager', async () => {
    world = await NamesWorld.of(2)
    const { cluster } = world
    const heard: string[] = []
    const Listener = defineHandler(listener, {
      init: (_: void): null => null,
      events: {
        rung: (state, { by }) => {
          heard.push(by)
          return noreply(state)
        },
      },
    })
    const name = world.global('a').at('bell')
    await cluster.until(startEventManager(world.node('a'), Bell, { name }))
    await cluster.until(addHandler(world.node('a'), bell.at(name), Listener))
    notify(world.node('b'), bell.at(name), { type: 'rung', by: 'b' })
    await cluster.run(100)
    expect(heard).toEqual(['b'])
    expect(await cluster.until(whichHandlers(world.node('b'), bell.at(name)))).toHaveLength(1)
  })

  it('says why it cannot be had', async () => {
    world = await NamesWorld.of(1)
    const { cluster } = world
    const global = world.global('a')
    const name = global.at('counter')
    const named = await cluster.until(startServer(world.node('a'), Counter, 1, { name: global.at('first') }))
    const { via } = name
    await expect(cluster.until(Promise.resolve(via.register(world.node('a'), 'second', named)))).rejects.toMatchObject({
      code: 'global.has_name',
    })
    global.stop()
    await expect(cluster.until(startServer(world.node('a'), Counter, 1, { name }))).rejects.toMatchObject({
      code: 'start.failed',
      reason: { code: 'global.not_running' },
    })
    expect(via.whereis(world.node('a'), 'counter')).toBeUndefined()
  })
})
