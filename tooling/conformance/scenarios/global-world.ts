/**
 * Global names and locks on d, e, f and h, and processes there that do as they are told.
 */
import type { Pid, Process } from '../../../packages/core/src/index.ts'
import type { Global } from '../../../packages/global/src/index.ts'
import { nameOf, type Cluster, type Short } from '../cluster.ts'
import type { Stage } from '../stage.ts'

type Job = (self: Process<unknown>) => unknown

/** A process that runs what it is given, and keeps what else it gets. */
export class Actor {
  readonly pid: Pid<unknown>
  readonly seen: unknown[] = []
  readonly #self: Process<unknown>
  readonly #jobs: { readonly job: Job; readonly done: PromiseWithResolvers<unknown> }[] = []
  readonly #node: Process<unknown>['node']

  constructor(self: Process<unknown>, node: Process<unknown>['node']) {
    this.#self = self
    this.#node = node
    this.pid = node.spawn<unknown>(async (actor) => {
      for (;;) {
        const message = await actor.receive()
        const next = message === 'act' ? this.#jobs.shift() : undefined
        if (next === undefined) this.seen.push(message)
        else next.done.resolve(await next.job(actor))
      }
    })
  }

  get isAlive(): boolean {
    return this.#node.isAlive(this.pid)
  }

  do<T>(job: (self: Process<unknown>) => T | Promise<T>): Promise<T> {
    const done = Promise.withResolvers<unknown>()
    this.#jobs.push({ job, done })
    this.#node.send(this.pid, 'act')
    return this.#self.wait(done.promise as Promise<T>)
  }
}

export class GlobalWorld {
  readonly cluster: Cluster
  readonly #self: Process<unknown>
  readonly #globals = new Map<Short, Global>()

  private constructor(self: Process<unknown>, cluster: Cluster) {
    this.#self = self
    this.cluster = cluster
  }

  static async of(self: Process<unknown>, t: Stage, shorts: readonly Short[] = ['d', 'e', 'f']): Promise<GlobalWorld> {
    const world = new GlobalWorld(self, await t.cluster(self, shorts))
    for (const short of shorts) await world.begin(short)
    return world
  }

  async begin(short: Short): Promise<void> {
    this.#globals.set(short, await this.#self.wait(this.cluster.global(short)))
  }

  actor(short: Short): Actor {
    return new Actor(this.#self, this.node(short))
  }

  node(short: Short): Process<unknown>['node'] {
    return this.cluster.peer(short).node
  }

  at(short: Short): Global {
    return this.#globals.get(short)!
  }

  connections(short: Short): string[] {
    return this.cluster.peer(short).distribution.nodes()
  }

  connect(from: Short, to: Short): Promise<boolean> {
    return this.#self.wait(this.cluster.peer(from).distribution.connect(nameOf(to)))
  }

  /** All are connected, and share names. */
  async mesh(...shorts: readonly Short[]): Promise<void> {
    const [first, ...others] = shorts.length === 0 ? (['d', 'e', 'f'] as const) : shorts
    for (const other of others) await this.connect(first!, other)
    const all = [first!, ...others]
    await this.until(() => all.every((short) => this.connections(short).length === others.length))
    for (const short of all) await this.#self.wait(this.at(short).sync())
  }

  register(
    at: Short,
    name: string,
    { pid }: Actor,
    ...options: [Parameters<Global['register']>[3]?]
  ): Promise<boolean> {
    return this.#self.wait(this.at(at).register(this.node(at), name, pid, ...options))
  }

  unregister(at: Short, name: string): Promise<unknown> {
    return this.#self.wait(this.at(at).unregister(this.node(at), name))
  }

  /** Whether each of these knows the name as that of this process. */
  know(name: string, actor: Actor, ...shorts: readonly Short[]): boolean[] {
    return shorts.map((short) => this.at(short).whereis(name) === actor.pid)
  }

  until(isSo: () => boolean): Promise<boolean> {
    return this.cluster.until(this.#self, isSo)
  }
}
