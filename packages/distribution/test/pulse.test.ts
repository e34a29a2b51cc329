import { describe, expect, it } from 'vitest'
import { Pulse, silenceLimit } from '../src/connection/pulse.ts'

describe('a pulse', () => {
  it('ticks at the end of each interval in which nothing was said', () => {
    const pulse = new Pulse(100)
    // It came up within the first interval, and that was a sign of life.
    expect(pulse.beat()).toBe('none')
    expect(pulse.beat()).toBe('tick')
    expect(pulse.beat()).toBe('tick')
    pulse.spoke()
    expect(pulse.beat()).toBe('none')
    expect(pulse.beat()).toBe('tick')
  })

  it('gives a peer up after as many silent intervals as it may have', () => {
    const pulse = new Pulse(3)
    for (const silent of [0, 1, 2]) {
      expect(pulse.beat()).not.toBe('down')
      expect(pulse.silence).toBe(silent)
    }
    pulse.heard()
    expect(pulse.beat()).not.toBe('down')
    expect([pulse.beat(), pulse.beat(), pulse.beat()]).toEqual(['tick', 'tick', 'down'])
    expect(pulse.silence).toBe(3)
  })

  it('has patience with a peer that ticks more slowly, within reason', () => {
    expect(silenceLimit(1000, 1000)).toBe(4)
    expect(silenceLimit(1000, 500)).toBe(4)
    expect(silenceLimit(1000, 2500)).toBe(10)
    expect(silenceLimit(1000, 2 ** 32 - 1)).toBe(4 * 600)
  })
})
