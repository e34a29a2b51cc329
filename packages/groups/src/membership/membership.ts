/**
 * The groups of one node: what is in force, and what follows from it.
 *
 *     log applied, hello, views ──► learn(view) ──► newer? ──► in force: connections, names, monitors, listeners
 *                                              └─► older? ──► whoever said it is told what is newer
 *
 * A node acts on what is committed, and on nothing else; whether it heard it from the log or from somebody who had it from there makes no difference.
 */
import { cast } from '@agner/behaviours'
import { memberIdOf, nodeOfMember } from '@agner/consensus'
import type { AnyPid, Node } from '@agner/core'
import { messageOf } from '@agner/core/kernel'
import type { Distribution } from '@agner/distribution'
import type { GroupNames } from '../names/group-names.ts'
import type { Settings } from '../settings.ts'
import { Edges } from './edges.ts'
import { heardHello, sayHello } from './greeting.ts'
import { logNameOf } from './group-log.ts'
import { Knowledge, type Peer } from './knowledge.ts'
import { Latest } from './latest.ts'
import { Logs } from './logs.ts'
import { GroupMonitors } from './monitors.ts'
import type { OwnGroup } from './own-group.ts'
import { keeperProtocol, type FreeKind, type Hello, type KeeperApi } from './protocol.ts'
import { Reservations } from './reservations.ts'
import { isMember, isNewerView, type GroupView } from './view.ts'

export interface MembershipOptions {
  readonly node: Node
  readonly distribution: Distribution
  readonly settings: Settings
  /** Makes the names of a group that this node has joined. */
  readonly makeNames: (own: OwnGroup, view: GroupView) => GroupNames
  /** Another free node is there. */
  readonly metFree: (node: string) => void
  /** This node is in no group any more, or was in none and is in one now. */
  readonly freed: (isFree: boolean) => void
}

export class Membership {
  readonly node: Node
  readonly settings: Settings
  readonly distribution: Distribution
  readonly own: Map<string, OwnGroup> = new Map()
  /** Nodes that have said hello on the connection that stands. */
  readonly peers: Map<string, Peer> = new Map()
  readonly edges: Edges
  readonly knowledge: Knowledge
  readonly monitors: GroupMonitors
  readonly logs: Logs
  readonly reservations: Reservations
  readonly startedMs: number
  readonly #options: MembershipOptions
  /** Groups that this node has left, or that are deleted, by id. */
  readonly #graves: Latest<string, GroupView>
  #needed: ReadonlySet<string> | null = null
  /** The process that speaks for this node. */
  keeper: AnyPid | null = null
  freeKind: FreeKind = null
  isStopped = false
  /** Whoever waits for something that will not come any more when all is stopped. */
  readonly waiters: Set<() => void> = new Set()

  constructor(options: MembershipOptions) {
    const { node, distribution, settings } = options
    this.#options = options
    this.node = node
    this.distribution = distribution
    this.settings = settings
    this.startedMs = node.monotonicTimeMs()
    this.#graves = new Latest(settings.limits.rememberedGroups)
    this.edges = new Edges(node, distribution, { graceMs: settings.times.graceMs, needed: () => this.needed })
    this.logs = new Logs({
      node,
      settings,
      own: this.own,
      keeper: () => this.keeper,
      isConnected: (other) => this.edges.isConnected(other),
      peers: () => this.peers.keys(),
      tellLife: (other, log, life) => this.tell(other, 'life', { node: node.name, log, life }),
    })
    this.reservations = new Reservations(node, settings.times.pendingMs)
    this.knowledge = new Knowledge({
      node: node.name,
      own: this.own,
      limit: settings.limits.knownGroups,
      isConnected: (other) => this.edges.isConnected(other),
      failed: (error) => this.#report('groups.listener_failed', `a listener of groups failed: ${messageOf(error)}`),
    })
    this.monitors = new GroupMonitors(node, {
      limit: settings.limits.monitors,
      connected: () => this.edges.connected(),
      visible: () => distribution.nodes(),
      members: (group) => (group === null ? this.memberNodes() : (this.own.get(group)?.view?.nodes ?? [])),
      isFree: () => this.isFree,
    })
  }

  // — who is there —

  get isFree(): boolean {
    return ![...this.own.values()].some(({ view }) => view !== null)
  }

  /** Every node that shares a group with this one. */
  memberNodes(): string[] {
    return [...new Set([...this.own.values()].flatMap(({ view }) => view?.nodes ?? []))]
  }

