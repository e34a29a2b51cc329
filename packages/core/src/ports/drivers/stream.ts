/**
 * A stream of Node.js: a socket, a file, a pipe, an HTTP body, a transform; readable, writable or both.
 *
 * It is read in paused mode, chunk by chunk on demand, so that it fills its own buffer (`highWaterMark`) and no more: then a socket is not
 * read any further, and TCP slows the other side.
 */
import type { Duplex, Readable, Writable } from 'node:stream'
import { coreError } from '../../errors.ts'
import type { Driver, Output, Sink } from '../driver.ts'
import { StreamOutput } from './stream-output.ts'

export type NodeStream = Readable | Writable | Duplex

export class StreamDriver implements Driver {
  readonly output: Output | null
  readonly #stream: NodeStream
  readonly #readable: Readable | null
  #sink: Sink | null = null
  #asked = false
  #ended = false

  constructor(stream: NodeStream) {
    this.#stream = stream
    this.#readable = isReadable(stream) ? stream : null
    this.output = isWritable(stream) ? new StreamOutput(stream) : null
    // The owner may still answer what came before the end, which he is told of later: the port ends the other half itself.
    if (this.#readable !== null && this.output !== null) (stream as Duplex).allowHalfOpen = true
  }

  start(sink: Sink): void {
    this.#sink = sink
    const stream = this.#stream
    // These stay: an error that comes later must not end the program.
    stream.on('error', (error: unknown) => sink.fail(error))
    stream.on('close', () => this.#closed())
    if (this.output !== null) stream.on('drain', () => sink.drained())
    this.#readable?.on('readable', this.#give)
    this.#readable?.on('end', () => this.#finished())
    if (stream.errored != null) sink.fail(stream.errored)
    else if (this.#readable?.readableEnded === true) this.#finished()
    else if (stream.destroyed) this.#closed()
  }

  pull(): void {
    this.#asked = true
    this.#give()
  }

  close(): Promise<unknown> | void {
    return destroyStream(this.#stream)
  }

  /** Lets what is left run through unread, for those who must not leave it there. */
  drain(): void {
    this.#readable?.off('readable', this.#give)
    this.#readable?.resume()
  }

  readonly #give = (): void => {
    if (!this.#asked) return
    const chunk: unknown = this.#readable?.read() ?? null
    if (chunk === null) return
    this.#asked = false
    this.#sink?.item(chunk)
  }

  #finished(): void {
    this.#ended = true
    this.#sink?.end()
  }

  #closed(): void {
    const isCutOff = (this.#readable !== null && !this.#ended) || (this.output?.waiting ?? 0) > 0
    if (isCutOff) this.#sink?.fail(coreError('port.cut_off'))
    else this.#sink?.gone()
  }
}

/** Done when it is closed: its file or socket is free then. */
export function destroyStream(stream: NodeStream): Promise<unknown> | void {
  if (stream.closed) return
  const closed = new Promise((resolve) => void stream.once('close', resolve))
  stream.destroy()
  return closed
}

function isWritable(stream: NodeStream): stream is Writable {
  return 'write' in stream && typeof stream.write === 'function'
}

/** A duplex of which only one half is there, as the standard input of a child process, has no end to tell. */
function isReadable(stream: NodeStream): stream is Readable {
  if (!('read' in stream) || typeof stream.read !== 'function') return false
  return stream.readable || !isWritable(stream) || !stream.writable
}

/** Whether each chunk of a stream is made for it and kept by nobody: so it is for what comes from the operating system. */
export function givesItsChunksAway(stream: NodeStream): boolean {
  const isSocket = 'setNoDelay' in stream && 'bytesRead' in stream
  const isFile = 'fd' in stream && 'bytesRead' in stream
  return isSocket || isFile
}
