/**
 * A node of this version beside one of the version before it, in both directions: what one offers and the other does not, is
 * not sent, and all else goes on as ever.
 */
import {
  defineModule,
  describeReason,
  reply,
  timedOut,
  type AnyPid,
  type Down,
  type Exit,
  type Pid,
  type Process,
  type Request,
} from '@agner/core'
import { eachSeed } from '@agner/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { erpc } from '../src/index.ts'
import { createCluster, type Cluster, type Member } from './cluster.ts'
import { older, type Heard } from './older.ts'

type Order = { readonly do: 'end' | 'echo'; readonly to: AnyPid; readonly value: unknown }

const Servant = defineModule('servant', '1', {
  run: async (self: Process<Request<unknown, unknown> | Order>, _argument: unknown) => {
    for (;;) {
      const asked = await self.receive()
      if ('payload' in asked) reply(asked, asked.payload)
      else if (asked.do === 'end') self.exit(asked.value as string)
      else self.send(asked.to as never, asked.value as never)
    }
  },
})

const jobs = erpc.functions<{ double(of: number): number }>('jobs')
const Jobs = erpc.defineFunctions(jobs, '1', { double: (of) => 2 * of })

const frameBytes = 256 * 1024
const limits = { frameBytes }
const name = (short: string): string => `${short}@127.0.0.1`

interface Pair {
  readonly cluster: Cluster
  readonly heard: Heard
  /** Who acts, and with whom. */
  readonly here: Member
  readonly there: Member
}

async function startPair(isOlderHere: boolean, cluster: Cluster): Promise<Pair> {
  const { options, heard } = older(cluster.network)
  const modules = [Servant, Jobs]
  const here = await cluster.start(name('a'), { modules, limits, tickMs: 1000, ...(isOlderHere ? options : {}) })
  const there = await cluster.start(name('b'), { modules, limits, tickMs: 1000, ...(isOlderHere ? {} : options) })
  return { cluster, heard, here, there }
}

const servantOf = ({ node }: Member): Pid<never> => node.spawn(Servant.functions.run as never, { name: 'servant' })

