/** What the fuzzer found, or was found on the way to it: each input that did harm once. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defineModule, type Process } from '@agner/core'
import { createVirtualRuntime } from '@agner/testing'
import { listNodes } from '../src/discovery/port-mapper/list.ts'
import { encodeLine } from '../src/discovery/port-mapper/lines.ts'
import { MemoryNetwork } from '../src/network/memory.ts'
import { opcode } from '../src/wire/opcodes.ts'
import { PayloadCodec } from '../src/wire/payload.ts'
import { WireError } from '../src/wire/wire-error.ts'
import { cookie, createCluster, type Cluster, type Member } from './cluster.ts'
import { meet, type Stranger } from './stranger.ts'
import { fromB } from './wire.ts'

const Guest = defineModule('guest', '1', {
  run: async (self: Process<unknown>, _argument: unknown) => void (await self.receive()),
})

describe('the reader of payloads', () => {
  it.each([1201, 1202])(
    'refuses a pid or ref in a pid or ref (tag %i), which once could nest until the stack was full',
    (tag) => {
      const nested = Buffer.from(`d9${tag.toString(16).padStart(4, '0')}83`.repeat(15_000), 'hex')
      expect(() => new PayloadCodec(fromB).decode(new Uint8Array(nested))).toThrow(WireError)
    },
  )
})

describe('a peer that knows the cookie', () => {
  let cluster: Cluster
  let a: Member
  let bad: Stranger

  beforeEach(async () => {
    cluster = createCluster()
    a = await cluster.start('a@h', { modules: [Guest], limits: { objectBytes: 1000 } })
    bad = meet(cluster.network, a.distribution.listenAddress!, { wanted: 'a@h', cookie })
    await cluster.runtime.settle()
    expect(bad.isUp).toBe(true)
  })
  afterEach(() => cluster.stop())

  it.each([
    ['an unlink', (id: number) => [opcode.unlink, 0, 1, 1, 2, id, 1]],
    ['a link to nobody', () => [opcode.link, 0, 1, 1, 2, 99]],
    ['a request to nobody', () => [opcode.request, 0, 1, 1, 2, 99, 1, 0xf6]],
    ['a monitor of nobody', () => [opcode.monitor, 0, 1, 1, 2, 99, 4, 1]],
  ])('says %s and leaves, and is not called back for the answer', async (_, frame) => {
    const { id } = a.node.spawn(async (self) => void (await self.receive()))
    const failures = a.distribution.stats().connectFailures
    bad.say(frame(id))
    bad.say([opcode.bye, 0, 1, 0])
    await cluster.runtime.settle()
    expect(a.distribution.stats().pendingHandshakes).toBe(0)
    await cluster.runtime.advance(10_000)
    expect(a.distribution.stats().connectFailures).toBe(failures)
  })

  it('sends an object beyond the limit, each byte of which would become fifty, and loses its connection before it is made', async () => {
    const sink = a.node.spawn<unknown>(
      async (self) => {
        for (;;) await self.receive()
      },
      { name: 'x' },
    )
    const send = [opcode.send, 0, 0, 7, 1, 0x78]
    // As many bytes in one byte string are no such thing.
    bad.say(Uint8Array.from([...send, 0x5a, 0, 3, 13, 64, ...new Uint8Array(200_000)]))
    await cluster.runtime.settle()
    expect(bad.isClosed).toBe(false)
    bad.say(Uint8Array.from([...send, 0x9a, 0, 3, 13, 64, ...new Uint8Array(200_000).fill(0xa0)]))
    await cluster.runtime.settle()
    expect(bad.isClosed).toBe(true)
    expect(a.node.isAlive(sink)).toBe(true)
    expect(a.notices().join()).toMatch(/more than 1000 bytes besides byte strings/)
  })

  it('uses one ref for two monitors, and leaves none behind', async () => {
    const guest = [5, ...Buffer.from('guest'), 3, ...Buffer.from('run')]
    const { id } = a.node.spawn(async (self) => void (await self.receive()))
    bad.say([opcode.monitor, 0, 1, 2, 2, id, 4, 3])
    bad.say([opcode.monitor, 0, 1, 2, 2, id, 4, 3])
    bad.say([opcode.spawn, 0, 1, 1, 2, 2, ...guest, 4, 3, 0xf6])
    await cluster.runtime.settle()
    expect(a.node.processes().some((pid) => a.node.processInfo(pid)?.initialCall?.startsWith('guest'))).toBe(true)
    a.distribution.disconnect('stranger@far')
    await cluster.runtime.settle()
    const left = a.node.processes().flatMap((pid) => a.node.processInfo(pid)?.monitoredBy ?? [])
    expect(left).toEqual([])
  })

  it.each(['a\0b', 'a b', '\u001b[31m', 'x'.repeat(256)])(
    'gives a host that cannot be dialled for its post (%j), and loses its connection, not our thread',
    async (host) => {
      const text = Buffer.from(host)
      bad.say([
        opcode.liveness,
        0,
        80,
        ...(text.length > 127 ? [(text.length & 0x7f) | 0x80, text.length >> 7] : [text.length]),
        ...text,
      ])
      await cluster.runtime.settle()
      expect(bad.isClosed).toBe(true)
      expect(a.notices().join()).toMatch(/that is no host|over its limit/)
    },
  )
})

describe('what answers on the port mapper’s port, and is none', () => {
  const address = { host: '127.0.0.1', port: 4370 }
  const nobodys = [
    null,
    7,
    'x',
    [],
    {},
    { name: 'b@h', host: 'h', port: 0 },
    { name: 'b@h', host: 'h', port: 1.5 },
    { name: 'b@h', host: 'h', port: 1e9 },
    { name: 'b@h', host: 'a\0b', port: 1 },
  ]

  it.each(nobodys.map((node) => [node]))('lists %j, and is refused', async (node) => {
    const runtime = createVirtualRuntime()
    const network = new MemoryNetwork({ runtime })
    await network.listen(address, (stream) => ({
      data: () => void stream.write([encodeLine({ id: 1, nodes: [node as never] })]),
      closed: () => {},
    }))
    await expect(runtime.runUntil(listNodes({ ...address, network, runtime }))).rejects.toThrow(/no port mapper/)
  })

  it.each([
    { host: 'h', port: 1.5 },
    { host: 'h', port: 1e9 },
    { host: 'h', port: -1 },
    { host: 'a\0b', port: 1 },
  ])('says that a node is at %j, which is not dialled', async (where) => {
    const cluster = createCluster()
    await cluster.network.listen(address, (stream) => ({
      data: (bytes) => {
        const { op, id } = JSON.parse(Buffer.from(bytes).toString()) as { op: string; id: number }
        stream.write([encodeLine(op === 'lookup' ? { id, ...where } : { id, ok: true })])
      },
      closed: () => {},
    }))
    const dialled: unknown[] = []
    const { network } = cluster
    const connect = network.connect.bind(network)
    network.connect = (to, handlers) => {
      if (to.port !== address.port) dialled.push(to)
      return connect(to, handlers)
    }
    const a = await cluster.start('a@h')
    expect(await cluster.runtime.runUntil(a.distribution.connect('b@h'))).toBe(false)
    expect(dialled).toEqual([])
    await cluster.stop()
  })
})
