/**
 * A claim says that a name belongs to a process; a loss takes a claim back. Claims carry versions, so that any two nodes that see the
 * same two know which is newer, whatever order they came in.
 *
 * The node of a process is the authority on its claims: what it has is so, and whatever another node holds is a copy of that. A decision
 * changes the authority, by comparing and setting; copies follow.
 */
import type { AnyPid } from '@agner/core'
import type { ResolveMethod } from './resolve.ts'

export interface Claim {
  readonly name: string
  readonly pid: AnyPid
  /** The version that it was registered in, and the incarnation of the node that decided on that: no two registrations have the same. */
  readonly born: number
  readonly life: number
  /** Counts up along what its maker had seen (a Lamport clock). */
  readonly version: number
  /** The node that decided on the claim; it breaks ties. */
  readonly by: string
  /** Left out: `randomExit`. `own`: a function that the node of the process knows. */
  readonly resolve?: ResolveMethod | 'own'
  /** The claims that it was put in the place of, as far as it is not known that their nodes have heard of it. */
  readonly over?: readonly Loss[]
}

/** Takes back the claim of one registration, in this version or an older one. */
export interface Loss extends Pick<Claim, 'name' | 'pid' | 'born' | 'life' | 'version'> {
  /** What the node of the process does to it, once; left out: nothing. */
  readonly fate?: Fate
}

export type Fate =
  | { readonly type: 'kill' }
  | { readonly type: 'notify'; readonly other?: AnyPid }
  | { readonly type: 'handOver'; readonly to: AnyPid; readonly timeoutMs: number }

/** Total and symmetric: of two different claims exactly one is newer. */
export function isNewer(a: Pick<Claim, 'version' | 'by'>, b: Pick<Claim, 'version' | 'by'>): boolean {
  return a.version !== b.version ? a.version > b.version : a.by > b.by
}

export function takesBack(loss: Loss, claim: Claim): boolean {
  const isSame = loss.pid === claim.pid && loss.born === claim.born && loss.life === claim.life
  return isSame && loss.name === claim.name && claim.version <= loss.version
}

export function lossOf({ name, pid, born, life, version }: Claim, fate?: Fate): Loss {
  const loss = { name, pid, born, life, version }
  return fate === undefined ? loss : { ...loss, fate }
}

/** How many claims one may say that it was put in the place of. */
export const overLimit = 8

/** A new list, the newest last, without those that are known to be gone. */
export function overOf(losses: readonly Loss[]): readonly Loss[] {
  return losses.slice(-overLimit)
}
