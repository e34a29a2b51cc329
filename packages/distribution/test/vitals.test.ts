import { createVirtualRuntime } from '@agner/testing'
import { describe, expect, it } from 'vitest'
import { Pulse } from '../src/connection/pulse.ts'
import { Board, Heartbeat } from '../src/liveness/board.ts'
import { OwnLag } from '../src/liveness/own-lag.ts'
import { Vitals } from '../src/liveness/vitals.ts'

function watched() {
  const board = new Board()
  const told: string[] = []
  const vitals = new Vitals(new Pulse(4, 10), board, (health) => told.push(health))
  vitals.beat()
  return { board, told, vitals }
}

describe('the vitals of a peer', () => {
  it('that is silent on both paths: down after the silence limit', () => {
    const { vitals, told } = watched()
    expect([1, 2, 3, 4].map(() => vitals.beat())).toEqual(['tick', 'tick', 'tick', 'down'])
    expect(told).toEqual([])
  })

  it('whose post says that its thread is held: suspect, told once, and down after the busy limit', () => {
    const { board, vitals, told } = watched()
    for (let interval = 1; interval < 10; interval++) {
      board.heard(interval * 1000, true)
      expect(vitals.beat()).toBe('tick')
      expect(vitals.isSuspect).toBe(interval >= 4)
    }
    expect(told).toEqual(['suspect'])
    board.heard(10_000, true)
    expect(vitals.beat()).toBe('busy')
  })

  it('whose post says that its thread is free: the connection is broken, so it is down all the same', () => {
    const { board, vitals, told } = watched()
    const beats = [1, 2, 3, 4].map(() => {
      board.heard(3, false)
      return vitals.beat()
    })
    expect(beats).toEqual(['tick', 'tick', 'tick', 'down'])
    expect(told).toEqual([])
  })

  it('that was held and then died: down a silence limit after its last tick', () => {
    const { board, vitals } = watched()
    for (let i = 0; i < 6; i++) {
      board.heard(5000, true)
      vitals.beat()
    }
    expect([1, 2, 3, 4].map(() => vitals.beat())).toEqual(['tick', 'tick', 'tick', 'down'])
  })

  it('that speaks again: alive at once, and as patient with it as before', () => {
    const { board, vitals, told } = watched()
    for (let i = 0; i < 5; i++) {
      board.heard(5000, true)
      vitals.beat()
    }
    vitals.heard()
    expect(told).toEqual(['suspect', 'alive'])
    vitals.heard()
    expect([1, 2, 3, 4, 5].map(() => vitals.beat())).toEqual(['tick', 'tick', 'tick', 'tick', 'down'])
    expect(told).toEqual(['suspect', 'alive'])
  })

  it('without a lane: the old rule alone', () => {
    const vitals = new Vitals(new Pulse(4), null, () => expect.unreachable())
    vitals.beat()
    expect([1, 2, 3, 4].map(() => vitals.beat())).toEqual(['tick', 'tick', 'tick', 'down'])
    expect([vitals.lane, vitals.lagMs]).toEqual(['none', null])
  })

  it('say what its post said last, as long as the lane stands', () => {
    const { board, vitals } = watched()
    expect([vitals.lane, vitals.lagMs]).toEqual(['waiting', null])
    board.isUp = true
    expect([vitals.lane, vitals.lagMs]).toEqual(['up', null])
    board.heard(2 ** 40, true)
    expect([vitals.lane, vitals.lagMs]).toEqual(['up', 2 ** 31 - 1])
    board.isUp = false
    expect([vitals.lane, vitals.lagMs]).toEqual(['waiting', null])
  })
})

describe('a heartbeat', () => {
  it('tells the time since, also when its clock has outgrown the cell', () => {
    const heartbeat = new Heartbeat()
    for (const atMs of [0, 2 ** 31 - 5, 2 ** 32 - 5, 2 ** 40 + 0.7]) {
      heartbeat.beat(atMs)
      expect(heartbeat.lagMs(atMs + 10)).toBe(10)
    }
    // Read a moment before it was written, as far as the reader's clock is concerned.
    expect(heartbeat.lagMs(2 ** 40 - 5)).toBe(0)
  })
})

describe("a node's own lag", () => {
  it('is the latest a timer came in a while, and its beats are four for a tick', async () => {
    const runtime = createVirtualRuntime()
    let beats = 0
    const lag = new OwnLag(runtime, () => beats++)
    lag.start(1000)
    await runtime.advance(1000)
    expect([beats, lag.lagMs]).toEqual([5, 0])
    runtime.holdThread(3000)
    await runtime.settle()
    expect(lag.lagMs).toBe(2750)
    await runtime.advance(14_000)
    expect(lag.lagMs).toBe(2750)
    await runtime.advance(31_000)
    expect(lag.lagMs).toBe(0)
    lag.stop()
    expect(runtime.pendingTimers).toBe(0)
  })

  it('beats as often as makes sense, whatever the tick', async () => {
    const runtime = createVirtualRuntime()
    let beats = 0
    const lag = new OwnLag(runtime, () => beats++)
    lag.start(1)
    await runtime.advance(100)
    expect(beats).toBe(11)
    lag.start(600_000)
    await runtime.advance(10_000)
    expect(beats).toBe(22)
    lag.stop()
  })
})
