/**
 * No actors at all: async functions that hand a value from promise to promise. What they cost is what JavaScript asks for a resume, and
 * no library with async bodies can go below it.
 */
import { nsEach, type Half } from '../job.ts'
import type { PeerHalves } from './index.ts'

type Resolve = (value: number) => void

/** One place to wait at: the promise is made when somebody waits, its resolver is kept for whoever comes. */
class Place {
  resolve: Resolve = () => {}
  readonly #keep = (resolve: Resolve): void => {
    this.resolve = resolve
  }

  wait(): Promise<number> {
    return new Promise(this.#keep)
  }
}

async function pass(from: Place, to: Place, done: () => void): Promise<void> {
  for (;;) {
    const left = await from.wait()
    if (left === 0) return done()
    to.resolve(left - 1)
  }
}

async function circulate(processes: number, hops: number): Promise<number> {
  const places = Array.from({ length: processes }, () => new Place())
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const [i, place] of places.entries()) void pass(place, places[(i + 1) % processes]!, resolve)
  const startMs = performance.now()
  places[0]!.resolve(hops)
  await promise
  return performance.now() - startMs
}

const pingpong: Half<'roundtrips'> = async ({ roundtrips }) => {
  const startMs = performance.now() - (await circulate(2, roundtrips * 2))
  return nsEach(startMs, roundtrips)
}

const ring: Half<'processes' | 'laps'> = async ({ processes, laps }) => {
  const startMs = performance.now() - (await circulate(processes, processes * laps))
  return nsEach(startMs, processes * laps)
}

export const halves: PeerHalves = { pingpong, ring }
