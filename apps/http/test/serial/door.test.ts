/**
 * What comes to the door of an http node as bytes of a connection: whatever it is, it is answered in the API's words, and the node lives on.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
