/**
 * The groups of a node.
 *
 * Members of a group are meshed and share names; other connections are made only when asked for, and bring nobody else. Who is a member is decided by
 * the group's own log, one step at a time; a keeper on each node acts on what is decided.
 */
import { startServer } from '@agner/behaviours'
import type { AnyPid, Node } from '@agner/core'
import { setLongTimer } from '@agner/core/kernel'
import type { Distribution } from '@agner/distribution'
import { groupsError } from './errors.ts'
import type { GroupInfo, Groups, GroupsInfo, GroupsOptions, RegisteredName } from './groups-interface.ts'
import { changeGroup, checkTimeout, newGroup, reformGroup } from './membership/changing.ts'
import { configuredView } from './membership/configured.ts'
import { nodeOf } from './membership/founding.ts'
import { sayHello } from './membership/greeting.ts'
import { defineKeeper } from './membership/keeper.ts'
import { Membership } from './membership/membership.ts'
import type { OwnGroup } from './membership/own-group.ts'
import type { GroupView } from './membership/view.ts'
import { AgreeNames } from './names/agree-names.ts'
import { costOf } from './names/cost.ts'
import type { GroupNames } from './names/group-names.ts'
import { MergeNames } from './names/merge-names.ts'
import { startReach, type Reach, type ReachWorld, type RunningReach } from './reach.ts'
import { checkReach } from './reach-options.ts'
import { toSettings, type Settings } from './settings.ts'

/**
 * Starts the groups of a node, once; after `stop`, again. Rejects as it throws, and whatever it had begun is undone then.
 *
 * @throws `groups.bad_group`, `groups.bad_option`, `groups.too_many`; `name.taken` if they run on this node already
 */
export async function startGroups(
  node: Node,
  distribution: Distribution,
  options: GroupsOptions = {},
): Promise<Groups> {
  const settings = toSettings(options)
  checkReach(node.name, options)
  const views = Object.entries(options.groups ?? {}).map(([name, given]) => configuredView(name, given))
  // Those that were stopped may not have ended yet, and have the names that these will have.
  await endings.get(node)
  const started = new Start(node, distribution, settings, options)
  try {
    return await started.run(views)
  } catch (error) {
    await started.stop()
    throw error
  }
}

/** For each node the groups on it that are ending. */
const endings = new WeakMap<Node, Promise<unknown>>()

class Start {
  readonly #node: Node
  readonly #distribution: Distribution
  readonly #options: GroupsOptions
  readonly #membership: Membership
  #free: MergeNames | null = null
  #reach: RunningReach | null = null

  constructor(node: Node, distribution: Distribution, settings: Settings, options: GroupsOptions) {
    const membership: Membership = new Membership({
      node,
      distribution,
      settings,
      makeNames: (own, view) => makeNames(membership, own, view),
      freed: (isFree) => this.#freed(isFree),
      metFree: (other) => this.#free?.candidate(other),
    })
    this.#node = node
    this.#distribution = distribution
    this.#options = options
    this.#membership = membership
  }

