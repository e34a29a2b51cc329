/**
 * The newest keys of something that goes on for ever, each with a value: plain data that can be kept in a snapshot, never changed in place.
 *
 *     put, put, put … ──► young ── has `size` keys ──► becomes old, and what was old is forgotten
 *
 * Whatever was put in with fewer than `size` other keys after it is found. Up to twice as many are kept.
 */

type Pair<V> = readonly [key: string, value: V]
/** By the hash of the key, so that a change copies little. */
type Buckets<V> = readonly (readonly Pair<V>[])[]

export interface Window<V> {
  readonly young: Buckets<V>
  /** Keys in `young`. */
  readonly count: number
  readonly old: Buckets<V>
}

const bucketCount = 256
const nothing: Buckets<never> = Array.from({ length: bucketCount }, () => [])

export function emptyWindow<V>(): Window<V> {
  return { young: nothing, count: 0, old: nothing }
}

/** Undefined: it was never put in, or is forgotten. */
export function find<V>({ young, old }: Window<V>, key: string): V | undefined {
  const place = placeOf(key)
  return (pairIn(young[place], key) ?? pairIn(old[place], key))?.[1]
}

/** With a key put in, or put in anew. */
export function put<V>({ young, count, old }: Window<V>, key: string, value: V, size: number): Window<V> {
  const place = placeOf(key)
  const bucket = young[place] ?? []
  const others = bucket.filter(([known]) => known !== key)
  const next = { young: young.with(place, [...others, [key, value]]), count: count + 1 + others.length - bucket.length }
  return next.count < size ? { ...next, old } : { young: nothing, count: 0, old: next.young }
}

function pairIn<V>(bucket: readonly Pair<V>[] | undefined, key: string): Pair<V> | undefined {
  return bucket?.find(([known]) => known === key)
}

/** FNV-1a. */
function placeOf(key: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return (hash ^ (hash >>> 16)) & (bucketCount - 1)
}
