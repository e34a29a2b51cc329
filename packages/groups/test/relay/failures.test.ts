/**
 * The contract of the relay when gateways, ways and processes fail it.
 */
import type { AnyPid, Down } from '@agner/core'
import { afterEach, describe, expect, it } from 'vitest'
import { collector, startRelayed, type Relayed, type RelayedOptions } from './relayed.ts'

let relayed: Relayed
afterEach(async () => {
  await relayed.cluster.stop()
})

const start = async (options?: RelayedOptions): Promise<Relayed> => (relayed = await startRelayed(options))
const run = (ms: number): Promise<void> => relayed.cluster.run(ms)
const short = (name: string): string => name.replace('@cluster', '')
const wayOf = (name: string): string[] => relayed.relay(name).paths()[0]!.way.map(short)

interface Numbered {
  readonly sender: string
  readonly number: number
}

/** Sends numbers without end, as fast as there is room, until `stop`. */
function flood(on: string, to: AnyPid): { sent: number; stop: boolean } {
  const flooding = { sent: 0, stop: false }
  relayed.node(on).spawn(async (self) => {
    const relay = relayed.relay(on)
    while (!flooding.stop) {
      const message = { sender: on, number: flooding.sent }
      if (relay.trySend(self, to as never, message as never)) flooding.sent++
      else await Promise.race([relay.room(self, to), self.sleep(50)])
      if (flooding.sent % 10 === 0) await self.sleep(4)
    }
  })
  return flooding
}

function isInOrder(got: readonly unknown[], sender: string): boolean {
  const numbers = (got as Numbered[]).filter((each) => each.sender === sender).map(({ number }) => number)
  return numbers.every((number, index) => index === 0 || number > numbers[index - 1]!)
}

function watchAgain(on: string, to: AnyPid): { readonly downs: Down[]; made: number } {
  const watching = { downs: [] as Down[], made: 0 }
  relayed.node(on).spawn<Down>(async (self) => {
    for (;;) {
      watching.made++
      const ref = relayed.relay(on).monitor(self, to)
      const down = await self.receive()
      if (down.ref !== ref) throw new Error('a DOWN of a monitor that has had its own')
      watching.downs.push(down)
      await self.sleep(200)
    }
  })
  return watching
}

describe('a gateway that dies', () => {
  it.each(['near', 'far'])(
    'with messages under way (the %s one): the others go on over another, in order',
    { timeout: 60_000 },
    async (which) => {
      await start({ seed: 11 })
      const { pid, got } = collector(relayed.node('c'))
      const watching = watchAgain('a', pid)
      const flooding = flood('a', pid)
      await run(500)
      const before = wayOf('a')
      const victim = before[which === 'near' ? 1 : 2]!
      relayed.cluster.crash(victim)
      await run(3000)
      flooding.stop = true
      await run(1000)
      const after = wayOf('a')
      expect(after).toHaveLength(4)
      expect(after).not.toContain(victim)
      expect(isInOrder(got, 'a')).toBe(true)
      expect(watching.downs.map(({ reason }) => reason)).toEqual(['noconnection'])
      expect(watching.made).toBe(2)
      const { inDoubt, unsent, undelivered, lost } = relayed.relay('a').stats()
      expect({ unsent, undelivered, lost }).toEqual({ unsent: 0, undelivered: 0, lost: 1 })
      expect(got.length).toBeLessThanOrEqual(flooding.sent)
      expect(got.length).toBeGreaterThanOrEqual(flooding.sent - inDoubt)
      expect(inDoubt).toBeGreaterThan(0)
      expect(relayed.relay('c').stats().targets).toBe(1)
    },
  )

  it('with no other: noconnection, requests fail, what waits is told as unsent; a new life carries on', async () => {
    await start({ plan: { front: ['a', 'm'], back: ['m', 'z'] }, times: { openTimeoutMs: 1000 } })
    const { pid, got } = collector(relayed.node('z'))
    const watching = watchAgain('a', pid)
    await run(100)
    const relay = relayed.relay('a')
    const asked = relay.request(relayed.node('a'), pid, 1).catch((error: unknown) => error)
    await run(50)
    relayed.cluster.crash('m')
    expect(await relayed.cluster.until(asked)).toMatchObject({ code: 'groups.relay_no_connection' })
    relay.send(relayed.node('a'), pid as never, 'lost' as never)
    await run(1500)
    expect(relay.stats()).toMatchObject({ unsent: 1 })
    expect(watching.downs.map(({ reason }) => reason)).toEqual(['noconnection', 'noconnection'])
    await relayed.cluster.restart('m')
    await relayed.mesh()
    relay.send(relayed.node('a'), pid as never, 'found' as never)
    await run(1000)
    expect(got.filter((each) => typeof each === 'string')).toEqual(['found'])
  })

  it('keeps nothing for a source that died, and the end neither', async () => {
    await start()
    const { pid } = collector(relayed.node('c'))
    relayed.relay('a').send(relayed.node('a'), pid as never, 1 as never)
    await run(200)
    const through = wayOf('a').slice(1, 3)
    expect(through.map((name) => relayed.relay(name).stats().circuits)).toEqual([1, 1])
    relayed.cluster.crash('a')
    await run(500)
    for (const { name } of relayed.cluster.up)
      expect(relayed.relay(name).stats()).toMatchObject({ circuits: 0, targets: 0 })
  })

  it('is not waited for when its thread is held: the next one is taken', async () => {
    await start({ times: { attemptTimeoutMs: 300, openTimeoutMs: 3000 }, tickMs: 10_000 })
    const { pid, got } = collector(relayed.node('c'))
    for (const name of ['h', 'j']) relayed.cluster.hold(name, 5000)
    const relay = relayed.relay('a')
    relay.send(relayed.node('a'), pid as never, 1 as never)
    await run(2500)
    expect(got).toEqual([1])
    expect(wayOf('a')).toEqual(['a', 'g', 'i', 'c'])
    await run(5000)
    relay.send(relayed.node('a'), pid as never, 2 as never)
    await run(500)
    expect([got, wayOf('a')]).toEqual([
      [1, 2],
      ['a', 'g', 'i', 'c'],
    ])
  })
})

