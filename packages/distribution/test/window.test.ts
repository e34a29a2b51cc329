import { describe, expect, it } from 'vitest'
import { Window } from '../src/connection/output/window.ts'

const fragment = 64 * 1024

/**
 * A way of so many bytes a millisecond, so long, with room for all that is sent: fragments go as the window lets them, for a few seconds.
 *
 * @returns how much of the way was used, and how long the last thousand fragments took beyond the way itself.
 */
function run(bytesPerMs: number, wayMs: number) {
  const window = new Window()
  const under: { readonly total: number; readonly arrivesMs: number }[] = []
  const queued: number[] = []
  let sent = 0
  let freeMs = 0
  let nowMs = 0
  const startMs = 1000
  let atStart = 0
  for (; nowMs < 4000; nowMs += 0.05) {
    while (under.length > 0 && under[0]!.arrivesMs <= nowMs)
      expect(window.credited(under.shift()!.total, nowMs)).toBe(true)
    if (nowMs >= startMs && atStart === 0) atStart = sent
    for (let burst = 0; window.isOpen && burst < 4; burst++) {
      sent += fragment
      freeMs = Math.max(freeMs, nowMs) + fragment / bytesPerMs
      queued.push(freeMs - nowMs)
      under.push({ total: sent, arrivesMs: freeMs + wayMs })
      window.sent(sent, nowMs)
    }
  }
  const last = queued.slice(-1000).toSorted((one, other) => one - other)
  return { used: (sent - atStart) / (bytesPerMs * (nowMs - startMs)), queuedMs: last[Math.floor(last.length * 0.99)]! }
}

describe('the window', () => {
  it.each([
    ['loopback', 1_000_000, 0.05],
    ['a slow machine', 150_000, 0.1],
    ['a network of 10 Gbit/s', 1_250_000, 0.3],
    ['one of 1 Gbit/s', 125_000, 0.5],
    ['a long way of 1 Gbit/s', 125_000, 30],
  ])('uses %s, and lets no queue become long', (_, bytesPerMs, wayMs) => {
    const { used, queuedMs } = run(bytesPerMs, wayMs)
    expect(used).toBeGreaterThan(0.85)
    expect(queuedMs).toBeLessThan(4.5)
  })

  it('keeps two fragments under way, however slow it is', () => {
    const { used } = run(1000, 1)
    expect(used).toBeGreaterThan(0.9)
  })

  it('knows what cannot have been taken', () => {
    const window = new Window()
    window.sent(1000, 0)
    expect(window.credited(1001, 1)).toBe(false)
    expect(window.credited(600, 1)).toBe(true)
    expect(window.credited(600, 1)).toBe(true)
    expect(window.credited(599, 1)).toBe(false)
  })

  it('is open until as much is under way as it has bytes', () => {
    const window = new Window()
    window.sent(window.bytes - 1, 0)
    expect(window.isOpen).toBe(true)
    window.sent(window.bytes, 0)
    expect(window.isOpen).toBe(false)
    window.credited(1, 5)
    expect(window.isOpen).toBe(true)
  })
})
