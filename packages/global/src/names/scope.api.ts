/**
 * What the nodes of one scope say to each other about names.
 *
 * Every node runs two processes for a scope: a replica that keeps the table and never waits for anybody, and a sequencer that decides about names
 * while its node is the boss, the smallest member by name. So two members whose views differ can wait for each other's replicas without a deadlock.
 */
import { protocol, type Protocol } from '@agner/behaviours'
import type { AnyPid, Down } from '@agner/core'
import type { Claim } from './claim.ts'

export interface ReplicaApi {
  calls: {
    /** A decided claim. `conflict`: the name stands for another live process here, and `replace` was not set. */
    install(request: { readonly claim: Claim; readonly replace: boolean }): 'installed' | 'conflict'
    uninstall(request: { readonly name: string; readonly pid: AnyPid }): 'done'
  }
  casts: {
    /** "I am a member; this is what I know." Answered with the same, once, so that both know all that the other knew. */
    hello(request: { readonly node: string; readonly claims: readonly Claim[]; readonly answer: boolean }): void
    /** Claims that a node may have missed, after a boss was lost. */
    merge(claims: readonly Claim[]): void
  }
  info: Down | { readonly type: 'candidate'; readonly node: string }
}

export interface SequencerApi {
  calls: {
    claim(request: { readonly name: string; readonly pid: AnyPid; readonly replace: boolean }): boolean
    unclaim(request: { readonly name: string }): boolean
  }
  casts: {
    /** Two live processes claim one name: choose. */
    decide(conflict: { readonly a: Claim; readonly b: Claim }): void
  }
}

/** One protocol value per scope: its name is the local name of the process. */
export function replicaOf(scope: string): Protocol<ReplicaApi> {
  return protocol(`@agner/global/replica/${scope}`)
}

export function sequencerOf(scope: string): Protocol<SequencerApi> {
  return protocol(`@agner/global/sequencer/${scope}`)
}
