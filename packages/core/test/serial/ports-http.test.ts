/**
 * Requests as ports, over real HTTP: answers, bodies on demand, and what a client sees when an owner ends.
 */
import { once } from 'node:events'
import { createServer, request as ask, type ClientRequest, type IncomingMessage, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createNode, timedOut, type Node, type Pid, type Process } from '../../src/index.ts'
import {
  ended,
  openHttp,
  portsOf,
  type HttpRequest,
  type PortMessage,
  type PortRequest,
  type ServerOptions,
} from '../../src/ports/index.ts'

const nodes: Node[] = []
const reports: string[] = []

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop({ timeoutMs: 100 })))
  reports.length = 0
})

interface Site {
  readonly node: Node
  readonly url: string
  readonly server: Server
  readonly owner: Pid
}

/** A server whose requests `body` gets, one after the other. */
async function site(
  body: (self: Process<never>, request: HttpRequest) => unknown,
  options: ServerOptions = {},
): Promise<Site> {
  const node = createNode({ report: ({ type }) => void reports.push(type) })
  nodes.push(node)
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const owner = node.spawn(async (self) => {
    const requests = openHttp(self, server, { active: false, ...options })
    for await (const request of requests) await body(self, request)
  })
  return { node, server, owner, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** A request whose body the test writes itself. */
function asking(url: string, method = 'POST'): { request: ClientRequest; answer: Promise<IncomingMessage> } {
  const request = ask(url, { method, agent: false })
  const answer = once(request, 'response').then(([response]) => response as IncomingMessage)
  answer.catch(() => {})
  request.on('error', () => {})
  return { request, answer }
}

describe('a request', () => {
  test('has a head, a body and an answer; connections are kept', async () => {
    const { url, node } = await site(async (_, request) => {
      let length = 0
      for await (const chunk of request) length += chunk.length
      const { method, url: path, headers } = request
      const body = JSON.stringify({ method, path, length, host: typeof headers['host'] })
      await request.respond({ status: 201, headers: { 'content-type': 'application/json' }, body })
    })
    for (const length of [0, 5, 300_000]) {
      const answer = await fetch(`${url}/a?b=c`, { method: 'POST', body: 'x'.repeat(length) })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([201, 'application/json'])
      expect(await answer.json()).toEqual({ method: 'POST', path: '/a?b=c', length, host: 'string' })
    }
    expect([portsOf(node).length, reports]).toEqual([1, []])
  })

  test('can be answered without its body having been read, and without a body', async () => {
    const { url } = await site((_, request) => request.respond({ status: request.url === '/204' ? 204 : 200 }))
    const long = await fetch(url, { method: 'POST', body: 'x'.repeat(1_000_000) })
    expect([long.status, await long.text()]).toEqual([200, ''])
    expect((await fetch(`${url}/204`)).status).toBe(204)
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200)
  })

  test('can be answered bit by bit, and the answer is whole when it is ended', async () => {
    const { url } = await site(async (self, request) => {
      request.begin(200, { 'content-type': 'text/plain' })
      for (const word of ['one ', 'two ', 'three']) {
        await request.write(word)
        await self.sleep(1)
      }
      await request.end()
      await request.close()
    })
    expect(await (await fetch(url)).text()).toBe('one two three')
  })

  test('is told as a message to one who asks for messages, and can be handed over', async () => {
    const node = createNode({ report: () => {} })
    nodes.push(node)
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const seen: string[] = []
    node.spawn(async (self: Process<PortRequest>) => {
      const port = openHttp(self, server)
      for (;;) {
        const message = await self.receive()
        seen.push(message.type)
        const { request } = message
        const worker = self.spawn(async (me: Process<PortMessage>) => {
          await me.sleep(5)
          await request.respond({ body: `by ${String(me.pid)}` })
        })
        request.handOver(worker)
        port.active('once')
      }
    })
    const answers = await Promise.all([0, 1, 2].map(async () => (await fetch(url)).text()))
    expect([new Set(answers).size, seen]).toEqual([3, ['request', 'request', 'request']])
  })

  test('body comes on demand: a client that sends a lot is held back', async () => {
    const held = Promise.withResolvers<HttpRequest>()
    const { url, node } = await site(async (self, request) => {
      held.resolve(request)
      await self.sleep(1e6)
    })
    const { request } = asking(url)
    let last = performance.now()
    let written = 0
    const push = (): void =>
      void request.write(Buffer.alloc(65_536), (error) => {
        if (error != null) return
        written += 65_536
        last = performance.now()
        push()
      })
    push()
    await held.promise
    while (performance.now() - last < 300) await new Promise((resolve) => setTimeout(resolve, 50))
    expect(written).toBeLessThan(32 * 1_048_576)
    expect(portsOf(node)).toHaveLength(2)
    request.destroy()
  })

  test('of a client that goes away: the body fails, an answer is false', async () => {
    const outcome = Promise.withResolvers<unknown[]>()
    const begun = Promise.withResolvers<void>()
    const { url, owner, node } = await site(async (_, request) => {
      const read = await request.read()
      begun.resolve()
      const rest = await request.read().catch((error: { code: string }) => error.code)
      outcome.resolve([read === ended, rest, await request.respond({ body: 'too late' }), request.isOpen])
    })
    const { request } = asking(url)
    request.write('part')
    await begun.promise
    request.destroy()
    expect(await outcome.promise).toEqual([false, expect.stringMatching(/ECONNRESET|port.cut_off/), false, false])
    expect([node.isAlive(owner), reports]).toEqual([true, []])
  })

  test('that nobody answers is answered: 503 when its owner ends, however he ends', async () => {
    for (const end of ['returns', 'crashes', 'exits'] as const) {
      const { url, node } = await site((self, request) => {
        const worker = self.spawn(async (me) => {
          await me.sleep(1)
          if (end === 'crashes') throw new Error('crash')
          if (end === 'exits') me.exit('enough')
        })
        request.handOver(worker)
      })
      const answer = await fetch(url, { method: 'POST', body: 'x'.repeat(100_000) })
      expect([answer.status, await answer.text()]).toEqual([503, ''])
      expect(portsOf(node)).toHaveLength(1)
    }
  })

  test('whose answer was begun and not ended is cut off, also when the owner ends in good order', async () => {
    for (const end of ['returns', 'crashes'] as const) {
      const { url } = await site((self, request) => {
        const worker = self.spawn(async (me) => {
          request.begin(200)
          await request.write('half')
          await me.sleep(50)
          if (end === 'crashes') throw new Error('crash')
        })
        request.handOver(worker)
      })
      const answer = await fetch(url)
      expect(answer.status).toBe(200)
      await expect(answer.text()).rejects.toThrow()
    }
  })

  test('that is closed is answered: 503 if there was no answer, whole if there was one', async () => {
    const { url } = await site(async (_, request) => {
      if (request.url !== '/nothing') {
        request.begin(200)
        void request.write('whole')
      }
      await request.close()
    })
    expect((await fetch(`${url}/nothing`)).status).toBe(503)
    expect(await (await fetch(url)).text()).toBe('whole')
  })
})

describe('the server', () => {
  test('holds requests that nobody asks for, and refuses more than its backlog', async () => {
    const go = Promise.withResolvers<void>()
    const { url, server } = await site(
      async (self, request) => {
        await self.wait(go.promise)
        await request.respond({ body: request.url })
      },
      { backlog: 2 },
    )
    const answers: Promise<Response>[] = []
    for (let n = 0; n < 3; n++) {
      answers.push(fetch(`${url}/${n}`))
      await once(server, 'request')
    }
    expect((await fetch(`${url}/3`)).status).toBe(503)
    go.resolve()
    expect(await Promise.all(answers.map(async (answer) => (await answer).text()))).toEqual(['/0', '/1', '/2'])
  })

  test('is closed with its owner: its address is free, what it held is answered', async () => {
    const arrived = Promise.withResolvers<void>()
    const { url, server, node, owner } = await site(async (self) => {
      arrived.resolve()
      await self.sleep(1e6)
    })
    const answers = [fetch(`${url}/0`)]
    await arrived.promise
    answers.push(fetch(`${url}/1`))
    await once(server, 'request')
    const { port } = server.address() as AddressInfo
    const down = node.exited(owner)
    node.sendExit(owner, 'kill')
    expect(await down).toBe('killed')
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([503, 503])
    const again = createServer().listen(port, '127.0.0.1')
    await once(again, 'listening')
    again.close()
  })

  test('rubbish instead of a request hurts nobody', async () => {
    const { url, node, owner } = await site((_, request) => request.respond({ body: 'fine' }))
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.end('\0\r\n\r\nGET GET GET')
    socket.resume()
    await once(socket, 'close')
    expect(await (await fetch(url)).text()).toBe('fine')
    expect([node.isAlive(owner), reports]).toEqual([true, []])
  })

  test('reads with a timeout', async () => {
    const node = createNode()
    nodes.push(node)
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const got = Promise.withResolvers<unknown>()
    node.spawn(async (self) => {
      got.resolve(await openHttp(self, server, { active: false }).read({ timeoutMs: 10 }))
    })
    expect(await got.promise).toBe(timedOut)
  })
})
