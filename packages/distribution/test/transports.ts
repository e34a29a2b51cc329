/** What every transport owes, as one test body: see src/network/network.ts. */
import { createNode, realRuntime, reply, type Down, type Process, type Request, type Runtime } from '@agner/core'
import { afterEach, describe, expect, it } from 'vitest'
import {
  startDistribution,
  type Address,
  type Distribution,
  type Network,
  type Stream,
  type StreamHandlers,
} from '../src/index.ts'

export interface World {
  readonly near: Network
  /** As another node sees it; the same, unless it is simulated. */
  readonly far: Network
  readonly runtime: Runtime
  /** Where `far` listens. */
  readonly host: string
  /** Waits for it: in real time, or by moving a virtual one. */
  wait<T>(promise: Promise<T>): Promise<T>
  /** Whatever is on its way has arrived. */
  settle(): Promise<void>
  stop?(): Promise<void>
}

/** One side of a stream, and all that befell it. */
class Side implements StreamHandlers {
  readonly chunks: Uint8Array[] = []
  bytes = 0
  readonly events: string[] = []
  error: Error | null = null
  stream: Stream | null = null
  onData: ((bytes: Uint8Array) => void) | null = null
  #watchers: (() => void)[] = []

  opened(): void {
    this.#happened('opened')
  }

  data(bytes: Uint8Array): void {
    this.chunks.push(bytes.slice())
    this.bytes += bytes.length
    this.onData?.(bytes)
    this.#happened('data')
  }

  drained(): void {
    this.#happened('drained')
  }

  closed(error: Error | null): void {
    this.error = error
    this.#happened('closed')
  }

  #happened(event: string): void {
    if (event !== 'data' || this.events.at(-1) !== 'data') this.events.push(event)
    const watchers = this.#watchers
    this.#watchers = []
    for (const watcher of watchers) watcher()
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#watchers.push(resolve))
  }

  happens(event: string): Promise<void> {
    return this.until(() => this.events.includes(event))
  }

  get all(): Uint8Array {
    return Buffer.concat(this.chunks)
  }
}

const pattern = (length: number, salt: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + (i >>> 8) * 7 + salt) & 0xff)

function code(error: Error | null): unknown {
  return (error as { code?: unknown } | null)?.code
}

const cookie = 'a cookie for the transports'

