/**
 * The door of an http node: the page, the API and the WebSockets, on a port of its own and on the public one.
 */
import type { AddressInfo, Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { FromPublicPort } from '@agner-chat/cluster/boot'
import type { ApiContext } from './api/context.ts'
import { makeServer } from './api/server.ts'
import { Guests } from './guests.ts'
import { Sockets } from './ws/sockets.ts'

export class Door {
  readonly #app: FastifyInstance
  readonly #sockets: Sockets
  readonly #guests: Guests
  #listener: { close(): void } | null = null

  private constructor(app: FastifyInstance, sockets: Sockets) {
    this.#app = app
    this.#sockets = sockets
    this.#guests = new Guests(app.server)
  }

  /** Nobody can come in yet. */
  static async make(context: ApiContext): Promise<Door> {
    const app = await makeServer(context)
    const sockets = new Sockets(context)
    app.server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head))
    return new Door(app, sockets)
  }

  async open({ host, port }: { readonly host: string; readonly port: number }): Promise<void> {
    await this.#app.listen({ host, port })
  }

  /** Where it is open. */
  get url(): string {
    const { address, port } = this.#app.server.address() as AddressInfo
    return `http://${address}:${port}`
  }

  accept(from: FromPublicPort): void {
    if ('socket' in from) return this.#take(from.socket)
    this.#listener = from.listener
    from.listener.on('connection', (socket: Socket) => this.#take(socket))
  }

  #take(socket: Socket): void {
    this.#app.server.emit('connection', socket)
    socket.resume()
  }

  /** New connections find another node at once; who is inside is served to the end; WebSockets are told to come back elsewhere. */
  async close(): Promise<void> {
    this.#listener?.close()
    this.#sockets.stop()
    await this.#guests.seeOut()
    await this.#app.close()
  }
}
