/**
 * Event managers as every other behaviour: seen by sys, and on other nodes.
 */
import type { Process } from '@agner/core'
import { describe, expect, it } from 'vitest'
import {
  addHandler,
  addSupHandler,
  callHandler,
  defineEventManager,
  defineHandler,
  handlerProtocol,
  notify,
  reply,
  startEventManager,
  swapHandler,
  sys,
  syncNotify,
  whichHandlers,
  type GenEventExit,
  type Handler,
  type HandlerProtocol,
  type HandlerState,
} from '../src/index.ts'
import { defineKeeper, door, keeper, type DoorApi } from './events-world.ts'
import { createNetwork } from './network.ts'
import { createWorld, failure } from './world.ts'

describe('sys', () => {
  it('shows and replaces the states of handlers', async () => {
    const world = createWorld()
    const { node, run } = world
    const Keeper = defineKeeper(world)
    await run(startEventManager(node, defineEventManager(door), { name: door.module }))
    await run(addHandler(node, door, Keeper.as('a'), { name: 'a' }))
    await run(addHandler(node, door, Keeper.as('b'), { name: 'b' }))
    const handler = (id: string) => ({ handler: '@test/keeper', id })
    expect(await run(sys.getState(node, door))).toEqual([
      { handler: handler('b'), state: { arg: { name: 'b' }, seen: [] } },
      { handler: handler('a'), state: { arg: { name: 'a' }, seen: [] } },
    ])
    await run(
      sys.replaceState(node, door, (given: unknown) => {
        const { handler: id, state } = given as HandlerState
        if ((id as { id: string }).id === 'b') throw new Error('not this one')
        return { handler: id, state: { ...(state as object), seen: ['by hand'] } }
      }),
    )
    expect(await run(callHandler(node, door, keeper.as('a'), 'seen'))).toEqual(['by hand'])
    expect(await run(callHandler(node, door, keeper.as('b'), 'seen'))).toEqual([])
    expect(await run(sys.getStatus(node, door))).toMatchObject({
      module: '@test/door',
      details: { handlers: [{}, {}] },
    })
  })

  it('and crash reports show what formatStatus lets be seen', async () => {
    const { node, run, notices } = createWorld()
    const safe: HandlerProtocol<DoorApi> = handlerProtocol(door, '@test/safe')
    const Safe: Handler<DoorApi, object, string> = defineHandler(safe, {
      init: (password: string) => ({ password, opened: 0 }),
      events: {
        opened: () => {
          throw new Error('jammed')
        },
      },
      formatStatus: ({ state }) => ({ state: { opened: state.opened }, message: 'hidden' }),
    })
    const Broken: Handler<DoorApi, object, void> = defineHandler(handlerProtocol(door, '@test/broken'), {
      init: (): number => 0,
      formatStatus: () => {
        throw new Error('oh')
      },
    })
    await run(startEventManager(node, defineEventManager(door), { name: door.module }))
    await run(addHandler(node, door, Safe, 'secret'))
    await run(addHandler(node, door, Broken))
    expect(await run(sys.getStatus(node, door))).toMatchObject({
      details: {
        handlers: [
          { handler: '@test/broken', state: 'formatStatus of @test/broken threw Error: oh' },
          { handler: '@test/safe', state: { opened: 0 } },
        ],
      },
    })
    await run(syncNotify(node, door, { type: 'opened', door: 'front' }))
    const [notice] = notices('events', 'error')
    expect(notice?.details).toMatchObject({ state: { opened: 0 }, lastMessage: 'hidden' })
    expect(JSON.stringify(notice)).not.toContain('secret')
  })

  it('moves handlers to the newest version of their modules', async () => {
    const { node, run } = createWorld()
    interface CountApi {
      calls: { get(): string }
    }
    const counter: HandlerProtocol<DoorApi, CountApi> = handlerProtocol(door, '@test/counter')
    const One: Handler<DoorApi, CountApi, void> = defineHandler(counter, {
      version: '1.0.0',
      init: (): number => 7,
      calls: { get: (state) => reply(`one ${state}`, state) },
    })
    const Two: Handler<DoorApi, CountApi, void> = defineHandler(counter, {
      version: '2.0.0',
      init: (): { count: number } => ({ count: 0 }),
      calls: { get: (state) => reply(`two ${state.count}`, state) },
      codeChange: (old, state, extra) => ({ count: Number(state) + Number(extra) + Number(old[0]) }),
    })
    const Doors = defineEventManager(door)
    for (const module of [Doors, One]) node.register(module)
    await run(startEventManager(node, Doors, { name: door.module }))
    await run(addHandler(node, door, One))
    node.register(Two)
    await run(sys.suspend(node, door))
    await run(sys.changeCode(node, door, { extra: 100 }))
    await run(sys.resume(node, door))
    expect(await run(callHandler(node, door, counter, 'get'))).toBe('two 108')
  })

  it('holds events back while it is suspended', async () => {
    const world = createWorld()
    const { node, run, log } = world
    const Keeper = defineKeeper(world)
    await run(startEventManager(node, defineEventManager(door), { name: door.module }))
    await run(addHandler(node, door, Keeper, { name: 'a' }))
    await run(sys.suspend(node, door))
    notify(node, door, { type: 'opened', door: 'front' })
    await run(sys.getState(node, door))
    expect(log).toEqual(['a init'])
    await run(sys.resume(node, door))
    await run(syncNotify(node, door, { type: 'closed', door: 'front' }))
    expect(log).toEqual(['a init', 'a opened front'])
  })
})

