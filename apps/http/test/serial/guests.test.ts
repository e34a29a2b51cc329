/**
 * What an http node does with the connections that it has when it leaves.
 */
import { once } from 'node:events'
import { Agent, createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Guests } from '../../src/guests.ts'

describe('seeing guests out', () => {
  let server: Server
  let guests: Guests
  let asked: ServerResponse[]
  let agent: Agent
  beforeEach(async () => {
    asked = []
    server = createServer((_, answer) => void asked.push(answer))
    guests = new Guests(server)
    agent = new Agent({ keepAlive: true, maxSockets: 1 })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(() => {
    agent.destroy()
    server.closeAllConnections()
    server.close()
  })

  const ask = async (): Promise<IncomingMessage> => {
    const [answer] = (await once(
      get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent }),
      'response',
    )) as [IncomingMessage]
    answer.resume()
    await once(answer, 'end')
    return answer
  }
  const answering = async (): Promise<ServerResponse> => {
    while (asked.length === 0) await once(server, 'request')
    return asked.shift()!
  }

  it('is done at once when nobody is inside', () => guests.seeOut())

  it('waits for an answer that somebody waits for', async () => {
    const answered = ask()
    const answer = await answering()
    let isDone = false
    const seen = guests.seeOut().then(() => (isDone = true))
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(isDone).toBe(false)
    answer.end('late')
    expect((await answered).statusCode).toBe(200)
    await seen
  })

  it('answers one more request on a connection that is kept, and ends it with the answer', async () => {
    const first = ask()
    ;(await answering()).end('first')
    expect((await first).headers.connection).toBe('keep-alive')
    const seen = guests.seeOut()
    const second = ask()
    ;(await answering()).end('second')
    expect((await second).headers.connection).toBe('close')
    await seen
  })

  it('waits no longer than a moment for a connection that nobody uses', async () => {
    const first = ask()
    ;(await answering()).end('first')
    await first
    const startedMs = performance.now()
    await guests.seeOut()
    expect(performance.now() - startedMs).toBeLessThan(3000)
    expect(Object.keys(agent.freeSockets)).toHaveLength(1)
  })
})
