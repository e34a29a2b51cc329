/**
 * Event managers: events go to every handler, the newest first; handlers come and go.
 */
import type { Process } from '@agner/core'
import { describe, expect, it } from 'vitest'
import {
  addHandler,
  callHandler,
  defineEventManager,
  deleteHandler,
  info,
  notify,
  startEventManager,
  startSupervisor,
  stopServer,
  swapHandler,
  syncNotify,
  whichHandlers,
} from '../src/index.ts'
import { defineKeeper, door, keeper } from './events-world.ts'
import { createWorld, failure } from './world.ts'

async function openDoor() {
  const world = createWorld()
  const Keeper = defineKeeper(world)
  const Doors = defineEventManager(door)
  const pid = await world.run(startEventManager(world.node, Doors, { name: door.module }))
  const add = (name: string, more: object = {}) =>
    world.run(addHandler(world.node, door, Keeper.as(name), { name, ...more }))
  return { ...world, world, Keeper, Doors, pid, add }
}

describe('events', () => {
  it('reach every handler, the newest first', async () => {
    const { node, log, run, add } = await openDoor()
    await add('a')
    await add('b')
    notify(node, door, { type: 'opened', door: 'front' })
    await run(syncNotify(node, door, { type: 'closed', door: 'front' }))
    expect(log).toEqual(['a init', 'b init', 'b opened front', 'a opened front'])
    expect(await run(callHandler(node, door, keeper.as('a'), 'seen'))).toEqual(['front'])
  })

  it('of a manager that is not there go nowhere, and a synchronous one fails', async () => {
    const { node, run } = createWorld()
    notify(node, door, { type: 'opened', door: 'front' })
    const error = await failure(run(syncNotify(node, door, { type: 'opened', door: 'front' })))
    expect(error.code).toBe('call.no_process')
  })

  it('wait for a handler that takes its time', async () => {
    const { node, log, run, add } = await openDoor()
    await add('old')
    await add('slow', { waitAt: 'front' })
    notify(node, door, { type: 'opened', door: 'front' })
    await run(syncNotify(node, door, { type: 'opened', door: 'back' }))
    expect(log.slice(2)).toEqual(['slow opened front', 'old opened front', 'slow opened back', 'old opened back'])
  })

  it('are copied', async () => {
    const { node, run, add } = await openDoor()
    await add('a')
    const event = { type: 'opened' as const, door: 'front' }
    notify(node, door, event)
    event.door = 'changed'
    expect(await run(callHandler(node, door, keeper.as('a'), 'seen'))).toEqual(['front'])
  })
})

describe('plain messages', () => {
  it('go to the handlers that take them; one that none takes is reported', async () => {
    const { world, node, log, run, add } = await openDoor()
    await add('a')
    info(node, door, { type: 'knock' })
    info(node, door, { type: 'rattle' })
    await run(syncNotify(node, door, { type: 'closed', door: 'front' }))
    expect(log).toEqual(['a init', 'a knock'])
    expect(world.notices('events', 'warning')).toHaveLength(1)
  })
})

