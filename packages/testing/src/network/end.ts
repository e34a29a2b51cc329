/**
 * One end of a simulated connection: a socket, as its node sees it.
 */
import type { RuntimeTimer } from '@agner/core'
import type { Address, Stream, StreamHandlers } from '@agner/distribution'
import { Lane } from './lane.ts'
import type { Host, World } from './world.ts'

/** How long an end that was closed in peace waits for the other side, as that of TCP does. */
const lingerMs = 2000
/** How often a kernel says "reset" where it could have said "the end", because bytes were left unread. */
const resetChance = 0.3
const largestPieceBytes = 64 * 1024

export function failure(code: string, text: string): Error {
  return Object.assign(new Error(`${code}: ${text}`), { code })
}

export class End implements Stream {
  readonly #world: World
  readonly host: Host
  readonly remote: string
  readonly connection: number
  /** Where it was meant to lead; null for the end that was made by accepting. */
  readonly address: Address | null
  readonly out: Lane
  handlers: StreamHandlers | null = null
  isGone = false
  bufferedBytes = 0
  #isOpen: boolean
  #isClosing = false
  #hasEnded = false
  #isFull = false
  #timer: RuntimeTimer | null = null

  /** @param target the node at the other end. */
  constructor(
    world: World,
    host: Host,
    made: { connection: number; remote: string; target: string; address: Address | null },
  ) {
    this.#world = world
    this.host = host
    this.connection = made.connection
    this.remote = made.remote
    this.address = made.address
    this.out = new Lane(world, this, made.target)
    this.#isOpen = made.address === null
    host.ends.add(this)
  }

  /** Asks for the connection. */
  dial(): void {
    const { runtime, conditions } = this.#world
    this.#timer = runtime.setTimer(conditions.connectTimeoutMs, () => {
      this.out.clear()
      this.#finish(failure('ETIMEDOUT', `${this.remote} does not answer`))
    })
    this.out.send('open')
  }

  // — what its node does —

  write(parts: readonly Uint8Array[]): boolean {
    if (this.isGone || this.#isClosing) return false
    // A copy, as a kernel takes one: the other side sees what was written, not what became of it.
    let bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    this.bufferedBytes += bytes.length
    if (this.bufferedBytes > this.#world.conditions.highWaterBytes) this.#isFull = true
    while (bytes.length > 0) {
      const size = Math.min(largestPieceBytes, this.#world.splitAt(bytes.length))
      this.out.send('data', bytes.subarray(0, size))
      bytes = bytes.subarray(size)
    }
    this.#world.weather(this)
    return !this.#isFull
  }

  close(): void {
    if (this.isGone || this.#isClosing) return
    this.#isClosing = true
    if (!this.#isOpen) return this.#world.later(() => this.#giveUp())
    this.#sayEnd()
    this.#timer = this.#world.runtime.setTimer(lingerMs, () => this.#finish(null))
  }

  destroy(): void {
    this.handlers = null
    if (!this.isGone) this.#leave()
  }

  #giveUp(): void {
    if (this.isGone) return
    this.out.clear()
    if (this.out.to !== null) this.out.send('reset')
    this.#finish(null)
  }

  /** Its node is gone. */
  crash(how: 'reset' | 'silence'): void {
    this.handlers = null
    if (this.isGone) return
    if (how === 'reset') return this.#leave()
    this.#vanish()
    this.out.clear()
  }

  /** The kernel closes it: what was written may still arrive, or be lost. */
  #leave(): void {
    const wasOpen = this.#isOpen
    this.#vanish()
    if (wasOpen && !this.#world.chance(resetChance)) return this.#sayEnd()
    this.out.clear()
    if (this.out.to !== null) this.out.send('reset')
  }

  // — what comes from the other side —

  opened(): void {
    if (this.isGone || this.#isOpen) return
    this.#isOpen = true
    this.#timer?.clear()
    this.#timer = null
    this.#tell((handlers) => handlers.opened?.())
  }

  arrived(bytes: Uint8Array): void {
    this.#tell((handlers) => {
      handlers.data(bytes)
      // The bytes belong to the network again: whoever kept the array would see this.
      bytes.fill(0xee)
    })
  }

  /** Nothing more will come from there, so there is nobody to say more to. */
  ended(): void {
    this.#sayEnd()
    this.#finish(null)
  }

  broken(): void {
    this.out.clear()
    this.#finish(failure('ECONNRESET', `${this.remote} reset the connection`))
  }

  refused(): void {
    this.#finish(failure('ECONNREFUSED', `nobody listens on ${this.remote}`))
  }

  /** The other side has got so many bytes of what was written. */
  taken(size: number): void {
    this.bufferedBytes -= size
    if (!this.#isFull || this.bufferedBytes > this.#world.conditions.highWaterBytes / 2) return
    this.#isFull = false
    // Not inside a call of its own: who learns of room writes.
    this.#world.later(() => this.#tell((handlers) => handlers.drained?.()))
  }

  #sayEnd(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.out.send('end')
  }

  #finish(error: Error | null): void {
    if (this.isGone) return
    this.#vanish()
    this.#tell((handlers) => {
      this.handlers = null
      handlers.closed(error)
    })
  }

  /** Calls back, unless its node wants to hear nothing more; when the thread of that is free. */
  #tell(call: (handlers: StreamHandlers) => void): void {
    const tell = (): void => {
      if (this.handlers !== null) call(this.handlers)
    }
    if (this.host.hold === undefined) tell()
    else this.host.hold.brought(tell)
  }

  #vanish(): void {
    this.isGone = true
    this.#timer?.clear()
    this.#timer = null
    this.host.ends.delete(this)
  }
}