describe('a slow target', () => {
  it('slows down who sends to it, and nobody else; nothing is lost', async () => {
    await start({ limits: { mailboxMessages: 10, windowMessages: 20, queueMessages: 30 } })
    let taken = 0
    const slow = relayed.node('c').spawn<Numbered>(async (self) => {
      for (;;) {
        await self.receive()
        taken++
        await self.sleep(10)
      }
    })
    const fast = collector(relayed.node('c'))
    const flooding = flood('a', slow)
    await run(1000)
    const waits = relayed.node('c').processInfo(slow)!.mailboxLength
    expect(waits).toBeLessThanOrEqual(10 + 20 + 1)
    expect(flooding.sent - taken).toBeLessThanOrEqual(waits + 20 + 31)
    expect(relayed.relay('a').stats().refused).toBeGreaterThan(0)
    for (const name of ['g', 'h', 'i', 'j']) expect(relayed.relay(name).stats().waitingFrames).toBe(0)
    relayed.relay('a').send(relayed.node('a'), fast.pid as never, 'through' as never)
    await run(100)
    expect(fast.got).toEqual(['through'])
    flooding.stop = true
    await run(5000)
    expect(taken).toBe(flooding.sent)
  })

  it('makes a send fail with a coded error, and requests', async () => {
    await start({ limits: { mailboxMessages: 1, windowMessages: 2, queueMessages: 3, requests: 2 } })
    const deaf = relayed.node('c').spawn(async (self) => self.sleep(1e6))
    const [relay, a] = [relayed.relay('a'), relayed.node('a')]
    let sent = 0
    const fill = (): void => {
      for (;;) {
        relay.send(a, deaf as never, sent as never)
        sent++
      }
    }
    await run(100)
    for (let round = 0; round < 5; round++) {
      expect(fill).toThrow(expect.objectContaining({ code: 'groups.relay_full' }))
      await run(500)
    }
    expect(sent).toBeLessThanOrEqual(2 + 2 + 3)
    expect(relay.trySend(a, deaf as never, 1 as never)).toBe(false)
    await expect(relay.request(a, deaf, 1)).rejects.toMatchObject({ code: 'groups.relay_full' })
  })

  it('is asked by no more than may: the request after that is refused at once', async () => {
    await start({ limits: { requests: 2 } })
    const deaf = relayed.node('c').spawn(async (self) => self.sleep(1e6))
    const [relay, a] = [relayed.relay('a'), relayed.node('a')]
    const first = [1, 2].map((number) => relay.request(a, deaf, number, { timeoutMs: 1000 }).catch(({ code }) => code))
    await expect(relay.request(a, deaf, 3)).rejects.toMatchObject({ code: 'groups.relay_full' })
    expect(await relayed.cluster.until(Promise.all(first))).toEqual(['groups.relay_timeout', 'groups.relay_timeout'])
    await run(1500)
    const again = relay.request(a, deaf, 4, { timeoutMs: 10 }).catch(({ code }) => code)
    expect(await relayed.cluster.until(again)).toBe('groups.relay_timeout')
  })
})

