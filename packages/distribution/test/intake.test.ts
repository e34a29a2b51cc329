/** A node that is sent more than it handles reads no faster than it handles, and takes nobody for dead meanwhile. */
import { reply, type Pid, type Process, type Request } from '@agner/core'
import type { RemotePort } from '@agner/core/kernel'
import { createVirtualRuntime } from '@agner/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { Intake } from '../src/connection/input/intake.ts'
import { Pulse } from '../src/connection/pulse.ts'
import { Vitals } from '../src/liveness/vitals.ts'
import type { Stream } from '../src/network/network.ts'
import { createCluster, type Cluster, type Member } from './cluster.ts'

let cluster: Cluster

const senders = ['a@h', 'b@h', 'c@h', 'd@h', 'e@h', 'f@h']
const each = 20_000

interface Flooded {
  readonly far: Member
  readonly near: readonly Member[]
  readonly server: Pid<readonly [number, number]>
  /** The highest number that came from each, and how often one was not the next. */
  readonly latest: number[]
  wrong: number
  longest: number
}

/** Six nodes that send to one process of a seventh, without ever waiting. */
async function flood(seed?: number, seen: (sender: number, number: number) => void = () => {}): Promise<Flooded> {
  cluster = createCluster(seed)
  const far = await cluster.start('far@h', { tickMs: 50 })
  const latest = senders.map(() => -1)
  const state = { wrong: 0, longest: 0 }
  const server = far.node.spawn(async (self: Process<readonly [number, number]>) => {
    for (let count = 0; ; count++) {
      const [sender, number] = await self.receive()
      if (number !== latest[sender]! + 1) state.wrong++
      latest[sender] = number
      seen(sender, number)
      if (count % 100 !== 0) continue
      const { mailboxLength } = far.node.processInfo(self.pid, ['mailboxLength'])!
      state.longest = Math.max(state.longest, mailboxLength)
    }
  })
  const near: Member[] = []
  for (const name of senders) near.push(await cluster.start(name, { tickMs: 50 }))
  for (const { distribution } of near) await cluster.runtime.runUntil(distribution.connect('far@h'))
  near.forEach(({ node }, sender) =>
    node.spawn(async (self: Process<never>) => {
      for (let number = 0; number < each; number++) {
        self.send(server, [sender, number])
        if (number % 2000 === 0) await self.yield()
      }
    }),
  )
  return Object.assign(state, { far, near, server, latest })
}

describe('a node that is flooded', () => {
  afterEach(() => cluster.stop())

  it.each([undefined, 1, 2])(
    'has a bounded number of signals waiting, in order, and loses none (seed %s)',
    async (seed) => {
      const flooded = await flood(seed)
      const downs: string[] = []
      flooded.far.distribution.onNodeChange((change) => downs.push(`${change.type} ${change.node}`))
      await cluster.runtime.advance(5000)
      expect(flooded.latest).toEqual(senders.map(() => each - 1))
      expect(flooded.wrong).toBe(0)
      expect(flooded.longest).toBeLessThan(30_000)
      expect(downs).toEqual([])
    },
    60_000,
  )

  it('answers meanwhile, also over a connection that is flooded', { timeout: 60_000 }, async () => {
    const flooded = await flood()
    const echo = flooded.far.node.spawn(async (self: Process<Request<number, number>>) => {
      for (;;) {
        const request = await self.receive()
        reply(request, request.payload)
      }
    })
    await cluster.inProcess<never>(flooded.near[0]!, async (self) => {
      expect(await self.request(echo, 7, { timeoutMs: 4000 })).toBe(7)
    })
    expect(flooded.latest.every((number) => number === each - 1)).toBe(false)
    await cluster.runtime.advance(5000)
    expect(flooded.latest).toEqual(senders.map(() => each - 1))
  })

  it('sees the end of a connection after all that came before it', { timeout: 60_000 }, async () => {
    let near: readonly Member[] = []
    const flooded = await flood(undefined, (sender, number) => {
      if (sender === 0 && number === each / 4) near[0]!.distribution.disconnect('far@h')
    })
    near = flooded.near
    const downs: string[] = []
    flooded.far.distribution.onNodeChange((change) => {
      if (change.type === 'nodedown') downs.push(`${change.node} ${change.reason}`)
    })
    await cluster.runtime.advance(5000)
    expect(downs).toEqual(['a@h connection_closed'])
    expect(flooded.wrong).toBe(0)
    expect(flooded.latest).toEqual(senders.map(() => each - 1))
  })
})

describe('what a connection reads', () => {
  it('stops while the node is behind, and silence meanwhile does not count', async () => {
    const runtime = createVirtualRuntime()
    const did: string[] = []
    let isBehind = false
    const stream = { pause: () => did.push('pause'), resume: () => did.push('resume') } as unknown as Stream
    const vitals = new Vitals(new Pulse(4), null, () => {})
    const intake = new Intake(runtime, stream, { isBehind: () => isBehind } as RemotePort, vitals)
    const beat = (): string => {
      intake.beat()
      return vitals.beat()
    }
    intake.taken()
    expect(did).toEqual([])
    isBehind = true
    intake.taken()
    intake.taken()
    expect(did).toEqual(['pause'])
    for (let count = 0; count < 20; count++) expect(beat()).not.toBe('down')
    isBehind = false
    await runtime.settle()
    expect(did).toEqual(['pause', 'resume'])
    // And from here on it counts, with the whole limit.
    expect([beat(), beat(), beat(), beat()]).not.toContain('down')
    expect(beat()).toBe('down')
  })

  it('goes on when the connection ends, once', async () => {
    const runtime = createVirtualRuntime()
    const did: string[] = []
    const stream = { pause: () => did.push('pause'), resume: () => did.push('resume') } as unknown as Stream
    const vitals = new Vitals(new Pulse(4), null, () => {})
    let isBehind = true
    const intake = new Intake(runtime, stream, { isBehind: () => isBehind } as RemotePort, vitals)
    intake.taken()
    intake.end()
    isBehind = false
    await runtime.settle()
    expect(did).toEqual(['pause', 'resume'])
  })
})
