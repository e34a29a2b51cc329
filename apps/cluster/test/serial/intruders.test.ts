/**
 * Strangers at the doors of a running chat: a node with the wrong cookie, a port scanner's garbage, and half a handshake left open.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { createNode, type Report } from '@agner/core'
import { startDistribution } from '@agner/distribution'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Chat } from './chat.ts'

describe('strangers', () => {
  let chat: Chat
  let osPid: number
  beforeAll(async () => {
    chat = await Chat.start()
    const { nodes } = await chat.until((view) => view.nodes.every(({ up }) => up), 10_000)
    osPid = nodes.find(({ name }) => name === 'db1@127.0.0.1')!.osPid!
  })
  afterAll(() => chat[Symbol.asyncDispose]())

  const stillWorks = async (): Promise<void> => {
    const { nodes } = await chat.cluster()
    expect(nodes.every(({ up }) => up)).toBe(true)
    expect(nodes.find(({ name }) => name === 'db1@127.0.0.1')!.osPid).toBe(osPid)
    expect((await chat.post('lobby', 'ann', 'still here')).status).toBe(201)
  }

  it('with the wrong cookie are refused, and both sides say so', async () => {
    const reports: Report[] = []
    const node = createNode({ name: 'stranger@127.0.0.1', report: (report) => void reports.push(report) })
    const distribution = await startDistribution(node, {
      cookie: 'not the cookie of this chat',
      portMapper: { port: portMapperOf(osPid) },
    })
    try {
      expect(await distribution.connect('db1@127.0.0.1')).toBe(false)
      expect(distribution.nodes()).toEqual([])
      expect(JSON.stringify(reports)).toMatch(/cookie/)
      await chat.until(
        () => chat.lines.some((line) => line.startsWith('[db1@127.0.0.1]') && line.includes('cookie')),
        5000,
      )
      await stillWorks()
    } finally {
      await distribution.stop()
      await node.stop()
    }
  })

  it('that send garbage to every port are dropped', async () => {
    const ports = listeningPorts(osPid)
    expect(ports.length).toBeGreaterThan(0)
    const garbage = [
      randomBytes(4096),
      Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
      Buffer.from([0xff, 0xff, 0xff, 0xff, 0]),
      Buffer.alloc(100_000),
      Buffer.from([0, 0, 0, 0]),
    ]
    for (const port of ports) for (const bytes of garbage) await throwAt(port, bytes)
    await stillWorks()
  })

  it('that open connections and say nothing, or half of something, hold up nobody', async () => {
    const sockets: Socket[] = []
    for (const port of listeningPorts(osPid)) {
      for (let n = 0; n < 40; n++) {
        const socket = connect(port, '127.0.0.1')
        socket.on('error', () => {})
        if (n % 2 === 0) socket.write(Buffer.from([0, 0, 0, 60, 1, 2, 3]))
        sockets.push(socket)
      }
    }
    await stillWorks()
    // A real member that comes back meanwhile still gets in.
    process.kill((await chat.cluster()).nodes.find(({ name }) => name === 'analytics@127.0.0.1')!.osPid!, 'SIGKILL')
    await chat
      .until(
        ({ nodes }) =>
          nodes.every(({ up }) => !up) || nodes.find(({ name }) => name === 'analytics@127.0.0.1')!.up === false,
        5000,
      )
      .catch(() => {})
    await chat.until(({ nodes }) => nodes.every(({ up }) => up), 5000)
    for (const socket of sockets) socket.destroy()
    await stillWorks()
  })
})

async function throwAt(port: number, bytes: Uint8Array): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  // A reset is one way of being dropped; events.once() would take it for a failure.
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(bytes)
  socket.resume()
  socket.end()
  await closed
}

function portMapperOf(pid: number): number {
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  return Number(environment.find((entry) => entry.startsWith('AGNER_PORT_MAPPER='))!.split('=')[1])
}

/** The TCP ports that an OS process listens on. */
function listeningPorts(pid: number): number[] {
  const inodes = new Set<string>()
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const socket = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))
      if (socket !== null) inodes.add(socket[1]!)
    } catch {
      // It was closed meanwhile.
    }
  }
  const rows = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1)
  const listening = '0A'
  return rows.flatMap((row) => {
    const [, local, , state, , , , , , inode] = row.trim().split(/\s+/)
    return state === listening && inodes.has(inode!) ? [Number.parseInt(local!.split(':')[1]!, 16)] : []
  })
}
