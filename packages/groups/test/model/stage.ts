/**
 * Where a program is played: on a simulated cluster, or on real OS processes. Nodes go by their short names, processes by texts.
 */
import type { AnyPid, Node } from '@agner/core'
import { exportPid, internPid } from '@agner/core/kernel'
import type { Consistency, Groups, GroupView } from '../../src/index.ts'

/** What is asked of one node. */
export type Order =
  | { readonly do: 'newGroup'; readonly group: string; readonly nodes: readonly string[]; readonly mode: Consistency }
  | { readonly do: 'addNodes' | 'removeNodes'; readonly group: string; readonly nodes: readonly string[] }
  | { readonly do: 'deleteGroup'; readonly group: string }
  | { readonly do: 'register' | 'reregister'; readonly group: string; readonly name: string; readonly pid: string }
  | { readonly do: 'unregister'; readonly group: string; readonly name: string }
  | { readonly do: 'connect' | 'release'; readonly to: string }
  | { readonly do: 'spawn' }
  | { readonly do: 'kill'; readonly pid: string }

/** What came of it: a value, or the code of an error. */
export interface Outcome {
  readonly value?: unknown
  readonly code: string | null
}

export interface GroupSnapshot {
  readonly view: GroupView
  readonly leader: string | null
  readonly voters: readonly string[]
  readonly present: readonly string[]
  /** Names and processes. */
  readonly names: readonly (readonly [name: string, pid: string])[]
}

/** All that a node says of itself at one moment. */
export interface Snapshot {
  readonly node: string
  readonly isFree: boolean
  readonly connected: readonly string[]
  readonly groups: readonly GroupSnapshot[]
  /** Processes that an order has spawned here, and that live. */
  readonly alive: readonly string[]
}

export interface Stage {
  up(): readonly string[]
  ask(by: string, order: Order): Promise<Outcome>
  /** Every node that is up, at about the same time. */
  look(): Promise<Snapshot[]>
  run(ms: number): Promise<void>
  crash(node: string, how: 'reset' | 'silence'): Promise<void>
  start(node: string): Promise<void>
  partition(one: readonly string[], other: readonly string[]): void
  cutOneWay(from: string, to: string): void
  drop(from: string, to: string): void
  heal(): void
  stop(): Promise<void>
}

export const short = (node: string): string => node.split('@')[0]!

function textOf(pid: AnyPid): string {
  // It comes back as the same object.
  exportPid(pid)
  return `${pid.node}/${pid.incarnation}/${pid.id}`
}
export const homeOf = (pid: string): string => short(pid)

function pidOf(text: string): AnyPid {
  const [node, incarnation, id] = text.split('/') as [string, string, string]
  return internPid(node, Number(incarnation), Number(id))
}

/** One node of a stage: carries out orders, and says how it stands. */
export class Actor {
  readonly #node: Node
  readonly #groups: Groups
  readonly #connected: () => readonly string[]
  readonly #spawned = new Set<AnyPid>()

  constructor(node: Node, groups: Groups, connected: () => readonly string[]) {
    this.#node = node
    this.#groups = groups
    this.#connected = connected
  }

  async carryOut(order: Order): Promise<Outcome> {
    try {
      return { value: await this.#do(order), code: null }
    } catch (error) {
      const { code } = error as { readonly code?: unknown }
      if (typeof code !== 'string') throw error
      return { code }
    }
  }

  #do(order: Order): unknown {
    const at = (node: string): string => `${node}@${this.#node.name.split('@')[1]}`
    const groups = this.#groups
    switch (order.do) {
      case 'newGroup':
        return groups.newGroup(order.group, order.nodes.map(at), { mode: order.mode })
      case 'addNodes':
      case 'removeNodes':
        return groups[order.do](order.group, order.nodes.map(at))
      case 'deleteGroup':
        return groups.deleteGroup(order.group)
      case 'register':
      case 'reregister':
        return groups[order.do](this.#node, order.group, order.name, pidOf(order.pid))
      case 'unregister':
        return groups.unregister(this.#node, order.group, order.name)
      case 'connect':
        return groups.connect(at(order.to))
      case 'release':
        return groups.release(at(order.to))
      case 'spawn': {
        const pid = this.#node.spawn(async (self) => void (await self.receive()))
        this.#spawned.add(pid)
        return textOf(pid)
      }
      case 'kill':
        return this.#node.sendExit(pidOf(order.pid), 'kill')
    }
  }

  look(): Snapshot {
    const { isFree, groups } = this.#groups.info()
    return {
      node: short(this.#node.name),
      isFree,
      connected: this.#connected().map(short),
      groups: groups.map(({ view, leader, voters, present }) => ({
        view,
        leader: leader === null ? null : short(leader),
        voters: voters.map(short),
        present: present.map(short),
        names: this.#groups.names(view.name).flatMap((name) => {
          const pid = this.#groups.whereis(view.name, name)
          return pid === undefined ? [] : [[name, textOf(pid)] as const]
        }),
      })),
      alive: [...this.#spawned].filter((pid) => this.#node.isAlive(pid)).map(textOf),
    }
  }
}