describe.each([
  ['an older node with a newer one', true],
  ['a newer node with an older one', false],
])('%s', (_, isOlderHere) => {
  let pair: Pair

  beforeEach(async () => {
    pair = await startPair(isOlderHere, createCluster())
  })

  afterEach(async () => {
    const { cluster, heard } = pair
    await cluster.stop()
    expect(heard.strange).toEqual([])
    expect(heard.frames).toBeGreaterThan(0)
    expect(cluster.runtime.pendingTimers).toBe(0)
    expect(cluster.network.streamCount).toBe(0)
  })

  const run = <M>(body: (self: Process<M>) => Promise<unknown>): Promise<void> =>
    pair.cluster.inProcess(pair.here, body)

  it('sends, asks, monitors, links, spawns and calls functions', async () => {
    const servant = servantOf(pair.there)
    await run<unknown>(async (self) => {
      const value = { me: self.pid, you: servant, ref: self.makeRef(), list: [1n, null, 'ü'], at: new Date(0) }
      self.send(servant, { do: 'echo', to: self.pid, value } as never)
      const back = (await self.receive()) as typeof value
      expect(back).toEqual(value)
      expect([back.me, back.you, back.ref]).toEqual([self.pid, servant, value.ref])
      expect(await self.request({ name: 'servant', node: name('b') }, 'hello')).toBe('hello')
      await expect(self.request({ name: 'nobody', node: name('b') }, 1)).rejects.toMatchObject({
        code: 'call.no_process',
      })
      self.trapExits(true)
      const ref = self.monitor(servant)
      self.link(servant)
      self.send(servant, { do: 'end', to: self.pid, value: 'enough' } as never)
      const ends = [(await self.receive()) as Down | Exit, (await self.receive()) as Down | Exit]
      expect(ends.map(({ type, reason }) => `${type} ${describeReason(reason)}`).sort()).toEqual([
        'down enough',
        'exit enough',
      ])
      expect(self.demonitor(ref)).toBe(false)
      const spawned = await self.spawnAt(name('b'), 'servant', 'run', null, { link: true, monitor: true })
      expect(await self.request(spawned.pid, 1)).toBe(1)
      self.sendExit(spawned.pid, 'kill')
      expect([((await self.receive()) as Down).reason, ((await self.receive()) as Down).reason]).toEqual([
        'killed',
        'killed',
      ])
      await expect(self.spawnAt(name('b'), 'unknown', 'run', null)).rejects.toMatchObject({ code: 'module.unknown' })
      expect(await erpc.call(self, name('b'), jobs, 'double', 4)).toBe(8)
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
  })

  it('sends large messages whole, and refuses what is larger than a frame', async () => {
    const servant = servantOf(pair.there)
    await run(async (self) => {
      const most = new Uint8Array(frameBytes - 1000).fill(7)
      expect(await self.request(servant, most)).toEqual(most)
      await expect(self.request(servant, new Uint8Array(frameBytes))).rejects.toMatchObject({
        code: 'call.not_carried',
        cause: {
          code: 'distribution.frame_too_large',
          message: expect.stringContaining(`over the limit of ${frameBytes} bytes`) as string,
        },
      })
      expect(await self.request(servant, 'still here')).toBe('still here')
    })
    expect(pair.here.distribution.stats().fragmentsOut + pair.there.distribution.stats().fragmentsOut).toBe(0)
    expect(pair.heard.largest).toBeGreaterThan(frameBytes - 1000)
    expect(pair.here.distribution.nodes()).toEqual([name('b')])
  })

  it('keeps the order of many messages of all sizes', async () => {
    await run<{ readonly index: number }>(async (self) => {
      const servant = servantOf(pair.there)
      const sizes = [0, 100_000, 10, 200_000, 70_000, 1]
      for (let index = 0; index < 60; index++) {
        const value = { index, fill: new Uint8Array(sizes[index % sizes.length]!) }
        self.send(servant, { do: 'echo', to: self.pid, value } as never)
      }
      for (let index = 0; index < 60; index++) expect((await self.receive()).index).toBe(index)
    })
  })

  it('stays connected while nothing is said, and gives up who is silent', async () => {
    await run<{ readonly type: string; readonly reason?: string }>(async (self) => {
      await self.wait(pair.here.distribution.connect(name('b')))
      self.monitor({ name: 'nobody', node: name('b') })
      expect(await self.receive()).toMatchObject({ type: 'down', reason: 'noproc' })
      pair.here.distribution.monitorNodes(self)
      await self.sleep(60_000)
      expect(pair.here.distribution.nodes()).toEqual([name('b')])
      expect(await self.receive({ timeoutMs: 0 })).toBe(timedOut)
    })
    expect(pair.heard.ticks).toBeGreaterThan(30)
  })

  it('gets its ticks as promised when the other ticks at another pace from now on', async () => {
    await run<{ readonly type: string }>(async (self) => {
      await self.wait(pair.here.distribution.connect(name('b')))
      self.monitor({ name: 'nobody', node: name('b') })
      await self.receive()
      pair.here.distribution.setTickMs(20_000)
      pair.there.distribution.setTickMs(20_000)
      pair.here.distribution.monitorNodes(self)
      await self.sleep(60_000)
      expect(await self.receive({ timeoutMs: 0 })).toBe(timedOut)
    })
  })

  it('that drains takes no harm, though only a newer one hears of it', async () => {
    const servant = servantOf(pair.there)
    await run<{ readonly type: string; readonly reason?: string }>(async (self) => {
      expect(await self.request(servant, 1)).toBe(1)
      pair.here.distribution.monitorNodes(self)
      const drained = pair.there.distribution.drain({ timeoutMs: 60_000 })
      await self.sleep(1000)
      // What is there goes on to work.
      expect(await self.request(servant, 2)).toBe(2)
      expect(pair.here.distribution.nodes('draining')).toEqual([])
      await self.wait(pair.there.distribution.stop())
      await self.wait(drained.catch(() => {}))
      expect(await self.receive()).toMatchObject({ type: 'nodedown', node: name('b') })
      expect(pair.here.distribution.nodes()).toEqual([])
    })
  })

  it('loses the connection, and connects again', async () => {
    const servant = servantOf(pair.there)
    await run<{ readonly type: string }>(async (self) => {
      for (let round = 0; round < 5; round++) {
        expect(await self.request(servant, round)).toBe(round)
        pair.here.distribution.monitorNodes(self)
        const ref = self.monitor(servant)
        const lost = self.request(servant, 'x').catch((error: unknown) => error)
        const by = round % 2 === 0 ? pair.here : pair.there
        by.distribution.disconnect(by === pair.here ? name('b') : name('a'))
        const told = [await self.receive(), await self.receive()]
        expect(told).toContainEqual({ type: 'down', ref, process: servant, reason: 'noconnection' })
        expect(told.map(({ type }) => type).sort()).toEqual(['down', 'nodedown'])
        await lost
        pair.here.distribution.monitorNodes(self, false)
      }
    })
  })

  it('is told when the other stops, and does not know it any more', async () => {
    await run<{ readonly type: string; readonly reason?: string }>(async (self) => {
      await self.wait(pair.here.distribution.connect(name('b')))
      self.monitor({ name: 'nobody', node: name('b') })
      await self.receive()
      pair.here.distribution.monitorNodes(self)
      await self.wait(pair.there.distribution.stop())
      expect(await self.receive()).toMatchObject({ type: 'nodedown', node: name('b'), reason: 'shutdown' })
      await expect(self.request({ name: 'servant', node: name('b') }, 1)).rejects.toMatchObject({
        code: 'call.no_connection',
      })
    })
  })
})

it('under every schedule, three of both kinds tell the truth about who has ended', { timeout: 60_000 }, async () => {
  await eachSeed({ seeds: 10 }, async (runtime, seed) => {
    const cluster = createCluster(seed, runtime)
    const { options, heard } = older(cluster.network)
    const modules = [Servant]
    await cluster.start(name('c'), { modules, limits })
    await cluster.start(name('b'), { modules, limits, ...options })
    const a = await cluster.start(name('a'), { modules, limits, ...(seed % 2 === 0 ? options : {}) })
    await cluster.inProcess<Down>(a, async (self) => {
      const made: { readonly pid: AnyPid; readonly reason: string }[] = []
      for (let index = 0; index < 12; index++) {
        const node = name(index % 2 === 0 ? 'b' : 'c')
        const { pid } = await self.spawnAt(node, 'servant', 'run', null, { monitor: true })
        made.push({ pid, reason: `reason ${index}` })
      }
      const asked = made.map(({ pid }, index) => self.request(pid, new Uint8Array(index * 10_000)))
      const sizes = await self.wait(Promise.all(asked))
      expect(sizes.map((bytes) => (bytes as Uint8Array).length)).toEqual(made.map((__, index) => index * 10_000))
      for (const { pid, reason } of made) self.send(pid as never, { do: 'end', to: self.pid, value: reason } as never)
      const downs = new Map<unknown, unknown>()
      for (const __ of made) {
        const { process, reason } = await self.receive()
        downs.set(process, reason)
      }
      for (const { pid, reason } of made) expect(downs.get(pid)).toBe(reason)
      expect(await self.receive({ timeoutMs: 1000 })).toBe(timedOut)
    })
    await cluster.stop()
    expect(heard.strange).toEqual([])
    expect(runtime.pendingTimers).toBe(0)
  })
})
