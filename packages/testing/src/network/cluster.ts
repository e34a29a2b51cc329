/**
 * A cluster of many nodes in one program, in virtual time, on a network that fails as it is told.
 *
 *     test ── cut / crash / restart ──► cluster ──► world (bytes, addresses, ways)
 *       └──── run(ms) ──► virtual runtime ──► nodes: kernel and distribution as in production
 *
 * A node that crashes is gone at once: its timers, its turns, its sockets. It tells nobody; what others learn is what a kernel's TCP would
 * tell them, a reset or the end of the stream, or with `silence` nothing at all. Its promises, those of `node.exited` say, never settle.
 *
 * The same seed, code and version of Node.js give the same trace, bit for bit.
 */
import { createNode } from '@agner/core'
import {
  LocalPost,
  startDistribution,
  type Distribution,
  type DistributionOptions,
  type MakePost,
} from '@agner/distribution'
import { collectReports } from '../collect-reports.ts'
import { testingError } from '../errors.ts'
import { SeededRandom } from '../random.ts'
import { createVirtualRuntime, type VirtualRuntime } from '../virtual-runtime.ts'
import type { SimulatedClusterOptions, SimulatedNode } from './cluster-options.ts'
import { defaultConditions } from './conditions.ts'
import { MortalRuntime } from './mortal-runtime.ts'
import type { TraceEvent } from './trace.ts'
import { World, type Host } from './world.ts'

export interface SimulatedCluster {
  readonly runtime: VirtualRuntime
  /** Every frame that arrived and all that happened to nodes, in order. Empty with `trace: false`. */
  readonly trace: readonly TraceEvent[]
  /** The short names of all nodes, up or not. */
  readonly names: readonly string[]
  /** The nodes that are up, in the order of `names`. */
  readonly up: readonly SimulatedNode[]
  /** The node of that name as it lives now. @throws `testing.no_such_node`, `testing.node_is_down` */
  node(name: string): SimulatedNode
  /** Lets `ms` of virtual time pass. */
  run(ms: number): Promise<void>
  /** Goes from timer to timer until `promise` settles, and gives what it gives. */
  until<T>(promise: PromiseLike<T>): Promise<T>
  /** Nothing gets from one to the other any more, either way. What is on its way waits, as with TCP; neither is told. */
  cut(one: string, other: string): void
  /** Nothing gets from `from` to `to`; the other way is free. */
  cutOneWay(from: string, to: string): void
  /** Cuts every node of a group off from those of the other groups. Nodes in no group are reached by all. */
  partition(...groups: readonly (readonly string[])[]): void
  /** Undoes cuts: all, those of one node, or those between two. What waited goes on within `resumeMs`. */
  heal(one?: string, other?: string): void
  /** Resets the connections that the two have with each other; they may connect again at once. */
  drop(one: string, other: string): void
  /** What is on its way between the two, and what is sent on their connections meanwhile, comes `ms` late. */
  stall(one: string, other: string, ms: number): void
  /**
   * Its thread is held for `ms` of virtual time, as by a long computation: nothing of the node runs, while its kernel accepts and
   * acknowledges, and its post tells the others. Called again, the longer counts.
   */
  hold(name: string, ms: number): void
  /** Everything of the node is gone at once. `reset` (default): its kernel closes what it had open. `silence`: power cut. */
  crash(name: string, how?: 'reset' | 'silence'): void
  /** Starts a node of that name in a new life; if it is up, it crashes first. */
  restart(name: string): Promise<SimulatedNode>
  /** Starts a node of `later`, or one that was stopped. @throws `testing.node_is_up` */
  start(name: string): Promise<SimulatedNode>
  /** Stops one node, or all: distribution first, as in production. */
  stop(name?: string): Promise<void>
}

/** Makes a cluster, and starts its nodes one after the other. They connect when somebody sends, or calls `connect`. */
export async function simulateCluster(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
  const cluster = new Cluster(options)
  for (const name of namesOf(options.nodes)) await cluster.start(name)
  return cluster
}

