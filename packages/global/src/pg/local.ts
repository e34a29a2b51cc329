/**
 * One scope on one node: the table that its lookups read, and what its processes do there.
 *
 * Joins and leaves act at once, on the stack of who asks, and a death at the death: whoever hears of it finds the process gone from all groups, so a leave and
 * an exit cannot cross. What changed waits here for the keeper, which tells the other nodes once a turn.
 */
import { Pid, type AnyPid, type Node } from '@agner/core'
import { onDeath } from '@agner/core/kernel'
import { pgError } from './errors.ts'
import type { PgLimits } from './limits.ts'
import { PgMonitors } from './monitors.ts'
import type { PgPeers } from './peers.ts'
import { noCounts, type Counts } from './stats.ts'
import { PgTable, type Change } from './table.ts'

/** What the keeper is poked with. */
export const changed = { type: 'changed' } as const

export class LocalScope {
  readonly node: Node
  readonly name: string
  readonly limits: PgLimits
  readonly monitors: PgMonitors
  readonly counts: Counts = noCounts()
  /** The nodes that the keeper has told all; while there is none, changes are not kept for it. */
  told = 0
  /** Those that the keeper follows. */
  peers: PgPeers | null = null
  #table: PgTable
  #keeper: AnyPid | null = null
  #changes: (Change & { readonly pids: AnyPid[] })[] = []

  constructor(node: Node, name: string, limits: PgLimits) {
    this.node = node
    this.name = name
    this.limits = limits
    this.monitors = new PgMonitors(node, name, limits.monitors)
    this.#table = new PgTable(node.name)
  }

  get table(): PgTable {
    return this.#table
  }

  /** A new keeper begins with nothing: the members that its predecessor had are gone. */
  open(keeper: AnyPid): void {
    this.#keeper = keeper
    onDeath(this.node, keeper, this.#close)
  }

  readonly #close = (): void => {
    const groups = this.table.groups().map((group) => [group, this.table.members(group)] as const)
    this.#table = new PgTable(this.node.name)
    this.#keeper = null
    this.peers = null
    this.#changes = []
    this.told = 0
    for (const [group, pids] of groups) this.monitors.tell({ type: 'leave', group, pids })
  }

  /** Processes of this node, as a list. @throws `pg.bad_process`, `pg.not_local` */
  own(processes: AnyPid | readonly AnyPid[]): readonly AnyPid[] {
    const pids = Array.isArray(processes) ? (processes as readonly AnyPid[]) : [processes as AnyPid]
    for (const pid of pids) {
      if (!(pid instanceof Pid)) throw pgError('pg.bad_process', { value: pid === null ? 'null' : typeof pid })
      if (pid.node !== this.node.name || pid.incarnation !== this.node.incarnation)
        throw pgError('pg.not_local', { pid: String(pid), node: pid.node, here: this.node.name })
    }
    return pids
  }

  /** @throws `pg.not_running`, `pg.full` */
  join(group: string, pids: readonly AnyPid[]): void {
    this.#check()
    const limit = this.limits.localMembers
    if (this.table.size() + pids.length > limit) throw pgError('pg.full', { scope: this.name, limit })
    // One that died just now has left already.
    const living = pids.filter((pid) => this.table.hasGroups(pid) || onDeath(this.node, pid, this.#release) !== null)
    for (const pid of living) this.table.join(group, pid)
    if (living.length > 0) this.#changed({ type: 'join', group, pids: living })
  }

  /** Those that are in the group leave it, once each. False if none of them is. @throws `pg.not_running` */
  leave(group: string, pids: readonly AnyPid[]): boolean {
    this.#check()
    const left = pids.filter((pid) => this.table.leave(group, pid))
    if (left.length > 0) this.#changed({ type: 'leave', group, pids: left })
    return left.length > 0
  }

  /** The changes that other nodes have not been told of, in order; they count as told now. */
  take(): Change[] {
    const changes = this.#changes
    this.#changes = []
    return changes
  }

  #check(): void {
    if (this.#keeper === null) throw pgError('pg.not_running', { scope: this.name })
  }

  #changed(change: Change): void {
    this.monitors.tell(change)
    if (this.told === 0) return
    const last = this.#changes.at(-1)
    if (last !== undefined && last.group === change.group && last.type === change.type)
      for (const pid of change.pids) last.pids.push(pid)
    else if (this.#changes.push({ ...change, pids: [...change.pids] }) === 1)
      this.node.send(this.#keeper as never, changed as never)
  }

  readonly #release = (pid: AnyPid): void => {
    for (const change of this.table.forget(pid)) this.#changed(change)
  }
}
