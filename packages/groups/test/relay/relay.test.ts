/**
 * The contract of the relay where all goes well, and where the target is the one who fails.
 */
import { reply, type AnyPid, type Down, type Process, type Request } from '@agner/core'
import { afterEach, describe, expect, it } from 'vitest'
import { collector, startRelayed, type Relayed, type RelayedOptions } from './relayed.ts'

let relayed: Relayed
afterEach(async () => {
  await relayed.cluster.stop()
})

const start = async (options?: RelayedOptions): Promise<Relayed> => (relayed = await startRelayed(options))
const run = (ms: number): Promise<void> => relayed.cluster.run(ms)
const connections = (): string[] =>
  relayed.cluster.up.map(({ name, distribution }) => `${name}: ${distribution.nodes().toSorted().join(' ')}`)

/** Monitors from a process of its own. */
function watch(on: string, to: AnyPid | { readonly group: string; readonly name: string }): Down[] {
  const downs: Down[] = []
  relayed.node(on).spawn<Down>(async (self) => {
    relayed.relay(on).monitor(self, to)
    for (;;) downs.push(await self.receive())
  })
  return downs
}

const echo = async (self: Process<Request<unknown, unknown>>): Promise<void> => {
  for (;;) {
    const request = await self.receive()
    if (request.payload === 'end') self.exit('asked to')
    if (request.payload === 'last') {
      reply(request, 'last words')
      self.exit('done')
    }
    reply(request, { echo: request.payload })
  }
}

describe('a relayed message', () => {
  it('reaches a name of a group, and a pid, over two gateways, and connects nobody', async () => {
    await start()
    const before = connections()
    const { pid, got } = collector(relayed.node('c'))
    relayed.name('right', 'sink', pid)
    const a = relayed.node('a')
    relayed.relay('a').send(a, { group: 'right', name: 'sink' }, { by: 'name' })
    relayed.relay('a').send(a, pid as never, { by: 'pid' } as never)
    await run(200)
    expect(got).toHaveLength(2)
    expect(got).toEqual(expect.arrayContaining([{ by: 'name' }, { by: 'pid' }]))
    expect(connections()).toEqual(before)
    expect(relayed.distribution('a').nodes()).not.toContain('c@cluster')
    for (const { way } of relayed.relay('a').paths()) {
      expect(way).toHaveLength(4)
      expect([way[0], way[3]]).toEqual(['a@cluster', 'c@cluster'])
    }
  })

  it('takes one gateway where one node is in both groups, none inside a group, and none on its own node', async () => {
    await start({ plan: { front: ['a', 'm'], back: ['m', 'z', 'y'] } })
    const far = collector(relayed.node('z'))
    const near = collector(relayed.node('m'))
    const own = collector(relayed.node('a'))
    relayed.name('back', 'far', far.pid)
    const relay = relayed.relay('a')
    relay.send(relayed.node('a'), { group: 'back', name: 'far' }, 1)
    relay.send(relayed.node('a'), near.pid as never, 2 as never)
    relay.send(relayed.node('a'), own.pid as never, 3 as never)
    await run(100)
    expect([far.got, near.got, own.got]).toEqual([[1], [2], [3]])
    expect(relay.paths().map(({ way }) => way.length)).toEqual([3, 2, 1])
  })

  it('carries pids, and they can be answered over the relay', async () => {
    await start()
    const got: unknown[] = []
    const c = relayed.node('c')
    const server = c.spawn<{ from: AnyPid }>(async (self) => {
      const { from } = await self.receive()
      relayed.relay('c').send(self, from as never, 'back' as never)
    })
    relayed.node('a').spawn<string>(async (self) => {
      relayed.relay('a').send(self, server, { from: self.pid })
      got.push(await self.receive())
    })
    await run(500)
    expect(got).toEqual(['back'])
    expect(relayed.distribution('c').nodes()).not.toContain('a@cluster')
  })

  it('arrives in order and once, hundreds from each of several senders', async () => {
    await start({ seed: 4, limits: { queueMessages: 10_000 } })
    const { pid, got } = collector(relayed.node('d'))
    for (const sender of ['a', 'b'])
      for (const part of [1, 2])
        relayed.node(sender).spawn(async (self) => {
          for (let number = 0; number < 300; number++)
            relayed.relay(sender).send(self, pid as never, { sender: `${sender}${part}`, number } as never)
        })
    await run(5000)
    expect(got).toHaveLength(1200)
    for (const sender of ['a1', 'a2', 'b1', 'b2'])
      expect(
        (got as { sender: string; number: number }[])
          .filter((each) => each.sender === sender)
          .map(({ number }) => number),
      ).toEqual(Array.from({ length: 300 }, (_, index) => index))
    expect(relayed.relay('d').stats()).toMatchObject({ delivered: 1200, late: 0, faults: 0 })
  })

  it('to a name that nobody has goes nowhere, and is counted', async () => {
    await start()
    relayed.relay('a').send(relayed.node('a'), { group: 'right', name: 'nobody' }, 1)
    await run(500)
    expect(relayed.relay('a').stats()).toMatchObject({ undelivered: 1, unsent: 0, destinations: 0 })
  })

  it('to a group that nobody knows is given up in time, said and counted', async () => {
    await start({ times: { openTimeoutMs: 1000 } })
    relayed.relay('a').send(relayed.node('a'), { group: 'nowhere', name: 'x' }, 1)
    const downs = watch('a', { group: 'nowhere', name: 'x' })
    await run(1500)
    expect(relayed.relay('a').stats()).toMatchObject({ unsent: 1, destinations: 0 })
    expect(downs.map(({ reason }) => reason)).toEqual(['noconnection'])
    expect(relayed.cluster.node('a').reports.all.filter(({ type }) => type === 'notice')).toMatchObject([
      { source: 'groups.relay' },
    ])
  })

  it.each([null, 'text', {}, { group: 1, name: 'x' }])('is refused for an address that is none: %j', async (to) => {
    await start()
    expect(() => relayed.relay('a').send(relayed.node('a'), to as never, 1 as never)).toThrow(
      expect.objectContaining({ code: 'groups.bad_address' }),
    )
  })

  it('is refused when it cannot be sent at all, and leaves nothing behind', async () => {
    await start()
    const { pid } = collector(relayed.node('c'))
    expect(() => relayed.relay('a').send(relayed.node('a'), pid as never, (() => 1) as never)).toThrow(
      expect.objectContaining({ code: 'copy.unsendable' }),
    )
    const cycle: unknown[] = []
    cycle.push(cycle, cycle)
    expect(() => relayed.relay('a').send(relayed.node('a'), pid as never, cycle as never)).toThrow(
      expect.objectContaining({ code: 'copy.too_deep' }),
    )
    expect(() => relayed.relay('a').send(relayed.node('a'), pid as never, new Uint8Array(300_000) as never)).toThrow(
      expect.objectContaining({ code: 'groups.relay_too_large' }),
    )
    await run(100)
    expect(
      relayed
        .relay('a')
        .paths()
        .every(({ waiting }) => waiting === 0),
    ).toBe(true)
  })
})

