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

describe('a pulse with excuses', () => {
  it('makes a silent peer suspect, not down, as long as its silence is excused', () => {
    const pulse = new Pulse(3)
    pulse.beat()
    for (let i = 0; i < 2; i++) pulse.beat(true)
    expect(pulse.isSuspect).toBe(false)
    for (let i = 0; i < 50; i++) {
      expect(pulse.beat(true)).toBe('tick')
      expect(pulse.isSuspect).toBe(true)
    }
    pulse.heard()
    expect(pulse.beat()).toBe('tick')
    expect(pulse.isSuspect).toBe(false)
  })

  it('gives it up as many intervals after the last excuse as after the last sign of life', () => {
    const pulse = new Pulse(3)
    for (let i = 0; i < 10; i++) pulse.beat(true)
    expect([pulse.beat(), pulse.beat(), pulse.beat()]).toEqual(['tick', 'tick', 'down'])
  })

  it('has enough of excuses at a limit, which counts from the last sign of life', () => {
    const pulse = new Pulse(3, 5)
    pulse.beat()
    for (let i = 0; i < 4; i++) expect(pulse.beat(true)).toBe('tick')
    expect(pulse.beat(true)).toBe('busy')
  })
})
