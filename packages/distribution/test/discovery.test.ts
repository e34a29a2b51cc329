/** Discoveries: several in a chain, DNS in all its moods, connecting to all that are found. Virtual time. */
import { createNode } from '@agner/core'
import { createVirtualRuntime, type VirtualRuntime } from '@agner/testing'
import { describe, expect, it } from 'vitest'
import {
  dnsDiscovery,
  hostDiscovery,
  startDistribution,
  staticDiscovery,
  type Address,
  type Discovery,
  type DiscoverySelf,
  type DnsOptions,
  type DnsResolver,
  type SrvRecord,
} from '../src/index.ts'
import { Directory } from '../src/discovery/directory.ts'
import { createCluster } from './cluster.ts'

const nothing = (code = 'ENOTFOUND'): Error => Object.assign(new Error(`query${code}`), { code })
const target = (name: string, port = 4400, priority = 0, weight = 0): SrvRecord => ({ name, port, priority, weight })

/** A DNS server that says what a test wants, when it wants. */
class Dns implements DnsResolver {
  readonly runtime: VirtualRuntime
  srvAnswer: () => readonly SrvRecord[] = () => []
  a: () => readonly string[] = () => []
  aaaa: () => readonly string[] = () => []
  delayMs = 10
  readonly questions: string[] = []

  constructor(runtime: VirtualRuntime) {
    this.runtime = runtime
  }

  srv(name: string): Promise<readonly SrvRecord[]> {
    return this.#answer(`SRV ${name}`, this.srvAnswer)
  }

  addresses(name: string, family: 4 | 6): Promise<readonly string[]> {
    return this.#answer(`${family === 4 ? 'A' : 'AAAA'} ${name}`, family === 4 ? this.a : this.aaaa)
  }

  #answer<T>(question: string, answer: () => T): Promise<T> {
    this.questions.push(question)
    return new Promise((resolve, reject) =>
      this.runtime.setTimer(this.delayMs, () => {
        try {
          resolve(answer())
        } catch (error) {
          reject(error as Error)
        }
      }),
    )
  }
}

const fails = (error: Error) => (): never => {
  throw error
}

async function world(options: Partial<DnsOptions>) {
  const runtime = createVirtualRuntime()
  const dns = new Dns(runtime)
  const logged: string[] = []
  let changes = 0
  const discovery = dnsDiscovery({ nodeName: 'chat', resolver: dns, ...options })
  const self: DiscoverySelf = {
    name: 'chat@own',
    listening: null,
    runtime,
    log: (_level, _code, text) => void logged.push(text),
    changed: () => void changes++,
  }
  const start = () => runtime.runUntil(discovery.start!(self))
  const lookup = (name: string) => runtime.runUntil(discovery.lookup(name))
  return { runtime, dns, discovery, self, logged, start, lookup, changes: () => changes }
}

