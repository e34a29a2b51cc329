/**
 * The service of `docs/fastify.md`, over HTTP: with a store that fails, a server that is killed, a call that takes too long, and a close
 * while a request is under way.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readPage } from '../../../tooling/docs-blocks/programs.ts'
import { buildService, type Service } from '../../examples/fastify/service.ts'
import { visits } from '../../examples/fastify/visits.api.ts'
import type { VisitStore } from '../../examples/fastify/visits.ts'

/** Keeps visits in memory, and fails or hesitates when it is told to. */
class Store implements VisitStore {
  readonly stored = new Map<string, number>()
  save: (page: string, count: number) => Promise<void> = (page, count) => this.keep(page, count)

  load(): Promise<Map<string, number>> {
    return Promise.resolve(new Map(this.stored))
  }

  keep(page: string, count: number): Promise<void> {
    this.stored.set(page, count)
    return Promise.resolve()
  }

  /** The next save waits until `open` is called; `reached` says that it has begun. */
  gate(): { readonly reached: Promise<void>; readonly open: () => void } {
    const reached = Promise.withResolvers<void>()
    const opened = Promise.withResolvers<void>()
    this.save = async (page, count) => {
      this.save = (...visit) => this.keep(...visit)
      reached.resolve()
      await opened.promise
      await this.keep(page, count)
    }
    return { reached: reached.promise, open: opened.resolve }
  }
}

interface Answer {
  readonly status: number
  readonly retryAfter: string | null
  readonly body: { readonly count?: number; readonly error?: { readonly code: string } }
}

let service: Service | undefined
let url: string
/** What the node said on stderr: crash reports are part of the bargain. */
let said: string[]

async function start(store: VisitStore): Promise<Service> {
  service = await buildService(store)
  url = await service.app.listen({ host: '127.0.0.1', port: 0 })
  return service
}

async function ask(method: 'GET' | 'POST', page: string): Promise<Answer> {
  const response = await fetch(`${url}/pages/${page}/visits`, { method })
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: (await response.json()) as Answer['body'],
  }
}

/** A restart takes a moment, in which there is no server: that is a 503, and the client tries again. */
async function askUntilServed(method: 'GET' | 'POST', page: string): Promise<Answer> {
  for (;;) {
    const answer = await ask(method, page)
    if (answer.status !== 503 || answer.body.error?.code !== 'call.no_process') return answer
  }
}

beforeEach(() => {
  said = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.push(String(text))
    return true
  })
})

afterEach(async () => {
  await service?.app.close()
  service = undefined
  vi.restoreAllMocks()
})

describe('the Fastify page', () => {
  it('shows the files that are tested here', () => {
    const page = readPage(fileURLToPath(new URL('../../fastify.md', import.meta.url)), 'docs/fastify.md')
    const shown = page.blocks.flatMap(({ marks, text }) =>
      marks.filter((mark) => mark.startsWith('file=')).map((mark) => [mark.slice('file='.length), text]),
    )
    expect(shown.map(([name]) => name)).toEqual(['visits.api.ts', 'visits.ts', 'service.ts', 'main.ts'])
    for (const [name, text] of shown) {
      const file = readFileSync(new URL(`../../examples/fastify/${name}`, import.meta.url), 'utf8')
      expect(text).toBe(file.trimEnd())
    }
  })
})

