/**
 * Several discoveries as one: asked one after the other, and none of them can keep the others from being asked.
 */
import type { Runtime } from '@agner/core'
import { messageOf } from '@agner/core/kernel'
import type { Log } from '../log.ts'
import type { Address } from '../network/network.ts'
import type { Discovery, DiscoverySelf } from './discovery.ts'

const lookupLimitMs = 3000

/** @throws for what no network could dial: a discovery may be anybody's code. */
function checked(found: Address | null): Address | null {
  if (found === null) return null
  const { host, port } = (found ?? {}) as Partial<Address>
  if (typeof host !== 'string' || host === '') throw new TypeError('it gave no host')
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw new RangeError(`it gave the port ${String(port)}, and not one from 1 to 65535`)
  return { host, port }
}

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
        this.#failed(`cannot say where ${name} is`, reason)
        resolve(null)
      }
      // Inside a promise, so that what it throws is a rejection.
      void Promise.resolve()
        .then(() => discovery.lookup(name))
        .then(checked)
        .then(
          (address) => {
            timer.clear()
            resolve(address)
          },
          (error: unknown) => failed(messageOf(error)),
        )
    })
  }

  /** Every node that one of them knows of. */
  nodes(): string[] {
    return [...new Set(this.#discoveries.flatMap((discovery) => this.#nodesOf(discovery)))]
  }

  #nodesOf(discovery: Discovery): readonly string[] {
    try {
      return discovery.nodes?.() ?? []
    } catch (error) {
      this.#failed('cannot say which nodes there are', messageOf(error))
      return []
    }
  }

  withdraw(): Promise<void> {
    return this.#all('withdraw')
  }

  stop(): Promise<void> {
    return this.#all('stop')
  }

  /** One that fails keeps neither the others nor the node from leaving. */
  async #all(what: 'withdraw' | 'stop'): Promise<void> {
    const end = async (discovery: Discovery): Promise<void> => {
      try {
        await discovery[what]?.()
      } catch (error) {
        this.#failed(`cannot ${what}`, messageOf(error))
      }
    }
    await Promise.all(this.#discoveries.map(end))
  }

  #failed(what: string, reason: string): void {
    this.#log('warning', 'distribution.discovery_failed', `a discovery ${what}: ${reason}`, { about: reason })
  }
}
