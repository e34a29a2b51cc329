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
import { lossOf, takesBack, type Claim, type Loss } from './claim.ts'
import { carryOut } from './fates.ts'
import { fingerprint } from './membership.ts'
import type { Refused } from './messages.ts'
import type { ScopeState } from './scope-state.ts'

/**
 * Who says that a claim is taken back: the node of the process; the boss, who tells all; a boss that does not see all (`elsewhere`), or one that could not tell the node
 * of the process (`unheard`): then that node tells all others, when it hears of it.
 */
export type LostBy = 'owner' | 'boss' | 'elsewhere' | 'unheard'

export interface Outcome {
  readonly refused: Refused | null
  /** Other claims to the name that stand here now. */
  readonly rivals: readonly Claim[]
  /** Its node is no member here: it comes with that node's hello, or that node has to tell of it. */
  readonly isSkipped?: true
}

const none: readonly Claim[] = Object.freeze([])
const skipped: Outcome = Object.freeze({ refused: null, rivals: none, isSkipped: true })

export class Replica {
  readonly #self: AnyProcess
  readonly #state: ScopeState
  readonly #release: (pid: AnyPid) => void
  /** Copies that a boss has told of, and the node of the process has not: with the boss's membership, which has to last until then. */
  readonly #onWord = new WeakMap<Claim, number>()

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

  /** Takes a claim: as a boss has decided it, or as its own node tells of it. */
  take(claim: Claim, by: 'boss' | 'owner' = 'boss'): Outcome {
    const { table, members, burials } = this.#state
    const { pid, name } = claim
    table.saw(claim.version)
    if (burials.of(claim) !== undefined) return { refused: this.isOwn(pid) ? 'stale' : null, rivals: none }
    if (this.isOwn(pid)) {
      const refused = this.#mayOwn(claim)
      if (refused !== null) return { refused, rivals: none }
    } else if (!members.isOfMember(pid, this.#self.node.incarnation)) {
      // What it was put in the place of is gone here, too, though nobody here can see what took its place.
      for (const loss of claim.over ?? []) if (loss.pid !== pid) this.lose(loss, 'elsewhere')
      return skipped
    }
    const { outcome, displaced } = table.take(claim)
    if (!this.isOwn(pid)) this.#note(claim, by, outcome === 'known')
    for (const { claim: gone, loss } of displaced) this.#gone(gone, loss, true)
    const isStale = outcome === 'stale' && this.isOwn(pid)
    const all = table.all(name)
    return { refused: isStale ? 'stale' : null, rivals: all.length < 2 ? none : all.filter((each) => each.pid !== pid) }
  }

  #note({ name, pid, version }: Claim, by: 'boss' | 'owner', isKnown: boolean): void {
    const { table, members } = this.#state
    const held = table.all(name).find((each) => each.pid === pid)
    if (held === undefined) return
    const stay = members.stay(held.by)
    // Its node may have told of an earlier registration: then it does not know of this one.
    if ((by === 'owner' && version >= held.version) || held.by === pid.node) this.#onWord.delete(held)
    else if (!isKnown && stay !== undefined) this.#onWord.set(held, stay)
  }

  #mayOwn({ pid, name }: Claim): Refused | null {
    const { table, limits } = this.#state
    const present = table.claimOf(pid)
    if (present !== undefined && present.name !== name) return 'named'
    if (present === undefined && (table.ofNode(this.#here)?.size ?? 0) >= limits.names) return 'full'
    return onDeath(this.#self.node, pid, this.#release) === null ? 'dead' : null
  }

  /**
   * Takes a claim back. It is remembered, unless its own node said so after all else that it said: what that node, or a boss, said before may
   * still come.
   */
  lose(loss: Loss, by: LostBy): void {
    const { table } = this.#state
    const claim = table.lose(loss)
    // A copy of an earlier registration of the same: its own node knows better.
    const older = by === 'owner' ? table.all(loss.name).find(({ pid }) => pid === loss.pid) : undefined
    if (older !== undefined && older.version <= loss.version && !this.isOwn(loss.pid)) table.remove(older)
    if (claim !== undefined) this.#gone(claim, loss, by === 'unheard' || by === 'elsewhere')
    if (claim === undefined || by !== 'owner')
      this.#state.burials.bury(loss, this.#self.node.monotonicTimeMs(), by === 'unheard')
  }

  /** Nobody knows whether the node of the process has taken it: a copy that is here on a boss's word is dropped, until that node is asked. */
  doubt(loss: Loss): void {
    const held = this.#state.table.all(loss.name).find((each) => takesBack(loss, each))
    if (held !== undefined && this.#onWord.has(held)) this.#state.table.remove(held)
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

  /** Tells the members what became of some names of own processes, once more. */
  retell(names: readonly string[], losses: readonly Loss[]): void {
    const { table, outbox } = this.#state
    for (const loss of losses) if (this.isOwn(loss.pid) && !this.holds(loss.name, loss.pid)) outbox.lost(loss)
    for (const name of names) for (const claim of table.all(name)) if (this.isOwn(claim.pid)) outbox.claimed(claim)
  }

  /**
   * All claims of a member, as it says itself. A copy that it does not name is gone, unless a boss has told of it alone: then the member may not
   * have heard of it yet, and it is gone if that boss is.
   */
  replace(node: string, claims: readonly Claim[], contradict: (losses: readonly Loss[]) => void): void {
    const { table, members, burials } = this.#state
    const listed = new Map(claims.map((claim) => [claim.pid, claim]))
    for (const held of [...(table.ofNode(node) ?? none)]) {
      if (listed.get(held.pid)?.name === held.name) continue
      const boss = this.#onWord.get(held)
      if (boss === undefined || boss !== members.stay(held.by)) table.remove(held)
    }
    const stale: Loss[] = []
    for (const claim of claims) {
      if (claim.pid.node !== node) continue
      const loss = burials.of(claim)
      if (loss === undefined) this.take(claim, 'owner')
      else stale.push(loss)
    }
    if (stale.length > 0) contradict(stale)
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
}
