/**
 * What a seed stands for: who is there, how the network and the disks are, which faults come when. A plan is data, so that one with fewer faults can be tried.
 *
 * Each seed allows only some kinds of faults (swarm testing): what one kind hides, the seeds without it show.
 */
import type { SessionLimits } from '../../../src/machine/sessions.ts'
import type { Configuration, RaftSettings } from '../../../src/raft/interface.ts'
import type { ClientPlan } from '../clients/client.ts'
import { Dice } from '../world/dice.ts'
import type { Weather } from '../world/network.ts'
import { faultNames, type FaultName } from './faults.ts'

export interface PlannedFault {
  readonly name: FaultName
  readonly atMs: number
  readonly durationMs: number
  /** Whom it hits, and how. */
  readonly seed: number
}

export interface Plan {
  readonly seed: number
  readonly members: Configuration
  readonly settings: RaftSettings
  readonly sessionLimits: SessionLimits
  readonly weather: Weather
  readonly slowestSyncMs: number
  readonly clients: readonly ClientPlan[]
  readonly faults: readonly PlannedFault[]
  /** A member saves a snapshot whenever it has applied so many entries. */
  readonly snapshotEntries: number
  /** When everything heals. */
  readonly healAtMs: number
  /** Then a learner is added, which must come about. */
  readonly addsAtEnd: boolean
  /** Members that may stop do. */
  readonly stopsRemoved: boolean
  /** Messages cannot be changed after they were sent. */
  readonly isFrozen: boolean
}

const namesOfMembers = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

/** @param focus the faults that may come; left out: those that the seed allows. */
export function planOf(seed: number, focus: readonly FaultName[] | null = null): Plan {
  const dice = new Dice(seed)
  const healAtMs = dice.between(800, 2500)
  const electionTimeoutMs = dice.one([40, 80, 150])
  return {
    seed,
    members: members(dice),
    settings: {
      electionTimeoutMs,
      heartbeatMs: Math.floor(electionTimeoutMs / dice.one([4, 6])),
      batchEntries: dice.one([1, 1, 2, 8, 256]),
      batchBytes: dice.one([100, 1_048_576]),
      commandBytes: 4_194_304,
      pipeline: dice.one([1, 2, 8]),
      uncommittedEntries: dice.one([2, 8, 64, 16_384]),
    },
    sessionLimits: dice.chance(0.15) ? { sessions: 4, results: 2 } : { sessions: 64, results: 64 },
    weather: {
      fastestMs: 0.2,
      slowestMs: dice.one([1, 5, electionTimeoutMs / 8]),
      loss: dice.chance(0.3) ? dice.between(0, 0.1) : 0,
      late: dice.chance(0.4) ? dice.between(0, 0.03) : 0,
      duplicated: dice.chance(0.3) ? dice.between(0, 0.1) : 0,
    },
    slowestSyncMs: dice.one([0.1, 1, 10]),
    clients: Array.from({ length: 2 + dice.below(3) }, (_, n) => ({
      hasSession: n === 0 || dice.chance(0.75),
      hands: 1 + dice.below(2),
      thinkMs: dice.one([20, 60, 200]),
      patienceMs: dice.one([40, 100, 300]),
    })),
    faults: faults(dice, healAtMs, electionTimeoutMs, focus),
    snapshotEntries: dice.one([3, 12, Infinity]),
    healAtMs,
    stopsRemoved: dice.chance(0.5),
    isFrozen: dice.chance(0.15),
    addsAtEnd: dice.chance(0.3),
  }
}

function members(dice: Dice): Configuration {
  const count = dice.one([3, 3, 3, 4, 5, 5, 7])
  const hasWitness = dice.chance(0.25)
  return namesOfMembers
    .slice(0, count)
    .map((id, n) => ({ id, role: hasWitness && n === count - 1 ? ('witness' as const) : ('voter' as const) }))
}

function faults(dice: Dice, healAtMs: number, timeoutMs: number, focus: readonly FaultName[] | null): PlannedFault[] {
  const isFew = dice.chance(0.5)
  const chosen = isFew
    ? dice.shuffled(faultNames).slice(0, 2 + dice.below(3))
    : faultNames.filter(() => dice.chance(0.4))
  const allowed = focus ?? (chosen.length > 0 ? chosen : faultNames)
  const count = dice.below(dice.one([10, 20, 40]))
  const planned = Array.from({ length: count }, (_, n) => ({
    name: dice.one(allowed),
    atMs: dice.between(100, healAtMs),
    durationMs: timeoutMs * dice.one([0.3, 2, 6, 15]) * dice.between(0.5, 1.5),
    seed: dice.below(1_000_000) * 16 + n,
  }))
  return planned.sort((left, right) => left.atMs - right.atMs)
}
