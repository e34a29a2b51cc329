/**
 * Ports over real sockets: a slow process slows its peer, closing frees the address, and what a hostile peer can do.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createNode, timedOut, type Down, type Exit, type Node, type Pid, type Process } from '../../src/index.ts'
import {
  ended,
  openListener,
  openPort,
  portsOf,
  type ListenerOptions,
  type Port,
  type PortConnection,
  type PortMessage,
  type TextListenerOptions,
} from '../../src/ports/index.ts'

const nodes: Node[] = []
const sockets: Socket[] = []

function startNode(): Node {
  const node = createNode({ report: () => {} })
  nodes.push(node)
  return node
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(nodes.splice(0).map((node) => node.stop({ timeoutMs: 100 })))
})

async function listening(port = 0): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port

async function dial(server: Server): Promise<Socket> {
  const socket = connect(portOf(server), '127.0.0.1')
  socket.on('error', () => {})
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

/** Also after a reset. */
function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => void socket.resume().once('close', resolve))
}

/** Runs `body` as a process; a failed expectation in it fails the test. */
async function inProcess<M = never>(node: Node, body: (self: Process<M>) => Promise<unknown>): Promise<void> {
  const reason = await node.exited(node.spawn(body))
  if (reason !== 'normal') throw reason instanceof Error ? reason : new Error(JSON.stringify(reason))
}

/** The two ends of a connection: a port of `self`, and a plain socket. */
async function connected(
  self: Process<never>,
  options: ListenerOptions['connection'] = {},
): Promise<{ port: Port<Uint8Array>; peer: Socket }> {
  const server = await self.wait(listening())
  const listener = openListener(self, server, { active: false, connection: options })
  const peer = await self.wait(dial(server))
  const port = await listener.read()
  if (port === ended) throw new Error('The listener has ended.')
  await listener.close()
  return { port, peer }
}

const text = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString()

describe('back-pressure', () => {
  const mebibyte = 1_048_576

  test('a process that does not ask stops its peer: his writes pile up on his side, and nothing here', async () => {
    await inProcess(startNode(), async (self) => {
      const { port, peer } = await connected(self)
      const block = Buffer.alloc(mebibyte)
      let taken = 0
      let last = performance.now()
      // As much as he can get rid of: one block after the other is taken, until none is any more.
      const push = (): void =>
        void peer.write(block, (error) => {
          if (error != null) return
          taken++
          last = performance.now()
          push()
        })
      push()
      while (performance.now() - last < 300) await self.wait(new Promise((resolve) => setTimeout(resolve, 50)))
      const stopped = taken
      // Two socket buffers of the kernel, and 64 KiB here.
      expect(stopped).toBeLessThan(32)
      expect([peer.writableNeedDrain, peer.writableLength > 0]).toEqual([true, true])

      let read = 0
      while (read < 8 * mebibyte) {
        const chunk = await port.read()
        if (chunk === ended) throw new Error('The port has ended.')
        expect(chunk.length).toBeLessThanOrEqual(2 * 65_536)
        read += chunk.length
      }
      expect(taken).toBeGreaterThan(stopped)
    })
  })

  test('active once holds the peer, too, between two messages', async () => {
    await inProcess<PortMessage>(startNode(), async (self) => {
      const { port, peer } = await connected(self as unknown as Process<never>)
      port.active('once')
      let bytes = 0
      const block = Buffer.alloc(65_536)
      const push = (): void => {
        while (peer.write(block)) bytes += block.length
        bytes += block.length
      }
      peer.on('drain', push)
      push()
      const first = await self.receive()
      expect(first.type).toBe('data')
      let before = -1
      while (before !== bytes) {
        before = bytes
        await self.wait(new Promise((resolve) => setTimeout(resolve, 200)))
      }
      expect(await self.receive({ timeoutMs: 0 })).toBe(timedOut)
      expect(bytes).toBeLessThan(32 * mebibyte)
    })
  })

  test('a peer that does not read suspends the writer, with little buffered here', async () => {
    await inProcess(startNode(), async (self) => {
      const { port, peer } = await connected(self)
      peer.pause()
      let written = 0
      let last = performance.now()
      const writer = self.spawn(async (me) => {
        const block = new Uint8Array(65_536)
        for (;;) {
          await port.write(block, { by: me })
          written += block.length
          last = performance.now()
        }
      })
      while (performance.now() - last < 300) await self.wait(new Promise((resolve) => setTimeout(resolve, 50)))
      const stuck = written
      expect([stuck < 32 * mebibyte, self.isAlive(writer)]).toEqual([true, true])
      let received = 0
      peer.on('data', (chunk) => (received += chunk.length)).resume()
      while (received <= stuck) await self.wait(once(peer, 'data'))
      while (written <= stuck) await self.sleep(1)
    })
  })
})

