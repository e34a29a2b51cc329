/**
 * A cluster of many nodes in one program, in virtual time, on a network that fails as it is told.
 *
 *     test ── cut / crash / restart ──► cluster ──► world (bytes, addresses, ways)
 *       └──── run(ms) ──► virtual runtime ──► nodes: kernel and distribution as in production
 *
 * A node that crashes is gone at once: its timers, its turns, its sockets. It tells nobody; what others learn is what a kernel's TCP would
 * tell them, a reset or the end of the stream, or with `silence` nothing at all. Its promises, those of `node.exited` say, never settle; who
 * waits for one is told of a hang after an hour, since the clocks of a cluster never stop.
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
import { checkOption, checkTime, longestDelayMs } from '../checks.ts'
import { testingError } from '../errors.ts'
import { SeededRandom } from '../random.ts'
import { createVirtualRuntime, type VirtualRuntime } from '../virtual-runtime.ts'
import type { SimulatedCluster } from './cluster-interface.ts'
import type { SimulatedClusterOptions, SimulatedNode } from './cluster-options.ts'
import { toConditions } from './conditions.ts'
import { MortalRuntime } from './mortal-runtime.ts'
import { namesOf } from './names.ts'
import type { TraceEvent } from './trace.ts'
import { World, type Host } from './world.ts'

/**
 * Makes a cluster, and starts its nodes one after the other. They connect when somebody sends, or calls `connect`.
 *
 * @throws `testing.bad_option`
 */
export async function simulateCluster(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
  const cluster = new Cluster(options)
  for (const name of cluster.first) await cluster.start(name)
  return cluster
}

/** What a life has of the world. */
interface Body {
  readonly name: string
  readonly host: Host
  readonly mortal: MortalRuntime
  /** What watches over its liveness is a thread of its own. */
  readonly post: { readonly host: Host; readonly mortal: MortalRuntime }
}

interface Life extends SimulatedNode, Body {
  heldUntilMs: number
}

const cookie = 'the cookie of a simulated cluster'
const suffix = '@cluster'
const port = 4000

class Cluster implements SimulatedCluster {
  readonly runtime: VirtualRuntime
  readonly trace: TraceEvent[] = []
  readonly names: readonly string[]
  /** Those of the nodes that are up from the beginning. */
  readonly first: readonly string[]
  readonly #options: SimulatedClusterOptions
  readonly #hangAfterMs: number
  readonly #world: World
  readonly #lives = new Map<string, Life>()
  readonly #record: (event: TraceEvent) => void

  constructor(options: SimulatedClusterOptions) {
    this.#options = options
    const { seed, hangAfterMs = 3_600_000 } = options
    const isOne = seed === undefined || options.runtime === undefined
    checkOption('simulateCluster', 'seed', isOne, 'left out beside runtime, which has one', seed)
    const wanted = 'a number of milliseconds above 0, or Infinity'
    checkOption('simulateCluster', 'hangAfterMs', hangAfterMs > 0, wanted, hangAfterMs)
    const { first, all } = namesOf(options.nodes, options.later)
    this.first = first
    this.names = all
    this.#hangAfterMs = hangAfterMs
    this.runtime = options.runtime ?? createVirtualRuntime({ seed: seed ?? 1 })
    this.#record = options.trace === false ? () => {} : (event) => void this.trace.push(event)
    this.#world = new World({
      runtime: this.runtime,
      random: new SeededRandom(this.runtime.seed ?? 0, 3),
      conditions: toConditions(options.network),
      tracing: options.trace === false ? null : this.#record,
    })
  }

  get up(): Life[] {
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
    return this.runtime.runUntil(promise, { hangAfterMs: this.#hangAfterMs })
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
    // Before anything is cut: half a partition is a trap.
    const placed = new Set<string>()
    for (const name of groups.flat()) {
      this.#check(name)
      checkOption('partition', 'each group', !placed.has(name), 'of nodes that are in no other', `"${name}" twice`)
      placed.add(name)
    }
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
    for (const name of [one, other]) this.#check(name)
    checkTime(ms)
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const ends = this.#lives.get(from)?.host.ends ?? []
      for (const end of ends) if (end.out.target === to) end.out.stall(ms)
    }
  }

  // — lives —

  crash(name: string, how: 'reset' | 'silence' = 'reset'): void {
    this.#fall(this.node(name), how)
  }

  #fall(body: Body, how: 'reset' | 'silence'): void {
    this.#end(body, how)
    this.#record({ atMs: this.runtime.nowMs(), type: 'crashed', node: body.name, how })
  }

  #end({ host, mortal, post }: Body, how: 'reset' | 'silence'): void {
    for (const each of [mortal, post.mortal]) each.end()
    for (const each of [host, post.host]) this.#world.crash(each, how)
  }

  hold(name: string, ms: number): void {
    const life = this.node(name)
    checkTime(ms)
    const { hold } = life.mortal
    const untilMs = this.runtime.nowMs() + ms
    if (life.heldUntilMs >= untilMs) return
    life.heldUntilMs = untilMs
    hold.begin()
    this.#record({ atMs: this.runtime.nowMs(), type: 'held', node: name, ms })
    this.#letGo(life, untilMs, ms)
  }

  #letGo(life: Life, untilMs: number, afterMs: number): void {
    this.runtime.setTimer(Math.min(afterMs, longestDelayMs), () => {
      if (!life.isUp || life.heldUntilMs !== untilMs) return
      if (afterMs > longestDelayMs) this.#letGo(life, untilMs, afterMs - longestDelayMs)
      else life.mortal.hold.end()
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
    const body: Body = { name, host, mortal, post }
    try {
      const starting = startDistribution(node, this.#distributionOptions(host, post))
      const distribution = await this.#untilEnd(body, 'start', starting)
      const life: Life = {
        ...body,
        node,
        distribution,
        reports,
        life: (before?.life ?? 0) + 1,
        heldUntilMs: 0,
        get isUp() {
          return !host.isOver
        },
      }
      this.#lives.set(name, life)
      this.#watch(name, distribution)
      await this.#untilEnd(body, 'setup', Promise.resolve(this.#options.setup?.(life)))
      return life
    } catch (error) {
      // Half a node would keep its name and its port.
      if (!host.isOver) this.#fall(body, 'reset')
      throw error
    }
  }

  /** Waits for what only that life can do. */
  #untilEnd<T>({ name, mortal }: Body, what: string, promise: Promise<T>): Promise<T> {
    const ended = mortal.ended.then((): never => {
      throw testingError('testing.life_ended', { name, what })
    })
    return this.until(Promise.race([promise, ended]))
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
      // It may have crashed while others were stopped.
      if (!life.isUp) continue
      await this.#untilEnd(life, 'stop', life.distribution.stop())
      await this.#untilEnd(life, 'stop', life.node.stop())
      this.#end(life, 'reset')
      this.#record({ atMs: this.runtime.nowMs(), type: 'stopped', node: life.name })
    }
  }
}

function short(name: string): string {
  return name.endsWith(suffix) ? name.slice(0, -suffix.length) : name
}
