/** Both ends of a lane by themselves, against bytes of every kind. */
import { createVirtualRuntime } from '@agner/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LaneEnd } from '../src/liveness/lane-end.ts'
import { laneId } from '../src/liveness/lane-messages.ts'

const key = new Uint8Array(32).fill(1)

interface Side {
  readonly end: LaneEnd
  /** What it wrote and nobody has taken. */
  readonly out: Uint8Array[]
  readonly lags: number[]
  isUp: boolean
  over: string | null
}

function side(role: 'dialer' | 'acceptor'): Side {
  const out: Uint8Array[] = []
  const lags: number[] = []
  const end = new LaneEnd({
    runtime: createVirtualRuntime({ seed: role === 'dialer' ? 1 : 2 }),
    timeoutMs: 1000,
    ...(role === 'dialer' ? { wanted: { id: laneId(key), key } } : {}),
    keyOf: (id) => (id === laneId(key) ? key : null),
    up: () => (made.isUp = true),
    tick: (_, lagMs) => lags.push(lagMs),
    over: (_, reason) => (made.over = reason),
  })
  const made: Side = { end, out, lags, isUp: false, over: null }
  end.attach({
    remote: 'somebody',
    bufferedBytes: 0,
    write: (parts) => {
      out.push(Uint8Array.from(parts.flatMap((part) => [...part])))
      return true
    },
    close() {},
    destroy() {},
  })
  if (role === 'dialer') end.opened()
  return made
}

/** Runs both, each with a tick; `spoil` may change what is on its way, the first to the fifth message. */
function play(spoil: (message: Uint8Array, index: number) => Uint8Array, cut = 1000): [Side, Side] {
  const [one, two] = [side('dialer'), side('acceptor')]
  let index = 0
  const carry = (): void => {
    for (let moved = true; moved;) {
      moved = false
      for (const [from, to] of [
        [one, two],
        [two, one],
      ] as const)
        for (const message of from.out.splice(0)) {
          moved = true
          const bytes = spoil(message, index++)
          for (let at = 0; at < bytes.length; at += cut) to.end.data(bytes.subarray(at, at + cut))
        }
    }
  }
  carry()
  one.end.tick(7)
  two.end.tick(60_000)
  carry()
  return [one, two]
}

it('a lane stands, however its bytes are cut', () => {
  for (const cut of [1, 2, 3, 7, 19, 20, 21, 36, 37, 48, 1000]) {
    const [one, two] = play((message) => message, cut)
    expect([one.isUp, two.isUp, one.lags, two.lags, one.over, two.over]).toEqual([
      true,
      true,
      [60_000],
      [7],
      null,
      null,
    ])
  }
})

it('any bit that is changed on its way ends it, and no wrong lag is told', () => {
  const [hello, challenge, proof, tick] = [37, 48, 32, 20]
  const lengths = [hello, challenge, proof, tick, tick]
  fc.assert(
    fc.property(fc.nat(4), fc.nat(), fc.nat(7), (which, at, bit) => {
      const [one, two] = play((message, index) => {
        if (index !== which) return message
        expect(message.length).toBe(lengths[index])
        const bytes = message.slice()
        const place = at % bytes.length
        bytes[place] = (bytes[place] as number) ^ (1 << bit)
        return bytes
      })
      expect(one.over ?? two.over).not.toBeNull()
      for (const lag of one.lags) expect(lag).toBe(60_000)
      for (const lag of two.lags) expect(lag).toBe(7)
    }),
    { numRuns: 500 },
  )
})

it('whatever a stranger sends, he is not let in, and gets nothing that depends on a key', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('dialer' as const, 'acceptor' as const),
      fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }),
      (role, chunks) => {
        const one = side(role)
        const said = one.out.length
        for (const chunk of chunks) one.end.data(chunk)
        expect([one.isUp, one.lags, one.out.length]).toEqual([false, [], said])
      },
    ),
    { numRuns: 1000 },
  )
})
