/** The machine against one that remembers everything, and the window against a list. */
import { createVirtualRuntime } from '@agner/testing'
import { describe, expect, it } from 'vitest'
import { messagesMachine, type MessagesState } from '../../src/log/machine.ts'
import type { AppendResult, Offered } from '../../src/log/messages.group.ts'
import { emptyWindow, find, put, type Window } from '../../src/log/window.ts'

const offered = (key: string | null, more: Partial<Offered> = {}): Offered => ({
  room: 'lobby',
  user: 'ann',
  text: 'hello',
  key,
  upTo: 0,
  previous: 0,
  ...more,
})

describe('the window', () => {
  it('finds the newest keys, whatever happens to the older ones, and never more than twice as many', () => {
    const size = 8
    let window: Window<number> = emptyWindow()
    const order: string[] = []
    for (let n = 1; n <= 200; n++) {
      const key = `key ${n % 7 === 0 ? n - 3 : n}`
      window = put(window, key, n, size)
      if (order.includes(key)) order.splice(order.indexOf(key), 1)
      order.push(key)
      for (const [place, known] of order.slice(-size).entries())
        expect(find(window, known), `${known}, ${place}`).toBeDefined()
      expect(find(window, key)).toBe(n)
      expect([...window.young, ...window.old].flat().length).toBeLessThanOrEqual(2 * size)
    }
    expect(find(window, 'key 1')).toBeUndefined()
  })

  it('is never changed in place', () => {
    const one = put(emptyWindow<number>(), 'a', 1, 10)
    const two = put(one, 'a', 2, 10)
    expect([find(one, 'a'), find(two, 'a'), one.count, two.count]).toEqual([1, 2, 1, 1])
    expect(structuredClone(two)).toEqual(two)
  })
})

describe('the machine', () => {
  const machine = messagesMachine(10)
  const append = (state: MessagesState, ...messages: Offered[]) =>
    machine.apply(state, { type: 'append', at: 'now', messages }, { index: 1 })

  it('counts ids up without gaps, and knows the message before in each room', () => {
    const first = append(machine.init(), offered(null), offered(null, { room: 'attic' }), offered(null))
    expect(first.result).toEqual([
      { type: 'new', id: 1, previous: 0 },
      { type: 'new', id: 2, previous: 0 },
      { type: 'new', id: 3, previous: 1 },
    ])
    expect(machine.query!(first.state, 'lastId')).toBe(3)
    expect(machine.query!(machine.init(), 'lastId')).toBe(0)
  })

  it('gives a key one id, in one batch and later', () => {
    const first = append(machine.init(), offered('k'), offered('k'))
    expect(first.result).toEqual([
      { type: 'new', id: 1, previous: 0 },
      { type: 'known', id: 1 },
    ])
    expect(append(first.state, offered('k', { room: 'attic' })).result).toEqual([{ type: 'known', id: 1 }])
  })

  it('does not guess about what it has forgotten: whoever looked too long ago looks again', () => {
    let state = machine.init()
    for (let n = 1; n <= 30; n++) ({ state } = append(state, offered(`key ${n}`, { upTo: n - 1, room: `room ${n}` })))
    expect(append(state, offered('key 1', { upTo: 19 })).result).toEqual([{ type: 'again' }])
    expect(append(state, offered(null, { upTo: 19, room: 'room 1' })).result).toEqual([{ type: 'again' }])
    // Without a key, and in a room that it knows, there is nothing to be looked up.
    expect(append(state, offered(null, { room: 'room 30' })).result).toEqual([{ type: 'new', id: 31, previous: 30 }])
    expect(append(state, offered(null, { upTo: 20, room: 'room 1', previous: 1 })).result).toEqual([
      { type: 'new', id: 31, previous: 1 },
    ])
  })

  it('with a copy that is behind by up to the window says the same as one that remembers everything', () => {
    const random = createVirtualRuntime({ seed: 7 })
    const draw = (n: number): number => Math.floor(random.random() * n)
    const wanted: { key: string | null; room: string }[] = []
    let state = machine.init()
    for (let n = 0; n < 3000; n++) {
      const key = draw(4) === 0 ? null : `key ${draw(400)}`
      const room = `room ${draw(30)}`
      // What the copy has: not everything, and the lookup may be older than that.
      const upTo = Math.max(0, wanted.length - draw(14))
      const seen = wanted.slice(0, upTo)
      const looked = key === null ? -1 : seen.findIndex((one) => one.key === key)
      if (looked >= 0) continue
      const previous = seen.findLastIndex((one) => one.room === room) + 1
      const step = append(state, offered(key, { room, upTo, previous }))
      state = step.state
      const result = step.result[0]!
      const known = key === null ? -1 : wanted.findIndex((one) => one.key === key)
      if (result.type === 'again') expect(wanted.length - upTo).toBeGreaterThan(10)
      else if (known >= 0) expect(result).toEqual({ type: 'known', id: known + 1 } satisfies AppendResult)
      else {
        const before = wanted.findLastIndex((one) => one.room === room) + 1
        expect(result).toEqual({ type: 'new', id: wanted.push({ key, room }), previous: before } satisfies AppendResult)
      }
    }
    expect(wanted.length).toBeGreaterThan(300)
  })
})
