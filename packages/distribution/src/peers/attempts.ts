/** The connections that are being made: one attempt for each node, at most. */
import type { Channel } from '../connection/channel.ts'
import { Attempt, type AttemptOptions } from './attempt.ts'
import { notConnected, type NotConnected } from './connect-result.ts'

export interface AttemptsOptions extends Pick<
  AttemptOptions,
  'runtime' | 'timeoutMs' | 'limits' | 'counters' | 'lookup'
> {
  /** The name of this node. */
  readonly self: string
  dial(name: string, address: Parameters<AttemptOptions['dial']>[0]): Channel
  /** Why the node cannot be connected to, whatever the network says; or null. */
  hindrance(name: string): NotConnected | null
  /** Connections that stand. */
  standing(): number
  /** It is over without a connection, and forgotten. */
  failed(attempt: Attempt, failure: NotConnected): void
}

export class Attempts {
  readonly #options: AttemptsOptions
  readonly #byName = new Map<string, Attempt>()

  constructor(options: AttemptsOptions) {
    this.#options = options
  }

  get names(): Iterable<string> {
    return this.#byName.keys()
  }

  all(): Attempt[] {
    return [...this.#byName.values()]
  }

  get(name: string): Attempt | undefined {
    return this.#byName.get(name)
  }

  has(name: string): boolean {
    return this.#byName.has(name)
  }

  /** The one that dialled this stream. */
  of(channel: Channel): Attempt | null {
    for (const attempt of this.#byName.values()) if (attempt.channel === channel) return attempt
    return null
  }

  /** The one for that node; it begins if there is none yet. */
  make(name: string): Attempt {
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    const { runtime, timeoutMs, limits, counters, lookup, dial, hindrance, failed } = this.#options
    const obstacle = hindrance(name) ?? this.#fullness()
    const attempt: Attempt = new Attempt({
      name,
      runtime,
      timeoutMs,
      limits,
      counters,
      lookup,
      dial: (address) => dial(name, address),
      failed: (failure) => {
        if (this.#byName.get(name) !== attempt) return
        this.#byName.delete(name)
        failed(attempt, failure)
      },
    })
    this.#byName.set(name, attempt)
    if (obstacle === null) attempt.begin()
    else attempt.giveUp(obstacle)
    return attempt
  }

  /** There is a connection to that node, over this stream. @returns the attempt, which is over. */
  won(name: string, channel: Channel): Attempt | undefined {
    const attempt = this.#byName.get(name)
    this.#byName.delete(name)
    attempt?.withdraw(channel)
    return attempt
  }

  /** Connections, and those that are being made, are as many as there may be. */
  get isFull(): boolean {
    const { limits, standing } = this.#options
    const free = limits.connections - standing()
    if (this.#byName.size < free) return false
    let taken = 0
    for (const { hasBegun } of this.#byName.values()) if (hasBegun) taken++
    return taken >= free
  }

  #fullness(): NotConnected | null {
    if (!this.isFull) return null
    const { self, limits } = this.#options
    const text = `${self} has ${limits.connections} connections, or is making them, and may have no more (limits.connections)`
    return notConnected('busy', text)
  }

  /** Streams that were dialled, and shake hands. */
  get pendingHandshakes(): number {
    let count = 0
    for (const { channel } of this.#byName.values()) if (channel !== null) count++
    return count
  }

  get waitingBytes(): number {
    let bytes = 0
    for (const { queue } of this.#byName.values()) bytes += queue.bytes
    return bytes
  }
}
