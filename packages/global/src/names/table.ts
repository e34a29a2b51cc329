/**
 * The names that one node knows of a scope. Pure data: what to tell others, and whom to watch, is for the server around it.
 */
import type { AnyPid } from '@agner/core'
import { isNewer, type Claim } from './claim.ts'

/** What happened to a claim that came from another node. */
export type Merged =
  | { readonly outcome: 'added' }
  /** The same process under the same name. */
  | { readonly outcome: 'known' }
  /** The name is claimed for two live processes: somebody has to decide. */
  | { readonly outcome: 'conflict'; readonly present: Claim }

export class NamesTable {
  readonly #claims = new Map<string, Claim>()
  readonly #names = new Map<AnyPid, string>()
  #clock = 0

  get size(): number {
    return this.#claims.size
  }

  get(name: string): Claim | undefined {
    return this.#claims.get(name)
  }

  nameOf(pid: AnyPid): string | undefined {
    return this.#names.get(pid)
  }

  list(): Claim[] {
    return [...this.#claims.values()]
  }

  /** A version above everything seen so far. */
  nextVersion(): number {
    return this.#clock + 1
  }

  /** Takes a decided claim: it replaces what stands under its name. Returns the claim that it displaced. */
  set(claim: Claim): Claim | undefined {
    const displaced = this.#claims.get(claim.name)
    if (displaced !== undefined) this.#names.delete(displaced.pid)
    this.#claims.set(claim.name, claim)
    this.#names.set(claim.pid, claim.name)
    this.#clock = Math.max(this.#clock, claim.version)
    return displaced
  }

  /** Takes a claim as another node knows it, unless the name stands for another process here. */
  merge(claim: Claim): Merged {
    const present = this.#claims.get(claim.name)
    if (present === undefined) {
      this.set(claim)
      return { outcome: 'added' }
    }
    if (present.pid !== claim.pid) return { outcome: 'conflict', present }
    if (isNewer(claim, present)) this.set(claim)
    return { outcome: 'known' }
  }

  /** Removes a name; with a pid only if it is that process's. Returns what was removed. */
  remove(name: string, pid?: AnyPid): Claim | undefined {
    const present = this.#claims.get(name)
    if (present === undefined || (pid !== undefined && present.pid !== pid)) return undefined
    this.#claims.delete(name)
    this.#names.delete(present.pid)
    return present
  }

  /** Removes the names of every process of a node that is gone. */
  forgetNode(node: string): void {
    for (const claim of this.list()) if (claim.pid.node === node) this.remove(claim.name)
  }

  /** Removes the name of a process that is gone. */
  forget(pid: AnyPid): Claim | undefined {
    const name = this.#names.get(pid)
    return name === undefined ? undefined : this.remove(name, pid)
  }
}
