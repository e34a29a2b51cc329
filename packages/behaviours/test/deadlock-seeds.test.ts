/**
 * Random calls among servers that do nothing but call and answer. When all has come to rest, a call that has no answer
 * stands before a circle, and each circle was told: that is the whole truth, known without looking at who waits for whom.
 */
import { eachSeed } from '@agner/testing'
import { expect, test } from 'vitest'
import { call, cast, defineServer, noreply, protocol, reply, startServer, type DeadlockStep } from '../src/index.ts'
import { createWorld } from './world.ts'

interface WalkApi {
  calls: { along(names: readonly string[]): number }
  casts: { go(names: readonly string[]): void }
}
const walk = protocol<WalkApi>('@test/walk', { timeoutMs: 60_000 })
/** Where each walk stands: the server that waits, by the one that it waits for. */
const waits = new Map<string, string>()

const Walker = defineServer(walk, {
  init: (name: string): string => name,
  calls: {
    along: async (own, [next, ...others], { self }) => {
      if (next === undefined) return reply(0, own)
      waits.set(own, next)
      const length = await call(self, walk.at(next), 'along', others)
      waits.delete(own)
      return reply(length + 1, own)
    },
  },
  casts: {
    go: async (own, [next, ...others], { self }) => {
      if (next === undefined) return noreply(own)
      waits.set(own, next)
      await call(self, walk.at(next), 'along', others)
      waits.delete(own)
      return noreply(own)
    },
  },
})

/** The circles that the waits make: each server waits for one, so no two share a member. */
function circlesOf(next: ReadonlyMap<string, string>): string[] {
  const found = new Set<string>()
  for (const start of next.keys()) {
    const path: string[] = []
    for (let at: string | undefined = start; at !== undefined && !path.includes(at); at = next.get(at)) path.push(at)
    const back = next.get(path.at(-1)!)
    if (back !== undefined) found.add(path.slice(path.indexOf(back)).toSorted().join(' '))
  }
  return [...found].toSorted()
}

test('every circle is told, once, and nothing else', async () => {
  let circles = 0
  let quiet = 0
  let runs = 0
  await eachSeed({ seeds: 200 }, async (runtime) => {
    waits.clear()
    const world = createWorld({ runtime })
    const below = (limit: number): number => Math.floor(runtime.random() * limit)
    const names = Array.from({ length: 3 + below(5) }, (_, index) => `w${index}`)
    for (const name of names) await world.run(startServer(world.node, Walker, name, { name }))
    for (let walks = 1 + below(4); walks > 0; walks--) {
      // A call to oneself is refused, and would end the server.
      const path = [names[below(names.length)]!]
      for (let steps = 1 + below(4); steps > 0; steps--) {
        const others = names.filter((name) => name !== path.at(-1))
        path.push(others[below(others.length)]!)
      }
      const [first, ...rest] = path
      cast(world.node, walk.at(first!), 'go', rest)
      if (below(2) === 0) await runtime.settle()
    }
    await runtime.settle()
    const told = world.notices('deadlock').map(({ details }) =>
      (details!['circle'] as DeadlockStep[])
        .map(({ name }) => name!)
        .toSorted()
        .join(' '),
    )
    expect(told.toSorted()).toEqual(circlesOf(waits))
    expect(told.length > 0).toBe(waits.size > 0)
    runs++
    circles += told.length
    quiet += told.length === 0 ? 1 : 0
  })
  // Neither side of it is tried in vain, unless it is one seed that is replayed.
  if (runs > 100) expect(Math.min(circles, quiet)).toBeGreaterThan(0)
})
