import { createVirtualRuntime, eachSeed } from '@agner/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  timedOut,
  type Process,
  type Ref,
  type TimeoutMessage,
  type TimerCancelled,
  type TimerRead,
} from '../src/index.ts'
import { kernelOf } from '../src/node.ts'
import { none } from '../src/timers/timer-slots.ts'
import { createWorld } from './world.ts'

describe('timers', () => {
  test('sendAfter sends the message, startTimer wraps it with its ref', async () => {
    const { inProcess, runtime } = createWorld()
    await inProcess<string | TimeoutMessage>(async (self) => {
      const wrapped = self.startTimer(20, { n: 1 })
      self.sendAfter(10, self.pid, 'plain')
      expect(await self.receive()).toBe('plain')
      expect(runtime.nowMs()).toBe(10)
      expect(await self.receive()).toEqual({ type: 'timeout', ref: wrapped, message: { n: 1 } })
      expect(runtime.nowMs()).toBe(20)
    })
  })

  test('equal deadlines fire in the order of setting, whatever the schedule', async () => {
    await eachSeed({ seeds: 30 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<number>(async (self) => {
        for (let n = 0; n < 20; n++) self.sendAfter(10, self.pid, n)
        for (let n = 0; n < 20; n++) expect(await self.receive()).toBe(n)
      })
    })
  })

  test('random deadlines fire in their order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 40 }), async (delays) => {
        const { inProcess } = createWorld()
        await inProcess<number>(async (self) => {
          delays.forEach((ms, index) => self.sendAfter(ms, self.pid, index))
          const expected = delays.map((ms, index) => ({ ms, index })).sort((a, b) => a.ms - b.ms || a.index - b.index)
          for (const { ms, index } of expected) {
            expect(await self.receive()).toBe(index)
            expect(self.node.runtime.nowMs()).toBe(ms)
          }
        })
      }),
      { numRuns: 60 },
    )
  })

  test('cancel and read give the milliseconds left; false once it has fired, and then the message is there', async () => {
    const { inProcess } = createWorld()
    await inProcess<string>(async (self) => {
      const timer = self.sendAfter(100, self.pid, 'cancelled')
      await self.sleep(30)
      expect(self.readTimer(timer)).toBe(70)
      expect(self.cancelTimer(timer)).toBe(70)
      expect([self.readTimer(timer), self.cancelTimer(timer)]).toEqual([false, false])
      expect(await self.receive({ timeoutMs: 200 })).toBe(timedOut)
      const fired = self.sendAfter(10, self.pid, 'fired')
      await self.sleep(10)
      expect([self.readTimer(fired), self.cancelTimer(fired)]).toEqual([false, false])
      expect(await self.receive({ timeoutMs: 0 })).toBe('fired')
      expect([self.readTimer(self.makeRef()), self.cancelTimer(self.makeRef())]).toEqual([false, false])
    })
  })

  test('a cancel that returned a number keeps its word at any instant', async () => {
    await eachSeed({ seeds: 100 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<string>(async (self) => {
        const timer = self.sendAfter(10, self.pid, 'tick')
        await self.sleep(9 + Math.floor(runtime.random() * 3))
        const left = self.cancelTimer(timer)
        expect(await self.receive({ timeoutMs: 100 })).toBe(left === false ? 'tick' : timedOut)
      })
    })
  })

  test('any process may cancel, if it has the ref', async () => {
    const { inProcess } = createWorld()
    await inProcess<string | Ref>(async (self) => {
      self.spawn(async (me) => {
        self.send(self.pid, me.sendAfter(50, self.pid, 'never'))
        await me.sleep(1000)
      })
      const timer = (await self.receive()) as Ref
      expect(self.cancelTimer(timer)).toBe(50)
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
  })

  test('a timer outlives its creator, and not its destination', async () => {
    const { inProcess, node, runtime, exited } = createWorld()
    await inProcess<string>(async (self) => {
      self.register('named')
      self.spawn(async (me) => {
        me.sendAfter(10, self.pid, 'to a pid')
        me.sendAfter(20, 'named', 'to a name')
      })
      expect([await self.receive(), await self.receive()]).toEqual(['to a pid', 'to a name'])
      const short = self.spawn(async (me: Process<string>) => me.sleep(5))
      const timer = self.sendAfter(1000, short, 'x')
      await self.sleep(10)
      expect(self.readTimer(timer)).toBe(false)
      const late = self.sendAfter(1000, short, 'x')
      expect([self.readTimer(late), self.cancelTimer(late)]).toEqual([false, false])
    })
    expect(kernelOf(node).timers.size).toBe(0)
    await exited(node.spawn(async () => {}))
    expect(runtime.nowMs()).toBe(30)
  })

  test('a name is looked up when the time comes; nobody there is no error', async () => {
    const { inProcess, reports } = createWorld()
    await inProcess<string>(async (self) => {
      self.sendAfter(10, 'later', 'first')
      self.sendAfter(20, 'later', 'second')
      self.sendAfter(30, { name: 'later', node: 'nowhere@x' }, 'third')
      await self.sleep(15)
      self.register('later')
      expect(await self.receive()).toBe('second')
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
    expect(reports.all).toEqual([])
  })

  test('the message is copied when the timer is set', async () => {
    const { inProcess } = createWorld()
    await inProcess<number[] | TimeoutMessage<number[]>>(async (self) => {
      const message = [1]
      self.sendAfter(10, self.pid, message)
      self.startTimer(11, message)
      message.push(2)
      expect(await self.receive()).toEqual([1])
      expect(await self.receive()).toMatchObject({ message: [1] })
      expect(() => self.sendAfter(1, self.pid, (() => {}) as never)).toThrow(
        expect.objectContaining({ code: 'copy.unsendable' }),
      )
    })
  })

  test('beyond 2^31 ms', async () => {
    const { inProcess, runtime } = createWorld()
    await inProcess<string>(async (self) => {
      self.sendAfter(2 ** 31 + 1, self.pid, 'after weeks')
      self.sendAfter(2 ** 33, self.pid, 'after months')
      expect(await self.receive({ timeoutMs: 2 ** 31 })).toBe(timedOut)
      expect(await self.receive()).toBe('after weeks')
      expect(runtime.nowMs()).toBe(2 ** 31 + 1)
      expect(await self.receive()).toBe('after months')
      expect(runtime.nowMs()).toBe(2 ** 33)
      await self.sleep(2 ** 34)
      expect(runtime.nowMs()).toBe(2 ** 33 + 2 ** 34)
    })
  })

  test.each([-1, Number.NaN, Infinity, '5', null, undefined])('a delay of %j is refused', async (ms) => {
    const { inProcess } = createWorld()
    await inProcess<string>(async (self) => {
      expect(() => self.sendAfter(ms as number, self.pid, 'x')).toThrow(
        expect.objectContaining({ code: 'timer.bad_delay' }),
      )
      expect(() => self.startTimer(ms as number, 'x')).toThrow(expect.objectContaining({ code: 'timer.bad_delay' }))
      await expect(self.sleep(ms as number)).rejects.toMatchObject({ code: 'timer.bad_delay' })
    })
  })

  test('by absolute time: at that instant, whenever it was set; at once, in the order of setting, if it is over', async () => {
    const { inProcess, runtime } = createWorld()
    await inProcess<string | TimeoutMessage>(async (self) => {
      await self.sleep(100)
      const nowMs = self.node.monotonicTimeMs()
      const timer = self.sendAfter(nowMs + 50, self.pid, 'second', { abs: true })
      self.sendAfter(20, self.pid, 'first')
      expect(self.readTimer(timer)).toBe(50)
      await self.sleep(10)
      expect(self.readTimer(timer)).toBe(40)
      expect([await self.receive(), await self.receive()]).toEqual(['first', 'second'])
      expect(runtime.nowMs()).toBe(150)
      const wrapped = self.startTimer(200, 1, { abs: true })
      expect(await self.receive()).toEqual({ type: 'timeout', ref: wrapped, message: 1 })
      expect(runtime.nowMs()).toBe(200)
      const over = [199, 0, -5].map((atMs) => self.sendAfter(atMs, self.pid, `over since ${atMs}`, { abs: true }))
      expect(over.map((each) => self.readTimer(each))).toEqual([0, 0, 0])
      for (const atMs of [199, 0, -5]) expect(await self.receive()).toBe(`over since ${atMs}`)
      expect(runtime.nowMs()).toBe(200)
    })
  })

  test.each([Number.NaN, Infinity, -Infinity, 2 ** 44, '5', null, undefined])(
    'an instant %j is refused',
    async (ms) => {
      const { inProcess } = createWorld()
      await inProcess<string>(async (self) => {
        const code = { code: 'timer.bad_time' }
        expect(() => self.sendAfter(ms as number, self.pid, 'x', { abs: true })).toThrow(expect.objectContaining(code))
        expect(() => self.startTimer(ms as number, 'x', { abs: true })).toThrow(expect.objectContaining(code))
      })
    },
  )

  test('cancel and read may answer by message, and cancel not at all', async () => {
    const { inProcess } = createWorld()
    await inProcess<string | TimerCancelled | TimerRead>(async (self) => {
      const timer = self.sendAfter(100, self.pid, 'x')
      expect(self.readTimer(timer, { async: true })).toBe(undefined)
      expect(await self.receive()).toEqual({ type: 'readTimer', ref: timer, leftMs: 100 })
      await self.sleep(40)
      expect(self.cancelTimer(timer, { async: true })).toBe(undefined)
      expect(self.readTimer(timer)).toBe(false)
      expect(await self.receive()).toEqual({ type: 'cancelTimer', ref: timer, leftMs: 60 })
      self.cancelTimer(timer, { async: true })
      expect(await self.receive()).toEqual({ type: 'cancelTimer', ref: timer, leftMs: false })
      self.readTimer(self.makeRef(), { async: true })
      expect(await self.receive()).toMatchObject({ type: 'readTimer', leftMs: false })
      for (const options of [{ info: false }, { info: false, async: true }]) {
        const silent = self.sendAfter(10, self.pid, 'x')
        expect(self.cancelTimer(silent, options)).toBe(undefined)
        expect(self.cancelTimer(silent, options)).toBe(undefined)
      }
      expect(await self.receive({ timeoutMs: 200 })).toBe(timedOut)
      expect(self.cancelTimer(self.sendAfter(5, self.pid, 'x'), { info: true, async: false })).toBe(5)
    })
  })

  test.each([undefined, null, 5, 'ref', {}])('%j is no ref, so no timer is named by it', async (rubbish) => {
    const { inProcess } = createWorld()
    await inProcess<string>(async (self) => {
      const code = { code: 'ref.bad' }
      expect(() => self.cancelTimer(rubbish as unknown as Ref)).toThrow(expect.objectContaining(code))
      expect(() => self.readTimer(rubbish as unknown as Ref)).toThrow(expect.objectContaining(code))
    })
  })

  test('the dead set, cancel and read none', async () => {
    const { inProcess, node, runtime } = createWorld()
    await inProcess<string>(async (self) => {
      const timer = self.sendAfter(50, self.pid, 'on time')
      const results: unknown[] = []
      const dead = self.spawnMonitor(async (me) => {
        try {
          me.exit('normal')
        } catch {
          results.push(me.cancelTimer(timer), me.readTimer(timer), me.cancelTimer(timer, { async: true }))
          me.sendAfter(10, self.pid, 'of the dead')
          me.startTimer(10, 'of the dead')
          me.sendAfter(-1, self.pid, 'of the dead')
          me.monitorTimeOffset()
          void me.sleep(10).then(() => results.push('awake'))
        }
      })
      expect(await self.receive()).toMatchObject({ process: dead.pid })
      expect(results).toEqual([false, false, undefined])
      expect(kernelOf(node).timers.size).toBe(1)
      expect(await self.receive()).toBe('on time')
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
      expect(results).toHaveLength(3)
    })
    expect(runtime.pendingTimers).toBe(0)
  })

  test('a name on a node is taken as it is when the timer is set', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<string>(async (self) => {
      self.register('me')
      const address = { name: 'me', node: node.name }
      self.sendAfter(10, address, 'hello')
      address.name = 'nobody'
      expect(await self.receive({ timeoutMs: 100 })).toBe('hello')
    })
  })

  test('the ref of a timer is a ref: it can be sent, and receive can look from it on', async () => {
    const { inProcess } = createWorld()
    await inProcess<Ref | string | TimeoutMessage>(async (self) => {
      self.send(self.pid, 'before')
      await self.sleep(0)
      const timer = self.startTimer(10, 'x')
      const other = self.spawn(async (me: Process<Ref>) => me.send(self.pid, await me.receive()))
      self.send(other, timer)
      expect(await self.receive({ since: timer } as never)).toBe(timer)
      expect(await self.receive((message) => typeof message === 'object', { since: timer })).toMatchObject({
        ref: timer,
      })
    })
  })

  test('the wall clock may jump', async () => {
    const { inProcess, runtime } = createWorld()
    await inProcess<string>(async (self) => {
      self.sendAfter(1000, self.pid, 'on time')
      runtime.jumpWallClock(86_400_000)
      expect(await self.receive({ timeoutMs: 999 })).toBe(timedOut)
      runtime.jumpWallClock(-2 * 86_400_000)
      expect(await self.receive()).toBe('on time')
      expect(runtime.nowMs()).toBe(1000)
    })
  })

  test('a process that sets and cancels for ever keeps nothing of it', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<string>(async (self) => {
      for (let n = 0; n < 1000; n++) self.cancelTimer(self.sendAfter(5000, self.pid, 'never'))
      for (let n = 0; n < 100; n++) await self.sleep(0)
      const record = kernelOf(node).local(self.pid)
      if (record === null || record === 'remote') throw new Error('not here')
      expect(record.belongings?.timerSlot).toBe(none)
      expect(kernelOf(node).timers.size).toBe(0)
    })
  })

  test('the deadline of a receive or a call that is over is no timer any more', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<string>(async (self) => {
      const server = self.spawn(async (me: Process<string>) => void (await me.receive()))
      await expect(self.request(server, 1, { timeoutMs: 1e6 })).rejects.toThrow()
      node.send(self.pid, 'x')
      await self.receive({ timeoutMs: 1e6 })
      expect(kernelOf(node).timers.size).toBe(0)
    })
    const ends = node.spawn(
      async (self) =>
        void (await Promise.race([
          self.receive({ timeoutMs: 1e6 }),
          self.sleep(1e6),
          self.request('nobody', 1).catch(() => {}),
        ])),
    )
    void ends
  })

  test('a death takes its timers along', async () => {
    const { node, runtime, exited } = createWorld()
    const pid = node.spawn(async (self: Process<string>) => {
      for (let n = 0; n < 10; n++) self.sendAfter(1e6, self.pid, 'x')
      void self.sleep(1e6)
      void self.receive({ timeoutMs: 1e6 })
      await self.sleep(10)
    })
    expect(await exited(pid)).toBe('normal')
    expect(kernelOf(node).timers.size).toBe(0)
    await runtime.settle()
  })
})

