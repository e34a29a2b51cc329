/**
 * Leases as something that a group agrees on. The reducer knows no time: when a lease is over, a leader says so by a command.
 *
 *     acquire ──► granted, with a token that grows: the command's place in the log
 *     renew ──► counted: an expiry that was meant for the time before it comes to nothing
 */
import type { Applied, AppliedAt, Machine } from '../machine/machine.ts'
import { raftGroup, type RaftGroup } from '../member/group.ts'
import { allLeases, asLeases, leaseOf, noLeases, withLease, withoutLease, type LeaseState } from './leases.ts'

export interface Lease {
  readonly name: string
  /** Who asked for it, for people. */
  readonly holder: string
  /** Greater than that of any lease of this group that was given before. Show it to whatever the lease protects. */
  readonly token: number
  readonly durationMs: number
  readonly renewals: number
}

export type LeaseCommand =
  | { readonly type: 'acquire'; readonly name: string; readonly holder: string; readonly durationMs: number }
  | { readonly type: 'renew'; readonly name: string; readonly token: number }
  | { readonly type: 'release'; readonly name: string; readonly token: number }
  /** The leader's: nobody has renewed it for as long as it was given. */
  | { readonly type: 'expire'; readonly name: string; readonly token: number; readonly renewals: number }

export type LeaseResult =
  | { readonly type: 'granted'; readonly lease: Lease }
  /** Somebody has it. */
  | { readonly type: 'taken'; readonly lease: Lease }
  /** The group has as many as its limit allows. */
  | { readonly type: 'full' }
  | { readonly type: 'renewed'; readonly lease: Lease }
  /** That lease is over, or was never given. */
  | { readonly type: 'lost' }
  | { readonly type: 'released' }
  /** No group of leases can take this: it is no command, or one with terms that cannot be. Nothing has changed. */
  | { readonly type: 'refused' }

/** One lease by its name, or all. */
export type LeaseQuery = { readonly name: string } | { readonly all: true }
export type LeaseGroup = RaftGroup<LeaseCommand, LeaseResult, LeaseQuery, readonly Lease[]>

/** In one group. */
export const leaseLimit = 10_000

const shortestMs = 100
/** What a timer takes. */
export const longestMs: number = 2 ** 31 - 1

export function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= shortestMs && value <= longestMs
}

/** A group that agrees on leases. @throws `consensus.bad_option` */
export function leaseGroup(name: string): LeaseGroup {
  return raftGroup(name)
}

export const leaseMachine: Machine<LeaseCommand, LeaseResult, LeaseState, LeaseQuery, readonly Lease[]> = {
  name: '@agner/consensus/leases',
  init: () => noLeases,
  apply: (before, command, at) => {
    const state = asLeases(before)
    // Anybody may submit anything, and what all members have in their logs must end none of them.
    if (!isCommand(command)) return { state, result: { type: 'refused' } }
    const lease = leaseOf(state, command.name)
    if (command.type === 'acquire') return acquire(state, command, lease, at)
    if (lease === undefined || lease.token !== command.token) return { state, result: { type: 'lost' } }
    if (command.type === 'renew') {
      const renewed = { ...lease, renewals: lease.renewals + 1 }
      return { state: withLease(state, renewed), result: { type: 'renewed', lease: renewed } }
    }
    if (command.type === 'expire' && command.renewals !== lease.renewals) return { state, result: { type: 'lost' } }
    return { state: withoutLease(state, lease.name), result: { type: 'released' } }
  },
  query: (state, query) => {
    if (!isFields(query)) return []
    if ('all' in query) return allLeases(state)
    const lease = leaseOf(state, query.name)
    return lease === undefined ? [] : [lease]
  },
}

function acquire(
  state: LeaseState,
  { name, holder, durationMs }: Extract<LeaseCommand, { readonly type: 'acquire' }>,
  present: Lease | undefined,
  { index: token }: AppliedAt,
): Applied<LeaseState, LeaseResult> {
  if (present !== undefined) return { state, result: { type: 'taken', lease: present } }
  if (state.count >= leaseLimit) return { state, result: { type: 'full' } }
  const lease: Lease = { name, holder, token, durationMs, renewals: 0 }
  return { state: withLease(state, lease), result: { type: 'granted', lease } }
}

interface Fields {
  readonly [name: string]: unknown
}

function isCommand(command: unknown): boolean {
  if (!isFields(command) || typeof command['name'] !== 'string' || command['name'] === '') return false
  switch (command['type']) {
    case 'acquire':
      return typeof command['holder'] === 'string' && isDuration(command['durationMs'])
    case 'renew':
    case 'release':
      return isCount(command['token'])
    case 'expire':
      return isCount(command['token']) && isCount(command['renewals'])
    default:
      return false
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
