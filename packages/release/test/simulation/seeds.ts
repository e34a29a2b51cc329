/** What a seed plays: who decides where the application runs, what may fail, and what does. */
import type { VirtualRuntime } from '@agner/testing'
import fc from 'fast-check'
import { play, type Outcome } from './play.ts'
import { policies, type PolicyName } from './policies.ts'
import { kinds, programs, type Kind, type Step } from './program.ts'

/** Leases of a majority take many times as long as the others. */
const inTurn: readonly PolicyName[] = [
  'nodes',
  'clerk',
  'nodes',
  'decider',
  'nodes',
  'clerk',
  'nodes',
  'decider',
  'leases',
]

export interface Seeded {
  readonly policy: PolicyName
  readonly kind: Kind
  readonly arbitrary: fc.Arbitrary<Step[]>
}

export function seeded(seed: number, only?: { readonly policy?: PolicyName; readonly kind?: Kind }): Seeded {
  const policy = only?.policy ?? inTurn[seed % inTurn.length]!
  const kind = only?.kind ?? kinds[Math.floor(seed / 2) % kinds.length]!
  return { policy, kind, arbitrary: programs(kind, policies[policy].others) }
}

export function programOf(seed: number, { arbitrary }: Seeded): Step[] {
  return fc.sample(arbitrary, { seed, numRuns: 1 })[0]!
}

export function playSeed(runtime: VirtualRuntime, seed: number, what: Seeded = seeded(seed)): Promise<Outcome> {
  return play(runtime, { ...what, program: programOf(seed, what) })
}
