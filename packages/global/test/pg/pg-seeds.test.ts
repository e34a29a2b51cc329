/**
 * Random lives of a cluster: joins, leaves, deaths, crashes of keepers and nodes, partitions, connections lost and found again.
 */
import { eachSeed } from '@agner/testing'
import { expect, it } from 'vitest'
import { plantedBugs } from './planted-bugs.ts'
import { firstFailure, randomRun } from './random-run.ts'

it('all nodes know all members in the end, and monitors were told each change', async () => {
  await eachSeed({ seeds: 25 }, (runtime) => randomRun(runtime))
})

it.each(Object.entries(plantedBugs))('finds %s', async (_, plant) => {
  const undo = plant()
  try {
    expect(await firstFailure(25)).not.toBeNull()
  } finally {
    undo()
  }
})
