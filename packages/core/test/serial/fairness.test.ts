/**
 * However busy the processes, the event loop turns: with the real runtime, timers, immediates and sockets.
 */
import { createServer, connect as connectTo, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { createNode, reply, type AnyPid, type Node, type Pid, type Process, type Request } from '../../src/index.ts'

const nodes: Node[] = []

function startNode(): Node {
  const node = createNode()
  nodes.push(node)
  return node
}

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop({ timeoutMs: 100 })))
})

const busy: Record<string, (node: Node) => void> = {
  'ping-pong of async bodies': (node) => {
    const pong = node.spawn(async (self: Process<Pid<number>>) => {
      for (;;) self.send(await self.receive(), 1)
    })
    node.spawn(async (self: Process<number>) => {
      for (;;) {
        self.send(pong, self.pid)
        await self.receive()
      }
    })
  },
  'ping-pong of callback bodies': (node) => {
    const body = {
      init: () => null,
      message: (self: Process<AnyPid>, from: AnyPid) => (self.send(from as Pid<AnyPid>, self.pid), null),
    }
    const ping = node.spawn(body)
    const pong = node.spawn(body)
    node.send(ping, pong)
  },
  'calls without end': (node) => {
    const server = node.spawn({
      init: () => null,
      message: (_self: Process<Request<number, number>>, request: Request<number, number>) => (reply(request, 1), null),
    })
    for (let n = 0; n < 10; n++) {
      node.spawn(async (self) => {
        for (;;) await self.request(server, 1)
      })
    }
  },
  'a process that sends to itself for ever': (node) => {
    node.spawn(async (self: Process<number>) => {
      for (;;) {
        self.send(self.pid, 1)
        await self.receive()
      }
    })
  },
  'a receive that never waits': (node) => {
    node.spawn(async (self: Process<number>) => {
      for (;;) await self.receive({ timeoutMs: 0 })
    })
  },
  'spawning without end': (node) => {
    const next = async (self: Process<never>): Promise<void> => void self.spawn(next)
    node.spawn(next)
  },
  'handlers that take a millisecond each': (node) => {
    const pid = node.spawn({
      init: () => null,
      message: (self: Process<number>) => {
        const untilMs = performance.now() + 1
        while (performance.now() < untilMs) continue
        self.send(self.pid, 1)
        return null
      },
    })
    for (let n = 0; n < 1000; n++) node.send(pid, n)
  },
  'the same after a handler that waited': (node) => {
    const slow = node.spawn({
      init: async (self: Process<number>): Promise<null> => {
        await self.sleep(5)
        return null
      },
      message: (self: Process<number>, message: number) => {
        const untilMs = performance.now() + 1
        while (performance.now() < untilMs) continue
        self.send(self.pid, message)
        return null
      },
    })
    for (let n = 0; n < 1000; n++) node.send(slow, n)
  },
}

describe.each(Object.keys(busy))('%s', (name) => {
  test('starves neither timers, nor immediates, nor sockets, nor other processes', async () => {
    const node = startNode()
    busy[name]!(node)
    let immediates = 0
    let timers = 0
    let rounds = 0
    let over = false
    const immediate = (): void => {
      immediates++
      if (!over) setImmediate(immediate)
    }
    immediate()
    const interval = setInterval(() => timers++, 5)
    node.spawn(async (self) => {
      for (;;) {
        await self.sleep(5)
        rounds++
      }
    })
    const server = createServer((socket) => void socket.on('error', () => {}).pipe(socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const socket = connectTo((server.address() as AddressInfo).port, '127.0.0.1')
    let echoes = 0
    socket.on('data', () => {
      echoes++
      socket.write('x')
    })
    socket.write('x')
    await new Promise((resolve) => setTimeout(resolve, 400))
    over = true
    clearInterval(interval)
    socket.destroy()
    server.close()
    // Far below what an idle loop does, far above what a starved one would: those see nothing at all.
    expect({ immediates: immediates > 20, timers: timers > 10, echoes: echoes > 10, rounds: rounds > 10 }).toEqual({
      immediates: true,
      timers: true,
      echoes: true,
      rounds: true,
    })
  })
})

test('a program ends by itself when nothing is left to wait for, and not before', async () => {
  const { execFile } = await import('node:child_process')
  const { promisify } = await import('node:util')
  const source = `
    import { createNode } from '@agner/core'
    const node = createNode()
    const waits = node.spawn(async (self) => { await self.receive() })
    const pid = node.spawn(async (self) => { await self.sleep(50); console.log('slept'); self.cancelTimer(self.sendAfter(1e6, self.pid, 1)) })
    node.request(pid, 1, { timeoutMs: 1e6 }).catch((error) => console.log(error.code))
  `
  const startMs = performance.now()
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@agner/source', '--input-type=module', '-e', source],
    { cwd: new URL('../..', import.meta.url) },
  )
  expect(stdout).toBe('slept\ncall.exited\n')
  expect(performance.now() - startMs).toBeLessThan(10_000)
})
