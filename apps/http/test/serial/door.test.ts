/**
 * What comes to the door of an http node as bytes of a connection: whatever it is, it is answered in the API's words, and the node lives on.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { openSmallDoor, type SmallDoor } from '../small-door.ts'

let small: SmallDoor
beforeAll(async () => {
  small = await openSmallDoor()
})
afterAll(() => small[Symbol.asyncDispose]())

/** All that comes back until the other side closes. */
async function tell(bytes: string): Promise<string> {
  const socket = connect(small.port, '127.0.0.1')
  socket.setEncoding('latin1').on('error', () => {})
  let heard = ''
  socket.on('data', (text: string) => (heard += text))
  socket.write(bytes, 'latin1')
  await once(socket, 'close', { signal: AbortSignal.timeout(5000) })
  return heard
}
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])
const errorOf = (answer: string): { code: string; message: string } | undefined =>
  (JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as { error?: { code: string; message: string } }).error

const handshake = [
  'Host: chat',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  '',
  '',
].join('\r\n')

async function isOpen(): Promise<boolean> {
  const socket = new WebSocket(`ws://127.0.0.1:${small.port}/ws?room=lobby&user=ann`)
  const [data] = (await once(socket, 'message')) as [Buffer]
  socket.terminate()
  return data.includes('presence')
}

describe('an upgrade', () => {
  it.each(['//', 'http://[/ws', 'http://a:b/ws', '///?room=lobby&user=ann'])(
    'to %s, which is no URL, is refused, and ends nothing else',
    async (target) => {
      const answer = await tell(`GET ${target} HTTP/1.1\r\n${handshake}`)
      expect(statusOf(answer)).toBe(400)
      expect(errorOf(answer)).toMatchObject({ code: 'bad_request' })
      expect(await isOpen()).toBe(true)
    },
  )

  it('ends its own connection alone, whatever fails behind it', async () => {
    const { sessions } = small.context.counters
    const { inc } = sessions
    sessions.inc = () => {
      throw new Error('out of order')
    }
    try {
      await tell(`GET /ws?room=lobby&user=ann HTTP/1.1\r\n${handshake}`)
    } finally {
      sessions.inc = inc
    }
    expect(small.failures).toMatchObject([expect.stringContaining('out of order')])
    expect(await isOpen()).toBe(true)
  })
})

describe('an offer of another protocol', () => {
  it.each([
    ['GET', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk'],
    ['GET', 'Connection: Upgrade\r\nUpgrade: TLS/1.0'],
    ['HEAD', 'Connection: Upgrade\r\nUpgrade: websocket'],
  ])('is not taken, and the request answered: %s with %s', async (method, headers) => {
    const answer = await tell(`${method} /healthz HTTP/1.1\r\nHost: chat\r\n${headers}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/)
    expect(answer.toLowerCase()).toContain('\r\nconnection: close\r\n')
  })

  it('is not taken for a post either, which is stored', async () => {
    const body = JSON.stringify({ user: 'ann', text: 'hello' })
    const headers = ['Host: chat', 'Connection: Upgrade', 'Upgrade: h2c', 'Content-Type: application/json']
    const head = [`POST /api/rooms/lobby/messages HTTP/1.1`, ...headers, `Content-Length: ${body.length}`, '', ''].join(
      '\r\n',
    )
    expect(statusOf(await tell(`${head}${body}`))).toBe(201)
    expect(small.memory.stored).toMatchObject([{ user: 'ann', text: 'hello' }])
  })
})

describe('what is refused before it reaches a route', () => {
  const padding = 'a'.repeat(20_000)
  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['HTTP/2 with no question', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['a header that is none', 'GET / HTTP/1.1\r\nHost: chat\r\nno header\r\n\r\n', 400],
    ['headers that are too long', `GET / HTTP/1.1\r\nHost: chat\r\nX: ${padding}\r\n\r\n`, 431],
    ['no host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['an expectation', 'GET / HTTP/1.1\r\nHost: chat\r\nConnection: close\r\nExpect: miracles\r\n\r\n', 417],
    [
      'a handshake without its key',
      `GET /ws?room=a&user=b HTTP/1.1\r\n${handshake.replace(/Sec-WebSocket-Key.*\r\n/, '')}`,
      400,
    ],
    [
      'a handshake of another version',
      `GET /ws?room=a&user=b HTTP/1.1\r\n${handshake.replace('Version: 13', 'Version: 7')}`,
      400,
    ],
  ])('is told so in the words of the API: %s', async (_, bytes, status) => {
    const answer = await tell(bytes)
    expect(statusOf(answer)).toBe(status)
    expect(errorOf(answer)).toEqual({ code: 'bad_request', message: expect.any(String) as string })
  })
})

describe('a WebSocket', () => {
  const open = async (room: string, user: string): Promise<WebSocket> => {
    const socket = new WebSocket(`ws://127.0.0.1:${small.port}/ws?room=${room}&user=${user}`)
    await once(socket, 'message')
    return socket
  }

  it('that says more than can be stored is not listened to meanwhile, and nothing of it is lost', async () => {
    const { memory } = small
    const before = memory.stored.length
    const socket = await open('flood', 'flooder')
    memory.holdsBack = true
    // More than the buffers of both kernels take.
    const count = 4000
    const text = 'a'.repeat(4000)
    for (let n = 0; n < count; n++) socket.send(JSON.stringify({ text, key: `flood-${n}` }))
    await quiet(() => socket.bufferedAmount)
    expect(socket.bufferedAmount).toBeGreaterThan(1_000_000)
    memory.holdsBack = false
    memory.letGo()
    await vi.waitUntil(() => memory.stored.length === before + count, { timeout: 10_000, interval: 20 })
    socket.terminate()
  })

  it('that says nonsense and does not read what is said to that is let go', async () => {
    const socket = await open('lobby', 'deaf')
    socket.pause()
    const nonsense = Array.from({ length: 100_000 }, () => socket.send('{}'))
    expect(nonsense).toHaveLength(100_000)
    await vi.waitUntil(async () => (await gauge()) === 0, { timeout: 5000, interval: 20 })
    socket.terminate()
  })

  const gauge = async (): Promise<number> => (await small.context.counters.sessions.get()).values[0]!.value
})

/** Resolves when a number has stood still for a moment. */
async function quiet(look: () => number): Promise<void> {
  for (let before = NaN; before !== look();) {
    before = look()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
