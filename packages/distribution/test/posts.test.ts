import { createVirtualRuntime, type VirtualRuntime } from '@agner/testing'
import { describe, expect, it } from 'vitest'
import { MemoryNetwork, type Address, type Network, type Stream } from '../src/index.ts'
import { Board, Heartbeat } from '../src/liveness/board.ts'
import { encodeLaneHello, helloBytes, laneId, LaneProofs, laneNonceBytes } from '../src/liveness/lane-messages.ts'
import { LocalPost } from '../src/liveness/local-post.ts'
import type { LaneTerms } from '../src/liveness/post.ts'

const key = new Uint8Array(32).fill(1)
const terms: LaneTerms = { key, role: 'dialer', tickMs: 500, heldMs: 1000, silenceMs: 4000 }
const accepting: LaneTerms = { ...terms, role: 'acceptor' }
const timeoutMs = 2000

interface Place {
  readonly post: LocalPost
  readonly board: Board
  readonly unreachable: string[]
  address: Address | null
}

function place(runtime: VirtualRuntime, network: Network, wanted: LaneTerms = terms): Place {
  const unreachable: string[] = []
  const made: Place = {
    board: new Board(),
    unreachable,
    address: null,
    post: new LocalPost({
      runtime,
      network,
      heartbeat: new Heartbeat(),
      timeoutMs,
      events: {
        listening: (address) => (made.address = address),
        listenFailed: (reason) => expect.unreachable(reason),
        unreachable: (lane, reason) => unreachable.push(`${lane}: ${reason}`),
      },
    }),
  }
  made.post.open(1, wanted, made.board)
  return made
}

async function two(seed?: number) {
  const runtime = createVirtualRuntime(seed === undefined ? {} : { seed })
  const network = new MemoryNetwork(seed === undefined ? { runtime } : { runtime, seed })
  const [a, b] = [place(runtime, network), place(runtime, network, accepting)]
  b.post.listen({ host: 'b', port: 0 })
  await runtime.settle()
  const address = b.address as Address
  return { runtime, network, a, b, address }
}

/** What a stranger sees of a post. */
async function stranger(runtime: VirtualRuntime, network: Network, address: Address) {
  const got: number[] = []
  const made = { got, isClosed: false, stream: null as unknown as Stream }
  made.stream = network.connect(address, {
    opened() {},
    data: (bytes) => void got.push(...bytes),
    closed: () => (made.isClosed = true),
  })
  await runtime.settle()
  return made
}

