/**
 * Two nodes that are connected, under virtual time, and somebody else who sends what he likes to one of them.
 *
 *     b@h ◄── a connection that must outlive everything ──► a@h ◄── pieces of bytes ── stranger@far
 */
import {
  createNode,
  defineModule,
  reply,
  Request,
  type Node,
  type Notice,
  type Pid,
  type Process,
  type Report,
} from '../../packages/core/src/index.ts'
import {
  startDistribution,
  MemoryNetwork,
  type Distribution,
  type DistributionOptions,
  type NodeChange,
} from '../../packages/distribution/src/index.ts'
import { createVirtualRuntime, type VirtualRuntime } from '../../packages/testing/src/index.ts'

export const cookie = 'a cookie for the fuzzer'

/** Runs for as long as it is not spoken to. */
const Guest = defineModule('guest', '1', {
  run: async (self: Process<unknown>, _argument: unknown) => void (await self.receive()),
})

export interface Inhabitant {
  readonly node: Node
  readonly distribution: Distribution
  readonly changes: NodeChange[]
  readonly notices: Notice[]
}

export class World {
  readonly runtime: VirtualRuntime = createVirtualRuntime()
  readonly network: MemoryNetwork = new MemoryNetwork({ runtime: this.runtime })
  readonly #inhabitants: Inhabitant[] = []

  async start(name: string, options: Partial<DistributionOptions> = {}): Promise<Inhabitant> {
    const notices: Notice[] = []
    const changes: NodeChange[] = []
    const report = (each: Report): void => void (each.type === 'notice' && notices.push(each))
    const { runtime, network } = this
    const node = createNode({ name, runtime, modules: [Guest], report })
    const distribution = await runtime.runUntil(
      startDistribution(node, { cookie, network, log: (notice) => notices.push(notice), ...options }),
    )
    distribution.onNodeChange((change) => changes.push(change))
    const made = { node, distribution, changes, notices }
    this.#inhabitants.push(made)
    return made
  }

  async stop(): Promise<void> {
    for (const { distribution, node } of this.#inhabitants) {
      await this.runtime.runUntil(distribution.stop())
      await this.runtime.runUntil(node.stop())
    }
    await this.runtime.settle()
  }
}

/** A process that keeps what it is sent, and outlives all that can be outlived; another takes its place when it was killed. */
export class Witness {
  readonly #node: Node
  readonly #name: string
  readonly seen: unknown[] = []
  #pid: Pid<unknown>

  constructor(node: Node, name: string) {
    this.#node = node
    this.#name = name
    this.#pid = this.#spawn()
  }

  #spawn(): Pid<unknown> {
    return this.#node.spawn<unknown>(
      async (self) => {
        self.trapExits(true)
        for (;;) {
          const message = await self.receive()
          this.seen.push(message)
          // Answers requests, but not those without a question.
          if (message instanceof Request && message.payload !== null)
            reply(message as Request<unknown, unknown>, message.payload)
        }
      },
      { name: this.#name },
    )
  }

  get pid(): Pid<unknown> {
    return this.#pid
  }

  /** Whoever knows the cookie may kill a process. */
  revive(): void {
    if (!this.#node.isAlive(this.#pid)) this.#pid = this.#spawn()
  }
}
