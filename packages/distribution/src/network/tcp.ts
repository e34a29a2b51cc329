/**
 * TCP.
 *
 * Nagle's delay is off, since a turn's frames go out in one write anyway.
 */
import { connect, createServer, type ListenOptions, type Server, type Socket } from 'node:net'
import type { Later } from './farewell.ts'
import type { Address, Listener, Network, Stream, StreamHandlers } from './network.ts'
import { adopted, ownBuffer } from './own-buffer.ts'
import { SocketStream } from './socket-stream.ts'

/** How many connections the system may hold that were not accepted yet. */
export const backlog = 511

export class ServerListener implements Listener {
  readonly #server: Server
  readonly address: Address

  constructor(server: Server, address: Address) {
    this.#server = server
    this.address = address
  }

  close(): Promise<void> {
    // Accepted streams have owners of their own, so the callback, which waits for them, is not awaited.
    this.#server.close()
    return Promise.resolve()
  }
}

/** `host:port`, for logs. */
export function textOf(host: string | undefined, port: number | undefined): string {
  return host?.includes(':') === true ? `[${host}]:${port ?? '?'}` : `${host ?? '?'}:${port ?? '?'}`
}

/** A timer of the system, which keeps no program alive. */
export const later: Later = (delayMs, task) => {
  const timeout = setTimeout(task, delayMs).unref()
  return () => clearTimeout(timeout)
}

/** Resolves once `server` listens; afterwards an accept that fails does not end the program. */
export function listening(server: Server, at: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...at, backlog }, () => {
      server.off('error', reject)
      // No file descriptor left, say; the next one may succeed.
      server.on('error', () => {})
      resolve()
    })
  })
}

/** Takes an accepted socket, which must be paused, as a stream. */
export function acceptInto(socket: Socket, remote: string, accept: (stream: Stream) => StreamHandlers): void {
  const stream = new SocketStream(remote, later)
  const own = adopted(socket, stream.received)
  stream.take(own ?? socket, own !== null)
  stream.attach(accept(stream))
  if (own === null) socket.resume()
}

/** The operating system's TCP. */
export const tcp: Network = {
  liveness: 'thread',

  async listen(address, accept) {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => {
      acceptInto(socket, textOf(socket.remoteAddress, socket.remotePort), accept)
    })
    await listening(server, { host: address.host, port: address.port })
    const bound = server.address()
    const port = typeof bound === 'object' && bound !== null ? bound.port : address.port
    return new ServerListener(server, { host: address.host, port })
  },

  connect(address, handlers) {
    const stream = new SocketStream(textOf(address.host, address.port), later)
    const onread = ownBuffer(stream.received)
    const { host, port } = address
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true, ...(onread === null ? {} : { onread }) })
    stream.take(socket, onread !== null)
    stream.attach(handlers)
    socket.once('connect', () => stream.opened())
    return stream
  },
}
