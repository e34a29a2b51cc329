import { connect, createServer, type Socket } from 'node:net'
import { createNode, reply, type Down, type Exit, type Node, type Notice, type Request } from '@agner/core'
import { freePort } from '@agner/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  startDistribution,
  type Distribution,
  type DistributionOptions,
  type Network,
  type NodeChange,
} from '../../src/index.ts'
import { meet } from '../stranger.ts'
import { endPeers, startPeer } from './peers.ts'

const cookie = 'a cookie for the tests'
let mapperPort: number
const running: { node: Node; distribution: Distribution }[] = []

interface Here {
  readonly node: Node
  readonly distribution: Distribution
  readonly notices: string[]
  readonly changes: string[]
  /** Resolves with the next change of a node that fits. */
  change(fits: (change: NodeChange) => boolean): Promise<NodeChange>
}

async function start(name: string, options: Partial<DistributionOptions> = {}): Promise<Here> {
  const notices: string[] = []
  const changes: string[] = []
  const log = (notice: Notice) =>
    void (notice.level === 'warning' || notice.level === 'error' ? notices.push(notice.text) : undefined)
  const node = createNode({ name, report: () => {} })
  const distribution = await startDistribution(node, { cookie, portMapper: { port: mapperPort }, log, ...options })
  running.push({ node, distribution })
  distribution.onNodeChange((change) =>
    changes.push(change.type === 'nodedown' ? `${change.node} ${change.reason}` : change.node),
  )
  const change = (fits: (change: NodeChange) => boolean) =>
    new Promise<NodeChange>((resolve) => {
      const stop = distribution.onNodeChange((each) => {
        if (!fits(each)) return
        stop()
        resolve(each)
      })
    })
  return { node, distribution, notices, changes, change }
}