describe('two posts', () => {
  it('have a lane, and each knows of the other whether its thread is held', async () => {
    const { runtime, a, b, address } = await two()
    a.post.dial(1, address)
    await runtime.settle()
    expect([a.board.isUp, b.board.isUp]).toEqual([true, true])
    for (let ms = 0; ms < 10_000; ms += 100) {
      a.post.beat()
      await runtime.advance(100)
    }
    expect(a.board).toMatchObject({ ticks: 21, heldTicks: 19, lagMs: 10_000 })
    expect(b.board.heldTicks).toBe(0)
    expect(b.board.lagMs).toBeLessThanOrEqual(100)
    b.post.beat()
    await runtime.advance(500)
    expect(a.board).toMatchObject({ heldTicks: 19, lagMs: 500 })
    a.post.stop()
    await runtime.settle()
    expect(b.board.isUp).toBe(false)
    b.post.stop()
    await runtime.advance(timeoutMs)
    expect(runtime.pendingTimers).toBe(0)
  })

  it('have it on a network that cuts and delays as it likes', async () => {
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
      const { runtime, a, b, address } = await two(seed)
      a.post.dial(1, address)
      await runtime.advance(20_000)
      expect([a.board.isUp, b.board.isUp]).toEqual([true, true])
      expect([a.board.ticks, b.board.ticks]).toEqual([41, 41])
    }
  })

  it('tick at the pace that they are told, and at another when they are told so', async () => {
    const { runtime, a, b, address } = await two()
    a.post.dial(1, address)
    await runtime.advance(5000)
    const before = b.board.ticks
    a.post.retime(1, { ...terms, tickMs: 100 })
    await runtime.advance(5000)
    expect(b.board.ticks - before).toBe(50)
    expect(a.board.ticks).toBe(21)
  })

  it('find each other when the one that is dialled comes late, and say nothing of it', async () => {
    const { runtime, a, b, address } = await two()
    b.post.close(1)
    a.post.dial(1, address)
    await runtime.settle()
    expect(a.board.isUp).toBe(false)
    b.post.open(1, accepting, b.board)
    await runtime.advance(300)
    expect([a.board.isUp, b.board.isUp, a.unreachable]).toEqual([true, true, []])
  })

  it('say once that a lane cannot be made, try on, and have it when it can', async () => {
    const { runtime, a, b } = await two()
    a.post.dial(1, { host: 'b', port: 1 })
    await runtime.advance(600_000)
    expect(a.unreachable).toEqual(['1: ECONNREFUSED: nobody listens on b:1'])
    b.post.listen({ host: 'b', port: 1 })
    await runtime.advance(30_000)
    expect([a.board.isUp, b.board.isUp]).toEqual([true, true])
  })

  it('make a lane anew when it was lost, also where nobody learned that it was', async () => {
    const { runtime, network, a, b, address } = await two()
    const streams: Stream[] = []
    const spied: Network = {
      listen: (at, accept) => network.listen(at, accept),
      connect: (at, handlers) => {
        const stream = network.connect(at, handlers)
        streams.push(stream)
        return stream
      },
    }
    const c = place(runtime, spied)
    c.post.dial(1, address)
    await runtime.settle()
    streams[0]?.destroy()
    await runtime.advance(terms.silenceMs + 2000)
    expect([streams.length, c.board.isUp, b.board.isUp, c.unreachable]).toEqual([2, true, true, []])
    a.post.stop()
  })

  it('go where the other listens now', async () => {
    const { runtime, a, b, address } = await two()
    a.post.dial(1, address)
    await runtime.settle()
    b.post.listen({ host: 'b', port: 7 })
    await runtime.settle()
    a.post.dial(1, { host: 'b', port: 7 })
    await runtime.advance(1000)
    expect([a.board.isUp, b.board.isUp]).toEqual([true, true])
  })

  it('have no lane without the same key', async () => {
    const { runtime, network, b, address } = await two()
    const other = place(runtime, network, { ...terms, key: new Uint8Array(32).fill(2) })
    other.post.dial(1, address)
    await runtime.advance(60_000)
    expect([other.board.isUp, b.board.isUp, other.board.ticks, b.board.ticks]).toEqual([false, false, 0, 0])
    expect(other.unreachable).toHaveLength(1)
  })
})

it('a post that is led to itself has no lane with itself', async () => {
  const { runtime, a } = await two()
  a.post.listen({ host: 'a', port: 9 })
  await runtime.settle()
  a.post.dial(1, { host: 'a', port: 9 })
  await runtime.advance(60_000)
  expect([a.board.isUp, a.board.ticks, a.unreachable]).toEqual([false, 0, ['1: the other side closed it']])
})

