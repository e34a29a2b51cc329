/**
 * How much of a connection is read: no more than the node handles.
 *
 *     chunk ──► signals ──► mailboxes        taken(): the node is behind → the stream is paused
 *                                            each macrotask: still behind? if not → it is resumed
 *
 * Without it a flood is decoded as fast as it comes, and waits in mailboxes; with it TCP holds the peer, which holds its
 * senders. Silence while nothing is read does not count against the peer.
 */
import type { Runtime } from '@agner/core'
import type { RemotePort } from '@agner/core/kernel'
import type { Vitals } from '../../liveness/vitals.ts'
import type { Stream } from '../../network/network.ts'

export class Intake {
  readonly #runtime: Runtime
  readonly #stream: Stream
  readonly #port: RemotePort
  readonly #vitals: Vitals
  #isHeld = false

  constructor(runtime: Runtime, stream: Stream, port: RemotePort, vitals: Vitals) {
    this.#runtime = runtime
    this.#stream = stream
    this.#port = port
    this.#vitals = vitals
  }

  /** A chunk was delivered. */
  taken(): void {
    const stream = this.#stream
    if (stream.pause === undefined || this.#isHeld || !this.#port.isBehind()) return
    this.#isHeld = true
    stream.pause()
    this.#runtime.macrotask(this.#look)
  }

  readonly #look = (): void => {
    if (!this.#isHeld) return
    if (this.#port.isBehind()) this.#runtime.macrotask(this.#look)
    else this.end()
  }

  /** One interval is about to pass. */
  beat(): void {
    if (this.#isHeld) this.#vitals.heard()
  }

  /** From now on all is read, as far as the stream goes. */
  end(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    // The peer has a whole interval again.
    this.#vitals.heard()
    this.#stream.resume?.()
  }
}
