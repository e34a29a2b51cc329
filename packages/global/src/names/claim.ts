/**
 * A claim says that a name belongs to a process. Claims carry versions, so that any two nodes that see the same two claims agree
 * which is newer, whatever order they came in.
 */
import type { AnyPid } from '@agner/core'

export interface Claim {
  readonly name: string
  readonly pid: AnyPid
  /** Counts up along what its maker had seen (a Lamport clock). */
  readonly version: number
  /** The node that decided on the claim; it breaks ties. */
  readonly by: string
}

/** Total and symmetric: of two different claims exactly one is newer. */
export function isNewer(a: Claim, b: Claim): boolean {
  return a.version !== b.version ? a.version > b.version : a.by > b.by
}
