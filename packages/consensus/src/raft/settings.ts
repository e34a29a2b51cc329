/** The times and limits of a member, and what is refused of them. */
import { consensusError } from '../errors.ts'
import type { RaftSettings } from './interface.ts'

export const defaultSettings: RaftSettings = {
  electionTimeoutMs: 1_000,
  heartbeatMs: 100,
  batchEntries: 256,
  batchBytes: 131_072,
  commandBytes: 4_194_304,
  pipeline: 8,
  uncommittedEntries: 16_384,
}

/** Weighed as texts of one byte a character: three times as much must still go in one message. */
const mostBatchBytes = 1_048_576
/** What the library itself proposes is smaller. */
const leastCommandBytes = 4_096

/** @throws `consensus.bad_option` */
export function raftSettings(given: Partial<RaftSettings> = {}): RaftSettings {
  const settings = { ...defaultSettings, ...given }
  for (const [name, value] of Object.entries(settings)) {
    if (!Number.isSafeInteger(value) || value < 1) refuse(name, 'a whole number above 0')
  }
  const { electionTimeoutMs, heartbeatMs, batchBytes, commandBytes } = settings
  if (batchBytes > mostBatchBytes) refuse('batchBytes', `at most ${mostBatchBytes}`)
  if (commandBytes < leastCommandBytes) refuse('commandBytes', `a whole number from ${leastCommandBytes} up`)
  // One lost heartbeat is no reason for an election.
  if (electionTimeoutMs < 2 * heartbeatMs) refuse('electionTimeoutMs', `at least twice heartbeatMs (${heartbeatMs})`)
  return settings
}

function refuse(name: string, wanted: string): never {
  throw consensusError('consensus.bad_option', { option: `settings.${name}`, wanted })
}
