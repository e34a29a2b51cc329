/**
 * The model's stage of real OS processes, one for each node, over loopback TCP and in real time.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '@agner/testing'
import { nodeNames } from '../model/program.ts'
import type { Order, Outcome, Snapshot, Stage } from '../model/stage.ts'
import type { NodeOptions, Told } from './model-node.ts'

type Unnumbered<T> = T extends { readonly id: number } ? Omit<T, 'id'> : never

class NodeProcess {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (value: unknown) => void>()
  #sent = 0
  readonly ready: Promise<unknown>

  constructor(options: NodeOptions) {
    const program = fileURLToPath(new URL('model-node.ts', import.meta.url))
    this.#child = fork(program, [JSON.stringify(options)], { execArgv: ['--conditions=@agner/source'] })
    this.ready = new Promise((resolve, reject) => {
      this.#waiting.set(0, resolve)
      this.#child.once('exit', (code) => reject(new Error(`the node ${options.name} ended with exit code ${code}`)))
    })
    this.ready.catch(() => {})
    this.#child.on('message', ({ id, value }: { id: number; value: unknown }) => {
      this.#waiting.get(id)?.(value)
      this.#waiting.delete(id)
    })
  }

  tell(told: Unnumbered<Told>): Promise<unknown> {
    const id = ++this.#sent
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#child.send({ ...told, id })
    })
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }
}

export class OsStage implements Stage {
  readonly #cookie = randomUUID()
  readonly #ports: Record<string, number> = {}
  readonly #nodes = new Map<string, NodeProcess>()

  static async open(): Promise<OsStage> {
    const stage = new OsStage()
    for (const name of nodeNames) stage.#ports[name] = await freePort()
    await Promise.all(nodeNames.map((name) => stage.start(name)))
    return stage
  }

  up(): string[] {
    return nodeNames.filter((name) => this.#nodes.has(name))
  }

  async ask(by: string, order: Order): Promise<Outcome> {
    return (await this.#nodes.get(by)!.tell({ do: 'order', order })) as Outcome
  }

  look(): Promise<Snapshot[]> {
    return Promise.all(this.up().map((name) => this.#nodes.get(name)!.tell({ do: 'look' }) as Promise<Snapshot>))
  }

  run(ms: number): Promise<void> {
    return pause(ms)
  }

  async crash(node: string): Promise<void> {
    const process = this.#nodes.get(node)
    this.#nodes.delete(node)
    await process?.kill()
  }

  async start(node: string): Promise<void> {
    const process = new NodeProcess({ name: node, cookie: this.#cookie, ports: this.#ports })
    this.#nodes.set(node, process)
    await process.ready
  }

  partition(one: readonly string[], other: readonly string[]): void {
    for (const [side, far] of [
      [one, other],
      [other, one],
    ] as const)
      for (const node of side) void this.#nodes.get(node)?.tell({ do: 'block', nodes: far })
  }

  /** TCP knows no way that is free in one direction only: it is lost, and comes back. */
  cutOneWay(from: string, to: string): void {
    this.drop(from, to)
  }

  drop(from: string, to: string): void {
    void this.#nodes.get(from)?.tell({ do: 'drop', node: to })
  }

  heal(): void {
    for (const node of this.#nodes.values()) void node.tell({ do: 'block', nodes: [] })
  }

  async stop(): Promise<void> {
    await Promise.all(this.up().map((name) => this.crash(name)))
  }
}