describe('a handler', () => {
  it('may be there twice under one id; the newer one is meant', async () => {
    const { node, run, Keeper } = await openDoor()
    await run(addHandler(node, door, Keeper, { name: 'first' }))
    await run(addHandler(node, door, Keeper, { name: 'second' }))
    expect(await run(whichHandlers(node, door))).toEqual(['@test/keeper', '@test/keeper'])
    expect(await run(deleteHandler(node, door, keeper))).toBe("second's keys")
    expect(await run(deleteHandler(node, door, Keeper))).toBe("first's keys")
    expect((await failure(run(deleteHandler(node, door, keeper)))).code).toBe('events.no_handler')
  })

  it('is not added when its init refuses, and says why', async () => {
    const { node, run, Keeper } = await openDoor()
    const error = await failure(run(addHandler(node, door, Keeper, { name: 'a', refuses: true })))
    expect(error.code).toBe('events.not_added')
    expect(error.details['reason']).toBe('refused')
    expect(await run(whichHandlers(node, door))).toEqual([])
  })

  it('that crashes goes alone, and is reported with its state', async () => {
    const { world, node, log, run, add, pid } = await openDoor()
    await add('a')
    await add('coward', { crashAt: 'front' })
    await add('c')
    await run(syncNotify(node, door, { type: 'opened', door: 'front' }))
    expect(log.slice(3)).toEqual(['c opened front', 'coward opened front', 'coward ends error', 'a opened front'])
    expect(await run(whichHandlers(node, door))).toEqual([
      { handler: '@test/keeper', id: 'c' },
      { handler: '@test/keeper', id: 'a' },
    ])
    expect(node.isAlive(pid)).toBe(true)
    const [notice] = world.notices('events', 'error')
    expect(notice?.text).toContain('coward is afraid of front')
    expect(notice?.details).toMatchObject({ lastMessage: { type: 'opened', door: 'front' }, state: { seen: [] } })
  })

  it('that crashes in a call goes too, and the caller hears why', async () => {
    const { node, run, add } = await openDoor()
    await add('a')
    const error = await failure(run(callHandler(node, door, keeper.as('a'), 'crash')))
    expect(error.code).toBe('events.handler_failed')
    expect(error.message).toContain('on demand')
    expect((await failure(run(callHandler(node, door, keeper.as('a'), 'seen')))).code).toBe('events.no_handler')
  })

  it('that returns what it should not goes too', async () => {
    const { node, run, add } = await openDoor()
    await add('a')
    const error = await failure(run(callHandler(node, door, keeper.as('a'), 'wrong')))
    expect(error.message).toContain('calls.wrong returned noreply(…)')
    expect(await run(whichHandlers(node, door))).toEqual([])
  })

  it('may go by itself, at an event or with an answer', async () => {
    const { node, log, run, add } = await openDoor()
    await add('a', { leaveAt: 'front' })
    await add('b')
    await run(syncNotify(node, door, { type: 'opened', door: 'front' }))
    expect(await run(callHandler(node, door, keeper.as('b'), 'leave', 'bye'))).toBe('bye')
    expect(log.filter((line) => line.includes('ends'))).toEqual(['a ends remove', 'b ends remove'])
    expect(await run(whichHandlers(node, door))).toEqual([])
  })

  it('hands over what its terminate returned', async () => {
    const { node, log, run, add, Keeper } = await openDoor()
    await add('a')
    await run(swapHandler(node, door, { from: keeper.as('a'), leaving: 'now', to: Keeper.as('b'), arg: { name: 'b' } }))
    await run(swapHandler(node, door, { from: keeper.as('a'), to: Keeper.as('c'), arg: { name: 'c' } }))
    expect(log).toEqual(['a init', 'a ends swap now', "b init after a's keys", 'c init after nobody'])
  })
})

describe('a manager', () => {
  it('tells its handlers when it is stopped', async () => {
    const { node, log, run, add } = await openDoor()
    await add('a')
    await add('b')
    await run(stopServer(node, door))
    expect(log.slice(2)).toEqual(['b ends stop', 'a ends stop'])
  })

  it('that was killed while a handler waits runs no more of it, and reports no crash of it', async () => {
    const { world, node, log, run, add, pid } = await openDoor()
    await add('slow', { waitAt: 'front', crashAt: 'front' })
    notify(node, door, { type: 'opened', door: 'front' })
    node.sendExit(pid, 'kill')
    await run(node.exited(pid))
    await run(node.exited(node.spawn((self: Process<never>) => self.sleep(1000))))
    expect(log).toEqual(['slow init'])
    expect(world.notices('events')).toEqual([])
  })

  it('begins with its own handlers, again after each restart', async () => {
    const world = createWorld()
    const { node, log, run } = world
    const Keeper = defineKeeper(world)
    const Doors = defineEventManager(door, {
      handlers: [Keeper.as('a').with({ name: 'a' }), Keeper.as('b').with({ name: 'b' })],
    })
    await run(startSupervisor(node, { children: [Doors.child({ name: door.module })] }))
    await run(syncNotify(node, door, { type: 'opened', door: 'front' }))
    expect(log.splice(0)).toEqual(['b init', 'a init', 'a opened front', 'b opened front'])
    node.sendExit(node.whereis(door.module)!, 'kill')
    await run(syncNotify(node, door, { type: 'closed', door: 'front' }).catch(() => null))
    expect(log).toEqual(['b init', 'a init'])
  })

  it('does not start when one of them refuses', async () => {
    const world = createWorld()
    const Keeper = defineKeeper(world)
    const Doors = defineEventManager(door, { handlers: [Keeper.with({ name: 'a', refuses: true })] })
    const error = await failure(world.run(startEventManager(world.node, Doors)))
    expect(error.code).toBe('start.failed')
    expect(error.reason).toBe('refused')
  })

  it('reports what it does not understand, and goes on', async () => {
    const { world, node, run, pid } = await openDoor()
    const error = await failure(run(node.request(pid, { call: 'add', arg: 1 }, { timeoutMs: 10 })))
    expect(error.code).toBe('call.timeout')
    expect(world.notices('events', 'warning')).toHaveLength(1)
    expect(node.isAlive(pid)).toBe(true)
  })
})