it('a fault in one group is not spoken of in another', async () => {
  await start({ trace: true })
  const { cluster } = relayed
  await run(1000)
  const right = ['c', 'd', 'i', 'j']
  const spoken = (since: number): number =>
    cluster.trace
      .slice(since)
      .filter((event) => event.type === 'frame' && event.frame !== 'tick')
      .filter((event) => event.type === 'frame' && right.includes(event.from) && right.includes(event.to)).length
  const before = cluster.trace.length
  relayed.cluster.crash('b')
  relayed.cluster.cut('a', 'g')
  await run(10_000)
  expect(spoken(before)).toBe(0)
  expect(cluster.trace.slice(before).filter(({ type }) => type === 'nodedown')).toHaveLength(5)
  relayed.relay('c').send(relayed.node('c'), collector(relayed.node('d')).pid as never, 1 as never)
  await run(100)
  expect(spoken(before)).toBeGreaterThan(0)
})

describe('a monitor across the relay', () => {
  it('gives the reason of the target, once for each monitor', async () => {
    await start()
    const target = relayed.node('c').spawn<unknown>(async (self) => {
      await self.receive()
      self.exit({ shutdown: 'enough' })
    })
    const [first, second] = [watch('a', target), watch('b', target)]
    await run(200)
    relayed.relay('a').send(relayed.node('a'), target as never, 'go' as never)
    await run(2000)
    expect([first, second].map((downs) => downs.map(({ reason }) => reason))).toEqual([
      [{ shutdown: 'enough' }],
      [{ shutdown: 'enough' }],
    ])
  })

  it('says noproc of a process that is dead, and of a name that nobody has', async () => {
    await start()
    const dead = relayed.node('c').spawn(async () => {})
    await run(10)
    const downs = [watch('a', dead), watch('a', { group: 'right', name: 'nobody' })]
    await run(500)
    expect(downs.map((each) => each.map(({ reason }) => reason))).toEqual([['noproc'], ['noproc']])
  })

  it('can be taken back', async () => {
    await start({ times: { idleMs: 1000 } })
    const { pid } = collector(relayed.node('c'))
    const downs: unknown[] = []
    relayed.node('a').spawn<Down>(async (self) => {
      const ref = relayed.relay('a').monitor(self, pid)
      await self.sleep(100)
      self.demonitor(ref, { flush: true })
      downs.push(await self.receive())
    })
    await run(200)
    relayed.node('c').sendExit(pid, 'kill')
    await run(3000)
    expect(downs).toEqual([])
    for (const name of relayed.cluster.names)
      expect(relayed.relay(name).stats()).toMatchObject({ destinations: 0, circuits: 0, targets: 0 })
  })

  it('sees the death of the target’s node as noconnection', async () => {
    await start()
    const { pid } = collector(relayed.node('c'))
    const downs = watch('a', pid)
    await run(200)
    relayed.cluster.crash('c')
    await run(3000)
    expect(downs.map(({ reason }) => reason)).toEqual(['noconnection'])
    expect(relayed.relay('a').stats().destinations).toBe(0)
  })

  it('follows the process that had the name when the name moves', async () => {
    await start()
    const old = collector(relayed.node('c'))
    const next = collector(relayed.node('d'))
    const [relay, a] = [relayed.relay('a'), relayed.node('a')]
    const to = { group: 'right', name: 'moving' }
    relayed.name('right', 'moving', old.pid)
    const downs = watch('a', to)
    relay.send(a, to, 1)
    await run(200)
    relayed.name('right', 'moving', next.pid)
    relay.send(a, to, 2) // found in the table of the old end: it goes where the sender's knowledge led
    await run(200)
    relay.send(a, to, 3)
    const later = watch('a', to)
    await run(200)
    expect([old.got, next.got]).toEqual([[1], [2, 3]])
    relayed.node('c').sendExit(old.pid, 'kill')
    await run(200)
    expect([downs.map(({ reason }) => reason), later]).toEqual([['killed'], []])
    relayed.node('d').sendExit(next.pid, 'kill')
    await run(200)
    expect(later.map(({ reason }) => reason)).toEqual(['killed'])
  })
})