describe('a Fastify service with a node in it', () => {
  it('counts, also when many ask at once', async () => {
    await start(new Store())
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask('POST', 'home')))
    expect(answers.map(({ body }) => body.count).sort((a, b) => a! - b!)).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 1),
    )
    expect(await ask('GET', 'home')).toEqual({ status: 200, retryAfter: null, body: { count: 50 } })
    expect((await ask('GET', 'constructor')).body).toEqual({ count: 0 })
  })

  it('answers 503 when the store fails, and goes on from what was stored', async () => {
    const store = new Store()
    await start(store)
    await ask('POST', 'home')
    store.save = () => {
      store.save = (...visit) => store.keep(...visit)
      return Promise.reject(new Error('the disk is full'))
    }
    expect(await ask('POST', 'home')).toMatchObject({
      status: 503,
      retryAfter: '1',
      body: { error: { code: 'call.exited' } },
    })
    expect(await askUntilServed('POST', 'home')).toMatchObject({ status: 200, body: { count: 2 } })
    expect(said.join('')).toContain('"@acme/visits" crashed:\nError: the disk is full')
  })

  it('outlives the death of its server, whoever waits for an answer', async () => {
    const store = new Store()
    const { node } = await start(store)
    await ask('POST', 'home')
    const { reached, open } = store.gate()
    const waiting = ask('POST', 'home')
    await reached
    node.sendExit(node.whereis(visits.module)!, 'kill')
    expect(await waiting).toMatchObject({ status: 503, body: { error: { code: 'call.exited' } } })
    expect(await askUntilServed('GET', 'home')).toMatchObject({ status: 200, body: { count: 1 } })
    open()
  })

  it('answers 503 to a visit that takes longer than the protocol allows', async () => {
    const store = new Store()
    await start(store)
    const { open } = store.gate()
    expect(await ask('POST', 'slow')).toMatchObject({ status: 503, body: { error: { code: 'call.timeout' } } })
    open()
    expect(await ask('GET', 'slow')).toMatchObject({ status: 200, body: { count: 1 } })
  })

  it('leaves errors that are none of the node to Fastify', async () => {
    await start(new Store())
    const response = await fetch(`${url}/nothing/here`)
    expect(response.status).toBe(404)
  })

  it('answers what is under way before it closes, and frees its port', async () => {
    const store = new Store()
    const { app, node, failed } = await start(store)
    const { reached, open } = store.gate()
    const underWay = ask('POST', 'home')
    await reached
    const closed = app.close()
    expect(node.isStopped).toBe(false)
    open()
    expect(await underWay).toMatchObject({ status: 200, body: { count: 1 } })
    await closed
    expect(node.isStopped).toBe(true)
    expect(node.processCount()).toBe(0)
    expect(await failed).toBe('shutdown')
    const other = createServer().listen(Number(new URL(url).port), '127.0.0.1')
    await once(other, 'listening')
    other.close()
  })

  it('says so when the supervisor has given up', async () => {
    const store = new Store()
    const { node, failed } = await start(store)
    store.save = () => Promise.reject(new Error('the disk is full'))
    for (let crashes = 0; crashes < 11; crashes++) await askUntilServed('POST', 'home')
    expect(await failed).toBe('shutdown')
    expect(node.isStopped).toBe(false)
    expect(await ask('GET', 'home')).toMatchObject({ status: 503, body: { error: { code: 'call.no_process' } } })
  })

  it('does not start when its store cannot be read', async () => {
    const broken: VisitStore = { load: () => Promise.reject(new Error('no such table')), save: () => Promise.resolve() }
    await expect(buildService(broken)).rejects.toThrow(/no such table/)
  })
})

describe('the program', () => {
  let program: ChildProcess | undefined

  afterEach(() => {
    program?.kill('SIGKILL')
  })

  it('serves, and ends with code 0 after SIGTERM', async () => {
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const { port } = free.address() as AddressInfo
    await new Promise((done) => free.close(done))
    const main = fileURLToPath(new URL('../../examples/fastify/main.ts', import.meta.url))
    program = spawn(process.execPath, ['--conditions=@agner/source', main], {
      env: { ...process.env, PORT: String(port) },
      stdio: 'inherit',
    })
    const ended = once(program, 'exit')
    await listening(port)
    const response = await fetch(`http://127.0.0.1:${port}/pages/home/visits`, {
      method: 'POST',
      headers: { connection: 'close' },
    })
    expect(await response.json()).toEqual({ count: 1 })
    program.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  })
})

/** Resolves when something accepts connections on the port. */
async function listening(port: number): Promise<void> {
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })
      return
    } catch (error) {
      const { cause } = error as { cause?: { code?: string } }
      if (cause?.code !== 'ECONNREFUSED') throw error
    }
  }
}
