/**
 * What must be so whatever happened, looked up in the journal of a play. Each line says what was wrong.
 *
 *     always           who fails over or takes over was told the truth about from whom; a takeover begins before the old one stops,
 *                      or after it has stopped where claims are asked for
 *     claims           storage never accepts an older instance after a newer one; tokens grow; an instance outlives its claim by
 *                      no more than it is given
 *     nodes, crashes   one instance at a time, but for a takeover; no gap that nobody asked for; a failover only when the lost
 *                      node had its time
 */
import type { Instance, Journal } from './journal.ts'
import type { Accepted } from './storage.ts'

export interface Terms {
  readonly hasArbiter: boolean
  /** No node was ever believed to be lost that was not. */
  readonly isCalm: boolean
  /** That a lost node has to come back. Null: who decides by itself waits for nobody, and needs no loss. */
  readonly timeoutMs: number | null
}

export interface Crash {
  readonly node: string
  readonly life: number
  readonly atMs: number
}

export interface End {
  readonly node: string
  readonly atMs: number
}

/** @param ends when a node was told not to run it. */
export function judge(
  journal: Journal,
  accepted: readonly Accepted[],
  crashes: readonly Crash[],
  ends: readonly End[],
  terms: Terms,
): string[] {
  const { instances } = journal
  return [
    ...instances.flatMap((instance) => wrongOrigin(instance, instances)),
    ...(terms.hasArbiter ? [...wrongTokens(instances), ...wrongWrites(accepted)] : []),
    ...(terms.isCalm && !terms.hasArbiter ? [...wrongOverlaps(instances), ...wrongGaps(instances, ends)] : []),
    ...(terms.isCalm
      ? [...wrongTakeovers(instances, crashes, terms), ...wrongFailovers(instances, crashes, terms)]
      : []),
  ]
}

function wrongOrigin(instance: Instance, all: readonly Instance[]): string[] {
  if (instance.why === 'normal' || instance.from === null) return []
  const before = all.some(({ id, node }) => id < instance.id && node === instance.from)
  return before ? [] : [`#${instance.id} says ${instance.why} from ${instance.from}, where it never ran`]
}

function wrongTokens(all: readonly Instance[]): string[] {
  return all.flatMap((instance) => {
    if (instance.token === null) return [`#${instance.id} runs without a token`]
    const other = all.find(({ id, token }) => id < instance.id && token === instance.token)
    return other === undefined ? [] : [`#${other.id} and #${instance.id} have one token, ${instance.token}`]
  })
}

/** Once one was accepted, none that began its claim earlier is. */
function wrongWrites(accepted: readonly Accepted[]): string[] {
  const seen = new Set<number>()
  let last: number | null = null
  for (const { instance, atMs } of accepted) {
    if (instance === last) continue
    if (seen.has(instance))
      return [`storage took a write of #${instance} at ${atMs.toFixed(0)}, after it had taken one of #${last}`]
    seen.add(instance)
    last = instance
  }
  return []
}

const newsMs = 50
const endOf = ({ endedMs }: Instance): number => endedMs ?? Infinity

function wrongOverlaps(all: readonly Instance[]): string[] {
  return all.flatMap((later) => {
    const others = all.filter((each) => each.id < later.id && endOf(each) > later.startedMs)
    const strangers = others.filter(({ node }) => later.why !== 'takeover' || node !== later.from)
    return strangers.map((other) => `#${later.id} started on ${later.node} while #${other.id} ran on ${other.node}`)
  })
}

/** Who is stopped, and nobody asked for it, is stopped since another one is up. */
function wrongGaps(all: readonly Instance[], ends: readonly End[]): string[] {
  return all.flatMap(({ id, node, startedMs, stoppingMs }) => {
    if (stoppingMs === null || ends.some((end) => end.node === node && end.atMs <= stoppingMs && end.atMs >= startedMs))
      return []
    const isFollowed = all.some(
      (each) => each.id > id && each.from === node && each.why === 'takeover' && (each.upMs ?? Infinity) <= stoppingMs,
    )
    return isFollowed ? [] : [`#${id} was stopped, and nobody was up`]
  })
}

function wrongTakeovers(all: readonly Instance[], crashes: readonly Crash[], { hasArbiter }: Terms): string[] {
  return all.flatMap((instance) => {
    if (instance.why !== 'takeover') return []
    const old = all.findLast(({ id, node }) => id < instance.id && node === instance.from)
    if (old === undefined) return []
    if (hasArbiter)
      return endOf(old) <= instance.startedMs ? [] : [`#${instance.id} took over before #${old.id} had stopped`]
    const isCrashed = crashes.some(({ node, life }) => node === old.node && life === old.life)
    if (isCrashed) return []
    if (endOf(old) <= instance.startedMs) return [`#${old.id} had stopped when #${instance.id} took over`]
    const isEarly = old.stoppingMs !== null && instance.upMs !== null && old.stoppingMs < instance.upMs
    return isEarly ? [`#${old.id} was stopped before #${instance.id} was up`] : []
  })
}

/** One that is gone as soon as it is up may be gone before anybody has heard of it: then what counts is the loss of the one before. */
function isHeardOf(instance: Instance): boolean {
  return instance.upMs !== null && endOf(instance) - instance.upMs > newsMs
}

function wrongFailovers(all: readonly Instance[], crashes: readonly Crash[], { timeoutMs }: Terms): string[] {
  if (timeoutMs === null) return []
  return all.flatMap((instance) => {
    if (instance.why !== 'failover') return []
    const there = all.filter((each) => each.id < instance.id && each.node === instance.from)
    const heard = there.findLast(isHeardOf)?.id ?? 0
    // Or one since then that was gone at once, and that somebody has heard of all the same.
    const old = there.filter((each) => each.id >= heard)
    const losses = crashes.filter(({ node, life }) => old.some((each) => node === each.node && life === each.life))
    if (losses.length === 0) return [`#${instance.id} failed over from ${instance.from}, which was not lost`]
    const waitedMs = instance.startedMs - losses[0]!.atMs
    return waitedMs >= timeoutMs ? [] : [`#${instance.id} failed over after ${waitedMs.toFixed(0)} ms of ${timeoutMs}`]
  })
}