describe('DNS', () => {
  it('finds nodes by SRV records, named after their targets', async () => {
    const { dns, start, discovery, lookup, changes } = await world({ srv: '_agner._tcp.chat.local' })
    dns.srvAnswer = () => [
      target('chat-1.chat.local', 4401),
      target('chat-0.chat.local.'),
      target('.'),
      target('bad host'),
      target('x', 0),
    ]
    await start()
    expect(discovery.nodes!()).toEqual(['chat@chat-0.chat.local', 'chat@chat-1.chat.local'])
    expect(await lookup('chat@chat-1.chat.local')).toEqual({ host: 'chat-1.chat.local', port: 4401 })
    expect(changes()).toBe(1)
    expect(dns.questions).toEqual(['SRV _agner._tcp.chat.local'])
  })

  it('finds nodes by the addresses of a headless service', async () => {
    const { dns, start, discovery, lookup } = await world({ host: 'chat.local', port: 4400 })
    dns.a = () => ['10.0.0.6', '10.0.0.5']
    dns.aaaa = () => ['fd00::5']
    await start()
    expect(discovery.nodes!()).toEqual(['chat@10.0.0.5', 'chat@10.0.0.6', 'chat@fd00::5'])
    expect(await lookup('chat@fd00::5')).toEqual({ host: 'fd00::5', port: 4400 })
  })

  it('names nodes as it is told, and prefers the better target of one name', async () => {
    const { dns, start, discovery, lookup } = await world({
      srv: 's',
      nodeName: ({ host, port }: Address) => (host.startsWith('other') ? null : `n${port}@all`),
    })
    dns.srvAnswer = () => [target('c', 1, 2), target('b', 1, 1, 5), target('a', 1, 1, 9), target('other', 2)]
    await start()
    expect(discovery.nodes!()).toEqual(['n1@all'])
    expect(await lookup('n1@all')).toEqual({ host: 'a', port: 1 })
  })

  it('is asked again at an interval: nodes come, move and go', async () => {
    const { runtime, dns, start, discovery, lookup, changes } = await world({ host: 'h', port: 1, refreshMs: 3000 })
    dns.a = () => ['10.0.0.1']
    await start()
    dns.a = () => ['10.0.0.2', '10.0.0.3']
    await runtime.advance(3100)
    expect(discovery.nodes!()).toEqual(['chat@10.0.0.2', 'chat@10.0.0.3'])
    expect(await lookup('chat@10.0.0.1')).toBeNull()
    await runtime.advance(30_000)
    expect(changes()).toBe(2)
    dns.a = fails(nothing('ENODATA'))
    dns.aaaa = fails(nothing('ENOTFOUND'))
    await runtime.advance(3100)
    expect(discovery.nodes!()).toEqual([])
    expect(changes()).toBe(3)
  })

  it('that is away, or refuses, takes nobody off the list for a minute; then it does', async () => {
    const { runtime, dns, start, discovery, logged } = await world({ host: 'h', port: 1 })
    dns.a = () => ['10.0.0.1']
    await start()
    dns.a = fails(nothing('ESERVFAIL'))
    dns.aaaa = fails(nothing('ESERVFAIL'))
    await runtime.advance(59_000)
    expect(discovery.nodes!()).toEqual(['chat@10.0.0.1'])
    expect(logged[0]).toMatch(/does not say who h is \(A\): queryESERVFAIL; the last answer stands/)
    await runtime.advance(10_000)
    expect(discovery.nodes!()).toEqual([])
    expect(logged.join()).toMatch(/too old; its nodes are no longer found/)
    dns.a = () => ['10.0.0.9']
    await runtime.advance(6000)
    expect(discovery.nodes!()).toEqual(['chat@10.0.0.9'])
  })

  it('that answers half of the questions loses only what the other half took back', async () => {
    const { runtime, dns, start, discovery } = await world({ host: 'h', port: 1 })
    dns.a = () => ['10.0.0.1']
    dns.aaaa = () => ['fd00::1']
    await start()
    dns.a = () => ['10.0.0.2']
    dns.aaaa = fails(nothing('ETIMEOUT'))
    await runtime.advance(6000)
    expect(discovery.nodes!()).toEqual(['chat@10.0.0.2', 'chat@fd00::1'])
  })

  it('that does not answer holds nobody up for longer than its time, and a late answer is not listened to', async () => {
    const { runtime, dns, start, discovery, logged, lookup } = await world({ srv: 's', timeoutMs: 500 })
    dns.delayMs = 700
    dns.srvAnswer = () => [target('late')]
    const before = runtime.nowMs()
    await start()
    expect(runtime.nowMs() - before).toBe(500)
    await runtime.advance(1000)
    expect(discovery.nodes!()).toEqual([])
    expect(logged[0]).toMatch(/no answer within 500 ms; there was no answer before/)
    dns.delayMs = 10
    expect(await lookup('chat@late')).toEqual({ host: 'late', port: 4400 })
  })

  it('is asked at once for a node that is not known, once for many, and not more than once a second', async () => {
    const { runtime, dns, start, discovery, lookup } = await world({ srv: 's', refreshMs: 60_000 })
    await start()
    dns.srvAnswer = () => [target('new')]
    expect(await lookup('chat@new')).toBeNull()
    expect(dns.questions.length).toBe(1)
    await runtime.advance(2000)
    const found = await runtime.runUntil(Promise.all(['new', 'x', 'y'].map((each) => discovery.lookup(`chat@${each}`))))
    expect(found).toEqual([{ host: 'new', port: 4400 }, null, null])
    expect(dns.questions.length).toBe(2)
  })

  it('whose targets cannot be named by the function for it does not end the program: it is logged, and the others are found', async () => {
    const { runtime, dns, start, discovery, logged, lookup } = await world({
      srv: 's',
      nodeName: ({ host }: Address) => {
        if (host.startsWith('odd')) throw new Error(`no name for ${host}`)
        return `chat@${host}`
      },
    })
    await start()
    dns.srvAnswer = () => [target('a'), target('odd1'), target('odd2'), target('z')]
    // Asked again by the timer, and by somebody who looks for a node.
    await runtime.advance(6000)
    expect(await lookup('chat@nobody')).toBeNull()
    expect(discovery.nodes!()).toEqual(['chat@a', 'chat@z'])
    expect(logged[0]).toMatch(/nodeName cannot say which node is at odd1: no name for odd1/)
    dns.srvAnswer = () => [target('b')]
    await runtime.advance(6000)
    expect(discovery.nodes!()).toEqual(['chat@b'])
  })

  it('that answers without end is bounded', async () => {
    const { dns, start, discovery } = await world({ srv: 's', recordLimit: 50 })
    dns.srvAnswer = () => Array.from({ length: 5000 }, (_, i) => target(`n${i}`))
    await start()
    expect(discovery.nodes!().length).toBe(50)
  })

  it('leaves nothing behind when it is stopped, also in the middle of a question', async () => {
    const { runtime, dns, self, discovery, lookup, changes } = await world({ srv: 's' })
    dns.srvAnswer = () => [target('a')]
    const starting = discovery.start!(self)
    await runtime.settle()
    await discovery.stop!()
    await starting
    await runtime.advance(10)
    expect([runtime.pendingTimers, changes(), discovery.nodes!()]).toEqual([0, 0, []])
    expect(await lookup('chat@a')).toBeNull()
  })

  it.each([
    [{ nodeName: 'x' }, /srv, or host and port/],
    [{ nodeName: 'x', srv: 's', host: 'h', port: 1 }, /srv, or host and port/],
    [{ nodeName: 'x', host: 'h' }, /dnsDiscovery\.port/],
    [{ nodeName: 'x@y', srv: 's' }, /before the @/],
  ] as [DnsOptions, RegExp][])('refuses %j', (options, message) => {
    expect(() => dnsDiscovery(options)).toThrow(message)
  })
})

