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

  /** In turns; one that still has to take something comes last. */
  #pick(): ChildProcess | undefined {
    const takers = [...this.#takers].filter((child) => child.connected)
    const quick = takers.filter((child) => !this.#isSlow(child))
    const from = quick.length > 0 ? quick : takers
    return from[this.#next++ % Math.max(1, from.length)]
  }

  #isSlow(child: ChildProcess): boolean {
    return [...this.#offered.values()].includes(child)
  }

  #offer(socket: Socket, taker: ChildProcess): void {
    this.#waiting.delete(socket)
    this.#offered.set(socket, taker)
    const look = setInterval(() => {
      if (this.#offered.get(socket) !== taker) clearInterval(look)
      else if ([...this.#takers].some((child) => child.connected && !this.#isSlow(child))) this.#offerAgain(socket)
    }, takeWithinMs)
    // It is called when the connection is on its way, which is when the node has taken the one before.
    taker.send({ type: 'connection' } satisfies ToNode, socket, { keepOpen: false }, (error) => {
      clearInterval(look)
      if (this.#offered.get(socket) === taker) this.#offered.delete(socket)
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
