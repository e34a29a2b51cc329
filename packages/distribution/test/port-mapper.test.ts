import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createVirtualRuntime, eachSeed } from '@agner/testing'
import { createLog } from '../src/log.ts'
import { MemoryNetwork } from '../src/network/memory.ts'
import { PortMapper } from '../src/discovery/port-mapper/client.ts'
import { lineLimitBytes } from '../src/discovery/port-mapper/lines.ts'
import { listNodes } from '../src/index.ts'
import { createCluster } from './cluster.ts'
import { meet } from './stranger.ts'

const address = { host: '127.0.0.1', port: 4370 }

function world(seed?: number, runtime = createVirtualRuntime(seed === undefined ? {} : { seed })) {
  const network = new MemoryNetwork(seed === undefined ? { runtime } : { runtime, seed })
  const notices: string[] = []
  const log = createLog(runtime, (notice) => notices.push(notice.text))
  const make = (name: string, port = 1) =>
    new PortMapper({ network, runtime, address, name, listening: port === 0 ? null : { host: '127.0.0.1', port }, log })
  const start = async (name: string, port = 1) => {
    const mapper = make(name, port)
    await runtime.runUntil(mapper.start())
    return mapper
  }
  return { runtime, network, notices, make, start }
}

describe('the port mapper', () => {
  it('is served by the first node; all find each other by name', async () => {
    const { runtime, start } = world()
    const [a, b, c] = [await start('a@h', 11), await start('b@h', 12), await start('c@h', 0)]
    expect([a.isServing, b.isServing, c.isServing]).toEqual([true, false, false])
    expect(await runtime.runUntil(a.lookup('b@h'))).toEqual({ host: '127.0.0.1', port: 12 })
    expect(await runtime.runUntil(c.lookup('a@h'))).toEqual({ host: '127.0.0.1', port: 11 })
    expect(await runtime.runUntil(a.lookup('c@h'))).toBeNull()
    expect(await runtime.runUntil(a.lookup('x@h'))).toBeNull()
    for (const each of [a, b, c]) await runtime.runUntil(each.stop())
    await runtime.settle()
    expect(runtime.pendingTimers).toBe(0)
  })

  it('is served by exactly one when many start at once', async () => {
    await eachSeed({ seeds: 50 }, async (runtime, seed) => {
      const { make, network } = world(seed, runtime)
      const mappers = Array.from({ length: 8 }, (_, i) => make(`n${i}@h`, i + 1))
      await runtime.runUntil(Promise.all(mappers.map((mapper) => mapper.start())))
      expect(mappers.filter((mapper) => mapper.isServing).length).toBe(1)
      expect(await runtime.runUntil((mappers[0] as PortMapper).lookup('n7@h'))).toEqual({ host: '127.0.0.1', port: 8 })
      for (const mapper of mappers) await runtime.runUntil(mapper.stop())
      await runtime.settle()
      expect([network.streamCount, runtime.pendingTimers]).toEqual([0, 0])
    })
  })

  it('refuses a name that a live node holds, and frees it when that one ends', async () => {
    const { runtime, make, start } = world()
    await start('a@h')
    const b = await start('b@h')
    const before = runtime.nowMs()
    await expect(runtime.runUntil(make('b@h').start())).rejects.toMatchObject({ code: 'distribution.name_taken' })
    expect(runtime.nowMs() - before).toBeLessThan(2000)
    await runtime.runUntil(b.stop())
    await start('b@h')
  })

  it('lets a node that was just restarted have its name, although the end of its last life is seen a little later', async () => {
    const { runtime, make, start } = world()
    await start('a@h')
    const b = await start('b@h')
    const again = runtime.runUntil(make('b@h').start())
    runtime.setTimer(500, () => void b.stop())
    await again
  })

  it('moves to another node when the serving one ends; lookups work again within a second and wait meanwhile', async () => {
    await eachSeed({ seeds: 50 }, async (runtime, seed) => {
      const { start } = world(seed, runtime)
      const first = await start('a@h', 11)
      const others = [await start('b@h', 12), await start('c@h', 13), await start('d@h', 14)] as const
      await runtime.advance(5000)
      await runtime.runUntil(first.stop())
      const before = runtime.nowMs()
      const found = await runtime.runUntil(Promise.all(others.map((each, i) => each.lookup(`${'bcd'[(i + 1) % 3]}@h`))))
      expect(found.map((each) => each?.port)).toEqual([13, 14, 12])
      expect(runtime.nowMs() - before).toBeLessThan(1000)
      expect(others.filter((each) => each.isServing).length).toBe(1)
      expect(await runtime.runUntil(others[0].lookup('a@h'))).toBeNull()
      for (const each of others) await runtime.runUntil(each.stop())
    })
  })

  it('is asked again who is there when the serving node ends meanwhile, or has just ended', async () => {
    await eachSeed({ seeds: 50 }, async (runtime, seed) => {
      const { start, network } = world(seed, runtime)
      const first = await start('a@h', 11)
      const others = [await start('b@h', 12), await start('c@h', 13)]
      await runtime.advance(5000)
      runtime.setTimer(runtime.random() * 200, () => void first.stop())
      await runtime.advance(runtime.random() * 200)
      const before = runtime.nowMs()
      const names = (await runtime.runUntil(listNodes({ network, runtime }))).map(({ name }) => name)
      expect(names.filter((name) => name !== 'a@h')).toEqual(['b@h', 'c@h'])
      expect(runtime.nowMs() - before).toBeLessThan(2000)
      await runtime.advance(1000)
      for (const each of others) await runtime.runUntil(each.stop())
      await runtime.settle()
      expect([network.streamCount, runtime.pendingTimers]).toEqual([0, 0])
    })
  })

  it('says so when something else has its port', async () => {
    const { runtime, network, make } = world()
    await network.listen(address, (stream) => ({
      data: () => void stream.write([Buffer.from('220 smtp ready\r\n')]),
      closed() {},
    }))
    await expect(runtime.runUntil(make('a@h').start())).rejects.toMatchObject({
      code: 'distribution.mapper_unreachable',
      message: expect.stringMatching(/no port mapper/) as string,
    })
    expect(runtime.pendingTimers).toBe(0)
  })

  it('gives up on one that does not answer', async () => {
    const { runtime, network, make } = world()
    await network.listen(address, () => ({ data() {}, closed() {} }))
    await expect(runtime.runUntil(make('a@h').start())).rejects.toMatchObject({
      message: expect.stringMatching(/does not answer/) as string,
    })
    expect(runtime.nowMs()).toBeLessThan(3000)
  })

  it('is not harmed by strangers: garbage, long lines, silence, crowds', async () => {
    const { runtime, network, start } = world()
    const a = await start('a@h', 11)
    const knock = () => meet(network, address, { wanted: '' })
    const send = async (text: string) => {
      const stranger = knock()
      await runtime.settle()
      stranger.sayRaw(Buffer.from(text))
      await runtime.settle()
      return stranger
    }
    for (const text of [
      'GET / HTTP/1.1\r\n\r\n',
      '[]\n',
      '{}\n',
      '{"op":"lookup"}\n',
      'x'.repeat(5000),
      '{"op":"register","id":1,"name":"b@h","host":"h","port":99999}\n',
      '{"op":"lookup","id":1e400,"name":"x"}\n',
    ]) {
      expect((await send(text)).isClosed).toBe(true)
    }
    const thief = await send(
      '{"op":"register","id":1,"name":"a@h","host":"h","port":1}\n{"op":"register","id":2,"name":"x@h","host":"h","port":1}\n{"op":"register","id":3,"name":"y@h","host":"h","port":1}\n',
    )
    expect(thief.isClosed).toBe(false)
    const silent = knock()
    const crowd = Array.from({ length: 1100 }, knock)
    await runtime.settle()
    expect(crowd.filter((each) => each.isClosed).length).toBeGreaterThan(70)
    await runtime.advance(11_000)
    expect(silent.isClosed).toBe(true)
    expect(await runtime.runUntil(a.lookup('a@h'))).toEqual({ host: '127.0.0.1', port: 11 })
    expect(await runtime.runUntil(a.lookup('y@h'))).toBeNull()
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 100 }), async (text) => void (await send(`${text}\n`))),
      { numRuns: 100 },
    )
    expect(await runtime.runUntil(a.lookup('a@h'))).toEqual({ host: '127.0.0.1', port: 11 })
  })
})