interface Life extends SimulatedNode {
  readonly host: Host
  readonly mortal: MortalRuntime
  /** What watches over its liveness is a thread of its own. */
  readonly post: { readonly host: Host; readonly mortal: MortalRuntime }
  heldUntilMs: number
}

const cookie = 'the cookie of a simulated cluster'
const suffix = '@cluster'
const port = 4000

class Cluster implements SimulatedCluster {
  readonly runtime: VirtualRuntime
  readonly trace: TraceEvent[] = []
  readonly names: readonly string[]
  readonly #options: SimulatedClusterOptions
  readonly #world: World
  readonly #lives = new Map<string, Life>()
  readonly #record: (event: TraceEvent) => void

  constructor(options: SimulatedClusterOptions) {
    this.#options = options
    this.runtime = options.runtime ?? createVirtualRuntime({ seed: options.seed ?? 1 })
    this.names = [...namesOf(options.nodes), ...(options.later ?? [])]
    this.#record = options.trace === false ? () => {} : (event) => void this.trace.push(event)
    this.#world = new World({
      runtime: this.runtime,
      random: new SeededRandom(this.runtime.seed ?? 0, 3),
      conditions: { ...defaultConditions, ...options.network },
      tracing: options.trace === false ? null : this.#record,
    })
  }

  get up(): SimulatedNode[] {
    return this.names.map((name) => this.#lives.get(name)).filter((life): life is Life => life?.isUp === true)
  }

  node(name: string): Life {
    this.#check(name)
    const life = this.#lives.get(name)
    if (life?.isUp !== true) throw testingError('testing.node_is_down', { name })
    return life
  }

  #check(name: string): void {
    if (!this.names.includes(name))
      throw testingError('testing.no_such_node', { name, names: this.names.slice(0, 30).join(', ') })
  }

  run(ms: number): Promise<void> {
    return this.runtime.advance(ms)
  }

  until<T>(promise: PromiseLike<T>): Promise<T> {
    return this.runtime.runUntil(promise)
  }

  // — ways —

  cut(one: string, other: string): void {
    this.cutOneWay(one, other)
    this.cutOneWay(other, one)
  }

  cutOneWay(from: string, to: string): void {
    this.#check(from)
    this.#check(to)
    if (this.#world.cut(from, to)) this.#record({ atMs: this.runtime.nowMs(), type: 'cut', from, to })
  }

  partition(...groups: readonly (readonly string[])[]): void {
    for (const group of groups)
      for (const other of groups) {
        if (other === group) continue
        for (const from of group) for (const to of other) this.cutOneWay(from, to)
      }
  }

  heal(one?: string, other?: string): void {
    for (const name of [one, other]) if (name !== undefined) this.#check(name)
    const concerns = (name: string | undefined, from: string, to: string): boolean =>
      name === undefined || name === from || name === to
    const healed = this.#world.heal((from, to) => concerns(one, from, to) && concerns(other, from, to))
    for (const [from, to] of healed) this.#record({ atMs: this.runtime.nowMs(), type: 'healed', from, to })
  }

  drop(one: string, other: string): void {
    this.#check(other)
    for (const end of [...this.node(one).host.ends]) if (end.out.target === other) this.#world.break(end)
  }

  stall(one: string, other: string, ms: number): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      this.#check(to)
      const ends = this.#lives.get(from)?.host.ends ?? []
      for (const end of ends) if (end.out.target === to) end.out.stall(ms)
    }
  }

  // — lives —

  crash(name: string, how: 'reset' | 'silence' = 'reset'): void {
    this.#end(this.node(name), how)
    this.#record({ atMs: this.runtime.nowMs(), type: 'crashed', node: name, how })
  }

  #end({ host, mortal, post }: Life, how: 'reset' | 'silence'): void {
    for (const each of [mortal, post.mortal]) each.end()
    for (const each of [host, post.host]) this.#world.crash(each, how)
  }

  hold(name: string, ms: number): void {
    const life = this.node(name)
    const { hold } = life.mortal
    const untilMs = this.runtime.nowMs() + ms
    if (life.heldUntilMs >= untilMs) return
    life.heldUntilMs = untilMs
    hold.begin()
    this.#record({ atMs: this.runtime.nowMs(), type: 'held', node: name, ms })
    this.runtime.setTimer(ms, () => {
      if (life.isUp && life.heldUntilMs === untilMs) hold.end()
    })
  }

  async restart(name: string): Promise<SimulatedNode> {
    if (this.#lives.get(name)?.isUp === true) this.crash(name)
    return this.start(name)
  }

  async start(name: string): Promise<SimulatedNode> {
    this.#check(name)
    const before = this.#lives.get(name)
    if (before?.isUp === true) throw testingError('testing.node_is_up', { name })
    this.#world.awake(name)
    const machine = this.#options.machines === 'one' ? 'machine' : name
    const mortal = new MortalRuntime(this.runtime)
    const host: Host = { name, machine, ends: new Set(), isOver: false, hold: mortal.hold }
    const post = {
      host: { name, machine, ends: new Set(), isOver: false, isPost: true } satisfies Host,
      mortal: new MortalRuntime(this.runtime),
    }
    const reports = collectReports()
    const node = createNode({ ...this.#options.node, name: name + suffix, runtime: mortal, report: reports.report })
    this.#record({ atMs: this.runtime.nowMs(), type: 'started', node: name, incarnation: node.incarnation })
    const distribution = await this.until(startDistribution(node, this.#distributionOptions(host, post)))
    const life: Life = {
      name,
      node,
      distribution,
      reports,
      life: (before?.life ?? 0) + 1,
      host,
      mortal,
      post,
      heldUntilMs: 0,
      get isUp() {
        return !host.isOver
      },
    }
    this.#lives.set(name, life)
    this.#watch(name, distribution)
    await this.until(Promise.resolve(this.#options.setup?.(life)))
    return life
  }

  #distributionOptions(host: Host, post: Life['post']): DistributionOptions {
    const { distribution, machines } = this.#options
    const network = { ...this.#world.networkOf(host), liveness: this.#postOf(host, post) }
    if (machines === 'one') return { cookie, ...distribution, network }
    const hosts = Object.fromEntries(this.names.map((name) => [name + suffix, `${name}:${port}`]))
    return { cookie, ...distribution, network, hosts, listen: { host: host.name, port }, portMapper: false }
  }

  /** A post as in production, but for the thread: what it tells the node waits while that is held. */
  #postOf({ hold }: Host, { host, mortal }: Life['post']): MakePost {
    const network = this.#world.networkOf(host)
    return (events, timeoutMs) =>
      new LocalPost({
        runtime: mortal,
        network,
        timeoutMs,
        events: {
          listening: (address) => hold?.brought(() => events.listening(address)),
          listenFailed: (reason) => hold?.brought(() => events.listenFailed(reason)),
          unreachable: (lane, reason) => hold?.brought(() => events.unreachable(lane, reason)),
        },
      })
  }

  #watch(at: string, distribution: Distribution): void {
    distribution.onNodeChange((change) => {
      const atMs = this.runtime.nowMs()
      const node = short(change.node)
      if (change.type === 'nodeup') this.#record({ atMs, type: 'nodeup', at, node })
      else this.#record({ atMs, type: 'nodedown', at, node, reason: change.reason })
    })
  }

  async stop(name?: string): Promise<void> {
    for (const life of name === undefined ? this.up : [this.node(name)]) {
      await this.until(life.distribution.stop())
      await this.until(life.node.stop())
      this.#end(this.node(life.name), 'reset')
      this.#record({ atMs: this.runtime.nowMs(), type: 'stopped', node: life.name })
    }
  }
}

function namesOf(nodes: number | readonly string[]): readonly string[] {
  if (typeof nodes !== 'number') return nodes
  return Array.from({ length: nodes }, (_, index) =>
    nodes <= 26 ? String.fromCharCode(97 + index) : `n${String(index + 1)}`,
  )
}

function short(name: string): string {
  return name.endsWith(suffix) ? name.slice(0, -suffix.length) : name
}
