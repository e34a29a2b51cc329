/**
 * What a supervisor is told and shows besides its children's lives: specifications, new code, sys.
 */
import type { AnyProcess } from '@agner/core'
import { expect, test } from 'vitest'
import {
  checkChildSpecs,
  defineSupervisor,
  getChildSpec,
  restartChild,
  startChild,
  startSupervisor,
  sys,
  whichChildren,
} from '../src/index.ts'
import { createFamily } from './family.ts'
import { createWorld, failure } from './world.ts'

test('a start may tell more than the pid, if it can be sent (V03)', async () => {
  const world = createWorld()
  const family = createFamily(world)
  const { node, run } = world
  const sup = await run(startSupervisor(node, { children: [] }))
  const telling = (id: string, info: unknown) => {
    const child = family.child(id)
    return { ...child, start: async (above: AnyProcess) => ({ pid: (await child.start(above))!, info }) }
  }
  const { pid, info } = await run(startChild(node, sup, telling('a', { port: 80 })))
  expect([pid, info]).toEqual([node.whereis('a'), { port: 80 }])
  expect(
    (
      await failure(
        run(
          startChild(
            node,
            sup,
            telling('b', () => 'a function'),
          ),
        ),
      )
    ).code,
  ).toBe('supervisor.child_failed')
  await world.runtime.settle()
  expect(node.whereis('b')).toBeUndefined()
  expect(await run(whichChildren(node, sup))).toHaveLength(1)
})

test('a specification is told with its defaults, but for its start (V04, V14)', async () => {
  const world = createWorld()
  const family = createFamily(world)
  const inner = defineSupervisor({ children: [] }).child({ id: 's' })
  const sup = await world.run(startSupervisor(world.node, { children: [family.child('a'), inner] }))
  const tell = (id: string) => world.run(getChildSpec(world.node, sup, id))
  const usual = { restart: 'permanent', significant: false }
  expect(await tell('a')).toEqual({ ...usual, id: 'a', shutdownMs: 5000, type: 'worker' })
  expect(await tell('s')).toEqual({ ...usual, id: 's', shutdownMs: Infinity, type: 'supervisor' })
  expect((await failure(tell('x'))).code).toBe('supervisor.not_found')
})

test('specifications can be looked at before they are used (V05)', () => {
  const child = { id: 'a', start: async () => null }
  const why = (specs: readonly object[], auto?: 'never'): unknown => {
    try {
      checkChildSpecs(specs as never, auto)
      return 'fine'
    } catch (error) {
      const { code, details } = error as { code: string; details: { why?: string } }
      return details.why ?? code
    }
  }
  expect(why([child, { ...child, id: 'b' }])).toBe('fine')
  expect(why([child, child])).toBe('supervisor.duplicate_child')
  expect(why([{ ...child, id: 7 }])).toBe('missingId')
  expect(why([{ id: 'a' }])).toBe('missingStart')
  expect(why([{ ...child, restart: 'once' }])).toBe('invalidRestartType')
  expect(why([{ ...child, shutdownMs: '5s' }])).toBe('invalidShutdown')
  expect(why([{ ...child, type: 'boss' }])).toBe('invalidChildType')
  expect(why([{ ...child, significant: 1 }])).toBe('invalidSignificant')
  expect(why([{ ...child, significant: true }])).toBe('badCombination')
  expect(why([{ ...child, significant: true, restart: 'temporary' }])).toBe('fine')
  expect(why([{ ...child, significant: true, restart: 'temporary' }], 'never')).toBe('badCombination')
})

test('new code replaces specifications and flags, and touches no child (V19)', async () => {
  const world = createWorld()
  const family = createFamily(world)
  const { node, run } = world
  const module = '@test/top'
  const version = (number: string, children: Parameters<typeof defineSupervisor>[0]['children']) =>
    defineSupervisor({ module, version: number, intensity: Number(number), children })
  const first = version('1', [family.child('a'), family.child('b'), family.child('c')])
  const pid = await run(startSupervisor(node, first, { name: 'sup' }))
  node.register(first)
  node.register(version('2', [family.child('c', { restart: 'temporary' }), family.child('d'), family.child('a')]))
  expect((await failure(run(sys.changeCode(node, 'sup')))).code).toBe('sys.not_suspended')
  family.happened()
  await run(sys.suspend(node, 'sup'))
  await run(sys.changeCode(node, 'sup'))
  await run(sys.resume(node, 'sup'))
  expect(family.happened()).toEqual([])
  const children = await run(whichChildren(node, pid))
  expect(children.toReversed().map((child) => [child.id, child.pid !== null])).toEqual([
    ['c', true],
    ['d', false],
    ['a', true],
    ['b', true],
  ])
  await run(restartChild(node, pid, 'd'))
  family.crash('c')
  await world.runtime.settle()
  expect((await run(whichChildren(node, pid))).map(({ id }) => id)).toEqual(['b', 'a', 'd'])
  expect(await run(sys.getState(node, 'sup'))).toMatchObject({ intensity: 2, children: [{ id: 'b' }, {}, {}] })
  expect((await run(sys.getStatus(node, 'sup'))).version).toBe('2')
})

test('a supervisor that has nothing to do hibernates if it is asked to (V20)', async () => {
  const world = createWorld()
  const family = createFamily(world)
  const { node, run, runtime } = world
  const pid = await run(startSupervisor(node, { children: [family.child('a')] }, { hibernateAfterMs: 100 }))
  const runs = () => node.processInfo(pid, ['currentFunction'])!.currentFunction
  expect(runs()).not.toBe('hibernate')
  await runtime.advance(250)
  expect(runs()).toBe('hibernate')
  family.crash('a')
  await runtime.settle()
  expect(await run(whichChildren(node, pid))).toMatchObject([{ pid: node.whereis('a') }])
})

test('code of another kind is refused, and nothing has changed', async () => {
  const world = createWorld()
  const { node, run } = world
  const module = '@test/top'
  await run(startSupervisor(node, defineSupervisor({ module, version: '1', children: [] }), { name: 'sup' }))
  node.register({ module, version: '2', functions: {} })
  await run(sys.suspend(node, 'sup'))
  expect((await failure(run(sys.changeCode(node, 'sup')))).code).toBe('sys.code_not_changed')
  await run(sys.resume(node, 'sup'))
  expect((await run(sys.getStatus(node, 'sup'))).version).toBe('1')
})
