/**
 * TCP: the one file that touches sockets.
 *
 * Nagle's delay is off, since a turn's frames go out in one write anyway. A stream that was closed in peace and whose
 * other side does not take the rest is destroyed after `lingerMs`.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Address, Listener, Network, Stream, StreamHandlers } from './network.ts'

const lingerMs = 2000
const lingerBytes = 1024 * 1024

class TcpStream implements Stream {
  readonly #socket: Socket
  readonly remote: string
  #handlers: StreamHandlers | null = null
  #error: Error | null = null
  #isClosing = false
  #lateBytes = 0

  constructor(socket: Socket, remote: string) {
    this.#socket = socket
    this.remote = remote
    socket.setNoDelay(true)
  }

  attach(handlers: StreamHandlers): void {
    const socket = this.#socket
    this.#handlers = handlers
    socket.on('data', (bytes) => {
      // After the farewell the rest is read for the sake of a clean end, but not without end.
      if (this.#isClosing && (this.#lateBytes += bytes.length) > lingerBytes) socket.destroy()
      else this.#handlers?.data(bytes)
    })
    socket.on('drain', () => this.#handlers?.drained?.())
    socket.on('error', (error) => (this.#error ??= error))
    // The other side will not send any more; our side has nothing to say to a peer that left.
    socket.on('end', () => socket.destroySoon())
    socket.on('close', () => {
      const { closed } = this.#handlers ?? {}
      if (closed === undefined) return
      const current = this.#handlers
      this.#handlers = null
      current?.closed(this.#error)
    })
  }

  opened(): void {
    this.#handlers?.opened?.()
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  write(parts: readonly Uint8Array[]): boolean {
    const socket = this.#socket
    if (socket.destroyed || socket.writableEnded) return false
    if (parts.length === 1) return socket.write(parts[0] as Uint8Array)
    socket.cork()
    let room = true
    for (const part of parts) room = socket.write(part)
    socket.uncork()
    return room
  }

  close(): void {
    const socket = this.#socket
    if (socket.destroyed || this.#isClosing) return
    this.#isClosing = true
    socket.end()
    socket.setTimeout(lingerMs, () => socket.destroy())
  }

  destroy(): void {
    this.#handlers = null
    this.#socket.destroy()
  }
}

class TcpListener implements Listener {
  readonly #server: Server
  readonly address: Address

  constructor(server: Server, address: Address) {
    this.#server = server
    this.address = address
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      // Accepted streams have owners of their own, so the callback, which waits for them, is not awaited.
      this.#server.close()
      resolve()
    })
  }
}

function text(host: string | undefined, port: number | undefined): string {
  return host?.includes(':') === true ? `[${host}]:${port ?? '?'}` : `${host ?? '?'}:${port ?? '?'}`
}

/** The operating system's TCP. */
export const tcp: Network = {
  listen(address, accept) {
    return new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        const stream = new TcpStream(socket, text(socket.remoteAddress, socket.remotePort))
        stream.attach(accept(stream))
      })
      server.once('error', reject)
      server.listen({ host: address.host, port: address.port, backlog: 511 }, () => {
        server.off('error', reject)
        // An accept that fails (no file descriptor left, say) must not end the program; the next one may succeed.
        server.on('error', () => {})
        const bound = server.address()
        const port = typeof bound === 'object' && bound !== null ? bound.port : address.port
        resolve(new TcpListener(server, { host: address.host, port }))
      })
    })
  },

  connect(address, handlers) {
    const socket = connect({ host: address.host, port: address.port, allowHalfOpen: true })
    const stream = new TcpStream(socket, text(address.host, address.port))
    stream.attach(handlers)
    socket.once('connect', () => stream.opened())
    return stream
  },
}
