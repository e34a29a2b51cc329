/**
 * Counts the items of a queue that pass a test, time and again while it grows at one end and shrinks at the other.
 *
 * Whoever floods a process has its inbox counted at each message. So what was looked at is not looked at again: of those that passed the positions are
 * kept, and dropped once they are behind the first item. Few inboxes are ever counted, so that this stands beside them.
 */
import { Ring } from './ring.ts'

const tallies = new WeakMap<Ring<unknown>, RingTally>()

/** For a queue that nothing is taken from the middle of. */
export function tallyOf(ring: Ring<unknown>): RingTally {
  let tally = tallies.get(ring)
  if (tally === undefined) tallies.set(ring, (tally = new RingTally(ring)))
  return tally
}

class RingTally {
  readonly #ring: Ring<unknown>
  readonly #passed = new Ring<number>()
  #next = 0

  constructor(ring: Ring<unknown>) {
    this.#ring = ring
  }

  count<R>(test: (item: unknown, receiver: R) => boolean, receiver: R): number {
    const ring = this.#ring
    const passed = this.#passed
    const { start, end } = ring
    for (let position = Math.max(this.#next, start); position < end; position++)
      if (test(ring.at(position), receiver)) passed.push(position)
    this.#next = end
    while (passed.size > 0 && passed.at(passed.start)! < start) passed.shift()
    return passed.size
  }
}