describe('on another node', () => {
  function twoNodes(registered: boolean) {
    const log: string[] = []
    const Keeper = defineKeeper({ log } as never)
    const Doors = defineEventManager(door)
    const net = createNetwork(['a@x', 'b@x'], registered ? [Doors, Keeper] : [Doors])
    return { ...net, log, Keeper, Doors }
  }

  it('a manager takes handlers by their registered module, and tells owners', async () => {
    const { inProcess, node, log, Keeper, Doors, run } = twoNodes(true)
    const there = door.at({ name: door.module, node: 'b@x' })
    await run(startEventManager(node('b@x'), Doors, { name: door.module }))
    await inProcess<GenEventExit>('a@x', async (self) => {
      await addSupHandler(self, there, Keeper.as('a'), { name: 'a' })
      notify(self, there, { type: 'opened', door: 'front' })
      expect(await callHandler(self, there, keeper.as('a'), 'seen')).toEqual(['front'])
      await swapHandler(self, there, { from: keeper.as('a'), to: Keeper.as('b'), arg: { name: 'b' } })
      expect(await whichHandlers(self, there)).toEqual([{ handler: '@test/keeper', id: 'b' }])
      const told = await self.receive()
      expect(told).toMatchObject({
        type: 'genEventExit',
        handler: { id: 'a' },
        reason: { swapped: { owner: self.pid } },
      })
    })
    const later = node('b@x').spawn((self: Process<never>) => self.sleep(1))
    await run(node('b@x').exited(later))
    expect(await run(whichHandlers(node('b@x'), door))).toEqual([])
    expect(log).toEqual([
      'a init',
      'a opened front',
      'a ends swap undefined',
      "b init after a's keys",
      'b ends ownerExit',
    ])
  })

  it('a handler that is not registered there is refused with what to do', async () => {
    const { node, Keeper, Doors, run } = twoNodes(false)
    await run(startEventManager(node('b@x'), Doors, { name: door.module }))
    const there = door.at({ name: door.module, node: 'b@x' })
    const error = await failure(run(addHandler(node('a@x'), there, Keeper, { name: 'a' })))
    expect(error.code).toBe('events.unknown_handler')
    expect(error.message).toContain('createNode({ modules })')
  })
})
