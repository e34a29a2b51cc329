/**
 * Process groups: any number of processes under a name, on all nodes that run the same scope (pg).
 *
 *     startPg(node, distribution, { scope: 'shop' })
 *     pg.join('prices', pid)                  pids of this node; the other nodes hear of it
 *     pg.getMembers('prices')                 of all nodes: a read of this node's table
 *     pg.broadcast(self, 'prices', message)   one message to each node that has members, which hands it to them
 *
 * A scope runs on a node as two processes under a supervisor: the keeper of the table, and the relay of broadcasts. Nodes agree in the end, and nobody
 * waits for it: there is no lock, and no majority. Whoever needs exactly one process wants a name (`startGlobal`), or a lease.
 */
import { startSupervisor, type Starter } from '@agner/behaviours'
import type { Pid, AnyPid, AnyProcess, Node, Ref, Sendable } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import { pgError } from './errors.ts'
import { nameOf, type Group, type GroupName } from './group.ts'
import { keeperBody } from './keeper.ts'
import { defaultPgLimits, type PgLimits } from './limits.ts'
import { LocalScope } from './local.ts'
import type { Deliver } from './messages.ts'
import { relayBody } from './relay.ts'
import type { PgStats } from './stats.ts'

export interface PgOptions {
  /** Nodes share groups with those that have a scope of the same name. Default `pg`. */
  readonly scope?: string
  /**
   * Which of the connected nodes have a part in it; default all visible ones. To what another one says nobody listens. It is asked of each at what that node says,
   * and every second: whoever is included then is followed, and the members of who is not any more leave. One that throws has said no, and is reported once.
   */
  readonly includes?: (node: string) => boolean
  readonly limits?: Partial<PgLimits>
}

/** Which member `pick` takes. */
export interface PickOptions {
  /**
   * `closest` (the default): one of this node if it has any, else any. `local`: one of this node or none. `any`: all have the same
   * chance. Among those that come into question, chance decides.
   */
  readonly which?: 'closest' | 'local' | 'any'
}

export interface BroadcastOptions {
  /** Only to the members of this node. Default false. */
  readonly local?: boolean
}

export interface Pg {
  readonly scope: string
  /** The supervisor of its processes. */
  readonly pid: AnyPid
  /**
   * Processes of this node join a group. At once here; other nodes hear of it with the end of the turn. A process may join a group several times,
   * and leaves it as often; it leaves all its groups when it dies, before anybody hears of its death. One that is dead does not join (pg:join/3).
   *
   * @throws `pg.not_local`, `pg.full` (none of them has joined), `pg.bad_group`, `pg.bad_process`, `pg.not_running`
   */
  join(group: string, processes: AnyPid | readonly AnyPid[]): void
  join<M>(group: Group<M>, processes: Pid<NoInfer<M>> | readonly Pid<NoInfer<M>>[]): void
  /** Each leaves once, if it is in the group. False if none of them is (pg:leave/3). @throws as `join` */
  leave(group: GroupName<never>, processes: AnyPid | readonly AnyPid[]): boolean
  /**
   * The members on all nodes, each as often as it has joined; empty for a group that nobody is in. Their order means nothing. The array is frozen, and
   * the same until something changes (pg:get_members/2).
   */
  getMembers<M = unknown>(group: GroupName<M>): readonly Pid<M>[]
  /** Those of this node. */
  getLocalMembers<M = unknown>(group: GroupName<M>): readonly Pid<M>[]
  /** The names of the groups that have members anywhere. */
  whichGroups(): string[]
  /** Those that have members on this node. */
  whichLocalGroups(): string[]
  /** The other nodes that have told what they have. */
  nodes(): string[]
  /** One member, or undefined if there is none: the closest, if nothing else is said. */
  pick<M = unknown>(group: GroupName<M>, options?: PickOptions): Pid<M> | undefined
  /**
   * Sends to every process of the group, to each once, however often it has joined: those of this node get it from the sender, and each other node that is known to have
   * members gets one message, and hands it to those that it has then. What one process broadcasts to one group arrives in order; what it
   * sends to a member directly goes another way. At most once: what a lost connection had under way is lost.
   *
   * @returns to how many processes, as far as this node knows.
   * @throws `copy.unsendable`, `copy.too_deep`; `send.peer_full` when too much waits for a node: the others have got it.
   */
  broadcast<M = unknown>(
    from: AnyProcess | Node,
    group: GroupName<M>,
    message: NoInfer<M> & Sendable<NoInfer<M>>,
    options?: BroadcastOptions,
  ): number
  /**
   * The members of a group as they are now; from now on a process of this node is sent a `PgChange` for each join and leave, and none is
   * missing in between. Each call is a monitor of its own (pg:monitor/2).
   *
   * @throws `pg.too_many_monitors`, `pg.bad_group`
   */
  monitor<M = unknown>(
    self: AnyProcess,
    group: GroupName<M>,
  ): { readonly ref: Ref; readonly members: readonly Pid<M>[] }
  /** The same for all groups of the scope (pg:monitor_scope/1). @throws `pg.too_many_monitors` */
  monitorScope(self: AnyProcess): { readonly ref: Ref; readonly groups: ReadonlyMap<string, readonly AnyPid[]> }
  /** Nothing more is sent for this monitor; what was sent may be in the mailbox. False if there is none (pg:demonitor/2). */
  demonitor(ref: Ref): boolean
  stats(): PgStats
  /** Resolves when its processes are gone. Other nodes see its members leave. */
  stop(): Promise<void>
}

