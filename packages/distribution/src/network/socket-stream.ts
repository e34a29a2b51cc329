/**
 * A socket of Node as a {@link Stream}: TCP, Unix and TLS have this in common.
 *
 * A stream that was closed in peace ends in time, whatever the other side does (`farewell.ts`).
 */
import type { Socket } from 'node:net'
import { endInTime, type Later } from './farewell.ts'
import type { Stream, StreamHandlers, StreamSecurity } from './network.ts'

const lingerBytes = 1024 * 1024

export class SocketStream implements Stream {
  readonly remote: string
  #socket: Socket | null = null
  #handlers: StreamHandlers | null = null
  #error: Error | null = null
  #isClosing = false
  #lateBytes = 0
  security: StreamSecurity | null = null
  readonly #later: Later
  /** Says in words what an error of the socket means. */
  readonly #explain: (error: Error) => Error

  constructor(remote: string, later: Later, explain: (error: Error) => Error = (error) => error) {
    this.remote = remote
    this.#later = later
    this.#explain = explain
  }

  /** `receives`: the bytes come by {@link received}, and not as `data` events. */
  take(socket: Socket, receives: boolean): void {
    this.#socket = socket
    // No Buffer, whose slice() would be no copy.
    if (!receives)
      socket.on('data', (bytes: Buffer) => this.received(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)))
    socket.on('drain', () => this.#handlers?.drained?.())
    socket.on('error', (error) => (this.#error ??= this.#explain(error)))
    // The other side will not send any more; our side has nothing to say to a peer that left.
    socket.on('end', () => socket.destroySoon())
    socket.on('close', () => {
      const current = this.#handlers
      this.#handlers = null
      current?.closed(this.#error)
    })
  }

  attach(handlers: StreamHandlers): void {
    if (this.#socket?.destroyed !== true) this.#handlers = handlers
  }

  readonly received = (bytes: Uint8Array): void => {
    // After the farewell the rest is read for the sake of a clean end, but not without end.
    if (this.#isClosing && (this.#lateBytes += bytes.length) > lingerBytes) this.#socket?.destroy()
    else this.#handlers?.data(bytes)
  }

  opened(): void {
    this.#handlers?.opened?.()
  }

  /** For a stream that never stood. */
  fail(error: Error): void {
    const current = this.#handlers
    this.#handlers = null
    current?.closed(error)
  }

  get bufferedBytes(): number {
    return this.#socket?.writableLength ?? 0
  }

  write(parts: readonly Uint8Array[]): boolean {
    const socket = this.#socket
    if (socket === null || socket.destroyed || socket.writableEnded) return false
    if (parts.length === 1) return socket.write(parts[0] as Uint8Array)
    socket.cork()
    let room = true
    for (const part of parts) room = socket.write(part)
    socket.uncork()
    return room
  }

  pause(): void {
    if (!this.#isClosing) this.#socket?.pause()
  }

  resume(): void {
    if (this.#socket?.destroyed === false) this.#socket.resume()
  }

  close(): void {
    const socket = this.#socket
    if (socket === null || socket.destroyed || this.#isClosing) return
    this.#isClosing = true
    socket.end()
    endInTime(socket, this.#later)
  }

  destroy(): void {
    this.#handlers = null
    this.#socket?.destroy()
  }
}
