/**
 * Where lines go in the end: anything with a `write`. One that gives a promise is waited for.
 */
export interface Sink {
  write(line: string): void | Promise<void>
  /** Nothing more will come. */
  close?(): void | Promise<void>
}

/** The standard error stream of the OS process. It is not closed. */
export const stderrSink: Sink = {
  write: (line) => {
    process.stderr.write(line)
  },
}

/** What is wanted of a writable stream of Node.js. */
export interface LineStream {
  write(line: string): boolean
  once(event: 'drain' | 'close' | 'error', listener: () => void): unknown
  off(event: 'drain' | 'close' | 'error', listener: () => void): unknown
}

/** A stream, of a file say. When it is full, the handler waits until it takes more; meanwhile overload protection holds. */
export function streamSink(stream: LineStream): Sink {
  return {
    write: (line) => (stream.write(line) ? undefined : roomIn(stream)),
  }
}

/** Resolves when there is room again, and also when there will never be any. */
function roomIn(stream: LineStream): Promise<void> {
  return new Promise((resolve) => {
    const events = ['drain', 'close', 'error'] as const
    const done = (): void => {
      for (const event of events) stream.off(event, done)
      resolve()
    }
    for (const event of events) stream.once(event, done)
  })
}