/** @param open makes a new one for each test. */
export function describeTransport(name: string, open: () => Promise<World>): void {
  describe(`a stream by ${name}`, () => {
    let world: World
    let closers: (() => Promise<void>)[] = []

    const setUp = async (): Promise<World> => {
      world = await open()
      return world
    }
    afterEach(async () => {
      for (const close of closers) await close()
      closers = []
      await world.stop?.()
    })

    async function listen(accept: (stream: Stream) => StreamHandlers, port = 0): Promise<Address> {
      const listener = await world.wait(world.far.listen({ host: world.host, port }, accept))
      closers.push(() => listener.close())
      return listener.address
    }

    /** A stream that stands, and both of its sides. */
    async function pair(): Promise<{ near: Side; far: Side }> {
      const [near, far] = [new Side(), new Side()]
      const accepted = Promise.withResolvers<void>()
      const address = await listen((stream) => {
        far.stream = stream
        accepted.resolve()
        return far
      })
      near.stream = world.near.connect(address, near)
      // What is proven of the accepting side may come with the first bytes, so both are waited for.
      await world.wait(Promise.all([near.happens('opened'), accepted.promise]))
      closers.push(() => {
        near.stream?.destroy()
        far.stream?.destroy()
        return Promise.resolve()
      })
      return { near, far }
    }

    it('carries bytes both ways, unchanged and in order, whatever their number', async () => {
      await setUp()
      const { near, far } = await pair()
      const sizes = [1, 0, 3, 4096, 65_535, 65_536, 300_000, 3_000_000, 1]
      const [out, back] = [sizes.map((size, i) => pattern(size, i)), sizes.map((size, i) => pattern(size, 100 + i))]
      const total = sizes.reduce((sum, size) => sum + size, 0)
      for (const [i, bytes] of out.entries()) {
        if (i % 2 === 0) near.stream!.write([bytes])
        else near.stream!.write([bytes.subarray(0, 1), bytes.subarray(1)])
        far.stream!.write([back[i]!])
      }
      await world.wait(Promise.all([near.until(() => near.bytes >= total), far.until(() => far.bytes >= total)]))
      expect(Buffer.compare(far.all, Buffer.concat(out))).toBe(0)
      expect(Buffer.compare(near.all, Buffer.concat(back))).toBe(0)
      expect(near.events[0]).toBe('opened')
      expect(far.events).not.toContain('opened')
      expect([near.stream!.bufferedBytes, far.stream!.bufferedBytes]).toEqual([0, 0])
    })

    it('that is closed in peace brings all that was written, and both sides learn of it once, last', async () => {
      await setUp()
      const { near, far } = await pair()
      const bytes = pattern(2_000_000, 5)
      near.stream!.write([bytes])
      near.stream!.close()
      near.stream!.close()
      expect(near.stream!.write([Uint8Array.of(1)])).toBe(false)
      await world.wait(Promise.all([near.happens('closed'), far.happens('closed')]))
      await world.settle()
      expect(Buffer.compare(far.all, bytes)).toBe(0)
      expect([near.error, far.error]).toEqual([null, null])
      for (const { events } of [near, far]) {
        expect(events.filter((event) => event === 'closed').length).toBe(1)
        expect(events.at(-1)).toBe('closed')
      }
      expect(far.stream!.write([Uint8Array.of(1)])).toBe(false)
    })

    it('that one side destroys is over for the other, and that side is told nothing more', async () => {
      await setUp()
      for (const who of ['near', 'far'] as const) {
        const sides = await pair()
        const [one, other] = who === 'near' ? [sides.near, sides.far] : [sides.far, sides.near]
        other.stream!.write([pattern(1000, 1)])
        const before = [...one.events]
        one.stream!.destroy()
        await world.wait(other.happens('closed'))
        await world.settle()
        expect(one.events).toEqual(before)
        expect(other.events.filter((event) => event === 'closed').length).toBe(1)
        one.stream!.destroy()
        one.stream!.close()
        expect(one.stream!.write([Uint8Array.of(1)])).toBe(false)
      }
    })

    it('can be destroyed by who has just got bytes, or has just been told that it stands', async () => {
      await setUp()
      const { near, far } = await pair()
      near.onData = () => near.stream!.destroy()
      far.stream!.write([pattern(10, 1)])
      far.stream!.write([pattern(3_000_000, 1)])
      await world.wait(far.happens('closed'))
      await world.settle()
      expect(near.events).toEqual(['opened', 'data'])
      expect(near.chunks.length).toBe(1)
      const sink = new Side()
      const address = await listen(() => sink)
      const hasty = new Side()
      const opened = Promise.withResolvers<void>()
      hasty.opened = () => {
        stream.destroy()
        opened.resolve()
      }
      const stream = world.near.connect(address, hasty)
      await world.wait(opened.promise)
      await world.settle()
      expect(hasty.events).toEqual([])
    })

    it('to where nobody listens is refused', async () => {
      await setUp()
      const listener = await world.wait(
        world.far.listen({ host: world.host, port: 0 }, () => {
          throw new Error('nobody should come')
        }),
      )
      await world.wait(listener.close())
      const near = new Side()
      near.stream = world.near.connect(listener.address, near)
      expect(near.events).toEqual([])
      await world.wait(near.happens('closed'))
      expect(near.events).toEqual(['closed'])
      expect(code(near.error)).toBe('ECONNREFUSED')
      // Given up before it is known how it went: nothing is told.
      const hasty = new Side()
      world.near.connect(listener.address, hasty).destroy()
      await world.settle()
      expect(hasty.events).toEqual([])
    })

    it('has an address of its own', async () => {
      await setUp()
      const one = await listen(() => new Side())
      const two = await listen(() => new Side())
      expect(one.port).toBeGreaterThan(0)
      expect(one.port).not.toBe(two.port)
      await expect(world.wait(world.far.listen(one, () => new Side()))).rejects.toMatchObject({ code: 'EADDRINUSE' })
    })

    it('lives on when its listener ends, and the address is free', async () => {
      await setUp()
      const far = new Side()
      const listener = await world.wait(
        world.far.listen({ host: world.host, port: 0 }, (stream) => {
          far.stream = stream
          return far
        }),
      )
      const near = new Side()
      near.stream = world.near.connect(listener.address, near)
      await world.wait(near.happens('opened'))
      near.stream.write([Uint8Array.of(1)])
      await world.wait(far.happens('data'))
      await world.wait(listener.close())
      near.stream.write([Uint8Array.of(2)])
      await world.wait(far.until(() => far.bytes === 2))
      const again = await listen(() => new Side(), listener.address.port)
      expect(again.port).toBe(listener.address.port)
      near.stream.destroy()
      await world.wait(far.happens('closed'))
    })

    it('says when it is full, and when there is room again', async () => {
      await setUp()
      const { near, far } = await pair()
      const part = pattern(256 * 1024, 3)
      let written = 0
      while (near.stream!.write([part])) if (++written > 4096) throw new Error('it is never full')
      written++
      expect(near.stream!.bufferedBytes).toBeGreaterThan(0)
      await world.wait(near.happens('drained'))
      expect(near.stream!.bufferedBytes).toBeLessThan(written * part.length)
      await world.wait(far.until(() => far.bytes === written * part.length))
      expect(near.events.filter((event) => event === 'drained').length).toBe(1)
    })
  })

  describe(`nodes by ${name}`, () => {
    const running: { distribution: Distribution; stop: () => Promise<void> }[] = []
    let world: World

    async function start(node: string, side: 'near' | 'far', hosts: Record<string, string>) {
      const notices: string[] = []
      const made = createNode({
        name: node,
        runtime: world.runtime,
        report: (report) => void (report.type === 'notice' && notices.push(report.text)),
      })
      const distribution = await world.wait(
        startDistribution(made, {
          cookie,
          network: world[side],
          portMapper: false,
          hosts,
          listen: side === 'far' ? { host: world.host } : false,
        }),
      )
      const stop = async (): Promise<void> => {
        await world.wait(distribution.stop())
        await world.wait(made.stop())
      }
      running.push({ distribution, stop })
      return { node: made, distribution, notices }
    }

    async function two() {
      world = await open()
      const far = await start('far@127.0.0.1', 'far', {})
      const { host, port } = far.distribution.listenAddress!
      const near = await start('near@127.0.0.1', 'near', { 'far@127.0.0.1': `${host}:${port}` })
      return { near, far, address: { host, port } }
    }

    afterEach(async () => {
      for (const { stop } of running.splice(0).reverse()) await stop()
      await world.stop?.()
    })

    it('send signals of all sizes, both ways, and see each other leave', async () => {
      const { near, far } = await two()
      const echo = far.node.spawn<Request<unknown, unknown>>(async (self) => {
        for (;;) {
          const request = await self.receive()
          reply(request, request.payload)
        }
      })
      const client = near.node.spawn(async (self: Process<Down>) => {
        self.monitor(echo)
        for (const size of [0, 10, 70_000, 5_000_000]) {
          const answer = (await self.request(echo, pattern(size, size & 0xff), { timeoutMs: 500_000 })) as Uint8Array
          if (Buffer.compare(answer, pattern(size, size & 0xff)) !== 0)
            throw new Error(`${size} bytes came back changed`)
        }
      })
      expect(await world.wait(near.node.exited(client))).toBe('normal')
      const changes: string[] = []
      const gone = Promise.withResolvers<void>()
      near.distribution.onNodeChange((change) => {
        changes.push(change.type === 'nodedown' ? change.reason : change.type)
        gone.resolve()
      })
      await world.wait(far.distribution.stop())
      await world.wait(gone.promise)
      expect(changes).toEqual(['shutdown'])
    })

    it('are not harmed by rubbish', async () => {
      const { near, far, address } = await two()
      const rubbish = [
        pattern(10, 0),
        pattern(100_000, 9),
        Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
        Uint8Array.of(0, 0, 0, 0),
        Uint8Array.of(0xff, 0xff, 0xff, 0xff),
      ]
      for (const bytes of rubbish) {
        const stranger = new Side()
        stranger.stream = world.near.connect(address, stranger)
        await world.wait(stranger.happens('opened'))
        stranger.stream.write([bytes])
        await world.wait(stranger.happens('closed'))
      }
      expect(await world.wait(near.distribution.connect('far@127.0.0.1'))).toBe(true)
      expect(far.distribution.nodes()).toEqual(['near@127.0.0.1'])
      expect(far.distribution.stats().pendingHandshakes).toBe(0)
    })
  })
}

export const real: Pick<World, 'runtime' | 'wait' | 'settle'> = {
  runtime: realRuntime,
  wait: (promise) => promise,
  /** As long as a loopback needs for what was written to be read. */
  settle: async () => {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  },
}
