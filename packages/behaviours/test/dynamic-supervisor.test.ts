/**
 * Dynamic supervisors, and their rules as a pure table.
 */
import { describeReason, type AnyPid } from '@agner/core'
import { describe, expect, test } from 'vitest'
import {
  call,
  countChildren,
  defineDynamicSupervisor,
  defineServer,
  deleteChild,
  dynamicSupervisorAt,
  getChildSpec,
  ignore,
  protocol,
  reply,
  restartChild,
  startChild,
  startDynamicChild,
  startDynamicSupervisor,
  startSupervisor,
  stop,
  sys,
  terminateChild,
  whichChildren,
  type Protocol,
  type TemplateSettings,
} from '../src/index.ts'
import { SimpleChildren } from '../src/supervisor/strategies/simple-one-for-one.ts'
import { createWorld, failure, type World } from './world.ts'

interface Arg {
  readonly name: string
  readonly socket?: () => string
}

const guest: Protocol<{ calls: { name(): string; socket(): string } }> = protocol('@test/guest')

function hotel(
  world: World,
  settings: TemplateSettings = {},
  starts: (nth: number) => 'start' | 'fail' | 'ignore' = () => 'start',
) {
  let attempts = 0
  const Guest = defineServer(guest, {
    trapExits: true,
    init: async ({ name, socket }: Arg, { self }) => {
      const how = starts(++attempts)
      if (how === 'fail') return stop('no room')
      if (how === 'ignore') return ignore()
      await self.sleep(1)
      world.log.push(`in ${name}`)
      return { name, socket: socket ?? (() => 'none') }
    },
    calls: { name: (state) => reply(state.name, state), socket: (state) => reply(state.socket(), state) },
    terminate: async (reason, { name }, { self }) => {
      await self.sleep(name === 'slow' ? 100 : 10)
      world.log.push(`out ${name} ${describeReason(reason)}`)
    },
  })
  return defineDynamicSupervisor({ intensity: 3, maxChildren: 4, children: Guest.children(settings) })
}