/**
 * Starts a scope on a node; under a process it is linked to that. A keeper that crashes is started again, without the members that it had on this
 * node: they are to join anew, as in pg. Monitors are told that they left.
 *
 * Rejects with `pg.bad_option`, and with `pg.already_started` if the scope runs on this node already.
 */
export async function startPg(
  starter: Starter,
  distribution: Pick<Distribution, 'nodes' | 'monitorNodes'>,
  { scope: scopeName = 'pg', includes, limits = {} }: PgOptions = {},
): Promise<Pg> {
  if (typeof scopeName !== 'string' || scopeName === '') throw bad('scope', 'must be a string that is not empty')
  if (includes !== undefined && typeof includes !== 'function')
    throw bad('includes', 'must be a function (node) => boolean')
  const node = 'node' in starter ? starter.node : starter
  const scope = new LocalScope(node, scopeName, completeLimits(limits))
  const names = { keeper: `@agner/global/pg/${scopeName}`, relay: `@agner/global/pg-relay/${scopeName}` }
  const isThere = (): boolean => node.whereis(names.keeper) !== undefined
  const alreadyStarted = (): Error => pgError('pg.already_started', { scope: scopeName, node: node.name })
  if (isThere()) throw alreadyStarted()
  const keeper = keeperBody({ scope, name: names.keeper, distribution, includes: includes ?? null })
  const relay = relayBody(scope, names.relay)
  const supervisor = await startSupervisor(starter, {
    intensity: 5,
    periodMs: 10_000,
    children: [
      {
        id: 'keeper',
        start: (above) => {
          const pid = above.spawnLink<unknown, unknown>(keeper as never, { name: names.keeper })
          scope.open(pid)
          return Promise.resolve(pid)
        },
      },
      {
        id: 'relay',
        start: (above) => Promise.resolve(above.spawnLink<unknown, unknown>(relay as never, { name: names.relay })),
      },
    ],
  }).catch((error: unknown) => {
    // Of two that start it at the same time one is first.
    throw isThere() ? alreadyStarted() : error
  })
  return new RunningPg(scope, supervisor, names.relay)
}

function completeLimits(given: Partial<PgLimits>): PgLimits {
  const limits = { ...defaultPgLimits, ...given }
  for (const [name, value] of Object.entries(limits))
    if (!(typeof value === 'number' && value >= 0))
      throw bad(`limits.${name}`, 'must be a number from 0 up, or Infinity')
  return limits
}