/** Runs `body` as a process; what it throws fails the test. */
async function inProcess<M>({ node }: Here, body: Parameters<typeof node.spawn<M>>[0]): Promise<void> {
  const reason = await node.exited(node.spawn(body))
  if (reason !== 'normal') throw reason instanceof Error ? reason : new Error(JSON.stringify(reason))
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

beforeEach(async () => {
  mapperPort = await freePort()
})

afterEach(async () => {
  for (const { distribution, node } of running.splice(0)) {
    await distribution.stop()
    await node.stop()
  }
  await endPeers()
})

describe('two nodes over TCP', () => {
  it('talk, with messages of all sizes in both directions, in order', async () => {
    const [a, b] = [await start('a@127.0.0.1'), await start('b@127.0.0.1')]
    const server = b.node.spawn<Request<unknown, unknown>>(async (self) => {
      for (;;) {
        const request = await self.receive()
        reply(request, request.payload)
      }
    })
    await inProcess<never>(a, async (self) => {
      const sizes = [0, 1, 100, 16_383, 16_384, 65_535, 65_536, 1_000_000, 5_000_000, 10]
      const answers = await Promise.all(
        sizes.map((size) => self.request(server, new Uint8Array(size).fill(size & 0xff), { timeoutMs: 20_000 })),
      )
      answers.forEach((answer, i) => {
        const size = sizes[i] as number
        expect(answer).toBeInstanceOf(Uint8Array)
        expect(Buffer.compare(answer as Uint8Array, new Uint8Array(size).fill(size & 0xff))).toBe(0)
      })
    })
    const seen: number[] = []
    const sink = a.node.spawn<number>(async (self) => {
      for (;;) seen.push(await self.receive())
    })
    for (let i = 0; i < 50_000; i++) b.node.send(sink, i)
    await until(() => seen.length === 50_000)
    expect(seen.every((value, i) => value === i)).toBe(true)
    // A turn's frames go out together, in writes of some hundred.
    expect(b.distribution.stats().writes).toBeLessThan(500)
  })

  it('with different cookies do not, and both say why and what to do', async () => {
    const [a, b] = [await start('a@127.0.0.1'), await start('b@127.0.0.1', { cookie: 'quite another cookie' })]
    expect(await a.distribution.connect('b@127.0.0.1')).toBe(false)
    await until(() => b.notices.length > 0)
    expect(a.notices).toEqual([
      'b@127.0.0.1 refused this node: a@127.0.0.1 does not have its cookie. Start both nodes with the same cookie, or give them one for each other with setCookie.',
    ])
    expect(b.notices).toEqual([
      'refused a@127.0.0.1 (as it calls itself) at 127.0.0.1: it does not have the cookie of b@127.0.0.1. Start both nodes with the same cookie, or give them one for each other with setCookie.',
    ])
  })

  it('connect at the same moment and have one connection', async () => {
    for (let round = 0; round < 20; round++) {
      const [a, b] = [await start(`a${round}@127.0.0.1`), await start(`b${round}@127.0.0.1`)]
      expect(await Promise.all([a.distribution.connect(b.node.name), b.distribution.connect(a.node.name)])).toEqual([
        true,
        true,
      ])
      expect([a.changes, b.changes]).toEqual([[b.node.name], [a.node.name]])
      await a.distribution.stop()
      await b.distribution.stop()
    }
  })

  it('listen on loopback only, unless told otherwise', async () => {
    const a = await start('a@127.0.0.1')
    expect(a.distribution.listenAddress).toMatchObject({ host: '127.0.0.1' })
    expect(a.distribution.listenAddress?.port).toBeGreaterThan(0)
  })

  it('reconnect a thousand times and leak nothing', async () => {
    const [a, b] = [await start('a@127.0.0.1'), await start('b@127.0.0.1')]
    for (let i = 0; i < 1000; i++) {
      expect(await a.distribution.connect('b@127.0.0.1')).toBe(true)
      a.distribution.disconnect('b@127.0.0.1')
    }
    await until(() => b.distribution.nodes().length === 0)
    const handles = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
    expect(handles).toBeLessThan(12)
    expect(a.distribution.stats()).toMatchObject({
      nodeups: 1000,
      nodedowns: 1000,
      connections: 0,
      pendingHandshakes: 0,
    })
  })
})

describe('strangers on the port', () => {
  const dial = (port: number): Promise<Socket> =>
    new Promise((resolve) => {
      const socket: Socket = connect({ host: '127.0.0.1', port }, () => resolve(socket))
      socket.on('error', () => {})
    })
  const ended = (socket: Socket) =>
    new Promise<void>((resolve) => {
      socket.resume()
      socket.once('close', () => resolve())
      socket.once('end', () => socket.destroy())
    })

  it('harm nothing: a scanner, a half-open handshake, a crowd, one who resets', async () => {
    const [a, b] = [await start('a@127.0.0.1', { handshakeTimeoutMs: 300 }), await start('b@127.0.0.1')]
    await a.distribution.connect('b@127.0.0.1')
    const port = a.distribution.listenAddress?.port as number
    const scanner = await dial(port)
    scanner.write('GET / HTTP/1.0\r\n\r\n')
    await ended(scanner)
    const half = await dial(port)
    half.write(Uint8Array.from([0, 0, 0, 90, 1, 0x41]))
    const crowd = await Promise.all(Array.from({ length: 100 }, () => dial(port)))
    const rude = await dial(port)
    rude.write(Uint8Array.from([0, 0]))
    rude.resetAndDestroy()
    await Promise.all([half, ...crowd].map(ended))
    await until(() => a.distribution.stats().pendingHandshakes === 0)
    expect([a.changes, b.changes]).toEqual([['b@127.0.0.1'], ['a@127.0.0.1']])
    const sink = b.node.spawn<string>(async (self) => expect(await self.receive()).toBe('fine'))
    const gone = b.node.exited(sink)
    a.node.send(sink, 'fine')
    expect(await gone).toBe('normal')
  })

  it('that were refused, or have been told goodbye, lose their socket in time, whatever they go on to say', async () => {
    const a = await start('a@127.0.0.1')
    const address = a.distribution.listenAddress!
    // One that keeps its own side open, and says a byte whenever the last one has gone.
    const dribbles = (socket: Socket): Promise<void> => {
      const say = (): void => void (socket.destroyed ? undefined : socket.write('x', () => setTimeout(say, 50)))
      say()
      return new Promise((resolve) => socket.once('close', () => resolve()))
    }
    const open = (): Socket => connect({ ...address, allowHalfOpen: true }).on('error', () => {})
    const refused = open().resume()
    refused.once('connect', () => refused.write(Uint8Array.of(0xff, 0xff, 0xff, 0xff)))
    await new Promise((resolve) => refused.once('end', resolve))
    const isRefusedGone = dribbles(refused)

    const socket = open()
    const network: Pick<Network, 'connect'> = {
      connect: (_, handlers) => {
        socket.on('connect', () => handlers.opened?.())
        socket.on('data', (bytes: Buffer) => handlers.data(bytes))
        const write = (parts: readonly Uint8Array[]): boolean => socket.write(Buffer.concat(parts))
        return { remote: 'a', bufferedBytes: 0, write, close: () => {}, destroy: () => {} }
      },
    }
    const peer = meet(network as Network, address, { cookie, wanted: 'a@127.0.0.1' })
    await until(() => peer.isUp && a.distribution.nodes().length === 1)
    const stopped = a.distribution.stop()
    await new Promise((resolve) => socket.once('end', resolve))
    const isPeerGone = dribbles(socket)
    await Promise.all([stopped, isRefusedGone, isPeerGone])
  })

  it('on the port mapper harm nothing either', async () => {
    const [a] = [await start('a@127.0.0.1'), await start('b@127.0.0.1')]
    const scanner = await dial(mapperPort)
    scanner.write('GET / HTTP/1.0\r\n\r\n')
    await ended(scanner)
    expect(await a.distribution.connect('b@127.0.0.1')).toBe(true)
  })

  it('that have the mapper port before us are named in the error', async () => {
    const server = createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('220 ready\r\n'),
    )
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: mapperPort }, resolve))
    await expect(start('a@127.0.0.1')).rejects.toMatchObject({ code: 'distribution.mapper_unreachable' })
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('a node in another OS process', () => {
  it('is found by name; kill -9 is seen as noconnection and nodedown at once', async () => {
    const a = await start('a@127.0.0.1')
    const peer = await startPeer('p@127.0.0.1', cookie, mapperPort)
    let tookMs = 0
    await inProcess<Down | Exit | { type: 'nodedown' }>(a, async (self) => {
      self.trapExits(true)
      a.distribution.monitorNodes(self)
      const { pid, ref } = await self.spawnAt('p@127.0.0.1', 'echo', 'run', null, { link: true, monitor: true })
      expect(await self.request(pid, 'hello')).toBe('hello')
      const asked = self.request({ name: 'nobody', node: 'p@127.0.0.1' }, 1)
      await expect(asked).rejects.toMatchObject({ code: 'call.no_process' })
      await self.receive((message): message is never => (message as { type: string }).type === 'nodeup')
      const before = performance.now()
      peer.signal('SIGKILL')
      const seen = [await self.receive(), await self.receive(), await self.receive()] as (Down & { node?: string })[]
      tookMs = performance.now() - before
      expect(seen.map(({ type, reason }) => `${type} ${JSON.stringify(reason)}`).sort()).toEqual([
        'down "noconnection"',
        'exit "noconnection"',
        'nodedown "connection_closed"',
      ])
      expect(seen.at(-1)?.type).toBe('nodedown')
      expect(seen.find(({ type }) => type === 'down')?.ref).toBe(ref)
    })
    expect(tookMs).toBeLessThan(1000)
  })

  it('comes back under its name at once after kill -9, and is connected to in its new life', async () => {
    const a = await start('a@127.0.0.1')
    for (let round = 0; round < 3; round++) {
      const peer = await startPeer('p@127.0.0.1', cookie, mapperPort)
      expect(await a.node.request({ name: 'echo', node: 'p@127.0.0.1' }, round)).toBe(round)
      peer.signal('SIGKILL')
      await peer.exited
    }
    await until(() => a.changes.length === 6)
    expect(a.changes).toEqual(Array.from({ length: 3 }, () => ['p@127.0.0.1', 'p@127.0.0.1 connection_closed']).flat())
  })

  it('that is frozen is found by its silence, both sides see it once it goes on, and they connect again', async () => {
    const a = await start('a@127.0.0.1', { tickMs: 100 })
    const peer = await startPeer('p@127.0.0.1', cookie, mapperPort, { tickMs: 100 })
    expect(await a.distribution.connect('p@127.0.0.1')).toBe(true)
    const down = a.change(({ type }) => type === 'nodedown')
    const before = performance.now()
    peer.signal('SIGSTOP')
    expect(await down).toMatchObject({ reason: 'net_tick_timeout' })
    const tookMs = performance.now() - before
    expect(tookMs).toBeGreaterThan(250)
    expect(tookMs).toBeLessThan(2000)
    peer.signal('SIGCONT')
    await peer.until(({ event }) => event === 'nodedown')
    expect(await a.distribution.connect('p@127.0.0.1')).toBe(true)
  })

  it('that takes nothing has senders refused when too much waits for it: memory stays bounded, and all goes on when it does', async () => {
    const a = await start('a@127.0.0.1', { limits: { outputBytes: 4 * 1024 * 1024 } })
    const peer = await startPeer('p@127.0.0.1', cookie, mapperPort)
    await a.distribution.connect('p@127.0.0.1')
    peer.signal('SIGSTOP')
    const before = process.memoryUsage().arrayBuffers
    let highest = 0
    const flood = async (): Promise<void> => {
      for (let i = 0; i < 10_000; i++) {
        a.node.send({ name: 'nobody', node: 'p@127.0.0.1' }, new Uint8Array(64 * 1024) as never)
        highest = Math.max(highest, process.memoryUsage().arrayBuffers - before)
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await expect(flood()).rejects.toMatchObject({ code: 'send.peer_full' })
    expect(highest).toBeLessThan(64 * 1024 * 1024)
    expect(a.changes).toEqual(['p@127.0.0.1'])
    peer.signal('SIGCONT')
    const ask = (): Promise<unknown> =>
      a.node.request({ name: 'echo', node: 'p@127.0.0.1' }, 'still there').catch(async (error: unknown) => {
        if ((error as { code?: unknown }).code !== 'send.peer_full') throw error
        await new Promise((resolve) => setImmediate(resolve))
        return ask()
      })
    expect(await ask()).toBe('still there')
    expect(a.changes).toEqual(['p@127.0.0.1'])
  })

  it('that is frozen for less than the tick time stays connected', async () => {
    const a = await start('a@127.0.0.1', { tickMs: 1000 })
    const peer = await startPeer('p@127.0.0.1', cookie, mapperPort, { tickMs: 1000 })
    await a.distribution.connect('p@127.0.0.1')
    peer.signal('SIGSTOP')
    const answer = a.node.request({ name: 'echo', node: 'p@127.0.0.1' }, 'after the sleep')
    setTimeout(() => peer.signal('SIGCONT'), 700)
    expect(await answer).toBe('after the sleep')
    expect(a.changes).toEqual(['p@127.0.0.1'])
  })

  it('that refuses our cookie says so on its side too', async () => {
    const a = await start('a@127.0.0.1')
    const peer = await startPeer('p@127.0.0.1', 'quite another cookie', mapperPort)
    expect(await a.distribution.connect('p@127.0.0.1')).toBe(false)
    expect(a.notices).toEqual([
      'p@127.0.0.1 refused this node: a@127.0.0.1 does not have its cookie. Start both nodes with the same cookie, or give them one for each other with setCookie.',
    ])
    const { report } = await peer.until(({ event }) => event === 'report')
    expect(report).toMatch(
      /^refused a@127.0.0.1 .* does not have the cookie of p@127.0.0.1\. Start both nodes with the same cookie, or give them one for each other with setCookie\.$/,
    )
  })

  it('serves the port mapper until it is killed; the others take over within a second', async () => {
    const first = await startPeer('first@127.0.0.1', cookie, mapperPort)
    const [a, b] = [await start('a@127.0.0.1'), await start('b@127.0.0.1')]
    await startPeer('p@127.0.0.1', cookie, mapperPort)
    first.signal('SIGKILL')
    await first.exited
    const before = performance.now()
    expect(await a.distribution.connect('b@127.0.0.1')).toBe(true)
    expect(await b.distribution.connect('p@127.0.0.1')).toBe(true)
    expect(performance.now() - before).toBeLessThan(1500)
    expect(await a.distribution.connect('first@127.0.0.1')).toBe(false)
  })

  it('stops cleanly: peers see shutdown, and nothing keeps its OS process alive', async () => {
    const a = await start('a@127.0.0.1')
    const peer = await startPeer('p@127.0.0.1', cookie, mapperPort)
    await a.distribution.connect('p@127.0.0.1')
    const down = a.change(({ type }) => type === 'nodedown')
    expect(await peer.stop()).toEqual({ code: 0, signal: null })
    expect(await down).toEqual({ type: 'nodedown', node: 'p@127.0.0.1', reason: 'shutdown' })
  })

  it('cannot take a name that a live node has', async () => {
    await start('a@127.0.0.1')
    await expect(start('a@127.0.0.1')).rejects.toMatchObject({ code: 'distribution.name_taken' })
  })
})
