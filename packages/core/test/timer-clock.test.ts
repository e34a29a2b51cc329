import { createVirtualRuntime } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { createNode, realRuntime, timedOut, type Process, type Runtime, type TimeOffsetChanged } from '../src/index.ts'
import { Clock } from '../src/timers/clock.ts'
import { createWorld } from './world.ts'

describe('the clocks of a node', () => {
  test('monotonic time goes on with the runtime, whatever the wall clock does', async () => {
    const { node, runtime } = createWorld()
    expect(node.monotonicTimeMs()).toBe(0)
    await runtime.advance(1500)
    runtime.jumpWallClock(-1e9)
    expect(node.monotonicTimeMs()).toBe(1500)
  })

  test('system time is monotonic time and the offset, also after the wall clock was set', async () => {
    const { node, runtime } = createWorld()
    const agree = () => expect(node.systemTimeMs()).toBe(node.monotonicTimeMs() + node.timeOffsetMs())
    expect(node.systemTimeMs()).toBe(runtime.wallClockMs())
    agree()
    for (const jumpMs of [3_600_000, -7_200_000, 2, -2]) {
      await runtime.advance(10)
      runtime.jumpWallClock(jumpMs)
      expect(node.systemTimeMs()).toBe(runtime.wallClockMs())
      agree()
    }
  })

  test('a wall clock that shows whole milliseconds does not move the offset', () => {
    const node = createNode()
    const offsetMs = node.timeOffsetMs()
    const others = Array.from({ length: 10_000 }, () => node.timeOffsetMs()).filter((each) => each !== offsetMs)
    expect(others).toEqual([])
    expect(Number.isInteger(offsetMs)).toBe(true)
    expect(Math.abs(node.systemTimeMs() - realRuntime.wallClockMs())).toBeLessThan(50)
  })

  test('two looks that are not in one go say nothing about each other', () => {
    let nowMs = 0
    let slow = false
    const runtime: Runtime = {
      ...realRuntime,
      nowMs: () => nowMs,
      wallClockMs: () => {
        if (slow) nowMs += 30
        return Math.floor(1_000_000 + nowMs)
      },
    }
    const clock = new Clock(runtime)
    slow = true
    expect(clock.offsetMs()).toBe(1_000_000)
    slow = false
    expect(clock.offsetMs()).toBe(1_000_000)
  })

  test('unique integers are above 0 and rise, each node its own', () => {
    const { node } = createWorld()
    const integers = Array.from({ length: 1000 }, () => node.uniqueInteger())
    expect(integers[0]).toBeGreaterThan(0)
    expect(integers).toEqual([...new Set(integers)].sort((a, b) => a - b))
    expect(createWorld().node.uniqueInteger()).toBe(1)
  })

  test('real monotonic time never goes backwards', () => {
    const node = createNode()
    let last = node.monotonicTimeMs()
    let backwards = 0
    for (let n = 0; n < 100_000; n++) {
      const nowMs = node.monotonicTimeMs()
      if (nowMs < last) backwards++
      last = nowMs
    }
    expect(backwards).toBe(0)
  })
})

describe('a monitor of the time offset', () => {
  test('tells of each step of the wall clock, within a second or so, until it is ended', async () => {
    const { inProcess, runtime } = createWorld()
    await inProcess<TimeOffsetChanged>(async (self) => {
      const ref = self.monitorTimeOffset()
      const before = self.node.timeOffsetMs()
      expect(await self.receive({ timeoutMs: 5000 })).toBe(timedOut)
      runtime.jumpWallClock(60_000)
      expect(await self.receive({ timeoutMs: 1001 })).toEqual({ type: 'timeOffset', ref, offsetMs: before + 60_000 })
      expect(self.node.timeOffsetMs()).toBe(before + 60_000)
      runtime.jumpWallClock(-90_000)
      expect(await self.receive({ timeoutMs: 1001 })).toEqual({ type: 'timeOffset', ref, offsetMs: before - 30_000 })
      expect([self.demonitor(ref), self.demonitor(ref)]).toEqual([true, false])
      runtime.jumpWallClock(60_000)
      expect(await self.receive({ timeoutMs: 5000 })).toBe(timedOut)
    })
    expect(runtime.pendingTimers).toBe(0)
  })

  test('each of several tells once; who asks for system time is the first to notice', async () => {
    const { inProcess, runtime } = createWorld()
    await inProcess<TimeOffsetChanged>(async (self) => {
      const refs = [self.monitorTimeOffset(), self.monitorTimeOffset()]
      runtime.jumpWallClock(60_000)
      self.node.systemTimeMs()
      const told = [await self.receive({ timeoutMs: 0 }), await self.receive({ timeoutMs: 0 })]
      expect(told).toMatchObject(refs.map((ref) => ({ type: 'timeOffset', ref })))
      expect(await self.receive({ timeoutMs: 5000 })).toBe(timedOut)
    })
  })

  test('ended with flush, it leaves none of its messages, and all others; ended before, one of them goes', async () => {
    const { inProcess, node, runtime } = createWorld()
    await inProcess<TimeOffsetChanged | string>(async (self) => {
      const step = (): void => {
        runtime.jumpWallClock(60_000)
        node.systemTimeMs()
      }
      for (const handledFirst of [false, true]) {
        const [ref, other] = [self.monitorTimeOffset(), self.monitorTimeOffset()]
        step()
        self.send(self.pid, 'between')
        step()
        if (handledFirst) await self.receive((message) => message === 'between')
        expect(self.demonitor(ref, { flush: true })).toBe(true)
        const left: unknown[] = []
        for (;;) {
          const message = await self.receive({ timeoutMs: 0 })
          if (message === timedOut) break
          left.push(message === 'between' ? message : (message as TimeOffsetChanged).ref)
        }
        expect(left).toEqual(handledFirst ? [other, other] : [other, 'between', other])
        step()
        step()
        expect([self.demonitor(other), self.demonitor(other, { flush: true })]).toEqual([true, false])
        expect(await self.receive({ timeoutMs: 0 })).toMatchObject({ type: 'timeOffset', ref: other })
        expect(await self.receive({ timeoutMs: 0 })).toBe(timedOut)
      }
    })
  })

  test('only who set it can end it, and it ends with its process', async () => {
    const { inProcess, node, runtime } = createWorld()
    await inProcess<TimeOffsetChanged>(async (self) => {
      const ref = self.monitorTimeOffset()
      const other = self.spawnMonitor(async (me) => expect(me.demonitor(ref)).toBe(false))
      expect(await self.receive()).toMatchObject({ type: 'down', process: other.pid, reason: 'normal' })
    })
    await runtime.advance(1000)
    expect(runtime.pendingTimers).toBe(0)
    await node.stop()
  })

  test('nothing looks at the clocks while nobody monitors', async () => {
    const runtime = createVirtualRuntime()
    createWorld({ runtime })
    await runtime.settle()
    const { turns } = runtime
    await runtime.advance(3_600_000)
    expect(runtime.turns).toBe(turns)
  })

  test('a node that stops stops looking', async () => {
    const { node, runtime } = createWorld()
    node.spawn(async (self: Process<TimeOffsetChanged>) => {
      self.monitorTimeOffset()
      await self.receive()
    })
    await runtime.settle()
    expect(runtime.pendingTimers).toBe(1)
    await runtime.runUntil(node.stop())
    expect(runtime.pendingTimers).toBe(0)
  })
})