describe('several discoveries', () => {
  const directory = (discoveries: readonly Discovery[]) => {
    const runtime = createVirtualRuntime()
    const logged: string[] = []
    const made = new Directory(discoveries, runtime, (_level, _code, text) => void logged.push(text))
    return { runtime, logged, lookup: (name: string) => runtime.runUntil(made.lookup(name)), made }
  }
  const at = (host: string): Discovery => staticDiscovery({ 'a@h': { host, port: 1 } })

  it('are asked in order, and the first that knows is believed', async () => {
    const { lookup, made } = directory([staticDiscovery({}), at('one'), at('two'), hostDiscovery({ port: 9 })])
    expect(await lookup('a@h')).toEqual({ host: 'one', port: 1 })
    expect(await lookup('b@[::1]')).toEqual({ host: '::1', port: 9 })
    expect(made.nodes()).toEqual(['a@h'])
    expect(() => hostDiscovery({ port: 0 })).toThrow(/port from 1/)
  })

  it('go on when one fails, throws, or does not answer', async () => {
    const { lookup, runtime, logged } = directory([
      { lookup: () => Promise.reject(new Error('no')) },
      { lookup: fails(new Error('thrown')) },
      { lookup: () => new Promise(() => {}) },
      at('last'),
    ])
    const before = runtime.nowMs()
    expect(await lookup('a@h')).toEqual({ host: 'last', port: 1 })
    expect(runtime.nowMs() - before).toBe(3000)
    expect(logged.length).toBe(3)
    expect(runtime.pendingTimers).toBe(0)
  })

  it('go on when one gives what is no address', async () => {
    const wrong = [
      { host: '127.0.0.1', port: 70_000 },
      { host: '127.0.0.1', port: 0 },
      { host: '127.0.0.1', port: 1.5 },
      { host: '127.0.0.1', port: '80' },
      { host: '127.0.0.1', port: Object.create(null) },
      { host: '', port: 1 },
      { port: 1 },
      'somewhere',
      undefined,
    ]
    const gives = (found: unknown): Discovery => ({ lookup: () => Promise.resolve(found as Address) })
    const { lookup, logged } = directory([...wrong.map(gives), at('last')])
    expect(await lookup('a@h')).toEqual({ host: 'last', port: 1 })
    expect(logged).toHaveLength(wrong.length)
    expect(logged[0]).toBe('a discovery cannot say where a@h is: it gave the port 70000, and not one from 1 to 65535')
    expect(logged[5]).toBe('a discovery cannot say where a@h is: it gave no host')
  })

  it('are listed and ended although one of them throws', async () => {
    const ended: string[] = []
    const broken: Discovery = {
      lookup: () => Promise.resolve(null),
      nodes: fails(new Error('no list')),
      withdraw: fails(new Error('no way back')),
      stop: () => Promise.reject(new Error('no end')),
    }
    const { made, logged, runtime } = directory([
      broken,
      {
        ...at('one'),
        withdraw: async () => void ended.push('withdrawn'),
        stop: async () => void ended.push('stopped'),
      },
    ])
    expect(made.nodes()).toEqual(['a@h'])
    await runtime.runUntil(made.withdraw())
    await runtime.runUntil(made.stop())
    expect(ended).toEqual(['withdrawn', 'stopped'])
    expect(logged).toEqual([
      'a discovery cannot say which nodes there are: no list',
      'a discovery cannot withdraw: no way back',
      'a discovery cannot stop: no end',
    ])
  })
})

