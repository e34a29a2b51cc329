/**
 * A driver: what makes a port of a thing of the world, as drivers do in Erlang. There is one for each kind of source in `drivers/`; another kind
 * can be given to `openDriver`.
 *
 * The port asks, the driver gives:
 *
 *     port ──start(sink)──► driver
 *     port ──pull()───────► driver ──item(raw) | end() | fail(error)──► port        at once, or at any later time, once
 *
 * Between two pulls the driver keeps its source from going on, so that whoever is on the other side is slowed down.
 */

/** What a driver tells its port. After `end`, `fail` or `gone`, or once it was closed, nothing that it tells is heard. */
export interface Sink {
  /** The item that was asked for. One that was not is a fault of the driver, and fails the port. */
  item(raw: unknown): void
  /** The source has come to its end. What was given before it is still read. */
  end(): void
  /** The source, or what is written to, has failed. What was given before is still read. */
  fail(error: unknown): void
  /** Nothing can be read or written any more, in good order. */
  gone(): void
  /** What was written has been taken: more may follow. */
  drained(): void
}

/** The side that is written to. */
export interface Output {
  /** False once it was finished, or has failed. */
  readonly isWritable: boolean
  /** Bytes, or values, that were written and not taken yet. */
  readonly waiting: number
  /** Whether it is finished when its owner ends in good order, or closes the port; otherwise it is cut off, as an answer that is not whole. */
  endsBy(what: 'exit' | 'close'): boolean
  /** Takes `data` in any case. False asks the writer to wait until `drained`. It is called again only when that has come, or by those who do not wait. */
  write(data: unknown): boolean
  /** Nothing more will be written. Resolves when all has been taken, or cannot be any more. Called more than once, it does the same. */
  finish(): Promise<void>
}

export interface Driver {
  readonly output: Output | null
  /** Called once, before anything else. What happened to the source before is told now. */
  start(sink: Sink): void
  /** Asks for one item. Not called again before it was given. */
  pull(): void
  /** Lets go of the source at once; what is not finished is cut off. Done when what it returns has settled. Called once, at most. */
  close(): Promise<unknown> | void
}
