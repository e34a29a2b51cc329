/**
 * The groups of a node, as its user has them.
 *
 * Members of a group are meshed and share names; other connections are made only when asked for, and bring nobody else. Who is a member is decided by
 * the group's own log, one step at a time; a keeper on each node acts on what is decided.
 */
import type { AnyPid } from '@agner/core'
import { groupsError } from './errors.ts'
import type { GroupInfo, Groups, GroupsInfo, RegisteredName } from './groups-interface.ts'
import { changeGroup, checkTimeout, newGroup, reformGroup } from './membership/changing.ts'
import { nodeOf } from './membership/founding.ts'
import type { Membership } from './membership/membership.ts'
import type { OwnGroup } from './membership/own-group.ts'
import { costOf } from './names/cost.ts'
import type { GroupNames } from './names/group-names.ts'
import type { Reach } from './reach.ts'

export class NodeGroups implements Groups {
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
    if (node === this.#membership.node.name) return true
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
