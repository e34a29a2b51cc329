/**
 * The model's stage of real OS processes, one for each node, over loopback TCP and in real time.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { freePort, startPeer, type Peer } from '@agner/testing'
import { nodeNames } from '../model/program.ts'
import type { Order, Outcome, Snapshot, Stage } from '../model/stage.ts'
import type { ModelCalls } from './model-node.ts'
import type program from './model-node.ts'

/** Everything has its time where it is done; here nobody gives up before. */
const patienceMs = 120_000

export class OsStage implements Stage {
  /** Where each listens, in all its lives: so it can be cut off. */
  readonly #ports: Record<string, number> = {}
  readonly #nodes = new Map<string, Peer<ModelCalls>>()

  static async open(): Promise<OsStage> {
    const stage = new OsStage()
    for (const name of nodeNames) stage.#ports[name] = await freePort()
    await Promise.all(nodeNames.map((name) => stage.start(name)))
    return stage
  }

  up(): string[] {
    return nodeNames.filter((name) => this.#nodes.has(name))
  }

  ask(by: string, order: Order): Promise<Outcome> {
    return this.#nodes.get(by)!.call('carryOut', order)
  }

  look(): Promise<Snapshot[]> {
    return Promise.all(this.up().map((name) => this.#nodes.get(name)!.call('look')))
  }

  run(ms: number): Promise<void> {
    return pause(ms)
  }

  async crash(name: string): Promise<void> {
    const node = this.#nodes.get(name)
    this.#nodes.delete(name)
    node?.kill()
    await node?.exited
  }

  async start(name: string): Promise<void> {
    const node = await startPeer<typeof program>({
      module: new URL('model-node.ts', import.meta.url),
      name,
      args: { ports: this.#ports },
      startTimeoutMs: patienceMs,
      callTimeoutMs: patienceMs,
    })
    this.#nodes.set(name, node)
  }

  partition(one: readonly string[], other: readonly string[]): void {
    for (const [side, far] of [
      [one, other],
      [other, one],
    ] as const)
      for (const node of side) this.#nodes.get(node)?.cast('block', far)
  }

  /** TCP knows no way that is free in one direction only: it is lost, and comes back. */
  cutOneWay(from: string, to: string): void {
    this.drop(from, to)
  }

  drop(from: string, to: string): void {
    this.#nodes.get(from)?.cast('drop', to)
  }

  heal(): void {
    for (const node of this.#nodes.values()) node.cast('block', [])
  }

  async stop(): Promise<void> {
    await Promise.all(this.up().map((name) => this.crash(name)))
  }
}
