import { describe, expect, test } from 'vitest'
import { createNode, type AgnerError, type Down, type Process } from '../src/index.ts'
import { createWorld } from './world.ts'

const forever = async (self: Process<never>): Promise<void> => self.sleep(1e9)
const code = (value: string): unknown => expect.objectContaining({ code: value })

describe('the limit of names', () => {
  test('one more is refused, for a process that lives and for one that is to be made; room comes back', async () => {
    const { node, runtime } = createWorld({ nameLimit: 2 })
    const pid = node.spawn(forever, { name: 'one' })
    node.spawn(forever, { name: 'two' })
    const third = node.spawn(forever)
    expect(() => node.registerName('three', third)).toThrow(code('name.too_many'))
    expect(() => node.spawn(forever, { name: 'three' })).toThrow(code('name.too_many'))
    expect([node.processCount(), node.registeredNames()]).toEqual([3, ['one', 'two']])
    expect(node.counters()).toMatchObject({ processes: 3, names: 2, refusedNames: 2 })
    node.sendExit(pid, 'kill')
    await runtime.settle()
    node.registerName('three', third)
    expect(node.counters()).toMatchObject({ processes: 2, names: 2, refusedNames: 2 })
  })

  test('a name that is taken is not counted as refused for want of room', () => {
    const { node } = createWorld()
    node.spawn(forever, { name: 'one' })
    expect(() => node.spawn(forever, { name: 'one' })).toThrow(code('name.taken'))
    expect(node.counters().refusedNames).toBe(0)
  })
})

describe('the limit of monitors', () => {
  test('counts those of one process; ended ones make room', async () => {
    const { inProcess, node } = createWorld({ monitorLimit: 3 })
    await inProcess<Down>(async (self) => {
      const pid = self.spawn(forever)
      const refs = [self.monitor(pid), self.monitor('nobody'), self.monitor(pid)]
      expect(() => self.monitor(pid)).toThrow(code('monitor.too_many'))
      expect(node.processInfo(self.pid)!.monitors).toHaveLength(2)
      // The DOWN of the one that nobody has was handled by the look at the process: it made room.
      self.monitor(pid)
      expect(() => self.monitor(pid)).toThrow(code('monitor.too_many'))
      self.demonitor(refs[0]!)
      self.monitor(pid)
      expect(node.counters().refusedMonitors).toBe(2)
    })
  })

  test('is for each process alone', async () => {
    const { node, runtime } = createWorld({ monitorLimit: 1 })
    const watched = node.spawn(forever)
    const greedy = node.spawn(async (self) => {
      for (;;) self.monitor(watched)
    })
    const modest = node.spawn(async (self) => void self.monitor(watched))
    const [one, other] = await runtime.runUntil(Promise.all([node.exited(modest), node.exited(greedy)]))
    expect(one).toBe('normal')
    expect(other).toMatchObject({ code: 'monitor.too_many' })
  })
})

describe('counters', () => {
  test('say how full the node is, and how often a limit was met', async () => {
    const { node, runtime } = createWorld({ processLimit: 2, mailboxLimit: 3 })
    expect(node.counters()).toEqual({
      processes: 0,
      names: 0,
      timers: 0,
      refusedSpawns: 0,
      refusedNames: 0,
      refusedMonitors: 0,
      refusedTimers: 0,
      refusedPeerDemands: 0,
      mailboxOverflows: 0,
      reductions: expect.any(Number),
      uptimeMs: 0,
    })
    const [pid] = [node.spawn(async (self: Process<number>) => self.sleep(1e9)), node.spawn(forever)]
    expect(() => node.spawn(forever)).toThrow(code('node.too_many_processes'))
    expect(() => node.spawn(forever)).toThrow(code('node.too_many_processes'))
    for (let n = 0; n < 4; n++) node.send(pid, n)
    await runtime.settle()
    expect(node.counters()).toMatchObject({ processes: 1, refusedSpawns: 2, mailboxOverflows: 1 })
  })

  test('are a copy', () => {
    const { node } = createWorld()
    const before = node.counters()
    node.spawn(forever, { name: 'one' })
    expect([before.names, node.counters().names]).toEqual([0, 1])
  })
})

describe('what a limit can be: for createNode', () => {
  const names = ['processLimit', 'nameLimit', 'monitorLimit', 'timerLimit', 'mailboxLimit'] as const
  const rubbish = [-1, 0, 0.5, NaN, -Infinity, '5', null, {}, 5n, true]
  const pairs = names.flatMap((name) => rubbish.map((value) => [name, value] as const))

  test.each(pairs)('%s cannot be %s', (name, value) => {
    let thrown: AgnerError | undefined
    try {
      createNode({ [name]: value })
    } catch (error) {
      thrown = error as AgnerError
    }
    expect(thrown).toMatchObject({ code: 'limit.bad', details: { name } })
  })

  test.each(rubbish.filter((value) => value !== undefined))(
    'of a process, it cannot be %s, which makes none',
    (value) => {
      const { node } = createWorld()
      expect(() => node.spawn(forever, { mailboxLimit: value as never, name: 'one' })).toThrow(code('limit.bad'))
      expect([node.processCount(), node.registeredNames()]).toEqual([0, []])
    },
  )

  test.each(names)('%s can be 1, large, or Infinity', (name) => {
    for (const value of [1, 2.5, 2 ** 40, Infinity]) createNode({ [name]: value }).spawn(forever)
  })
})
