/** What nobody could make sense of is refused when it is given, and ends nothing. */
import { memberIdOf, startMember, type Configuration } from '@agner/consensus'
import { expect, test } from 'vitest'
import { simulateCluster } from '@agner/testing'
import { codeOf } from './bank-cluster.ts'
import { bank, bankMachine } from './bank.ts'

test('founders that are no configuration, and settings that cannot be, are refused before anything is saved', async () => {
  const cluster = await simulateCluster({ nodes: 1, seed: 1, trace: false })
  const { node } = cluster.node('a')
  const id = memberIdOf(node, 'memory')
  const start = (options: object): Promise<string> =>
    cluster.until(codeOf(startMember(node, bank, { machine: bankMachine, ...options })))
  const voter = { id, role: 'voter' } as const
  const wrong: readonly unknown[] = [
    // The second one would be its own majority.
    [voter, voter, { id: 'c@cluster#7', role: 'voter' }],
    [voter, { id: 'c@cluster#7', role: 'boss' }],
    [voter, { id: '', role: 'voter' }],
    [voter, null],
    [{ id, role: 'witness' }],
    'everybody',
  ]
  for (const founders of wrong)
    expect([founders, await start({ founders })]).toEqual([founders, 'consensus.bad_option'])
  expect(await start({ founders: [] })).toBe('consensus.not_a_founder')
  const founders: Configuration = [voter]
  for (const settings of [{ heartbeatMs: NaN }, { electionTimeoutMs: 100 }, { pipeline: '8' }, { batchBytes: 0 }])
    expect([settings, await start({ founders, settings })]).toEqual([settings, 'consensus.bad_option'])
  // Nothing has run yet that could have forgotten.
  expect(await start({ founders })).toMatch(/^resolved/)
  await cluster.stop()
})