function bad(option: string, problem: string): Error {
  return pgError('pg.bad_option', { option, problem })
}

class RunningPg implements Pg {
  readonly scope: string
  readonly pid: AnyPid
  readonly #local: LocalScope
  readonly #relay: string

  constructor(local: LocalScope, pid: AnyPid, relay: string) {
    this.scope = local.name
    this.pid = pid
    this.#local = local
    this.#relay = relay
  }

  join(group: GroupName<never>, processes: AnyPid | readonly AnyPid[]): void {
    this.#local.join(nameOf(group), this.#local.own(processes))
  }

  leave(group: GroupName<never>, processes: AnyPid | readonly AnyPid[]): boolean {
    return this.#local.leave(nameOf(group), this.#local.own(processes))
  }

  getMembers<M = unknown>(group: GroupName<M>): readonly Pid<M>[] {
    return this.#local.table.members(nameOf(group)) as readonly Pid<M>[]
  }

  getLocalMembers<M = unknown>(group: GroupName<M>): readonly Pid<M>[] {
    return this.#local.table.local(nameOf(group)) as readonly Pid<M>[]
  }

  whichGroups(): string[] {
    return this.#local.table.groups()
  }

  whichLocalGroups(): string[] {
    return this.#local.table.localGroups()
  }

  nodes(): string[] {
    return this.#local.peers?.nodes() ?? []
  }

  pick<M = unknown>(group: GroupName<M>, { which = 'closest' }: PickOptions = {}): Pid<M> | undefined {
    const { table, node } = this.#local
    const name = nameOf(group)
    const here = which === 'any' ? [] : table.local(name)
    const from = here.length > 0 || which === 'local' ? here : table.members(name)
    return from[Math.floor(node.runtime.random() * from.length)] as Pid<M> | undefined
  }

  broadcast<M = unknown>(
    from: AnyProcess | Node,
    group: GroupName<M>,
    message: NoInfer<M> & Sendable<NoInfer<M>>,
    { local = false }: BroadcastOptions = {},
  ): number {
    const { table, node, counts } = this.#local
    const name = nameOf(group)
    let processes = 0
    for (const pid of table.localBag(name)?.processes() ?? []) {
      from.send(pid as never, message as never)
      processes++
    }
    if (local) return processes
    let failed: { readonly error: unknown } | null = null
    for (const there of table.nodes(name)) {
      if (there === node.name) continue
      const deliver: Deliver = { type: 'deliver', group: name, message }
      try {
        from.send({ name: this.#relay, node: there }, deliver as never)
        counts.broadcastsSent++
        processes += table.bag(there, name)?.processCount ?? 0
      } catch (error) {
        // Who is behind the one that takes no more gets it all the same.
        failed ??= { error }
      }
    }
    if (failed !== null) throw failed.error
    return processes
  }

  monitor<M = unknown>(
    self: AnyProcess,
    group: GroupName<M>,
  ): { readonly ref: Ref; readonly members: readonly Pid<M>[] } {
    return { ref: this.#local.monitors.add(self, nameOf(group)), members: this.getMembers(group) }
  }

  monitorScope(self: AnyProcess): { readonly ref: Ref; readonly groups: ReadonlyMap<string, readonly AnyPid[]> } {
    const { table, monitors } = this.#local
    const ref = monitors.add(self, null)
    return { ref, groups: new Map(table.groups().map((group) => [group, table.members(group)])) }
  }

  demonitor(ref: Ref): boolean {
    return this.#local.monitors.remove(ref)
  }

  stats(): PgStats {
    const { table, monitors, counts } = this.#local
    return { groups: table.groups().length, localMembers: table.size(), monitors: monitors.size, ...counts }
  }

  async stop(): Promise<void> {
    const { node } = this.#local
    node.sendExit(this.pid, 'shutdown')
    await node.exited(this.pid)
  }
}
