/**
 * Node groups with membership from configuration.
 *
 * For each group that this node is in, a keeper dials the members that are not connected, and goes on doing so: a member that comes back is
 * connected within a redial. Nothing here, and nothing below, connects two nodes because a third one is connected to both.
 */
import type { AnyPid, AnyProcess, Node, Process } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import { Scope } from '@agner/global'
import { groupsError } from './errors.ts'

export interface GroupsOptions {
  /** All groups that this node should know, by name, with the names of their nodes. Those without this node are kept for information. */
  readonly groups: Readonly<Record<string, readonly string[]>>
  /** How often members that are not connected are dialled; a random part is added. Default 500 ms. */
  readonly redialMs?: number
}

type Caller = AnyProcess | Node

export interface Groups {
  /** The groups that this node is in. */
  own(): string[]
  /** All configured members of a group, connected or not; empty for an unknown group. */
  members(group: string): readonly string[]
  /** The members of an own group that share its names now, this node among them. @throws `groups.not_a_member` */
  present(group: string): string[]
  /**
   * Resolves with true once all configured members of an own group that are given (default: every one) share its names with this node; with false after
   * `timeoutMs` (default 5,000). @throws `groups.not_a_member`
   */
  sync(group: string, options?: { readonly nodes?: readonly string[]; readonly timeoutMs?: number }): Promise<boolean>
  /** The process of a name in an own group, as this node knows it. @throws `groups.not_a_member` */
  whereis(group: string, name: string): AnyPid | undefined
  names(group: string): string[]
  /** False if the name is taken in that group, or the process has another name there. A process may have names in several groups. */
  register(from: Caller, group: string, name: string, pid: AnyPid): Promise<boolean>
  reregister(from: Caller, group: string, name: string, pid: AnyPid): Promise<boolean>
  unregister(from: Caller, group: string, name: string): Promise<boolean>
  /** @throws `groups.not_a_member`, `global.no_such_name` */
  send(from: Caller, group: string, name: string, message: unknown): void
  stop(): void
}

/** @throws `groups.bad_group` */
export async function startGroups(node: Node, distribution: Distribution, options: GroupsOptions): Promise<Groups> {
  const { groups, redialMs = 500 } = options
  for (const [group, members] of Object.entries(groups)) check(group, members)
  const own = Object.keys(groups).filter((group) => groups[group]!.includes(node.name))
  const scopes = new Map<string, Scope>()
  for (const group of own) scopes.set(group, await startScope(node, distribution, group, groups[group]!))
  const wanted = [...new Set(own.flatMap((group) => groups[group]!))].filter((name) => name !== node.name)
  const keeper = node.spawn(keepConnected(distribution, wanted, redialMs), { name: '@agner/groups/keeper' })
  return new ConfiguredGroups(node, groups, scopes, keeper)
}

function check(group: string, members: readonly string[]): void {
  const wellFormed =
    group !== '' &&
    Array.isArray(members) &&
    members.every((name) => /^[^@\s]+@[^@\s]+$/.test(name)) &&
    new Set(members).size === members.length
  if (!wellFormed) throw groupsError('groups.bad_group', { group })
}

function startScope(node: Node, distribution: Distribution, group: string, members: readonly string[]): Promise<Scope> {
  return Scope.start(node, {
    name: `group/${group}`,
    candidates: () => distribution.nodes().filter((name) => members.includes(name)),
    onCandidate: (listener) =>
      distribution.onNodeChange((change) => {
        if (change.type === 'nodeup' && members.includes(change.node)) listener(change.node)
      }),
  })
}

/** Dials who is missing, all at once, and waits a while with some jitter, so that nodes do not dial each other in step. */
function keepConnected(
  distribution: Distribution,
  wanted: readonly string[],
  redialMs: number,
): (self: Process<never>) => Promise<void> {
  return async (self) => {
    for (;;) {
      const connected = new Set(distribution.nodes())
      const missing = wanted.filter((name) => !connected.has(name))
      await self.wait(Promise.all(missing.map((name) => distribution.connect(name))))
      await self.sleep(redialMs * (1 + self.node.runtime.random() / 2))
    }
  }
}

class ConfiguredGroups implements Groups {
  readonly #node: Node
  readonly #groups: Readonly<Record<string, readonly string[]>>
  readonly #scopes: ReadonlyMap<string, Scope>
  readonly #keeper: AnyPid

  constructor(
    node: Node,
    groups: Readonly<Record<string, readonly string[]>>,
    scopes: ReadonlyMap<string, Scope>,
    keeper: AnyPid,
  ) {
    this.#node = node
    this.#groups = groups
    this.#scopes = scopes
    this.#keeper = keeper
  }

  own(): string[] {
    return [...this.#scopes.keys()]
  }

  members(group: string): readonly string[] {
    return Object.hasOwn(this.#groups, group) ? this.#groups[group]! : []
  }

  present(group: string): string[] {
    return this.#scope(group).members()
  }

  async sync(
    group: string,
    options: { readonly nodes?: readonly string[]; readonly timeoutMs?: number } = {},
  ): Promise<boolean> {
    return this.#scope(group).sync({ nodes: this.members(group), ...options })
  }

  whereis(group: string, name: string): AnyPid | undefined {
    return this.#scope(group).whereis(name)
  }

  names(group: string): string[] {
    return this.#scope(group).names()
  }

  async register(from: Caller, group: string, name: string, pid: AnyPid): Promise<boolean> {
    return this.#scope(group).register(from, name, pid)
  }

  async reregister(from: Caller, group: string, name: string, pid: AnyPid): Promise<boolean> {
    return this.#scope(group).reregister(from, name, pid)
  }

  async unregister(from: Caller, group: string, name: string): Promise<boolean> {
    return this.#scope(group).unregister(from, name)
  }

  send(from: Caller, group: string, name: string, message: unknown): void {
    this.#scope(group).send(from, name, message)
  }

  stop(): void {
    this.#node.sendExit(this.#keeper, 'kill')
    for (const scope of this.#scopes.values()) scope.stop()
  }

  #scope(group: string): Scope {
    const scope = this.#scopes.get(group)
    if (scope === undefined)
      throw groupsError('groups.not_a_member', { node: this.#node.name, group, own: this.own().join(', ') || 'none' })
    return scope
  }
}
