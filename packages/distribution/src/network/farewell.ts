/**
 * The end in peace of a socket, in time.
 *
 *     end() ──► lingerMs ──► the other side closed: over
 *                  │ it took something of what was still to be written: as long again, up to longestMs in all
 *                  └ it took nothing: destroyed
 *
 * Only what the other side takes counts. What it sends does not: a byte now and then would keep the socket for good.
 */
import type { Socket } from 'node:net'

const lingerMs = 2000
const longestMs = 60_000

/** Runs the task later, unless what it returns is called before. */
export type Later = (delayMs: number, task: () => void) => () => void

export type Ending = Pick<Socket, 'writableLength' | 'destroy'> & {
  once(event: 'close', listener: () => void): unknown
}

/** For a socket whose last byte was given to it. */
export function endInTime(socket: Ending, later: Later): void {
  let before = unwritten(socket)
  let restMs = longestMs
  const look = (): void => {
    const now = unwritten(socket)
    const takes = now.all < before.all || now.write < before.write
    restMs -= lingerMs
    if (!takes || restMs <= 0) return void socket.destroy()
    before = now
    cancel = later(lingerMs, look)
  }
  let cancel = later(lingerMs, look)
  socket.once('close', () => cancel())
}

interface Handle {
  readonly writeQueueSize?: number
  /** Of TLS: the socket below, since its own queue has all of a write until the last byte is taken. */
  readonly _parent?: Handle
}

/** Of the write that is under way, the largest perhaps, `all` counts every byte until its last one is taken. */
function unwritten(socket: Ending): { readonly all: number; readonly write: number } {
  const { _handle: handle } = socket as unknown as { readonly _handle?: Handle | null }
  return { all: socket.writableLength, write: (handle?._parent ?? handle)?.writeQueueSize ?? 0 }
}