describe('a full relay', () => {
  it('refuses circuits; the source takes another gateway, or says that all are full', async () => {
    await start({ limits: { circuits: 3 }, times: { openTimeoutMs: 500 } })
    const all = Array.from({ length: 8 }, () => collector(relayed.node('c')))
    const [relay, a] = [relayed.relay('a'), relayed.node('a')]
    for (const { pid } of all) relay.send(a, pid as never, 1 as never)
    const answers = all.map(({ pid }) =>
      relay.request(a, pid, 2, { timeoutMs: 2000 }).catch(({ code }) => code as string),
    )
    await run(3000)
    expect(all.filter(({ got }) => got.length === 2)).toHaveLength(6)
    expect((await Promise.all(answers)).filter((code) => code === 'groups.relay_full')).toHaveLength(2)
    expect(relay.stats()).toMatchObject({ unsent: 4 })
    for (const name of ['g', 'h']) expect(relayed.relay(name).stats().circuits).toBe(3)
  })

  it('makes room for new ones when old ones are idle', async () => {
    await start({ limits: { circuits: 1, destinations: 2 }, times: { idleMs: 500, openTimeoutMs: 3000 } })
    const all = Array.from({ length: 5 }, () => collector(relayed.node('c')))
    const [relay, a] = [relayed.relay('a'), relayed.node('a')]
    for (const { pid, got } of all) {
      expect(relay.trySend(a, pid as never, 1 as never)).toBe(true)
      await run(2000)
      expect(got).toEqual([1])
    }
    for (const { pid } of all.slice(0, 2)) relay.send(a, pid as never, 2 as never)
    expect(relay.trySend(a, all[2]!.pid as never, 2 as never)).toBe(false)
    await run(100)
  })

  it('holds no more than the windows for a node that takes nothing', async () => {
    await start({
      plan: { front: ['a', 'm'], back: ['m', 'z'] },
      tickMs: 60_000,
      limits: { windowMessages: 16, queueMessages: 10 },
    })
    const { pid, got } = collector(relayed.node('z'))
    const relay = relayed.relay('a')
    relay.send(relayed.node('a'), pid as never, 'first' as never)
    await run(100)
    relayed.cluster.hold('z', 20_000)
    const flooding = flood('a', pid)
    await run(5000)
    expect(flooding.sent).toBeLessThanOrEqual(16 + 10)
    const { underWay, waiting } = relay.paths()[0]!
    expect(underWay).toBeLessThanOrEqual(16)
    expect(waiting).toBeLessThanOrEqual(10)
    flooding.stop = true
    await run(30_000)
    expect(got).toHaveLength(flooding.sent + 1)
  })
})

describe('a busy connection', () => {
  it('makes frames wait at the gateway, in order, and holds up nobody who goes elsewhere', async () => {
    await start({
      plan: { front: ['a', 'm'], back: ['m', 'y', 'z'] },
      tickMs: 60_000,
      busyBytes: 1024,
      network: { highWaterBytes: 1024 },
    })
    const { pid, got } = collector(relayed.node('z'))
    const other = collector(relayed.node('y'))
    const [relay, a] = [relayed.relay('a'), relayed.node('a')]
    relay.send(a, pid as never, { sender: 'a', number: 0 } as never)
    await run(100)
    relayed.cluster.cut('m', 'z')
    const text = 'x'.repeat(500)
    for (let number = 1; number < 40; number++) relay.send(a, pid as never, { sender: 'a', number, text } as never)
    await run(1000)
    expect(relayed.relay('m').stats().waitingFrames).toBeGreaterThan(10)
    relay.send(a, other.pid as never, 'through' as never)
    await run(200)
    expect(other.got).toEqual(['through'])
    relayed.cluster.heal()
    await run(10_000)
    expect((got as Numbered[]).map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, index) => index))
    expect(relayed.relay('m').stats().waitingFrames).toBe(0)
  })

  it('that is lost takes what waits for it along, and says so', async () => {
    await start({
      plan: { front: ['a', 'm'], back: ['m', 'z'] },
      tickMs: 60_000,
      busyBytes: 1024,
      network: { highWaterBytes: 1024 },
    })
    const { pid, got } = collector(relayed.node('z'))
    const [relay, a] = [relayed.relay('a'), relayed.node('a')]
    relay.send(a, pid as never, 'first' as never)
    const watching = watchAgain('a', pid)
    await run(100)
    relayed.cluster.cut('m', 'z')
    for (let number = 1; number < 40; number++) relay.send(a, pid as never, 'x'.repeat(500) as never)
    await run(1000)
    relayed.cluster.drop('m', 'z')
    await run(1000)
    expect(relayed.relay('m').stats()).toMatchObject({ waitingFrames: 0, circuits: 0 })
    expect(got).toEqual(['first'])
    expect(watching.downs[0]?.reason).toBe('noconnection')
    expect(relay.stats().inDoubt).toBe(39)
  })
})

describe('what comes late', () => {
  it('over a way that was given up is dropped: it cannot overtake', async () => {
    await start({ seed: 3, plan: { left: ['a', 'g', 'h'], right: ['c', 'g', 'h'] }, tickMs: 60_000 })
    const { pid, got } = collector(relayed.node('c'))
    const [relay, a] = [relayed.relay('a'), relayed.node('a')]
    relay.send(a, pid as never, 1 as never)
    await run(200)
    const gateway = wayOf('a')[1]!
    // What the gateway sends to the end is under way for long, and the gateway is given up by the source meanwhile.
    relayed.cluster.stall(gateway, 'c', 2000)
    relay.send(a, pid as never, 2 as never)
    await run(100)
    relayed.cluster.cut('a', gateway)
    relayed.cluster.drop('a', gateway)
    await run(100)
    relay.send(a, pid as never, 3 as never)
    await run(10_000)
    expect(got).toEqual([1, 3])
    expect(relayed.relay('c').stats().late).toBe(1)
    expect(relay.stats()).toMatchObject({ inDoubt: 1, lost: 1 })
  })
})
