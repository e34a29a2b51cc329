/**
 * A server of Node.js, of connections or of requests, as a source of ports.
 */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Driver, Sink } from '../driver.ts'
import { Arrivals, type Arrival } from './arrivals.ts'
import { ExchangeDriver } from './exchange.ts'
import { StreamDriver } from './stream.ts'

/** What is common to both: they listen, fail, and are closed. */
abstract class ServerDriver implements Driver {
  readonly output = null
  protected readonly arrivals: Arrivals
  readonly #server: Server
  readonly #stops: (() => void)[] = []

  constructor(server: Server, backlog: number) {
    this.#server = server
    this.arrivals = new Arrivals(backlog)
  }

  start(sink: Sink): void {
    this.arrivals.start(sink)
    // This one stays: an error that comes later must not end the program.
    this.#server.on('error', (error) => sink.fail(error))
    this.on('close', () => sink.end())
    this.listen()
  }

  pull(): void {
    this.arrivals.pull()
  }

  /** Frees its address at once; it does not wait for the connections, which belong to others. */
  close(): void {
    for (const stop of this.#stops) stop()
    this.arrivals.close()
    // The callback takes what close would throw: it was not listening.
    this.#server.close(() => {})
  }

  protected abstract listen(): void

  protected on(event: string, heard: (...values: never[]) => void): void {
    const listener = heard as (...values: unknown[]) => void
    this.#server.on(event, listener)
    this.#stops.push(() => void this.#server.off(event, listener))
  }
}

export class ListenerDriver extends ServerDriver {
  readonly #event: string

  constructor(server: Server, backlog: number) {
    super(server, backlog)
    // Of a TLS server only those who have shaken hands.
    this.#event = 'setSecureContext' in server ? 'secureConnection' : 'connection'
  }

  protected override listen(): void {
    this.on(this.#event, (socket: Socket) => this.#came(socket))
  }

  #came(socket: Socket): void {
    this.arrivals.came(new ConnectionDriver(socket))
  }
}

export class HttpDriver extends ServerDriver {
  constructor(server: HttpServer, backlog: number) {
    super(server, backlog)
  }

  protected override listen(): void {
    this.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.arrivals.came(new ExchangeDriver(request, response)),
    )
  }
}

/** A connection that was accepted. It is listened to from the first moment, so that an error before it has an owner ends nothing. */
class ConnectionDriver extends StreamDriver implements Arrival {
  readonly #socket: Duplex

  constructor(socket: Duplex) {
    super(socket)
    this.#socket = socket
    socket.on('error', () => {})
  }

  get isOver(): boolean {
    return this.#socket.destroyed
  }

  refuse(): void {
    this.#socket.destroy()
  }
}
