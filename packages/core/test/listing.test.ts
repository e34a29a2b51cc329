import { eachSeed } from '@agner/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AnyPid, Pid, Process, TopCandidate, TopMeasure } from '../src/index.ts'
import { createWorld } from './world.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })
const still = async (self: Process<unknown>): Promise<void> => void (await self.receive(() => false))
const counts = { init: () => null, message: () => null }

test('by mailbox: the longest first, with what is known of it', async () => {
  const { node, runtime } = createWorld()
  const pids = [3, 0, 7, 7, 1].map((length, index) => {
    const pid = node.spawn(still, { name: `p${index}` }) as Pid<number>
    for (let n = 0; n < length; n++) node.send(pid, n)
    return pid
  })
  await runtime.settle()
  const top = node.topProcesses({ by: 'mailbox', count: 3 })
  expect(top.map(({ pid, name, value, mailboxLength }) => [pid, name, value, mailboxLength])).toEqual([
    [pids[2], 'p2', 7, 7],
    [pids[3], 'p3', 7, 7],
    [pids[0], 'p0', 3, 3],
  ])
  const { value, ...info } = top[0]!
  expect([value, info]).toEqual([7, node.processInfo(pids[2]!)])
})

test('by memory and by reductions', async () => {
  const { node, runtime } = createWorld()
  const big = node.spawn({ init: () => 'x'.repeat(100_000), message: (_self, _message, state: string) => state })
  const busy = node.spawn(counts) as Pid<number>
  node.spawn(still)
  for (let n = 0; n < 500; n++) node.send(busy, n)
  await runtime.settle()
  expect(node.topProcesses({ by: 'memory', count: 1 })).toMatchObject([{ pid: big }])
  expect(node.topProcesses({ by: 'memory' })[0]!.value).toBe(node.processInfo(big, ['memoryBytes'])!.memoryBytes)
  expect(node.topProcesses({ by: 'reductions', count: 1 })).toMatchObject([{ pid: busy }])
  expect(node.topProcesses({ by: 'reductions' })[0]!.value).toBeGreaterThanOrEqual(500)
})

test('it is the head of all processes in order, however many of them', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 30 }), fc.integer({ min: 1, max: 40 }), (lengths, count) => {
      const { node } = createWorld()
      for (const length of lengths) {
        const pid = node.spawn(still) as Pid<number>
        for (let n = 0; n < length; n++) node.send(pid, n)
      }
      const values = node.topProcesses({ by: 'mailbox', count }).map(({ value }) => value)
      expect(values).toEqual(lengths.toSorted((a, b) => b - a).slice(0, count))
    }),
    { numRuns: 50 },
  )
})

test('tells of 10 unless told otherwise; not of the dead, nor of what the node itself needs', async () => {
  const { node, runtime } = createWorld()
  expect(node.topProcesses({ by: 'memory' })).toEqual([])
  const pids = Array.from({ length: 15 }, () => node.spawn(still))
  for (const pid of pids.slice(0, 3)) node.sendExit(pid, 'kill')
  await runtime.settle()
  expect(node.topProcesses({ by: 'mailbox' })).toHaveLength(10)
  expect(node.topProcesses({ by: 'mailbox', count: Infinity }).map(({ pid }) => pid)).toEqual(pids.slice(3))
})

test('nothing of a process runs by being listed', async () => {
  const { node, runtime } = createWorld()
  const pid = node.spawn(async (self: Process<number>) => {
    for (;;) await self.receive()
  })
  await runtime.settle()
  node.sendExit(pid, 'kill')
  expect(node.topProcesses({ by: 'mailbox' })).toMatchObject([{ pid, mailboxLength: 0 }])
  expect(node.isAlive(pid)).toBe(false)
})

test('over a window: who gained most meanwhile, new ones included', async () => {
  await eachSeed({ seeds: 20 }, async (runtime) => {
    const { node } = createWorld({ runtime })
    const [once, steady] = [node.spawn(counts) as Pid<number>, node.spawn(counts) as Pid<number>]
    for (let n = 0; n < 1000; n++) node.send(once, n)
    await runtime.settle()
    let young: AnyPid | null = null
    const listing = node.topProcessesOver({ by: 'reductions', count: 2, windowMs: 1000 })
    await runtime.advance(500)
    for (let n = 0; n < 100; n++) node.send(steady, n)
    young = node.spawn(counts)
    for (let n = 0; n < 50; n++) node.send(young as Pid<number>, n)
    await runtime.advance(499)
    const top = await runtime.runUntil(listing)
    expect(runtime.nowMs()).toBe(1000)
    expect(top.map(({ pid }) => pid)).toEqual([steady, young])
    expect(top[0]!.value).toBeGreaterThanOrEqual(100)
    expect(top[0]!.value).toBeLessThan(400)
    const falling = await runtime.runUntil(node.topProcessesOver({ by: 'mailbox', windowMs: 1 }))
    expect(falling.map(({ value }) => value)).toEqual([0, 0, 0])
  })
})

test('a window that the node does not live to see the end of', async () => {
  const { node, runtime } = createWorld()
  node.spawn(still)
  const listing = node.topProcessesOver({ by: 'mailbox', windowMs: 60_000 })
  listing.catch(() => {})
  await runtime.runUntil(node.stop())
  await expect(listing).rejects.toThrow(code('node.stopped'))
  await expect(node.topProcessesOver({ by: 'mailbox', windowMs: 1 })).rejects.toThrow(code('node.stopped'))
})

test('what it cannot take is refused', async () => {
  const { node } = createWorld()
  for (const by of ['colour', 'toString', 7, undefined])
    expect(() => node.topProcesses({ by: by as TopMeasure })).toThrow(code('listing.bad_option'))
  for (const count of [0, -1, Number.NaN, '5'])
    expect(() => node.topProcesses({ by: 'mailbox', count: count as number })).toThrow(code('listing.bad_option'))
  for (const windowMs of [-1, Number.NaN, Infinity, '5'])
    await expect(node.topProcessesOver({ by: 'mailbox', windowMs: windowMs as number })).rejects.toThrow(
      code('listing.bad_option'),
    )
})

test('of those alone that `where` lets through, which alone are measured', async () => {
  const { node, runtime } = createWorld()
  const pids = ['shop1', 'shop2', 'bank'].map((name) => node.spawn(still, { name }) as Pid<number>)
  for (const pid of pids) node.send(pid, 1)
  await runtime.settle()
  const seen: unknown[] = []
  const where = ({ pid, name, label, initialCall }: TopCandidate): boolean => {
    seen.push([pid, label, initialCall])
    return name?.startsWith('shop') === true
  }
  const top = node.topProcesses({ by: 'mailbox', where })
  expect(top.map(({ pid }) => pid)).toEqual(pids.slice(0, 2))
  expect(seen).toEqual(pids.map((pid) => [pid, null, 'still']))
  const over = node.topProcessesOver({ by: 'reductions', windowMs: 10, where })
  await runtime.advance(10)
  expect((await over).map(({ pid }) => pid)).toEqual(pids.slice(0, 2))
})