describe('a stranger at a post', () => {
  it('is told nothing, whatever he says, and loses his connection', async () => {
    const { runtime, network, address } = await two()
    const rubbish = [
      new Uint8Array(helloBytes),
      new Uint8Array(1 << 16).fill(0xff),
      encodeLaneHello(laneId(new Uint8Array(32)), new Uint8Array(laneNonceBytes)),
    ]
    for (const bytes of rubbish) {
      const somebody = await stranger(runtime, network, address)
      somebody.stream.write([bytes])
      await runtime.settle()
      expect([somebody.got, somebody.isClosed]).toEqual([[], true])
    }
  })

  it('who says nothing, or goes on slowly, has a time', async () => {
    const { runtime, network, address } = await two()
    const somebody = await stranger(runtime, network, address)
    for (let ms = 0; ms < timeoutMs; ms += 500) {
      somebody.stream.write([Uint8Array.of(0x41)])
      expect(somebody.isClosed).toBe(false)
      await runtime.advance(500)
    }
    expect(somebody.isClosed).toBe(true)
  })

  it('cannot come in numbers', async () => {
    const { runtime, network, address, a, b } = await two()
    const crowd = []
    for (let i = 0; i < 80; i++) crowd.push(await stranger(runtime, network, address))
    await runtime.advance(1)
    expect(crowd.filter(({ isClosed }) => isClosed)).toHaveLength(16)
    // Whoever is at home gets in once their time is over.
    a.post.dial(1, address)
    await runtime.advance(timeoutMs + 3000)
    expect([a.board.isUp, b.board.isUp]).toEqual([true, true])
  })

  it('who floods it from one address keeps none of another out', async () => {
    const runtime = createVirtualRuntime()
    const network = new MemoryNetwork({ runtime })
    let host = '10.0.0.1'
    let port = 0
    const located: Network = {
      connect: network.connect.bind(network),
      listen: (at, accept) =>
        network.listen(at, (stream) => accept(Object.defineProperty(stream, 'remote', { value: `${host}:${++port}` }))),
    }
    const [a, b] = [place(runtime, network), place(runtime, located, accepting)]
    b.post.listen({ host: 'b', port: 0 })
    await runtime.settle()
    const crowd = []
    for (let i = 0; i < 80; i++) crowd.push(await stranger(runtime, network, b.address!))
    await runtime.advance(1)
    host = '10.0.0.2'
    a.post.dial(1, b.address!)
    await runtime.advance(1)
    expect([a.board.isUp, b.board.isUp]).toEqual([true, true])
    expect(crowd.map(({ isClosed }) => isClosed).indexOf(true)).toBe(0)
    expect(crowd.filter(({ isClosed }) => isClosed)).toHaveLength(17)
    for (const { post } of [a, b]) post.stop()
    await runtime.advance(timeoutMs)
    expect([network.streamCount, runtime.pendingTimers]).toEqual([0, 0])
  })

  it('who has overheard a lane cannot begin it again, send a tick back, or send one twice', async () => {
    const { runtime, network, b, address } = await two()
    const id = laneId(key)
    const nonce = new Uint8Array(laneNonceBytes).fill(9)
    const begin = async () => {
      const somebody = await stranger(runtime, network, address)
      somebody.stream.write([encodeLaneHello(id, nonce)])
      await runtime.settle()
      return { ...somebody, nonces: new LaneProofs(key, nonce, Uint8Array.from(somebody.got.slice(0, laneNonceBytes))) }
    }
    // He who knows the key gets in; what he says then is what the others have overheard.
    const knows = await begin()
    const proof = knows.nonces.of('dialer')
    knows.stream.write([proof])
    const ticks = knows.nonces.ticks('dialer')
    const [first, second] = [ticks.next(1), ticks.next(2)]
    knows.stream.write([first])
    await runtime.settle()
    expect([b.board.isUp, b.board.ticks]).toEqual([true, 1])

    const replays = await begin()
    replays.stream.write([proof])
    await runtime.settle()
    expect(b.board.isUp).toBe(true)

    const reflects = await begin()
    reflects.stream.write([Uint8Array.from(reflects.got.slice(laneNonceBytes))])
    await runtime.settle()
    expect(b.board.ticks).toBe(1)

    knows.stream.write([second, second])
    await runtime.settle()
    expect([b.board.ticks, b.board.isUp]).toEqual([2, false])
  })
})

describe('a peer that knows the key', () => {
  it('and does not read is not written to without end', async () => {
    const { runtime, network, a, b, address } = await two()
    const patient = { ...terms, silenceMs: 1e9 }
    b.post.close(1)
    b.post.open(1, { ...accepting, silenceMs: 1e9 }, b.board)
    let most = 0
    const stuck: Network = {
      listen: (at, accept) => network.listen(at, accept),
      connect: (at, handlers) => {
        const stream = network.connect(at, handlers)
        let bytes = 0
        return {
          remote: 'b',
          get bufferedBytes() {
            return bytes
          },
          write(parts) {
            // The proofs pass, ticks do not.
            if ((parts[0]?.length ?? 0) !== 20) return stream.write(parts)
            bytes += 20
            most = Math.max(most, bytes)
            return true
          },
          close: () => stream.close(),
          destroy: () => stream.destroy(),
        }
      },
    }
    const c = place(runtime, stuck, patient)
    c.post.dial(1, address)
    await runtime.advance(200_000)
    expect(most).toBeGreaterThan(1000)
    expect(most).toBeLessThan(1100)
    a.post.stop()
  })
})