describe('what is registered with the port mapper', () => {
  const say = async ({ runtime, network }: ReturnType<typeof world>, lines: readonly object[]) => {
    const answers: string[] = []
    const made = { answers, isClosed: false }
    const stream = network.connect(address, {
      opened: () => void stream.write([Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))]),
      data: (bytes) => void answers.push(...Buffer.from(bytes).toString().trim().split('\n')),
      closed: () => (made.isClosed = true),
    })
    await runtime.settle()
    return made
  }
  const register = (name: string, host = 'h', id = 1) => ({ op: 'register', id, name, host, port: 65_535 })

  it('is the name of a node and a plain host, or the connection ends, and all others are listed as before', async () => {
    const here = world()
    const { runtime, network, start } = here
    await start('a@h', 11)
    for (const [name, host] of [
      ['\ud800'.repeat(160), 'hhhhhhhhhhh'],
      ['no host', 'h'],
      ['two\nlines@h', 'h'],
      ['red\u001b[31m@h', 'h'],
      ['\u202ea@h', 'h'],
      [`${'ü'.repeat(120)}@${'ü'.repeat(120)}`, 'h'],
      ['b@h', ''],
      ['b@h', 'two words'],
      ['b@h', 'red\u001b[31m'],
      ['b@h', '"quoted"'],
      ['b@h', 'back\\slash'],
      ['b@h', '\ud800'],
      ['b@h', 'ü'.repeat(128)],
    ] as const)
      expect(await say(here, [register(name, host)])).toEqual({ answers: [], isClosed: true })
    expect(await say(here, [{ op: 'lookup', id: 1, name: 'two\nlines@h' }])).toEqual({ answers: [], isClosed: true })
    await runtime.advance(2000)
    const listed = await runtime.runUntil(listNodes({ network, runtime }))
    expect(listed).toEqual([{ name: 'a@h', host: '127.0.0.1', port: 11 }])
  })

  it('fits into a line, whatever it is: the longest that JSON makes of a name and a host', async () => {
    const here = world()
    const { runtime, network } = here
    const quotes = `${'"'.repeat(120)}@${'\\'.repeat(120)}`
    const long = [quotes, `${'ü'.repeat(120)}@hhhh`, `${'😀'.repeat(31)}@${'😀'.repeat(32)}`]
    const hosts = ['h'.repeat(255), 'ü'.repeat(127), '/folder/of/sockets']
    await here.start('a@h', 11)
    for (const [i, name] of long.entries())
      expect((await say(here, [register(name, hosts[i])])).answers).toEqual(['{"id":1,"ok":true}'])
    for (const after of ['', ...long]) {
      const { answers } = await say(here, [{ op: 'list', id: Number.MIN_SAFE_INTEGER, after }])
      expect(Buffer.byteLength(answers[0]!)).toBeLessThanOrEqual(lineLimitBytes)
    }
    await runtime.advance(2000)
    const listed = await runtime.runUntil(listNodes({ network, runtime }))
    expect(listed.map(({ name }) => name)).toEqual(['a@h', ...long].toSorted())
  })

  it('is told by a line from its first character on', async () => {
    const { runtime, network, start } = world()
    await start('a@h', 11)
    const stranger = meet(network, address, { wanted: '' })
    await runtime.settle()
    stranger.sayRaw(Buffer.from('\ufeff{"op":"lookup","id":1,"name":"a@h"}\n'))
    await runtime.settle()
    expect(stranger.isClosed).toBe(true)
  })
})

describe('nodes with the port mapper', () => {
  it('find each other with no configuration, also after the serving node is gone', async () => {
    const cluster = createCluster()
    const [a, b, c] = [await cluster.start('a@h'), await cluster.start('b@h'), await cluster.start('c@h')]
    expect(await cluster.runtime.runUntil(b.distribution.connect('c@h'))).toBe(true)
    b.distribution.disconnect('c@h')
    await cluster.runtime.runUntil(a.distribution.stop())
    expect(await cluster.runtime.runUntil(b.distribution.connect('c@h'))).toBe(true)
    expect(await cluster.runtime.runUntil(b.distribution.connect('a@h'))).toBe(false)
    const again = await cluster.start('a@h')
    expect(await cluster.runtime.runUntil(again.distribution.connect('c@h'))).toBe(true)
    expect(c.distribution.nodes().sort()).toEqual(['a@h', 'b@h'])
    await cluster.stop()
    expect(cluster.network.streamCount).toBe(0)
  })
})