describe('the end', () => {
  test('of the owner closes the socket before anyone is told', async () => {
    const node = startNode()
    const server = await listening()
    await inProcess<Down | Port>(node, async (self) => {
      for (const reason of ['normal', 'kill', 'crash']) {
        const owner = self.spawn(async (me: Process<PortConnection | string>) => {
          openListener(me, server, { tag: 'unused', active: false })
          const { port } = await connected(me as unknown as Process<never>)
          self.send(self.pid as Pid<Port>, port as Port)
          await me.receive((message) => message === 'go')
          if (reason === 'crash') throw new Error('crash')
        })
        const port = (await self.receive((message) => !('type' in message))) as Port
        const peer = sockets.at(-1)!
        const isClosed = closed(peer)
        const ref = self.monitor(owner)
        if (reason === 'kill') self.sendExit(owner, 'kill')
        else self.send(owner, 'go')
        await self.receive((message) => 'type' in message && message.ref === ref)
        expect([port.isOpen, portsOf(node)]).toEqual([false, []])
        await self.wait(isClosed)
      }
    })
  })

  test('of a listener frees its address, and leaves the connections of others alone', async () => {
    const node = startNode()
    let server = await listening()
    const address = portOf(server)
    await inProcess<Down | Port>(node, async (self) => {
      for (let life = 0; life < 3; life++) {
        const owner = self.spawn(async (me: Process<PortConnection>) => {
          openListener(me, server)
          const { connection } = await me.receive()
          connection.handOver(self.pid)
          self.send(self.pid as Pid<Port>, connection)
          await me.sleep(1e6)
        })
        const peer = await self.wait(dial(server))
        const port = (await self.receive((message) => !('type' in message))) as Port
        const ref = self.monitor(owner)
        self.sendExit(owner, 'kill')
        await self.receive((message) => 'type' in message && message.ref === ref)
        server = await self.wait(listening(address))
        await port.write('still here')
        expect(text((await self.wait(once(peer, 'data')))[0])).toBe('still here')
      }
    })
    server.close()
  })

  test('of the peer: data, then closed; a reset is an error, and closed', async () => {
    await inProcess<PortMessage | Exit>(startNode(), async (self) => {
      self.trapExits(true)
      const polite = await connected(self as unknown as Process<never>)
      polite.peer.end('bye')
      polite.port.active(true)
      expect(text(((await self.receive()) as { data: unknown }).data)).toBe('bye')
      expect(await self.receive()).toEqual({ type: 'closed', port: polite.port })
      const rude = await connected(self as unknown as Process<never>)
      rude.port.active('once')
      rude.peer.resetAndDestroy()
      expect(await self.receive()).toMatchObject({ type: 'error', port: rude.port, error: { code: 'ECONNRESET' } })
      expect(await self.receive()).toEqual({ type: 'closed', port: rude.port })
      expect(await self.receive({ timeoutMs: 20 })).toBe(timedOut)
    })
  })

  test('of a peer who reads slowly: what was written reaches him after a close, not after a crash', async () => {
    await inProcess(startNode(), async (self) => {
      // Of the larger one the system's buffers cannot hold all.
      for (const [how, size] of [
        ['close', 4_000_000],
        ['crash', 64_000_000],
      ] as const) {
        const sent = Promise.withResolvers<Socket>()
        const writer = self.spawn(async (me) => {
          const { port, peer } = await connected(me as Process<never>)
          peer.pause()
          void port.write(new Uint8Array(size))
          sent.resolve(peer)
          if (how === 'crash') me.exit('crash')
          await port.close()
        })
        const peer = await self.wait(sent.promise)
        let received = 0
        peer.on('data', (chunk) => (received += chunk.length))
        peer.resume()
        await self.wait(closed(peer))
        await self.wait(self.node.exited(writer))
        if (how === 'close') expect(received).toBe(size)
        else expect(received).toBeLessThan(size)
      }
    })
  })
})