describe('the timer limit', () => {
  const tooMany = expect.objectContaining({ code: 'timer.too_many', details: { limit: 3 } }) as Error

  test('is the number of timers that can be set; one more is refused and counted, and room comes back', async () => {
    const { inProcess, node } = createWorld({ timerLimit: 3 })
    await inProcess<string>(async (self) => {
      const timers = [1, 2, 3].map((n) => self.sendAfter(n * 1000, self.pid, 'x'))
      expect(() => self.sendAfter(5, self.pid, 'x')).toThrow(tooMany)
      expect(() => self.startTimer(5, 'x')).toThrow(tooMany)
      await expect(self.sleep(5)).rejects.toEqual(tooMany)
      expect(node.counters()).toMatchObject({ timers: 3, refusedTimers: 3 })
      self.cancelTimer(timers[0]!)
      await self.sleep(5)
      self.sendAfter(10_000, self.pid, 'x')
      expect(() => self.sendAfter(5, self.pid, 'x')).toThrow(tooMany)
      self.cancelTimer(timers[1]!)
      await self.receive()
      expect(node.counters()).toMatchObject({ timers: 1, refusedTimers: 4 })
    })
    expect(node.counters().timers).toBe(0)
  })

  test('never fails a receive or a call: their deadlines always fit', async () => {
    const { inProcess } = createWorld({ timerLimit: 1 })
    await inProcess<string>(async (self) => {
      self.sendAfter(1e6, self.pid, 'x')
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
      const silent = self.spawn(async (me: Process<string>) => {
        for (;;) await me.receive({ timeoutMs: 1e5 })
      })
      await expect(self.request(silent, 1, { timeoutMs: 10 })).rejects.toMatchObject({ code: 'call.timeout' })
    })
  })

  test('not caught, it is an error like others; a death makes room', async () => {
    const { node, exited } = createWorld({ timerLimit: 100 })
    const greedy = async (self: Process<string>) => {
      for (;;) self.sendAfter(1e6, self.pid, 'x')
    }
    for (let n = 0; n < 3; n++) expect(await exited(node.spawn(greedy))).toMatchObject({ code: 'timer.too_many' })
    expect(node.counters()).toMatchObject({ timers: 0, refusedTimers: 3 })
  })

  test.each([0, -1, Number.NaN, '5'])('%j is no limit', (timerLimit) => {
    expect(() => createWorld({ timerLimit: timerLimit as number })).toThrow(/timerLimit/)
  })
})

test('sleep and timers agree on order over many processes and seeds', async () => {
  await eachSeed({ seeds: 50 }, async (runtime) => {
    const { node } = createWorld({ runtime })
    const woke: number[] = []
    for (let n = 0; n < 20; n++) {
      const ms = Math.floor(runtime.random() * 10)
      node.spawn(async (self) => {
        await self.sleep(ms)
        woke.push(ms)
        expect(runtime.nowMs()).toBe(ms)
      })
    }
    await runtime.advance(20)
    expect(woke).toEqual([...woke].sort((a, b) => a - b))
    expect(woke).toHaveLength(20)
  })
  expect(createVirtualRuntime().pendingTimers).toBe(0)
})