  async run(views: readonly GroupView[]): Promise<Groups> {
    const membership = this.#membership
    for (const view of views) membership.knowledge.configure(view)
    const mine = views.filter((view) => view.nodes.includes(this.#node.name))
    for (const view of mine) membership.learn(view, null)
    if (mine.length === 0) this.#freed(true)
    // Names can be given from the first moment on.
    for (const { names } of membership.own.values()) if (names instanceof MergeNames) await names.ready
    await startKeeper(membership)
    this.#reach = startReach(this.#node, this.#distribution, worldOf(membership), this.#options)
    return new NodeGroups(
      membership,
      () => this.#free,
      this.#reach,
      () => void this.stop(),
    )
  }

  #freed(isFree: boolean): void {
    const membership = this.#membership
    const kind = this.#options.free ?? 'hidden'
    membership.freeKind = isFree ? kind : null
    this.#free?.stop()
    this.#free = isFree && kind === 'normal' ? freeNames(membership) : null
    for (const other of membership.edges.connected()) sayHello(membership, other, false)
  }

  /** Resolves when the names of its processes are free; whoever starts groups here next waits for it. */
  stop(): Promise<unknown> {
    const { keeper, isStopped } = this.#membership
    if (isStopped) return endings.get(this.#node) ?? Promise.resolve()
    const processes = [...(this.#reach?.processes() ?? []), ...(keeper === null ? [] : [keeper])]
    this.#reach?.stop()
    this.#free?.stop()
    const logs = this.#membership.stop()
    if (keeper !== null) this.#node.sendExit(keeper, 'shutdown')
    const ended = Promise.all([endings.get(this.#node), logs, ...processes.map((pid) => this.#node.exited(pid))])
    endings.set(this.#node, ended)
    return ended
  }
}

/** What is known of groups does not hang on the process that speaks for them: if it fails, another goes on. */
async function startKeeper(membership: Membership): Promise<void> {
  const { node, settings } = membership
  const keeper = await startServer(node, defineKeeper(membership), undefined, { name: '@agner/groups/keeper' })
  // They were stopped meanwhile.
  if (membership.isStopped) node.sendExit(keeper, 'shutdown')
  // What ended it may be there still: not at once.
  const again = (): void => {
    if (membership.isStopped || node.isStopped) return
    membership.keeper = null
    setLongTimer(node, settings.times.redialMs, () => {
      if (!membership.isStopped && !node.isStopped) startKeeper(membership).catch(again)
    })
  }
  void node.exited(keeper).then(again)
}

function makeNames(membership: Membership, own: OwnGroup, view: GroupView): GroupNames {
  const { node, settings, edges } = membership
  if (view.mode === 'merge') {
    const scope = view.id === configuredView(view.name, []).id ? `group/${view.name}` : `group/${view.name}/${view.id}`
    const connected = (): string[] => edges.connected().filter((other) => own.view?.nodes.includes(other) === true)
    return MergeNames.start(node, { scope, connected })
  }
  return new AgreeNames({
    node,
    group: view.name,
    timeoutMs: settings.times.timeoutMs,
    withdrawAfterMs: settings.times.graceMs,
    limit: settings.limits.namesPerGroup,
    log: () => own.log,
    view: () => own.view,
    incarnation: (name) => membership.peers.get(name)?.keeper.incarnation ?? null,
    acknowledged: (name) => {
      const { log } = own
      const id = membership.memberId(name, log?.name)
      return log?.status?.followers.find((follower) => follower.id === id)?.match ?? 0
    },
  })
}

/** The names of free normal nodes. */
function freeNames(membership: Membership): MergeNames {
  const connected = (): string[] =>
    [...membership.peers].filter(([, { free }]) => free === 'normal').map(([name]) => name)
  return MergeNames.start(membership.node, { scope: 'free', connected })
}

/** What those ask who reach beyond own groups. */
function worldOf({ knowledge, own, edges }: Membership): ReachWorld {
  return {
    view: knowledge,
    whereis: (group, name) => own.get(group)?.names?.whereis(name),
    names: (group) => own.get(group)?.names?.names() ?? [],
    attempt: (node) => edges.attempt(node),
  }
}

class NodeGroups implements Groups {
  readonly relay: Reach['relay']
  readonly across: Reach['across']
  readonly attributes: Reach['attributes']
  readonly #stop: () => void
  readonly #membership: Membership
  readonly #free: () => GroupNames | null

  constructor(
    membership: Membership,
    free: () => GroupNames | null,
    { relay, across, attributes }: Reach,
    stop: () => void,
  ) {
    this.relay = relay
    this.across = across
    this.attributes = attributes
    this.#stop = stop
    this.#membership = membership
    this.#free = free
  }

  get view(): Groups['view'] {
    return this.#membership.knowledge
  }

  get free(): GroupNames | null {
    return this.#free()
  }

  newGroup: Groups['newGroup'] = (group, nodes, options = {}) => newGroup(this.#membership, group, nodes, options)

  deleteGroup: Groups['deleteGroup'] = async (group, options = {}) => {
    await changeGroup(this.#membership, group, { type: 'delete' }, options)
  }

  addNodes: Groups['addNodes'] = (group, nodes, options = {}) =>
    changeGroup(this.#membership, group, { type: 'add', nodes }, options)

  removeNodes: Groups['removeNodes'] = (group, nodes, options = {}) =>
    changeGroup(this.#membership, group, { type: 'remove', nodes }, options)

  reform: Groups['reform'] = (group, options = {}) => reformGroup(this.#membership, group, options)

  own(): string[] {
    return this.view.ownGroups()
  }

  groups(): { readonly own: string[]; readonly others: string[] } {
    const others = this.view.known().filter(({ source }) => source !== 'own')
    return { own: this.own(), others: [...new Set(others.map(({ view }) => view.name))] }
  }

  ownGroups(): Record<string, readonly string[]> {
    return Object.fromEntries(this.own().map((group) => [group, this.members(group)]))
  }

  ownNodes(group?: string): string[] {
    const { node } = this.#membership
    if (group !== undefined) return this.view.isOwn(group) ? [...this.members(group)] : []
    const all = this.#membership.isFree ? this.#membership.freeNodes() : this.#membership.memberNodes()
    return [...new Set([node.name, ...all])]
  }

  members(group: string): readonly string[] {
    return this.view.find(group)?.view.nodes ?? []
  }

  present(group: string): string[] {
    return this.#names(group).present()
  }

  info(): GroupsInfo {
    const { node, edges, own, monitors, reservations, isFree } = this.#membership
    const connected = new Set(edges.connected())
    const groups = [...own.values()].flatMap(({ view, log, pending, names }) => {
      if (view === null) return []
      const status = log?.status ?? null
      const settled = view.generation === 0 ? 'configured' : 'founded'
      const state: GroupInfo['state'] = pending === null ? settled : 'founding'
      return [
        {
          view,
          state,
          present: names?.present() ?? [node.name],
          missing: view.nodes.filter((name) => name !== node.name && !connected.has(name)),
          leader: status?.leader === null || status === null ? null : nodeOf(status.leader),
          voters: status?.members.filter(({ role }) => role === 'voter').map(({ id }) => nodeOf(id)) ?? [],
        },
      ]
    })
    return {
      node: node.name,
      isFree,
      groups,
      others: this.view.known().flatMap(({ view, source }) => (source === 'own' ? [] : [view])),
      closedConnections: edges.closed,
      monitors: monitors.size,
      reservations: reservations.size,
    }
  }

  cost: Groups['cost'] = (group) => {
    const { view, log, names } = this.#own(group)
    const present = names?.present() ?? []
    const voters = log?.status?.members.filter(({ role }) => role === 'voter').length ?? 0
    const mode = view?.mode ?? 'merge'
    const isDeciding = mode === 'merge' ? present.toSorted()[0] === this.#membership.node.name : log?.isLeader === true
    return costOf({ mode, members: present.length, voters, isDeciding })
  }

  async sync(group: string, options: Parameters<Groups['sync']>[1] = {}): Promise<boolean> {
    checkTimeout(options.timeoutMs)
    return this.#names(group).sync({ nodes: this.members(group), ...options })
  }

  monitorNodes: Groups['monitorNodes'] = ({ pid }, { group, on = true } = {}) => {
    const { monitors } = this.#membership
    if (on) monitors.subscribe(pid, group ?? null)
    else monitors.unsubscribe(pid, group ?? null)
  }

  async connect(node: string): Promise<boolean> {
    const { edges, distribution } = this.#membership
    if (!(await distribution.connect(node))) return false
    edges.ask(node, 'us', true)
    this.#membership.tell(node, 'asked', { node: this.#membership.node.name, on: true })
    return true
  }

  release(node: string): void {
    this.#membership.edges.ask(node, 'us', false)
    this.#membership.tell(node, 'asked', { node: this.#membership.node.name, on: false })
  }

  whereis(group: string, name: string): AnyPid | undefined {
    return this.#names(group).whereis(name)
  }

  names(group: string): string[] {
    return this.#names(group).names()
  }

  registeredNames(of: { readonly group: string } | { readonly node: string }): RegisteredName[] {
    if ('group' in of) {
      if (!this.view.isOwn(of.group)) throw this.#noInformation(`the group "${of.group}"`)
      return this.names(of.group).map((name) => ({ group: of.group, name }))
    }
    if (!this.#membership.memberNodes().includes(of.node)) throw this.#noInformation(`the node ${of.node}`)
    return this.own().flatMap((group) =>
      this.names(group)
        .filter((name) => this.whereis(group, name)?.node === of.node)
        .map((name) => ({ group, name })),
    )
  }

  #noInformation(what: string): Error {
    return groupsError('groups.no_information', { what, node: this.#membership.node.name })
  }

  register: Groups['register'] = async (from, group, name, pid, options) =>
    this.#names(group).register(from, name, pid, options)

  reregister: Groups['reregister'] = async (from, group, name, pid, options) =>
    this.#names(group).reregister(from, name, pid, options)

  unregister: Groups['unregister'] = async (from, group, name) => this.#names(group).unregister(from, name)

  send: Groups['send'] = (from, group, name, message) => {
    const pid = this.whereis(group, name)
    if (pid === undefined) throw groupsError('groups.no_such_name', { group, name, node: this.#membership.node.name })
    from.send(pid as never, message as never)
  }

  stop(): void {
    this.#stop()
  }

  #own(group: string): OwnGroup {
    const own = this.#membership.own.get(group)
    if (own?.view === null || own === undefined) throw notAMember(this.#membership, group)
    return own
  }

  #names(group: string): GroupNames {
    const { names } = this.#own(group)
    if (names === null) throw notAMember(this.#membership, group)
    return names
  }
}

function notAMember(membership: Membership, group: string): Error {
  const own = membership.knowledge.ownGroups().join(', ') || 'none'
  return groupsError('groups.not_a_member', { node: membership.node.name, group, own })
}
