import { expect, test } from 'vitest'
import { Raft } from '../../src/raft/raft.ts'
import type { RaftSettings } from '../../src/raft/interface.ts'

test('settings that cannot work are refused, by name', () => {
  const make = (settings: Partial<RaftSettings>): Raft =>
    new Raft({ id: 'n1', stored: null, settings, random: () => 0, nowMs: 0 })
  for (const name of [
    'electionTimeoutMs',
    'heartbeatMs',
    'batchEntries',
    'batchBytes',
    'commandBytes',
    'pipeline',
    'uncommittedEntries',
  ] as const) {
    for (const value of [0, -1, 1.5, Number.NaN]) {
      expect(() => make({ [name]: value })).toThrow(expect.objectContaining({ code: 'consensus.bad_option' }))
    }
  }
  expect(() => make({ batchBytes: 1_048_577 })).toThrow(/settings\.batchBytes/)
  expect(() => make({ commandBytes: 4_095 })).toThrow(/settings\.commandBytes/)
  expect(() => make({ electionTimeoutMs: 150, heartbeatMs: 100 })).toThrow(/settings\.electionTimeoutMs/)
  expect(make({ electionTimeoutMs: 200, heartbeatMs: 100 }).deadlineMs).toBe(200)
})
