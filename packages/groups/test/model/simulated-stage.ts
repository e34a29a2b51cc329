/** A stage in virtual time. */
import { GroupCluster } from '../membership/group-cluster.ts'
import { nodeNames } from './program.ts'
import { Actor, type Order, type Outcome, type Snapshot, type Stage } from './stage.ts'

export class SimulatedStage implements Stage {
  readonly #cluster: GroupCluster
  /** By node and life. */
  readonly #actors = new Map<string, Actor>()

  private constructor(cluster: GroupCluster) {
    this.#cluster = cluster
  }

  static async open(seed: number): Promise<SimulatedStage> {
    const groups = { times: { timeoutMs: 4000, askMs: 2000 } }
    return new SimulatedStage(await GroupCluster.start({ nodes: nodeNames, seed, groups }))
  }

  #actor(name: string): Actor {
    const { node, distribution, life } = this.#cluster.cluster.node(name)
    const key = `${name}${life}`
    const actor =
      this.#actors.get(key) ?? new Actor(node, this.#cluster.on(name), () => distribution.nodes('connected'))
    this.#actors.set(key, actor)
    return actor
  }

  up(): string[] {
    return this.#cluster.cluster.up.map(({ name }) => name)
  }

  ask(by: string, order: Order): Promise<Outcome> {
    return this.#cluster.until(this.#actor(by).carryOut(order))
  }

  look(): Promise<Snapshot[]> {
    return Promise.resolve(this.up().map((name) => this.#actor(name).look()))
  }

  run(ms: number): Promise<void> {
    return this.#cluster.run(ms)
  }

  crash(node: string, how: 'reset' | 'silence'): Promise<void> {
    this.#cluster.cluster.crash(node, how)
    return Promise.resolve()
  }

  async start(node: string): Promise<void> {
    await this.#cluster.cluster.start(node)
  }

  partition(one: readonly string[], other: readonly string[]): void {
    this.#cluster.cluster.partition(one, other)
  }

  cutOneWay(from: string, to: string): void {
    this.#cluster.cluster.cutOneWay(from, to)
  }

  drop(from: string, to: string): void {
    this.#cluster.cluster.drop(from, to)
  }

  heal(): void {
    this.#cluster.cluster.heal()
  }

  stop(): Promise<void> {
    return this.#cluster.stop()
  }
}
