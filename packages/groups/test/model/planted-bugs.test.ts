/** What the model is worth: each planted bug is found within so many seeds. */
import { seedsToFind } from './seeds-to-find.ts'
import { describe, expect, it } from 'vitest'
import { plantedBugs } from './planted-bugs.ts'

/** More than it took, by half. */
const within: Readonly<Record<keyof typeof plantedBugs, number>> = {
  'a connection outlives its groups': 3,
  'connections are transitive': 3,
  'a change is half made': 3,
  'a life is taken for another': 20,
  'a name is given before it is agreed on': 6,
  'a name outlives its process': 30,
}

describe('the model finds', () => {
  it.each(Object.keys(plantedBugs) as (keyof typeof plantedBugs)[])('%s', { timeout: 120_000 }, async (name) => {
    const remove = plantedBugs[name]()
    try {
      expect(await seedsToFind(within[name])).not.toBeNull()
    } finally {
      remove()
    }
  })
})
