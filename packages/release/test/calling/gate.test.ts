import { call, startServer } from '@agner/behaviours'
import { createNode, type Node, type Process, type Report } from '@agner/core'
import { createVirtualRuntime } from '@agner/testing'
import { expect, test } from 'vitest'
import { startGate, type Running } from '../../src/index.ts'
import { gateProtocol, type Passage } from '../../src/calling/gate.api.ts'
import { outcome, shop, shopServer } from './shop.ts'

const passage: Passage = {
  application: 'shop',
  process: shop.module,
  type: 'call',
  name: 'buy',
  arg: 'tea',
  atLeast: 0,
}

/** Starts a gate on behalf of a process, which ends when it is killed. */
function startGateOf(node: Node, running: () => Running | null, limit: number): Promise<Process<never>['pid']> {
  return new Promise((resolve, reject) => {
    node.spawn(async (self: Process<never>) => {
      await self.wait(startGate(self, { running, limit })).then(() => resolve(self.pid), reject)
      await self.receive()
    })
  })
}

test('it lets through to the instance that runs, holds its claim, and is not older than what was seen; and so many at once', async () => {
  const runtime = createVirtualRuntime({ seed: 1 })
  const node = createNode({ runtime })
  const instance = { token: 5, held: true, runs: true }
  const running = () => (instance.runs ? { token: instance.token, isHeld: () => instance.held } : null)
  const owner = await runtime.runUntil(startGateOf(node, running, 2))
  const pass = (more: Partial<Passage> = {}): Promise<unknown> =>
    call(node, gateProtocol, 'pass', { ...passage, ...more })
  const refused = (why: string) => ({ type: 'refused', why })

  expect(await runtime.runUntil(pass())).toEqual(refused('no_process'))
  const begun: string[] = []
  await runtime.runUntil(
    startServer(
      node,
      shopServer((order) => void begun.push(order)),
      undefined,
      { name: shop.module },
    ),
  )
  expect(await runtime.runUntil(pass())).toEqual({ type: 'done', value: 'bought tea' })
  expect(await runtime.runUntil(pass({ atLeast: 5 }))).toMatchObject({ type: 'done' })
  expect(await runtime.runUntil(pass({ atLeast: 6 }))).toEqual(refused('superseded'))
  expect(await runtime.runUntil(call(node, gateProtocol, 'where', passage))).toEqual({ type: 'here', token: 5 })
  instance.held = false
  expect(await runtime.runUntil(pass())).toEqual(refused('not_held'))
  instance.runs = false
  expect(await runtime.runUntil(pass())).toEqual(refused('not_here'))
  Object.assign(instance, { held: true, runs: true })

  for (const more of [{ process: 5 }, { type: 'shout' }, { atLeast: 'x' }, { application: null }, { name: undefined }])
    expect(await runtime.runUntil(outcome(pass(more as never)))).toBe('call.bad_argument')

  const slow = (id: string) => pass({ name: 'order', arg: { id, ms: 1000 } })
  const three = Promise.all(['x', 'y', 'z'].map(slow))
  expect(await runtime.runUntil(three)).toEqual([
    { type: 'done', value: 'ordered x' },
    { type: 'done', value: 'ordered y' },
    refused('busy'),
  ])
  expect(begun).toEqual(['tea', 'tea', 'x', 'y'])

  expect(await runtime.runUntil(outcome(startGateOf(node, running, 2)))).toBe('start.already_started')
  node.sendExit(owner, 'kill')
  await runtime.advance(10)
  expect(await runtime.runUntil(outcome(pass()))).toBe('call.no_process')
})

const boom = () => {
  throw new Error('boom')
}
const broken: Record<string, () => unknown> = {
  'running throws': boom,
  'isHeld throws': () => ({ token: null, isHeld: boom }),
  'running gives a promise that is rejected': async () => boom(),
  'isHeld gives a promise': () => ({ token: null, isHeld: async () => true }),
  'isHeld gives a promise that is rejected': () => ({ token: null, isHeld: async () => boom() }),
  'running gives nothing': () => undefined,
  'a token is a text': () => ({ token: '7', isHeld: () => true }),
}
for (const [what, wrong] of Object.entries(broken))
  test(`${what}: nothing is passed on, it is reported once, and the gate goes on`, async () => {
    const runtime = createVirtualRuntime({ seed: 1 })
    const reports: string[] = []
    const report = (each: Report) => void (each.type === 'notice' && reports.push(String(each.details?.['code'])))
    const node = createNode({ runtime, report })
    let running = wrong
    await runtime.runUntil(startGateOf(node, () => running() as Running, 10))
    const begin = () =>
      startServer(
        node,
        shopServer(() => undefined),
        undefined,
        { name: shop.module },
      )
    await runtime.runUntil(begin())
    const pass = () => runtime.runUntil(call(node, gateProtocol, 'pass', passage))
    for (let turn = 0; turn < 2; turn++) {
      running = wrong
      for (let n = 0; n < 3; n++) expect(await pass()).toEqual({ type: 'refused', why: 'not_held' })
      expect(await runtime.runUntil(call(node, gateProtocol, 'where', passage))).toMatchObject({ why: 'not_held' })
      expect(reports).toEqual(Array.from({ length: turn + 1 }, () => 'release.gate_failed'))
      running = () => ({ token: 7, isHeld: () => true })
      expect(await pass()).toEqual({ type: 'done', value: 'bought tea' })
    }
  })

test('a limit that lets nobody through, or everybody, is refused, and so is what cannot be asked', async () => {
  const runtime = createVirtualRuntime({ seed: 1 })
  const node = createNode({ runtime })
  const running = () => null
  for (const limit of [0, -1, Number.NaN, 0.5, Infinity, '5', null])
    expect(await runtime.runUntil(outcome(startGateOf(node, running, limit as never)))).toBe('release.bad_option')
  for (const bad of [undefined, null, {}])
    expect(await runtime.runUntil(outcome(startGateOf(node, bad as never, 5)))).toBe('release.bad_option')
  expect(node.whereis(gateProtocol.module)).toBeUndefined()
})
