/**
 * A simulated cluster in which an application moves as the test says: a shop, of which every order that was begun is written down, whoever was told of it.
 */
import {
  defineServer,
  noreply,
  protocol,
  reply,
  startServer,
  answer,
  type From,
  type Protocol,
  type Server,
  type StandardSchema,
} from '@agner/behaviours'
import type { AnyPid, Process } from '@agner/core'
import { simulateCluster, type SimulatedCluster, type SimulatedClusterOptions } from '@agner/testing'
import {
  startApplicationClient,
  startGate,
  type ApplicationClient,
  type ApplicationClientLimits,
} from '../../src/index.ts'

export interface ShopApi {
  calls: {
    /** Written down, and answered at once. */
    buy(order: string): string
    /** Written down, and answered after so long. */
    order(order: { readonly id: string; readonly ms: number }): string
    /** Written down; then the process ends. */
    spoil(order: string): null
  }
  casts: { note(order: string): void }
  info: { readonly type: 'timeout'; readonly ref: unknown; readonly message: string }
}

const text: StandardSchema<string> = {
  '~standard': {
    version: 1,
    vendor: 'agner',
    validate: (value) => (typeof value === 'string' ? { value } : { issues: [{ message: 'must be a text' }] }),
  },
}

export const shop: Protocol<ShopApi> = protocol('@agner/release/test/shop', { schemas: { calls: { buy: text } } })

/** An instance: it runs on one node for one time. */
interface Instance {
  readonly token: number | null
  isHeld: boolean
  pid: AnyPid | null
}

export interface Begun {
  readonly order: string
  readonly node: string
  readonly token: number | null
  readonly isHeld: boolean
}

export class ShopCluster {
  readonly cluster: SimulatedCluster
  /** Every order that a process of the shop began with, in order of time. */
  readonly begun: Begun[] = []
  readonly #instances: Map<string, Instance>

  private constructor(cluster: SimulatedCluster, instances: Map<string, Instance>) {
    this.cluster = cluster
    this.#instances = instances
  }

  static async start(options: Omit<SimulatedClusterOptions, 'setup'>): Promise<ShopCluster> {
    const instances = new Map<string, Instance>()
    const cluster = await simulateCluster({
      trace: false,
      ...options,
      setup: ({ name, node }) =>
        new Promise<void>((resolve) => {
          node.spawn(async (self: Process<never>) => {
            const running = () => {
              const instance = instances.get(name)
              return instance === undefined ? null : { token: instance.token, isHeld: () => instance.isHeld }
            }
            await self.wait(startGate(self, { running }))
            resolve()
            await self.receive()
          })
        }),
    })
    return new ShopCluster(cluster, instances)
  }

  client(
    name: string,
    nodes: readonly string[],
    limits: Partial<ApplicationClientLimits> = {},
  ): Promise<ApplicationClient> {
    const { node } = this.cluster.node(name)
    const at = nodes.map((each) => `${each}@cluster`)
    return this.cluster.until(startApplicationClient(node, { application: 'shop', nodes: at, limits }))
  }

  /** The application starts there. */
  async open(name: string, token: number | null = null): Promise<void> {
    const instance: Instance = { token, isHeld: true, pid: null }
    this.#instances.set(name, instance)
    await this.#serve(name, instance)
  }

  async #serve(name: string, instance: Instance): Promise<void> {
    const begin = (order: string): void => {
      this.begun.push({ order, node: name, token: instance.token, isHeld: instance.isHeld })
    }
    const { node } = this.cluster.node(name)
    // The one before it may have been told to end just now.
    while (node.whereis(shop.module) !== undefined) await this.cluster.run(1)
    instance.pid = await this.cluster.until(startServer(node, shopServer(begin), undefined, { name: shop.module }))
  }

  /** Its process is started anew, as by a supervisor. */
  async mend(name: string): Promise<void> {
    await this.#serve(name, this.#instances.get(name)!)
  }

  /** Its claim is over, and it does not know yet. */
  lose(name: string): void {
    this.#instances.get(name)!.isHeld = false
  }

  /** It is stopped there. */
  close(name: string): void {
    const instance = this.#instances.get(name)
    this.#instances.delete(name)
    if (instance?.pid != null) this.cluster.node(name).node.sendExit(instance.pid, 'kill')
  }

  crash(name: string, how?: 'reset' | 'silence'): void {
    this.#instances.delete(name)
    this.cluster.crash(name, how)
  }

  count(order: string): number {
    return this.begun.filter((each) => each.order === order).length
  }
}

/** Serves the shop; says when it begins with an order. */
export function shopServer(begin: (order: string) => void): Server<ShopApi, void, Map<string, From<string>>> {
  return defineServer(shop, {
    init: () => new Map<string, From<string>>(),
    calls: {
      buy: (state, order) => {
        begin(order)
        return reply(`bought ${order}`, state)
      },
      order: (state, { id, ms }, { from, self }) => {
        begin(id)
        state.set(id, from)
        self.startTimer(ms, id)
        return noreply(state)
      },
      spoil: (state, order, { self }) => {
        begin(order)
        // Its reason is that of a process that was never there.
        self.exit('noproc')
        return noreply(state)
      },
    },
    casts: {
      note: (state, order) => {
        begin(order)
        return noreply(state)
      },
    },
    info: {
      timeout: (state, { message: id }) => {
        answer(state.get(id)!, `ordered ${id}`)
        state.delete(id)
        return noreply(state)
      },
    },
  })
}

/** What a promise gives, or the code of what it is rejected with. */
export function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: { readonly code: string }) => error.code)
}
