/**
 * The making of a connection: find the address, dial, shake hands, all within one deadline. Signals wait meanwhile, in
 * order and bounded.
 *
 * It fails on a turn of its own, never inside the send that began it.
 */
import type { Runtime, RuntimeTimer } from '@agner/core'
import { messageOf } from '@agner/core/kernel'
import type { Channel } from '../connection/channel.ts'
import { Queue } from '../connection/output/queue.ts'
import type { Limits } from '../limits.ts'
import type { Address } from '../network/network.ts'
import type { Counters } from '../stats.ts'
import { notConnected, type ConnectFailure, type ConnectResult, type NotConnected } from './connect-result.ts'

/** How long to wait for the peer's connection after ours was refused in favour of it. */
const yieldMs = 250

export interface AttemptOptions {
  readonly name: string
  readonly runtime: Runtime
  readonly timeoutMs: number
  readonly limits: Limits
  readonly counters: Counters
  lookup(name: string): Promise<Address | null>
  dial(address: Address): Channel
  /** It is over without a connection. */
  failed(failure: NotConnected): void
}

export class Attempt {
  readonly #options: AttemptOptions
  readonly #deadline: RuntimeTimer
  #retry: RuntimeTimer | null = null
  #over = false
  readonly #outcomes: ((result: ConnectResult) => void)[] = []
  /** What waits to be sent, and who waits with it. */
  readonly queue: Queue
  /** It may become a connection, and has the place of one. */
  hasBegun = false
  /** The dialled stream, while there is one. */
  channel: Channel | null = null

  constructor(options: AttemptOptions) {
    this.#options = options
    const { runtime, limits, counters } = options
    this.queue = new Queue(limits, counters, (text) => runtime.microtask(() => this.fail('too_many_signals', text)))
    this.#deadline = runtime.setTimer(options.timeoutMs, () =>
      this.fail('timeout', `it could not be made within ${options.timeoutMs} ms`),
    )
  }

  get name(): string {
    return this.#options.name
  }

  /** Calls back with the outcome. */
  outcome(callback: (result: ConnectResult) => void): void {
    this.#outcomes.push(callback)
  }

  /** It is known already that it cannot be made. */
  giveUp({ why, text }: NotConnected): void {
    this.#options.runtime.microtask(() => this.fail(why, text))
  }

  begin(): void {
    this.hasBegun = true
    const { name, lookup } = this.#options
    void lookup(name).then(
      (address) => this.#found(address),
      (error: unknown) => this.fail('unknown', messageOf(error)),
    )
  }

  #found(address: Address | null): void {
    if (this.#over) return
    if (address === null) return this.fail('unknown', 'nobody of that name is known')
    try {
      this.channel = this.#options.dial(address)
    } catch (error) {
      this.fail('unreachable', `it cannot be dialled: ${messageOf(error)}`)
    }
  }

  /** The peer prefers a connection of its own: waits for it a little, then tries once more. */
  again(): void {
    this.channel = null
    if (this.#over) return
    this.#retry = this.#options.runtime.setTimer(yieldMs, () => this.begin())
  }

  /** Another connection to the peer came up, or this one did. */
  withdraw(winner: Channel): void {
    this.#end()
    if (this.channel !== null && this.channel !== winner) this.channel.destroy()
    this.channel = null
  }

  fail(why: ConnectFailure, text: string): void {
    if (this.#over) return
    this.#end()
    this.channel?.destroy()
    this.#options.failed(notConnected(why, text))
  }

  finish(result: ConnectResult): void {
    for (const outcome of this.#outcomes) outcome(result)
  }

  #end(): void {
    this.#over = true
    this.#deadline.clear()
    this.#retry?.clear()
  }
}
