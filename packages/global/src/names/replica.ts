/**
 * The replica: keeps this node's copy of a scope's names, and is the authority on those of its own processes.
 *
 *     own process      a claim is taken if the process lives, has no other name, and the claim was not taken back
 *     other's process  a claim is a copy; it is dropped with its node, and when that node, or a boss, says so
 *
 * The fate of a loser is carried out here, by its own node, when its claim is taken out, and so at most once. A name goes at the death of its process,
 * before links, monitors and callers hear of that.
 */
import { type AnyPid, type AnyProcess } from '@agner/core'
import { onDeath } from '@agner/core/kernel'
import { isNewer, lossOf, takesBack, type Claim, type Loss } from './claim.ts'
import { carryOut } from './fates.ts'
import { fingerprint } from './membership.ts'
import type { Refused } from './messages.ts'
import type { ScopeState } from './scope-state.ts'

export interface Outcome {
  readonly refused: Refused | null
  /** Other claims to the name that stand here now. */
  readonly rivals: readonly Claim[]
}

const none: readonly Claim[] = Object.freeze([])

export class Replica {
  readonly #self: AnyProcess
  readonly #state: ScopeState
  readonly #release: (pid: AnyPid) => void
  /** Decided claims of nodes that are not members here yet: they come in with their node. */
  readonly #early = new Map<string, Claim[]>()
  #earlyCount = 0

  constructor(self: AnyProcess, state: ScopeState) {
    this.#self = self
    this.#state = state
    const { table, outbox } = state
    this.#release = (pid) => {
      const claim = table.forget(pid)
      if (claim !== undefined) outbox.lost(lossOf(claim))
    }
  }

  get #here(): string {
    return this.#self.node.name
  }

  isOwn(pid: AnyPid): boolean {
    return pid.node === this.#here
  }

  /** Takes a decided claim. */
  take(claim: Claim): Outcome {
    const { table, members, burials } = this.#state
    const { pid, name } = claim
    table.saw(claim.version)
    if (burials.of(claim) !== undefined) return { refused: this.isOwn(pid) ? 'stale' : null, rivals: none }
    if (this.isOwn(pid)) {
      const refused = this.#mayOwn(claim)
      if (refused !== null) return { refused, rivals: none }
    } else if (!members.isOfMember(pid, this.#self.node.incarnation)) {
      this.#keepEarly(claim)
      return { refused: null, rivals: none }
    }
    const { outcome, displaced } = table.take(claim)
    for (const { claim: gone, loss } of displaced) this.#gone(gone, loss, true)
    const isStale = outcome === 'stale' && this.isOwn(pid)
    const all = table.all(name)
    return { refused: isStale ? 'stale' : null, rivals: all.length < 2 ? none : all.filter((each) => each.pid !== pid) }
  }

  #mayOwn({ pid, name }: Claim): Refused | null {
    const { table, limits } = this.#state
    const present = table.claimOf(pid)
    if (present !== undefined && present.name !== name) return 'named'
    if (present === undefined && (table.ofNode(this.#here)?.size ?? 0) >= limits.names) return 'full'
    return onDeath(this.#self.node, pid, this.#release) === null ? 'dead' : null
  }

  /**
   * Takes a claim back. What is not here may still come: it is remembered.
   *
   * @param tells whether the others have to hear of it from here, if the process is one of this node.
   */
  lose(loss: Loss, tells: boolean): void {
    const claim = this.#state.table.lose(loss)
    if (claim !== undefined) return this.#gone(claim, loss, tells)
    this.#state.burials.bury(loss, this.#self.node.monotonicTimeMs())
    this.#dropEarly(loss.pid.node, (each) => takesBack(loss, each))
  }

  #gone(claim: Claim, loss: Loss, tells: boolean): void {
    if (!this.isOwn(claim.pid)) return
    if (tells) this.#state.outbox.lost(loss)
    carryOut(this.#self, loss)
  }

  /** A verdict: the winner's claim in a newer version, if it is still what was decided on. */
  confirm(version: number, claim: Claim): void {
    const { table, outbox } = this.#state
    const present = table.claimOf(claim.pid)
    if (present === undefined || present.name !== claim.name || present.version !== version) return
    const confirmed = { ...claim, version: Math.max(claim.version, table.nextVersion()) }
    const { refused } = this.take(confirmed)
    if (refused === null) outbox.claimed(confirmed)
  }

  // — other nodes —

  /** All claims of a member, as it says itself. What only a boss that is gone has told of, nobody has decided. */
  replace(node: string, claims: readonly Claim[], contradict: (losses: readonly Loss[]) => void): void {
    const { table, members, burials } = this.#state
    const listed = new Map(claims.map((claim) => [claim.pid, claim]))
    for (const held of [...(table.ofNode(node) ?? none)]) {
      if (listed.get(held.pid)?.name === held.name) continue
      if (held.by === node || !members.has(held.by)) table.remove(held)
    }
    const stale: Loss[] = []
    for (const claim of claims) {
      if (claim.pid.node !== node) continue
      const loss = burials.of(claim)
      if (loss === undefined) this.take(claim)
      else stale.push(loss)
    }
    if (stale.length > 0) contradict(stale)
  }

  /** A node has become a member: what was decided of it before counts now. */
  joined(node: string): void {
    const early = this.#early.get(node)
    if (early === undefined) return
    this.#dropEarly(node, () => true)
    for (const claim of early) if (this.#state.members.has(claim.by)) this.take(claim)
  }

  own(): Claim[] {
    return [...(this.#state.table.ofNode(this.#here) ?? none)]
  }

  /** The same number for the same claims of a node. */
  digest(node: string): number {
    let sum = 0
    for (const { name, pid, version } of this.#state.table.ofNode(node) ?? none)
      sum = (sum + fingerprint([name, String(pid.id), String(version)])) >>> 0
    return sum
  }

  holds(name: string, pid: AnyPid): boolean {
    return this.#state.table.claimOf(pid)?.name === name
  }

  #keepEarly(claim: Claim): void {
    if (this.#earlyCount >= this.#state.limits.waiting) return
    const { node } = claim.pid
    const others = (this.#early.get(node) ?? []).filter((each) => each.pid !== claim.pid || isNewer(each, claim))
    this.#dropEarly(node, () => true)
    this.#early.set(node, [...others, claim])
    this.#earlyCount += others.length + 1
  }

  #dropEarly(node: string, isOver: (claim: Claim) => boolean): void {
    const early = this.#early.get(node)
    if (early === undefined) return
    const left = early.filter((claim) => !isOver(claim))
    this.#earlyCount -= early.length - left.length
    if (left.length === 0) this.#early.delete(node)
    else this.#early.set(node, left)
  }
}
