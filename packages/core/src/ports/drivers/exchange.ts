/**
 * A request to an HTTP server and the answer to it: the request's body is read, the answer's is written.
 *
 * Nobody is left without an answer: one that was not begun when the port is closed becomes a 503, one that was not finished is cut
 * off, so that it is not taken for whole.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { coreError } from '../../errors.ts'
import type { Sink } from '../driver.ts'
import type { Arrival } from './arrivals.ts'
import { destroyStream, StreamDriver } from './stream.ts'
import { finishStream, StreamOutput } from './stream-output.ts'

export class ExchangeDriver implements Arrival {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly output: StreamOutput
  readonly #body: StreamDriver

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request
    this.response = response
    this.output = new AnswerOutput(response)
    this.#body = new StreamDriver(request)
    // It may fail before it has an owner.
    request.on('error', () => {})
    response.on('error', () => {})
  }

  get isOver(): boolean {
    return this.response.destroyed || this.response.closed
  }

  start(sink: Sink): void {
    const { response } = this
    response.on('error', (error) => sink.fail(error))
    response.on('drain', () => sink.drained())
    response.on('close', () => {
      if (response.writableFinished) sink.gone()
      else sink.fail(coreError('port.cut_off'))
    })
    // The body may be over long before the answer: its end is an end, and no more.
    this.#body.start({
      item: (raw) => sink.item(raw),
      end: () => sink.end(),
      fail: (error) => sink.fail(error),
      gone: () => {},
      drained: () => {},
    })
  }

  pull(): void {
    this.#body.pull()
  }

  close(): Promise<unknown> | void {
    const { response } = this
    // A body that nobody reads would block the connection for the next request.
    this.#body.drain()
    if (response.writableFinished) return
    return response.headersSent || response.destroyed ? destroyStream(response) : this.#turnAway()
  }

  refuse(): void {
    void this.close()
  }

  #turnAway(): Promise<void> {
    this.response.writeHead(503)
    return finishStream(this.response)
  }
}

class AnswerOutput extends StreamOutput {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    super(response)
    this.#response = response
  }

  /** To end it is to say that it is whole: closing the port does, if it was begun; an owner's exit does not. */
  override endsBy(what: 'exit' | 'close'): boolean {
    return what === 'close' && this.#response.headersSent
  }
}
