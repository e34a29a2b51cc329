/**
 * The public port: bound once, for the life of the cluster.
 *
 * The listening socket is handed to every http node, which then accepts connections itself. The launcher keeps it open, so that the port
 * never refuses: a connection that the launcher happens to accept goes on to an http node that lives, or waits, unread, until
 * there is one.
 */
import type { ChildProcess } from 'node:child_process'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { ToNode } from './ipc.ts'

/** More than this waiting for an http node are refused. */
const waitingLimit = 1000

export class PublicPort {
  readonly #server: Server
  readonly #takers = new Set<ChildProcess>()
  readonly #waiting = new Set<Socket>()
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
  }

  #pass(socket: Socket): void {
    const takers = [...this.#takers].filter((child) => child.connected)
    const taker = takers[this.#next++ % Math.max(1, takers.length)]
    if (taker !== undefined) {
      this.#waiting.delete(socket)
      taker.send({ type: 'connection' } satisfies ToNode, socket, { keepOpen: false }, () => {})
    } else if (this.#waiting.size < waitingLimit) {
      this.#waiting.add(socket)
      socket.once('close', () => this.#waiting.delete(socket))
      socket.on('error', () => socket.destroy())
    } else socket.destroy()
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#waiting) socket.destroy()
  }
}