describe('a listener', () => {
  test('accepts one at a time; the others wait unread, those who go are forgotten, and too many are refused', async () => {
    await inProcess<PortConnection<string>>(startNode(), async (self) => {
      const server = await self.wait(listening())
      const options: TextListenerOptions = { backlog: 3, connection: { encoding: 'utf8' } }
      const listener = openListener(self, server, options)
      const accepted: Socket[] = []
      server.on('connection', (socket) => accepted.push(socket))
      const peers: Socket[] = []
      for (let n = 0; n < 4; n++) {
        peers.push(await self.wait(dial(server)))
        peers[n]!.write(`peer ${n}`)
      }
      const first = await self.receive()
      expect(await self.receive({ timeoutMs: 30 })).toBe(timedOut)
      const refused = await self.wait(dial(server))
      await self.wait(closed(refused))
      const forgotten = new Promise((resolve) => accepted[1]!.once('close', resolve))
      peers[1]!.resetAndDestroy()
      await self.wait(forgotten)
      listener.active(2)
      const [third, fourth] = [await self.receive(), await self.receive()]
      for (const [index, { connection }] of [first, third, fourth].entries())
        expect(await connection.read()).toBe(`peer ${[0, 2, 3][index]}`)
      const [held] = await self.wait(Promise.all([dial(server), once(server, 'connection')]))
      await listener.close()
      await self.wait(closed(held))
      expect([first.connection.isOpen, server.listening]).toEqual([true, false])
    })
  })

  test('that is handed over takes along what nobody has received', async () => {
    const node = startNode()
    const server = await listening()
    const seen: string[] = []
    await inProcess<PortConnection<string>>(node, async (self) => {
      const listener = openListener(self, server, {
        active: true,
        connection: { encoding: 'utf8', packet: 'line' },
      } as TextListenerOptions)
      const [one] = await self.wait(Promise.all([dial(server), once(server, 'connection')]))
      const next = self.spawn(async (me: Process<PortConnection<string>>) => {
        for (;;) {
          const { connection } = await me.receive()
          seen.push(String(await connection.read()))
          await connection.write('hello\n')
        }
      })
      listener.handOver(next)
      one.write('one\n')
      const two = await self.wait(dial(server))
      two.write('two\n')
      await Promise.all([self.wait(once(one, 'data')), self.wait(once(two, 'data'))])
      expect(portsOf(node).map((port) => port.owner)).toEqual([next, next, next])
    })
    expect(seen).toEqual(['one', 'two'])
  })

  test('whose address is taken fails', async () => {
    await inProcess<PortMessage>(startNode(), async (self) => {
      const server = await self.wait(listening())
      const second = createServer()
      openListener(self, second)
      second.listen(portOf(server), '127.0.0.1')
      expect(await self.receive()).toMatchObject({ type: 'error', error: { code: 'EADDRINUSE' } })
      expect(await self.receive()).toMatchObject({ type: 'closed' })
      server.close()
    })
  })

  test('of a node without room for more turns connections away, and lives', async () => {
    const node = createNode({ processLimit: 3, report: () => {} })
    nodes.push(node)
    await inProcess<PortConnection>(node, async (self) => {
      const server = await self.wait(listening())
      openListener(self, server, { active: true })
      await self.wait(dial(server))
      const { connection } = await self.receive()
      const refused = await self.wait(dial(server))
      await self.wait(closed(refused))
      await connection.close()
      await self.wait(dial(server))
      expect((await self.receive()).type).toBe('connection')
    })
  })
})

