/** A network whose streams can be lost on one side only, made deaf, or robbed of their ticks. */
import type { Network, Stream, StreamHandlers } from '../src/network/network.ts'

export interface Muffled extends Network {
  /** Nothing that comes is heard any more. */
  isDeaf: boolean
  /** Empty frames that come alone are not heard. */
  dropsTicks: boolean
  /** This side's streams end; the other side learns nothing of it. */
  loseSilently(): void
}

export function muffle(network: Network): Muffled {
  const open = new Set<StreamHandlers>()
  const isTick = (bytes: Uint8Array) => bytes.length === 4 && bytes.every((byte) => byte === 0)
  const wrap = (handlers: StreamHandlers): StreamHandlers => {
    open.add(handlers)
    return {
      opened: () => handlers.opened?.(),
      data: (bytes) => {
        if (open.has(handlers) && !muffled.isDeaf && !(muffled.dropsTicks && isTick(bytes))) handlers.data(bytes)
      },
      drained: () => handlers.drained?.(),
      closed: (error) => {
        if (open.delete(handlers)) handlers.closed(error)
      },
    }
  }
  const muffled: Muffled = {
    isDeaf: false,
    dropsTicks: false,
    loseSilently() {
      for (const handlers of [...open]) {
        open.delete(handlers)
        handlers.closed(null)
      }
    },
    listen: (address, accept) => network.listen(address, (stream) => wrap(accept(stream))),
    connect: (address, handlers) => {
      const stream = network.connect(address, wrap(handlers))
      const quiet: Stream = {
        get remote() {
          return stream.remote
        },
        get bufferedBytes() {
          return stream.bufferedBytes
        },
        write: (parts) => stream.write(parts),
        close: () => stream.close(),
        destroy: () => {
          // A stream that was lost silently stays open for the other side.
          if (open.has(handlers)) stream.destroy()
        },
      }
      return quiet
    },
  }
  return muffled
}
