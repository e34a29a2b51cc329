import { expect, test } from 'vitest'
import { findCall, type Calls } from '../src/peer/calls.ts'

class Shelf {
  #left = 3
  sell(count: number): number {
    return (this.#left -= count)
  }
}
class Shop extends Shelf {
  sellAll(): number {
    return this.sell(3)
  }
}

test('methods of an object, of its class and of those above are found, and have their object', () => {
  const shop = new Shop()
  const calls = shop as unknown as Calls
  expect(findCall(calls, 'sell').apply(calls, [1])).toBe(2)
  expect(findCall(calls, 'sellAll').apply(calls, [])).toBe(-1)
})

test.each(['rob', 'constructor', 'toString', '__proto__', 'hasOwnProperty'])('%s is none that was given', (name) => {
  for (const given of [
    new Shop(),
    { sellAll: () => 0, sell: () => 0 },
    Object.assign(Object.create(null), { sellAll: 1 }),
  ])
    expect(() => findCall(given as Calls, name)).toThrow(
      expect.objectContaining({ code: 'testing.peer_no_call', message: expect.stringContaining('sellAll') as string }),
    )
})

test('neither is a value that is no function, nor anything where nothing was given', () => {
  expect(() => findCall({ price: 7 } as unknown as Calls, 'price')).toThrow(/gave no function price/)
  for (const nothing of [undefined, null, 7])
    expect(() => findCall(nothing as unknown as Calls, 'sell')).toThrow(/gave no function sell/)
})