describe('a hostile peer', () => {
  test('a line without end, a packet without limit: the port fails at its limit, and holds no more', async () => {
    for (const [packet, bytes] of [
      ['line', Buffer.alloc(200_000, 97)],
      [4, Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ] as const) {
      await inProcess<PortMessage>(startNode(), async (self) => {
        const { port, peer } = await connected(self as unknown as Process<never>, { packet, packetLimitBytes: 65_536 })
        port.active('once')
        peer.write(bytes)
        expect(await self.receive()).toMatchObject({ type: 'error', error: { code: 'port.packet_too_large' } })
        expect(await self.receive()).toEqual({ type: 'closed', port })
        await self.wait(closed(peer))
      })
    }
  })

  test('a packet byte by byte arrives whole', async () => {
    await inProcess(startNode(), async (self) => {
      const { port, peer } = await connected(self, { packet: 2, encoding: 'utf8' })
      peer.setNoDelay(true)
      const reading = port.read()
      for (const byte of [0, 5, ...Buffer.from('hello')]) {
        peer.write(new Uint8Array([byte]))
        await self.wait(new Promise((resolve) => setTimeout(resolve, 2)))
      }
      expect(await reading).toBe('hello')
    })
  })

  test('one who half-closes still gets his answer', async () => {
    await inProcess(startNode(), async (self) => {
      const { port, peer } = await connected(self, { packet: 'line' })
      peer.setEncoding('utf8')
      peer.end('one\ntwo')
      const answer: string[] = []
      peer.on('data', (chunk: string) => answer.push(chunk))
      const isClosed = closed(peer)
      for await (const line of port) {
        await self.sleep(20)
        await port.write(`${text(line)}!`)
      }
      await self.wait(isClosed)
      expect(answer.join('')).toBe('one!two!')
    })
  })
})

test('bytes from a socket are not copied, and not shared', async () => {
  await inProcess(startNode(), async (self) => {
    const { port: peer, peer: socket } = await connected(self)
    const chunks: Buffer[] = []
    const read = socket.read.bind(socket)
    socket.read = (size?: number) => {
      const chunk = read(size) as Buffer | null
      if (chunk !== null) chunks.push(chunk)
      return chunk
    }
    const port = openPort(self, socket, { active: false })
    await peer.write('hello')
    const chunk = await port.read()
    if (chunk === ended) throw new Error('The port has ended.')
    expect(chunk.buffer).toBe(chunks[0]!.buffer)
    expect([text(chunk), chunk.constructor, chunk.buffer.byteLength, chunk.byteOffset]).toEqual([
      'hello',
      Uint8Array,
      5,
      0,
    ])
  })
})

test('a port made of a dialling socket is open before it is connected, and fails if it cannot be', async () => {
  await inProcess<PortMessage<string>>(startNode(), async (self) => {
    const server = await self.wait(listening())
    server.on('connection', (socket) => socket.on('error', () => {}).pipe(socket))
    const port = openPort(self, connect(portOf(server), '127.0.0.1'), { encoding: 'utf8' })
    await port.write('hello')
    expect(await self.receive()).toEqual({ type: 'data', port, data: 'hello' })
    await port.close()
    server.close()
    const gone = await self.wait(listening())
    const address = portOf(gone)
    gone.close()
    openPort(self, connect(address, '127.0.0.1'))
    expect(await self.receive()).toMatchObject({ type: 'error', error: { code: 'ECONNREFUSED' } })
  })
})