  /** Whom this node has to be connected to for its groups. */
  get needed(): ReadonlySet<string> {
    if (this.#needed !== null) return this.#needed
    const needed = new Set(this.logs.lingering.nodes())
    for (const { view, log, pending } of this.own.values()) {
      for (const node of view?.nodes ?? []) needed.add(node)
      // Those who have left keep their votes until they are handed over.
      for (const { id } of log?.status?.members ?? []) needed.add(nodeOfMember(id))
      if (pending !== null) for (const node of pending.genesis.nodes) needed.add(node)
    }
    for (const node of this.reservations.askers()) needed.add(node)
    for (const node of this.freeNodes()) needed.add(node)
    needed.delete(this.node.name)
    this.#needed = needed
    return needed
  }

  /** The other free nodes that this one shares the free names with: those that are connected and say so. */
  freeNodes(): string[] {
    if (this.freeKind !== 'normal') return []
    return [...this.peers].filter(([, { free }]) => free === 'normal').map(([name]) => name)
  }

  /** Another free node is there, and says to whom else it is connected: they are all to be meshed. Those that are not there are not waited for. */
  metFree(node: string, nodes: readonly string[]): void {
    this.#options.metFree(node)
    this.meetFree(nodes)
  }

  meetFree(nodes: readonly string[]): void {
    if (this.freeKind === 'normal') for (const node of nodes) void this.edges.dial(node)
  }

  changed(): void {
    this.#needed = null
  }

  /** The id that a node's member of a log has now, or would have; null if it is not there. */
  memberId(node: string, log = ''): string | null {
    if (node === this.node.name) return memberIdOf(this.node, 'memory', this.logs.life(log))
    const peer = this.peers.get(node)
    if (peer === undefined) return null
    return memberIdOf({ name: node, incarnation: peer.keeper.incarnation }, 'memory', peer.lives.get(log))
  }

  byId(id: string): OwnGroup | undefined {
    for (const own of this.own.values()) if (own.id === id) return own
    return undefined
  }

  // — what others say, and are told —

  tell<Name extends keyof KeeperApi['casts']>(
    node: string,
    name: Name,
    payload: Parameters<KeeperApi['casts'][Name]>[0],
  ): void {
    // Nobody is connected to in order to be told: who connects later says hello.
    if (node === this.node.name || !this.edges.isConnected(node)) return
    cast(this.node, keeperProtocol.at({ name: keeperProtocol.module, node }), name, payload as never)
  }

  tellViews(node: string, views: readonly GroupView[]): void {
    this.tell(node, 'views', { from: this.node.name, views })
  }

  /** A node that is connected may share the names of groups that it is in. */
  candidate(node: string): void {
    for (const own of this.own.values()) if (own.view !== null && isMember(own.view, node)) own.names?.candidate(node)
  }

  heardHello(hello: Hello): void {
    heardHello(this, hello)
  }

  up(node: string): void {
    this.edges.up(node)
    sayHello(this, node, false)
    this.candidate(node)
    this.monitors.look()
  }

  down(node: string, reason: string): void {
    // It may be there again already: what is over is what was said on that connection.
    this.peers.delete(node)
    this.reservations.lost(node)
    this.changed()
    this.monitors.down(node, reason)
    for (const own of this.own.values()) own.names?.lost?.(node)
  }

  // — what is in force —

  /** Takes a view that is committed, or configured, from wherever it comes. */
  learn(view: GroupView, from: string | null): void {
    // A listener may have stopped all, with more to be learnt.
    if (this.isStopped) return
    const grave = this.#graves.get(view.id)
    if (grave !== undefined && !isNewerView(view, grave)) {
      if (from !== null && isNewerView(grave, view)) this.tellViews(from, [grave])
      return
    }
    const own = this.byId(view.id)
    if (own === undefined) return this.#learnNew(view, from)
    const { view: current } = own
    if (current === null || isNewerView(view, current)) return this.#inForce(own, view)
    if (from === null) return
    if (isNewerView(current, view)) this.tellViews(from, [current])
    else if (view.generation === 0 && !sameMembers(view, current)) this.#reportDiffering(view, from)
  }

  #learnNew(view: GroupView, from: string | null): void {
    if (view.isDeleted || !isMember(view, this.node.name)) {
      this.knowledge.hear([view])
      return
    }
    const other = this.own.get(view.name)
    if (other !== undefined) {
      // A node is in one group of a name: whoever added it did so in an earlier life of it, or had its promise too long ago.
      if (from !== null) this.tell(from, 'declined', { id: view.id, node: this.node.name })
      return
    }
    this.#inForce(this.begin(view.name, view.id), view)
  }

  /** A group that this node is about to be in. */
  begin(name: string, id: string): OwnGroup {
    const own: OwnGroup = {
      name,
      id,
      view: null,
      log: null,
      pending: null,
      names: null,
      declined: new Set(),
      ledAtMs: this.node.monotonicTimeMs(),
      isChanging: false,
      promisedTo: null,
    }
    this.own.set(name, own)
    return own
  }

