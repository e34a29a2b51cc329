/**
 * Accepted sockets on which TLS is not agreed on yet: so many at once, and a flood from one address costs that address its own places.
 *
 * Who is secured comes as another socket, which is known by where it is from.
 */
import type { Socket } from 'node:net'
import { Knocking, type Knocker } from './knocking.ts'
import { textOf } from './tcp.ts'

interface Stranger extends Knocker {
  readonly socket: Socket
}

export class Strangers {
  readonly #knocking: Knocking<Stranger>
  readonly #byRemote = new Map<string, Stranger>()

  constructor(limit: number) {
    this.#knocking = new Knocking(limit)
  }

  add(socket: Socket): void {
    const remote = textOf(socket.remoteAddress, socket.remotePort)
    const stranger = { remote, socket }
    this.#byRemote.set(remote, stranger)
    socket.once('close', () => this.#gone(stranger))
    this.#knocking.add(stranger)?.socket.destroy()
  }

  delete(remote: string): void {
    const stranger = this.#byRemote.get(remote)
    if (stranger !== undefined) this.#gone(stranger)
  }

  #gone(stranger: Stranger): void {
    this.#knocking.delete(stranger)
    // Another may have come from the same port since.
    if (this.#byRemote.get(stranger.remote) === stranger) this.#byRemote.delete(stranger.remote)
  }
}
