/**
 * Several discoveries as one: asked one after the other, and none of them can keep the others from being asked.
 */
import type { Runtime } from '@agner/core'
import type { Log } from '../log.ts'
import type { Address } from '../network/network.ts'
import type { Discovery, DiscoverySelf } from './discovery.ts'

const lookupLimitMs = 3000

export class Directory {
  readonly #discoveries: readonly Discovery[]
  readonly #runtime: Runtime
  readonly #log: Log

  constructor(discoveries: readonly Discovery[], runtime: Runtime, log: Log) {
    this.#discoveries = discoveries
    this.#runtime = runtime
    this.#log = log
  }

  async start(self: DiscoverySelf): Promise<void> {
    for (const discovery of this.#discoveries) await discovery.start?.(self)
  }

  async lookup(name: string): Promise<Address | null> {
    for (const discovery of this.#discoveries) {
      const found = await this.#ask(discovery, name)
      if (found !== null) return found
    }
    return null
  }

  #ask(discovery: Discovery, name: string): Promise<Address | null> {
    return new Promise((resolve) => {
      const timer = this.#runtime.setTimer(lookupLimitMs, () => failed(`it did not answer within ${lookupLimitMs} ms`))
      const failed = (reason: string): void => {
        timer.clear()
        const text = `a discovery cannot say where ${name} is: ${reason}`
        this.#log('warning', 'distribution.discovery_failed', text, { about: reason })
        resolve(null)
      }
      // Inside a promise, so that what it throws is a rejection.
      void Promise.resolve()
        .then(() => discovery.lookup(name))
        .then(
          (address) => {
            timer.clear()
            resolve(address)
          },
          (error: unknown) => failed(error instanceof Error ? error.message : String(error)),
        )
    })
  }

  /** Every node that one of them knows of. */
  nodes(): string[] {
    return [...new Set(this.#discoveries.flatMap((discovery) => discovery.nodes?.() ?? []))]
  }

  async withdraw(): Promise<void> {
    await Promise.all(this.#discoveries.map(async (discovery) => discovery.withdraw?.()))
  }

  async stop(): Promise<void> {
    await Promise.all(this.#discoveries.map(async (discovery) => discovery.stop?.()))
  }
}
