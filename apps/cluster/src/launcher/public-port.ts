/**
 * The public port: bound once, for the life of the cluster.
 *
 * The listening socket is handed to every http node, which then accepts connections itself. The launcher keeps it open, so that the port
 * never refuses: a connection that the launcher happens to accept goes on to an http node that lives, or waits, unread, until
 * there is one. A node takes one connection at a time; as long as it has not, it may be busy, stopped or dead, and what waits for it goes to
 * another.
 */
import type { ChildProcess } from 'node:child_process'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { ToNode } from './ipc.ts'

/** More than this waiting for an http node are refused. */
const waitingLimit = 1000
/** A node that has not taken a connection by then is passed over, if there is another. */
const takeWithinMs = 250

export class PublicPort {
  readonly #server: Server
  readonly #takers = new Set<ChildProcess>()
  readonly #waiting = new Set<Socket>()
  /** Offered, and not taken yet. */
  readonly #offered = new Map<Socket, ChildProcess>()
  /** Those that have not taken what they were offered in time, until they take something. */
  readonly #still = new Set<ChildProcess>()
  #next = 0

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket) => this.#pass(socket))
  }

  /** @throws if the port is taken. Port 0 picks a free one. */
  static async bind(port: number): Promise<PublicPort> {
    const server = createServer({ pauseOnConnect: true })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port, host: '127.0.0.1', backlog: 1024 }, resolve)
    })
    return new PublicPort(server)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** An http node is ready: it gets the listening socket, and what has waited. */
  add(child: ChildProcess): void {
    this.#takers.add(child)
    child.send({ type: 'listener' } satisfies ToNode, this.#server, () => {})
    for (const socket of this.#waiting) this.#pass(socket)
  }

  remove(child: ChildProcess): void {
    this.#takers.delete(child)
    this.#still.delete(child)
    for (const [socket, taker] of this.#offered) if (taker === child) this.#offerAgain(socket)
  }

  #pass(socket: Socket): void {
    const taker = this.#pick()
    if (taker !== undefined) this.#offer(socket, taker)
    else if (this.#waiting.size < waitingLimit) {
      this.#waiting.add(socket)
      socket.once('close', () => this.#waiting.delete(socket))
      socket.on('error', () => socket.destroy())
    } else socket.destroy()
  }

  /** The one with the least to take, in turns; one that stands still only if all do. */
  #pick(): ChildProcess | undefined {
    const takers = [...this.#takers].filter((child) => child.connected)
    const awake = takers.filter((child) => !this.#still.has(child))
    const from = awake.length > 0 ? awake : takers
    const offers = [...this.#offered.values()]
    const loads = from.map((child) => offers.filter((taker) => taker === child).length)
    const least = from.filter((_, index) => loads[index] === Math.min(...loads))
    return least[this.#next++ % Math.max(1, least.length)]
  }

  #offer(socket: Socket, taker: ChildProcess): void {
    this.#waiting.delete(socket)
    this.#offered.set(socket, taker)
    const look = setInterval(() => {
      if (this.#offered.get(socket) !== taker) return clearInterval(look)
      this.#still.add(taker)
      if ([...this.#takers].some((child) => child.connected && !this.#still.has(child))) this.#offerAgain(socket)
    }, takeWithinMs)
    // It is called when the connection is on its way, which is when the node has taken the one before.
    taker.send({ type: 'connection' } satisfies ToNode, socket, { keepOpen: false }, (error) => {
      clearInterval(look)
      this.#still.delete(taker)
      // It may be another's by now.
      if (this.#offered.get(socket) !== taker) return
      this.#offered.delete(socket)
      if (error !== null) socket.destroy()
    })
  }

  /** The one that it was offered to gets a message without a connection, in the end. */
  #offerAgain(socket: Socket): void {
    this.#offered.delete(socket)
    if (!socket.destroyed) this.#pass(socket)
  }

  close(): void {
    this.#server.close()
    for (const socket of [...this.#waiting, ...this.#offered.keys()]) socket.destroy()
    this.#offered.clear()
  }
}
