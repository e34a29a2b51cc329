/** What the simulation is worth: each planted bug is found within so many seeds. */
import { createVirtualRuntime } from '@agner/testing'
import { describe, expect, it } from 'vitest'
import { plantedBugs } from './planted-bugs.ts'
import type { PolicyName } from './policies.ts'
import type { Kind } from './program.ts'
import { playSeed, seeded } from './seeds.ts'

/** Where it shows, and the seeds that it may take: some more than it took. */
const within: Readonly<Record<keyof typeof plantedBugs, readonly [PolicyName, Kind, number]>> = {
  'storage forgets the fence': ['clerk', 'network', 3],
  'an application goes on without its claim': ['clerk', 'held', 3],
  'a token is used again': ['clerk', 'network', 3],
  'a failover waits for nobody': ['nodes', 'crashes', 3],
  'a takeover stops the old one first': ['nodes', 'crashes', 3],
  'nobody asks for leave': ['nodes', 'crashes', 30],
  'both sides of a partition go on after it': ['nodes', 'network', 8],
  'who is lost is not missed': ['nodes', 'network', 3],
  'what is taken over goes on': ['nodes', 'crashes', 3],
  'nodes that come back are not greeted': ['nodes', 'held', 6],
}

describe('the simulation finds', () => {
  it.each(Object.keys(plantedBugs) as (keyof typeof plantedBugs)[])('%s', { timeout: 120_000 }, async (name) => {
    const [policy, kind, most] = within[name]
    const remove = plantedBugs[name]()
    try {
      expect(await firstWrong(policy, kind, most)).not.toBeNull()
    } finally {
      remove()
    }
  })
})

async function firstWrong(policy: PolicyName, kind: Kind, most: number): Promise<number | null> {
  for (let seed = 1; seed <= most; seed++) {
    const { wrongs } = await playSeed(createVirtualRuntime({ seed }), seed, seeded(seed, { policy, kind }))
    if (wrongs.length > 0) return seed
  }
  return null
}