describe('a request across the relay', () => {
  it('is answered, by name and by pid, to processes and to code outside', async () => {
    await start()
    const server = relayed.node('c').spawn(echo)
    relayed.name('right', 'echo', server)
    const { cluster } = relayed
    const relay = relayed.relay('a')
    expect(await cluster.until(relay.request(relayed.node('a'), { group: 'right', name: 'echo' }, 1))).toEqual({
      echo: 1,
    })
    const answers: unknown[] = []
    relayed.node('a').spawn(async (self) => {
      answers.push(await relay.request(self, server, [2]))
    })
    await run(500)
    expect(answers).toEqual([{ echo: [2] }])
    expect(relay.paths().every(({ underWay }) => underWay === 0)).toBe(true)
  })

  it('fails with what happened: nobody there, ended before and after the answer, no answer in time', async () => {
    await start()
    const { cluster } = relayed
    const [relay, a, c] = [relayed.relay('a'), relayed.node('a'), relayed.node('c')]
    const ask = (to: AnyPid, payload: unknown): Promise<unknown> =>
      cluster.until(relay.request(a, to, payload, { timeoutMs: 1000 }).catch((error: unknown) => error))
    const ending = c.spawn(echo)
    expect(await ask(ending, 'end')).toMatchObject({ code: 'groups.relay_exited', details: { reason: 'asked to' } })
    expect(await ask(ending, 'more')).toMatchObject({ code: 'groups.relay_no_process' })
    expect(await ask(c.spawn(echo), 'last')).toBe('last words')
    const mute = c.spawn(async (self) => self.sleep(60_000))
    expect(await ask(mute, 1)).toMatchObject({ code: 'groups.relay_timeout' })
    await run(2000)
    relayed.cluster.crash('c')
    expect(await ask(mute, 1)).toMatchObject({ code: expect.stringMatching(/no_connection|timeout/) as string })
  })
})