  #inForce(own: OwnGroup, view: GroupView): void {
    const before = own.view
    const wasFree = this.isFree
    own.view = view
    this.#graves.delete(view.id)
    this.#settleLog(own, view)
    this.reservations.release(own.name, own.id)
    this.knowledge.forget(own.id)
    this.changed()
    this.#spread(own, before, view)
    if (view.isDeleted || !isMember(view, this.node.name)) return this.#leave(own, view, before)
    if (before === null) {
      if (wasFree) this.#freed(false)
      own.names = this.#options.makeNames(own, view)
      this.knowledge.tell({ type: 'joined', view })
    } else {
      this.knowledge.tell({ type: 'changed', view, before })
      const fresh = new Set(view.nodes.filter((node) => !isMember(before, node)))
      for (const node of this.edges.connected()) if (fresh.has(node)) own.names?.candidate(node)
    }
    // Whoever was told may have stopped all.
    if (this.isStopped) return
    this.edges.tend()
    this.monitors.look()
  }

  /** The log that the view came from is the one to take part in. */
  #settleLog(own: OwnGroup, view: GroupView): void {
    if (view.generation === 0) return
    const name = logNameOf(view)
    const { pending, log } = own
    if (pending !== null) {
      if (pending.log.name === name) {
        own.pending = null
        own.log = pending.log
        if (log !== null) this.logs.lingering.end(log)
        return
      }
      if (pending.genesis.generation <= view.generation) this.drop(own)
    }
    if (own.log?.name === name) return
    if (own.log !== null) this.logs.lingering.end(own.log)
    const isIn = !view.isDeleted && isMember(view, this.node.name)
    own.log = isIn ? this.logs.open(name, null) : null
    // Some may think that the member that it had before lives.
    for (const node of view.nodes) this.logs.tellLife(node, name)
    own.ledAtMs = this.node.monotonicTimeMs()
  }

  /** A founding that did not come about: what this node promised in its log is forgotten, so its member of it is no more. */
  drop(own: OwnGroup): void {
    const { pending } = own
    if (pending !== null) this.logs.lingering.end(pending.log)
    own.pending = null
    // Also if it never came as far as a log: the name is free again.
    if (own.view === null && this.own.get(own.name) === own) this.own.delete(own.name)
    this.changed()
  }

  /** Tells those whom the log does not reach: who came or went is told by every member, the others by the leader. */
  #spread(own: OwnGroup, before: GroupView | null, view: GroupView): void {
    const old = new Set(before?.nodes ?? [])
    const now = new Set(view.nodes)
    const isLeader = own.log?.isLeader === true
    for (const node of new Set([...old, ...now]))
      if (isLeader || old.has(node) !== now.has(node)) this.tellViews(node, [view])
  }

  #leave(own: OwnGroup, view: GroupView, before: GroupView | null): void {
    this.own.delete(own.name)
    this.bury(view)
    own.names?.stop()
    if (own.pending !== null) this.drop(own)
    this.logs.lingering.add(own)
    this.changed()
    if (before !== null) this.knowledge.tell({ type: 'left', view })
    if (this.isStopped) return
    this.monitors.look()
    if (this.isFree) this.#freed(true)
  }

  bury(view: GroupView): void {
    this.#graves.set(view.id, view)
  }

  /** What this node knows of a group that it has left, or that is deleted. */
  grave(id: string): GroupView | undefined {
    return this.#graves.get(id)
  }

  #freed(isFree: boolean): void {
    this.#options.freed(isFree)
    this.changed()
  }

  // — what people should see —

  #reportDiffering(view: GroupView, from: string): void {
    const text = `${from} is configured with other members of the group "${view.name}" than this node: ${view.nodes.join(', ')}. Give all nodes the same table.`
    this.#report('groups.differing_configuration', text)
  }

  #report(code: string, text: string): void {
    this.node.report({ type: 'notice', level: 'warning', source: 'groups', text, details: { code } })
  }

  /** A process speaks for this node from now on, perhaps in the place of one that has failed. */
  begun(keeper: AnyPid): void {
    this.keeper = keeper
    this.logs.forgetDirty()
    const fresh = this.edges.unseen()
    for (const node of [...this.peers.keys()])
      if (!this.edges.isConnected(node) || fresh.includes(node)) this.down(node, 'connection_closed')
    // Nobody tells it of those that came before.
    for (const node of fresh) this.edges.up(node)
    for (const node of this.edges.connected()) {
      sayHello(this, node, true)
      this.candidate(node)
    }
    this.monitors.look()
  }

  /** Resolves when the logs' processes have ended. */
  stop(): Promise<void> {
    this.isStopped = true
    this.keeper = null
    this.edges.stop()
    this.monitors.stop()
    this.knowledge.clear()
    for (const own of this.own.values()) own.names?.stop()
    const stopped = this.logs.stop()
    this.own.clear()
    for (const giveUp of [...this.waiters]) giveUp()
    return stopped
  }
}

function sameMembers(a: GroupView, b: GroupView): boolean {
  return a.nodes.length === b.nodes.length && a.nodes.every((node) => isMember(b, node))
}