describe('nodes with a discovery', () => {
  it('connect to all that it knows of, as they come, and again when one was lost', async () => {
    const cluster = createCluster()
    const { runtime } = cluster
    const dns = new Dns(runtime)
    const options = (port: number) => ({
      portMapper: false as const,
      listen: { host: '127.0.0.1', port },
      joinFound: true,
      discovery: dnsDiscovery({
        srv: 's',
        nodeName: ({ port: at }) => `n${at}@h`,
        resolver: dns,
        refreshMs: 1000,
      }),
    })
    dns.srvAnswer = () => [1, 2].map((port) => target('127.0.0.1', port))
    const one = await cluster.start('n1@h', options(1))
    const two = await cluster.start('n2@h', options(2))
    await runtime.advance(10_000)
    expect(one.distribution.nodes()).toEqual(['n2@h'])
    dns.srvAnswer = () => [1, 2, 3].map((port) => target('127.0.0.1', port))
    const three = await cluster.start('n3@h', options(3))
    await runtime.advance(2000)
    expect(three.distribution.nodes().toSorted()).toEqual(['n1@h', 'n2@h'])
    // Who is no longer on the list stays connected.
    dns.srvAnswer = () => [target('127.0.0.1', 1), target('127.0.0.1', 3)]
    await runtime.advance(5000)
    expect(three.distribution.nodes().toSorted()).toEqual(['n1@h', 'n2@h'])
    cluster.network.cut()
    await runtime.advance(10_000)
    expect(one.distribution.nodes()).toContain('n3@h')
    expect(two.distribution.nodes().length).toBeGreaterThan(0)
    await cluster.stop()
    expect(runtime.pendingTimers).toBe(0)
  })

  it('do not start when it does not, and everything is closed again', async () => {
    const cluster = createCluster()
    const node = createNode({ name: 'a@h', runtime: cluster.runtime })
    const events: string[] = []
    const discovery: Discovery = {
      start: () => Promise.reject(new Error('no directory today')),
      lookup: () => Promise.resolve(null),
      stop: () => Promise.resolve(void events.push('stopped')),
    }
    const options = { cookie: 'a cookie for the tests', network: cluster.network, discovery }
    await expect(cluster.runtime.runUntil(startDistribution(node, options))).rejects.toThrow('no directory today')
    await cluster.runtime.settle()
    expect([events, cluster.network.streamCount, cluster.runtime.pendingTimers]).toEqual([['stopped'], 0, 0])
    await expect(
      cluster.runtime.runUntil(startDistribution(node, { ...options, discovery: {} as Discovery })),
    ).rejects.toMatchObject({ code: 'distribution.bad_option' })
  })
})
