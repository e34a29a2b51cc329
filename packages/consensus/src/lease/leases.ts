/**
 * All leases of a group, as a value: a change copies a small part of them and shares the rest, since each renewal is one, and there are thousands a second.
 *
 *     name ──► hash ──► one of 512 buckets, a Map of about 20 where the group has as many leases as it may
 *
 * It is plain data, as a snapshot must be. Snapshots of an earlier version have one Map.
 */
import type { Lease } from './machine.ts'

type Bucket = ReadonlyMap<string, Lease>

/** As it is applied, and in snapshots; ask it by `client.read`. */
export interface LeaseState {
  readonly count: number
  readonly buckets: readonly Bucket[]
}

const width = 512
const none: Bucket = new Map()

export const noLeases: LeaseState = { count: 0, buckets: Array.from({ length: width }, () => none) }

/** The same of every member: what it gives is in their snapshots. FNV-1a. */
function bucketOf(name: string): number {
  let hash = 0x81_1c_9d_c5
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01_00_01_93)
  return (hash >>> 0) % width
}

export function asLeases(state: LeaseState | Bucket): LeaseState {
  if (!(state instanceof Map)) return state as LeaseState
  const buckets = Array.from({ length: width }, () => new Map<string, Lease>())
  for (const [name, lease] of state as Bucket) buckets[bucketOf(name)]!.set(name, lease)
  return { count: state.size, buckets }
}

export function leaseOf(state: LeaseState, name: string): Lease | undefined {
  return asLeases(state).buckets[bucketOf(name)]!.get(name)
}

/** In no order that means anything, but the same of every member that has applied the same. */
export function allLeases(state: LeaseState): Lease[] {
  return asLeases(state).buckets.flatMap((bucket) => [...bucket.values()])
}

export function withLease(state: LeaseState, lease: Lease): LeaseState {
  return changed(state, lease.name, (bucket) => bucket.set(lease.name, lease))
}

export function withoutLease(state: LeaseState, name: string): LeaseState {
  return changed(state, name, (bucket) => bucket.delete(name))
}

function changed(
  { count, buckets }: LeaseState,
  name: string,
  change: (bucket: Map<string, Lease>) => void,
): LeaseState {
  const at = bucketOf(name)
  const before = buckets[at]!
  const bucket = new Map(before)
  change(bucket)
  return { count: count + bucket.size - before.size, buckets: buckets.with(at, bucket) }
}