describe('a dynamic supervisor', () => {
  test('starts none at first, and each with its argument; they are known by their pids (V15)', async () => {
    const world = createWorld()
    const { node, run } = world
    const Hotel = hotel(world)
    const sup = await run(startDynamicSupervisor(node, Hotel, { name: 'hotel' }))
    expect(await run(whichChildren(node, sup))).toEqual([])
    const ann = (await run(startDynamicChild(node, sup, { name: 'ann' })))!
    const bob = (await run(startDynamicChild(node, Hotel.at('hotel'), { name: 'bob' })))!
    expect(await run(call(node, ann, 'name'))).toBe('ann')
    expect(await run(whichChildren(node, sup))).toEqual([
      { id: null, pid: bob, type: 'worker', restart: 'permanent' },
      { id: null, pid: ann, type: 'worker', restart: 'permanent' },
    ])
    expect(await run(countChildren(node, sup))).toEqual({ specs: 1, active: 2, supervisors: 0, workers: 2 })
    expect(await run(getChildSpec(node, sup, ann))).toMatchObject({ id: '@test/guest', shutdownMs: 5000 })
    await run(terminateChild(node, sup, ann))
    expect(node.isAlive(ann)).toBe(false)
    await run(terminateChild(node, sup, ann))
    expect(
      (
        await failure(
          run(
            getChildSpec(
              node,
              sup,
              node.spawn(async (self) => self.receive()),
            ),
          ),
        )
      ).code,
    ).toBe('supervisor.not_found')
    for (const ask of [terminateChild, restartChild, deleteChild])
      expect((await failure(run<unknown>(ask(node, sup, 'ann')))).code).toBe('supervisor.by_pid')
  })

  test('refuses more than it may have', async () => {
    const world = createWorld()
    const sup = await world.run(startDynamicSupervisor(world.node, hotel(world)))
    for (const name of 'abcd') await world.run(startDynamicChild(world.node, sup, { name }))
    const refused = await failure(world.run(startDynamicChild(world.node, sup, { name: 'e' })))
    expect(refused).toMatchObject({ code: 'supervisor.full', details: { maxChildren: 4 } })
  })

  test('restarts one with its argument as it was, and not the others', async () => {
    const world = createWorld()
    const { node, run } = world
    const sup = await run(startDynamicSupervisor(node, hotel(world)))
    const arg = { name: 'ann' }
    const ann = (await run(startDynamicChild(node, sup, arg)))!
    const bob = (await run(startDynamicChild(node, sup, { name: 'bob' })))!
    arg.name = 'changed'
    node.sendExit(ann, 'kill')
    await world.runtime.settle()
    await world.runtime.advance(5)
    expect(world.log).toEqual(['in ann', 'in bob', 'in ann'])
    const pids = (await run(whichChildren(node, sup))).map(({ pid }) => pid)
    expect(pids).toContain(bob)
    expect(pids).not.toContain(ann)
  })

  test('takes what cannot be sent as an argument, on its own node', async () => {
    const world = createWorld()
    const sup = await world.run(startDynamicSupervisor(world.node, hotel(world)))
    const ann = (await world.run(startDynamicChild(world.node, sup, { name: 'ann', socket: () => 'open' })))!
    expect(await world.run(call(world.node, ann, 'socket'))).toBe('open')
    const far = dynamicSupervisorAt<Arg>({ name: 'hotel', node: 'b@test' })
    const refused = await failure(world.run(startDynamicChild(world.node, far, { name: 'ann', socket: () => 'open' })))
    expect(refused.code).toBe('copy.unsendable')
  })

  test('has no trace of a child that did not start, or had nothing to run', async () => {
    const world = createWorld()
    const how = ['fail', 'ignore', 'start'] as const
    const sup = await world.run(
      startDynamicSupervisor(
        world.node,
        hotel(world, {}, (nth) => how[nth - 1]!),
      ),
    )
    const failed = await failure(world.run(startDynamicChild(world.node, sup, { name: 'a' })))
    expect(failed).toMatchObject({ code: 'supervisor.child_failed', reason: 'no room' })
    expect(await world.run(startDynamicChild(world.node, sup, { name: 'b' }))).toBeNull()
    expect(await world.run(startDynamicChild(world.node, sup, { name: 'c' }))).not.toBeNull()
    expect(await world.run(whichChildren(world.node, sup))).toHaveLength(1)
  })

  test('tries a failing restart again, counted; by the pid that it had it can be given up', async () => {
    const world = createWorld()
    const { node, run, runtime } = world
    const Slow = defineServer(guest, {
      init: async (arg: Arg, { self }) => {
        await self.sleep(10)
        if (arg.socket!() === 'broken') return stop('broken')
        return arg
      },
      calls: { name: (state) => reply(state.name, state), socket: (state) => reply('', state) },
    })
    let broken = false
    const sup = await run(startDynamicSupervisor(node, { intensity: 100, children: Slow.children() }))
    const ann = (await run(startDynamicChild(node, sup, { name: 'ann', socket: () => (broken ? 'broken' : 'fine') })))!
    broken = true
    node.sendExit(ann, 'kill')
    await runtime.advance(25)
    expect(await run(whichChildren(node, sup))).toMatchObject([{ pid: 'restarting' }])
    expect(await run(countChildren(node, sup))).toMatchObject({ active: 0, workers: 1 })
    await run(terminateChild(node, sup, ann))
    await runtime.advance(1000)
    expect(await run(whichChildren(node, sup))).toEqual([])
    expect(node.isAlive(sup)).toBe(true)
  })

  test('stops all at the same time, under one limit, and tells once what went wrong with how many', async () => {
    const world = createWorld()
    const { node, run, runtime } = world
    const sup = await run(startDynamicSupervisor(node, hotel(world, { shutdownMs: 50 })))
    for (const name of ['a', 'b', 'slow', 'slow']) await run(startDynamicChild(node, sup, { name }))
    const sinceMs = runtime.nowMs()
    await run(node.stop())
    expect(runtime.nowMs() - sinceMs).toBe(50)
    expect(world.log.slice(4)).toEqual(['out a shutdown', 'out b shutdown'])
    const notices = world.notices('supervisor', 'error')
    expect(notices).toHaveLength(1)
    expect(notices[0]).toMatchObject({
      text: expect.stringContaining('2 children of'),
      details: { context: 'shutdownError', reason: 'killed', offender: { count: 2 } },
    })
  })

  test('takes a specification of its own for one child, and no other kind of supervisor takes an argument', async () => {
    const world = createWorld()
    const { node, run } = world
    const sup = await run(startDynamicSupervisor(node, hotel(world)))
    const spawned = {
      id: 'any',
      start: async (above: { spawnLink(body: never): AnyPid }) =>
        above.spawnLink({ init: () => 0, message: () => 0 } as never),
    }
    const pid = await run(startChild(node, sup, spawned))
    expect(node.isAlive(pid)).toBe(true)
    const fixed = await run(startSupervisor(node, { children: [] }))
    expect((await failure(run(startDynamicChild(node, dynamicSupervisorAt(fixed), 1)))).code).toBe('supervisor.static')
  })

  test('stands under a static one, and has its template replaced by new code', async () => {
    const world = createWorld()
    const { node, run } = world
    const version = (number: string, restart: 'permanent' | 'temporary') => {
      const Guest = defineServer(guest, {
        init: (arg: Arg) => arg,
        calls: { name: (state) => reply(`${state.name} of ${number}`, state), socket: (state) => reply('', state) },
      })
      return defineDynamicSupervisor({ module: '@test/hotel', version: number, children: Guest.children({ restart }) })
    }
    const [first, second] = [version('1', 'permanent'), version('2', 'temporary')]
    await run(startSupervisor(node, { children: [first.child({ id: 'hotel', name: 'hotel' })] }))
    const ann = (await run(startDynamicChild(node, first.at('hotel'), { name: 'ann' })))!
    node.register(second)
    await run(sys.suspend(node, 'hotel'))
    await run(sys.changeCode(node, 'hotel'))
    await run(sys.resume(node, 'hotel'))
    const bob = (await run(startDynamicChild(node, second.at('hotel'), { name: 'bob' })))!
    expect(await run(call(node, ann, 'name'))).toBe('ann of 1')
    expect(await run(call(node, bob, 'name'))).toBe('bob of 2')
    expect((await run(getChildSpec(node, 'hotel', bob))).restart).toBe('temporary')
    expect(await run(sys.getState(node, 'hotel'))).toMatchObject({ children: [{ pid: bob }, { pid: ann }] })
    expect((await failure(run(sys.replaceState(node, 'hotel', () => ({}))))).code).toBe('sys.state_not_replaced')
  })

  test('refuses definitions that are wrong, and says how', () => {
    const children = { start: async () => null }
    const wrong: readonly [object, string][] = [
      [{ children: [] }, 'must be one template'],
      [{ children: {} }, 'start must be a function'],
      [{ children, maxChildren: -1 }, 'maxChildren must be'],
      [{ children: { ...children, significant: true, restart: 'temporary' } }, 'autoShutdown never'],
      [{ children, intensity: 0.5 }, 'intensity must be'],
    ]
    for (const [definition, problem] of wrong)
      expect(() => defineDynamicSupervisor(definition as never)).toThrow(problem)
  })
})

test('the table of simple_one_for_one counts who runs, who restarts and who is significant', () => {
  const children = new SimpleChildren<never>()
  const spec = { significant: true } as never
  const [a, b] = ['a', 'b'] as unknown as [AnyPid, AnyPid]
  children.set(a, spec, 1)
  children.set(b, spec, 2)
  children.set(a, spec, 1, true)
  expect([children.size, children.running, children.significantRunning]).toEqual([2, 1, 2])
  children.delete(b)
  children.delete(b)
  expect([...children.list()]).toEqual([{ pid: a, spec, arg: 1, restarting: true }])
  expect(children.significantRunning).toBe(1)
  children.clear()
  expect([children.size, children.running, children.significantRunning]).toEqual([0, 0, 0])
})
