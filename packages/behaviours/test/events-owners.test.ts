/**
 * Supervised handlers: who owns one is told when it goes, and takes it along when it ends.
 */
import type { Process } from '@agner/core'
import { expect, it } from 'vitest'
import {
  addHandler,
  addSupHandler,
  callHandler,
  defineEventManager,
  defineHandler,
  deleteHandler,
  handlerProtocol,
  startEventManager,
  stopServer,
  swapHandler,
  swapSupHandler,
  syncNotify,
  whichHandlers,
  type GenEventExit,
} from '../src/index.ts'
import { defineKeeper, door, keeper, type DoorApi, type KeeperApi } from './events-world.ts'
import { createWorld, failure } from './world.ts'

async function openDoor() {
  const world = createWorld()
  const Keeper = defineKeeper(world)
  const manager = await world.run(startEventManager(world.node, defineEventManager(door), { name: door.module }))
  return { ...world, Keeper, manager }
}

const handler = (id: string) => ({ handler: '@test/keeper', id })

it('an owner is told of a deletion, a crash, a swap and the end, and outlives the manager', async () => {
  const { node, inProcess, Keeper, manager } = await openDoor()
  await inProcess<GenEventExit>(async (self) => {
    const told = async () => {
      const { reason, ...rest } = await self.receive()
      expect(rest.manager).toBe(manager)
      return [rest.handler, reason]
    }
    await addSupHandler(self, door, Keeper.as('a'), { name: 'a' })
    await deleteHandler(node, door, keeper.as('a'))
    expect(await told()).toEqual([handler('a'), 'normal'])

    await addSupHandler(self, door, Keeper.as('b'), { name: 'b', crashAt: 'front' })
    await syncNotify(node, door, { type: 'opened', door: 'front' })
    const [id, reason] = await told()
    expect(id).toEqual(handler('b'))
    expect((reason as Error).message).toBe('b is afraid of front')

    await addSupHandler(self, door, Keeper.as('c'), { name: 'c' })
    await swapHandler(node, door, { from: keeper.as('c'), to: Keeper.as('d'), arg: { name: 'd' } })
    expect(await told()).toEqual([handler('c'), { swapped: { handler: handler('d'), owner: self.pid } }])

    await callHandler(node, door, keeper.as('d'), 'leave', 'bye')
    expect(await told()).toEqual([handler('d'), 'normal'])

    await addSupHandler(self, door, Keeper.as('e'), { name: 'e' })
    await stopServer(self, door)
    expect(await told()).toEqual([handler('e'), 'shutdown'])
  })
})

it('a handler goes with its owner, whatever the owner ended with; the others stay', async () => {
  const { node, run, log, Keeper } = await openDoor()
  await run(addHandler(node, door, Keeper.as('free'), { name: 'free' }))
  for (const reason of ['normal', 'boom']) {
    await run(
      node.exited(
        node.spawn(async (self: Process<GenEventExit>) => {
          await addSupHandler(self, door, Keeper.as('owned'), { name: 'owned' })
          self.exit(reason)
        }),
      ),
    )
    expect(await run(whichHandlers(node, door))).toEqual([handler('free')])
  }
  expect(log).toEqual(['free init', 'owned init', 'owned ends ownerExit', 'owned init', 'owned ends ownerExit'])
})

it('an owner that is dead already takes the handler along', async () => {
  const { node, run, log, Keeper, manager } = await openDoor()
  await run(addHandler(node, door, Keeper.as('free'), { name: 'free' }))
  const dead = node.spawn(async (self: Process<GenEventExit>) => {
    void addSupHandler(self, door, Keeper.as('owned'), { name: 'owned' })
    self.exit('gone')
  })
  await run(node.exited(dead))
  await run(whichHandlers(node, door))
  await run(whichHandlers(node, door))
  expect(await run(whichHandlers(node, door))).toEqual([handler('free')])
  expect(log.filter((line) => line.startsWith('owned'))).toHaveLength(log.includes('owned init') ? 2 : 0)
  expect(node.isAlive(manager)).toBe(true)
})

it('a supervised swap makes the swapper the owner', async () => {
  const { node, run, inProcess, Keeper } = await openDoor()
  await run(addHandler(node, door, Keeper.as('a'), { name: 'a' }))
  await inProcess<GenEventExit>(async (self) => {
    await swapSupHandler(self, door, { from: keeper.as('a'), to: Keeper.as('b'), arg: { name: 'b' } })
    await deleteHandler(node, door, keeper.as('b'))
    expect((await self.receive()).handler).toEqual(handler('b'))
  })
})

it('a manager that is killed while a handler ends, or begins, runs no callback of the next one', async () => {
  const { node, run, runtime, log } = createWorld()
  let open = (): void => {}
  const gate = new Promise<void>((resolve) => (open = resolve))
  const define = (name: string, slow: boolean) =>
    defineHandler(handlerProtocol<DoorApi, KeeperApi>(door, `@test/${name}`), {
      init: () => {
        log.push(`${name} init`)
        return slow ? gate : undefined
      },
      calls: {},
      events: {},
      terminate: () => {
        log.push(`${name} ends`)
        return slow ? gate : undefined
      },
    } as never)
  const [quick, slow] = [define('quick', false), define('slow', true)]
  const handlers = [quick, slow].map((each) => ({ handler: each, arg: undefined })) as never[]
  const late = failure(startEventManager(node, defineEventManager(door, { handlers }), { timeoutMs: 5 }))
  expect((await run(late)).code).toBe('start.timeout')
  open()
  await runtime.settle()
  expect(log).toEqual(['slow init'])
})
