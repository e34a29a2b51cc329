/**
 * Who is inside: the connections of the HTTP server, and which of them wait for an answer.
 *
 *     see out ──► a request that comes now is answered, and told that its connection ends
 *                 a connection that is kept alive may be about to be used: it has a moment for that
 *                 resolves when nobody is inside, or the moment is over and nobody waits for an answer
 *
 * Node counts the connections that it accepted itself; those of the public port are given to the server one by one, and would be forgotten.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** A client's next request follows its last one within this time, or may meet a closed connection, which it has to try again on another. */
const momentMs = 500
/** An answer that takes longer is not waited for. */
const answerLimitMs = 4000

export class Guests {
  readonly #inside = new Set<Duplex>()
  readonly #asking = new Set<ServerResponse>()
  #seeingOut = false
  #changed: () => void = () => {}

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#inside.add(socket)
      socket.once('close', () => this.#left(socket))
    })
    // A WebSocket is no guest of the HTTP server any more.
    server.on('upgrade', (_, socket) => this.#left(socket))
    // First of all listeners: the answer may be written by the next one.
    server.prependListener('request', (_: IncomingMessage, answer: ServerResponse) => {
      if (this.#seeingOut) answer.setHeader('connection', 'close')
      this.#asking.add(answer)
      answer.once('close', () => {
        this.#asking.delete(answer)
        this.#changed()
      })
    })
  }

  #left(socket: Duplex): void {
    this.#inside.delete(socket)
    this.#changed()
  }

  /** New connections must go elsewhere by now. */
  async seeOut(): Promise<void> {
    this.#seeingOut = true
    await this.#until(() => this.#inside.size === 0, momentMs)
    await this.#until(() => this.#asking.size === 0, answerLimitMs)
  }

  #until(reached: () => boolean, withinMs: number): Promise<void> {
    if (reached()) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#changed = () => {}
        resolve()
      }
      const timer = setTimeout(done, withinMs)
      this.#changed = () => {
        if (reached()) done()
      }
    })
  }
}
