/**
 * The names that this node has given to others which had none: each is held by a stream, and free again when that ends.
 *
 * A name is the wish with twelve random hexadecimal digits in its first half: `worker-3f09c2a71be4@host`. So it is nobody
 * else's, whoever gives names beside this node.
 */
import type { Runtime } from '@agner/core'
import type { Channel, FrameTaker } from '../connection/channel.ts'
import type { Agreement } from '../handshake/handshake.ts'
import { isNodeName } from '../handshake/names.ts'
import { LeaseEnd } from './lease-end.ts'

const randomBytes = 6

export interface NameGiverOptions {
  readonly runtime: Runtime
  /** How many names may be held at once. */
  readonly limit: number
}

export class NameGiver {
  readonly #options: NameGiverOptions
  readonly #held = new Map<string, LeaseEnd>()

  constructor(options: NameGiverOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#held.size
  }

  get isFull(): boolean {
    return this.#held.size >= this.#options.limit
  }

  has(name: string): boolean {
    return this.#held.has(name)
  }

  /** A name for `wish`; null when none can be made of it. Nothing is held yet. */
  name(wish: string): string | null {
    const [base = '', host = ''] = wish.split('@')
    const digits = Array.from(this.#options.runtime.randomBytes(randomBytes), (byte) =>
      byte.toString(16).padStart(2, '0'),
    )
    const name = `${base}-${digits.join('')}@${host}`
    return isNodeName(name) && !this.#held.has(name) ? name : null
  }

  /** Somebody who has proven the cookie holds `name` from now on. */
  give(name: string, channel: Channel, { ownTickMs, peerTickMs }: Agreement): FrameTaker {
    const { runtime } = this.#options
    const lease: LeaseEnd = new LeaseEnd({
      runtime,
      stream: channel.stream,
      tickMs: ownTickMs,
      peerTickMs,
      over: () => void this.#held.delete(name),
    })
    this.#held.set(name, lease)
    return lease
  }

  stop(): void {
    for (const lease of this.#held.values()) lease.close()
    this.#held.clear()
  }
}
