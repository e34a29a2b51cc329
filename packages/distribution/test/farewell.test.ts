/** How long a socket may take to end that was closed in peace. Virtual time. */
import { createVirtualRuntime } from '@agner/testing'
import { describe, expect, it } from 'vitest'
import { endInTime } from '../src/network/farewell.ts'

/** A socket that was ended with so much to write, of which a part is in one write that is under way. */
function ending(writableLength: number, writeQueueSize = 0) {
  const runtime = createVirtualRuntime()
  const socket = {
    writableLength,
    _handle: { writeQueueSize } as { writeQueueSize: number; _parent?: { writeQueueSize: number } },
    endedAtMs: null as number | null,
    close: () => {},
    once(_: 'close', listener: () => void) {
      socket.close = listener
    },
    destroy() {
      socket.endedAtMs ??= runtime.nowMs()
      socket.close()
      return socket as never
    },
  }
  endInTime(socket, (delayMs, task) => {
    const timer = runtime.setTimer(delayMs, task)
    return () => timer.clear()
  })
  return { runtime, socket }
}

describe('a socket that was closed in peace', () => {
  it('has two seconds once all is written, whatever the other side says', async () => {
    const { runtime, socket } = ending(0)
    await runtime.advance(60_000)
    expect([socket.endedAtMs, runtime.pendingTimers]).toEqual([2000, 0])
  })

  it('is waited for no more when it has closed', async () => {
    const { runtime, socket } = ending(100)
    socket.close()
    expect(runtime.pendingTimers).toBe(0)
  })

  it('has as long again for as long as the other side takes what it was sent', async () => {
    const { runtime, socket } = ending(1_000_000)
    for (let i = 0; i < 10; i++) {
      await runtime.advance(1999)
      socket.writableLength -= 100_000
      await runtime.advance(1)
    }
    expect(socket.endedAtMs).toBeNull()
    await runtime.advance(60_000)
    expect([socket.endedAtMs, runtime.pendingTimers]).toEqual([22_000, 0])
  })

  it('has it also while one large write is taken, of which the stream counts every byte to the last', async () => {
    const { runtime, socket } = ending(1_000_000, 900_000)
    for (let i = 0; i < 3; i++) {
      socket._handle.writeQueueSize -= 1
      await runtime.advance(2000)
    }
    // The next one begins: less is to be written, and more of it is under way.
    socket.writableLength = 500_000
    socket._handle.writeQueueSize = 950_000
    await runtime.advance(2000)
    expect(socket.endedAtMs).toBeNull()
    await runtime.advance(2000)
    expect(socket.endedAtMs).toBe(10_000)
  })

  it('has it by TLS, too, where only the socket below says how far a write is', async () => {
    const { runtime, socket } = ending(1_000_000, 1_010_000)
    const below = { writeQueueSize: 900_000 }
    socket._handle._parent = below
    for (let i = 0; i < 5; i++) {
      below.writeQueueSize -= 100_000
      await runtime.advance(2000)
    }
    expect(socket.endedAtMs).toBeNull()
    await runtime.advance(2000)
    expect(socket.endedAtMs).toBe(12_000)
  })

  it('has a minute in all', async () => {
    const { runtime, socket } = ending(1_000_000)
    while (socket.endedAtMs === null) {
      socket.writableLength -= 1
      await runtime.advance(1000)
    }
    expect([socket.endedAtMs, runtime.pendingTimers]).toEqual([60_000, 0])
  })
})
