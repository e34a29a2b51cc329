/**
 * People who use a chat by its API while a test does something to it: they write, read and listen, each over connections that are kept.
 *
 * A request whose connection breaks is sent again, with the same key: that is what may be done safely. Any answer but a good one is a failure.
 */
import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'

export interface Stored {
  readonly id: number
  readonly text: string
}

/** A request that still breaks then has failed. */
const tries = 5

export class Load {
  readonly acknowledged: Stored[] = []
  /** What each listener was sent, in the order in which it came. */
  readonly heard: Stored[][] = []
  readonly failures: string[] = []
  /** Connections that broke before their answer came. */
  broken = 0
  answered = 0
  longestMs = 0
  readonly #url: string
  readonly #room: string
  readonly #agent = new Agent({ keepAlive: true })
  readonly #asking: Promise<void>[]
  readonly #listening: Promise<void>[]
  readonly #sockets = new Set<WebSocket>()
  #isOver = false
  #hasHeardAll = false

  constructor(
    url: string,
    room: string,
    { writers, readers, listeners }: Record<'writers' | 'readers' | 'listeners', number>,
  ) {
    this.#url = url
    this.#room = room
    const many = (count: number, run: (index: number) => Promise<void>): Promise<void>[] =>
      Array.from({ length: count }, (_, index) => run(index))
    this.#asking = [...many(writers, (index) => this.#write(index)), ...many(readers, () => this.#read())]
    this.#listening = many(listeners, () => this.#listen())
  }

  /** Ends it; resolves when every request under way was answered, and the listeners have heard what was acknowledged. */
  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#asking)
    const deadlineMs = performance.now() + 5000
    const last = Math.max(0, ...this.acknowledged.map(({ id }) => id))
    while (this.heard.some((own) => (own.at(-1)?.id ?? 0) < last) && performance.now() < deadlineMs) await pause(20)
    this.#hasHeardAll = true
    for (const socket of this.#sockets) socket.terminate()
    await Promise.all(this.#listening)
    this.#agent.destroy()
  }

  async #write(index: number): Promise<void> {
    for (let count = 1; !this.#isOver; count++) {
      const text = `writer ${index} message ${count}`
      const stored = await this.#ask(
        'POST',
        `/api/rooms/${this.#room}/messages`,
        { user: `writer${index}`, text },
        text,
      )
      if (stored !== null) this.acknowledged.push(stored as Stored)
      await pause(10)
    }
  }

  async #read(): Promise<void> {
    for (let last = 0; !this.#isOver;) {
      const page = (await this.#ask('GET', `/api/rooms/${this.#room}/messages?after=${last}`)) as {
        messages: Stored[]
      } | null
      const ids = page?.messages.map(({ id }) => id) ?? []
      if (ids.some((id, at) => id <= (ids[at - 1] ?? last))) this.failures.push(`after ${last} came ${ids.join()}`)
      last = ids.at(-1) ?? last
      await pause(25)
    }
  }

  async #listen(): Promise<void> {
    const heard: Stored[] = []
    this.heard.push(heard)
    while (!this.#hasHeardAll) {
      const after = String(heard.at(-1)?.id ?? 0)
      const query = new URLSearchParams({ room: this.#room, user: `listener${this.heard.indexOf(heard)}`, after })
      const socket = new WebSocket(`${this.#url.replace('http', 'ws')}/ws?${query.toString()}`)
      this.#sockets.add(socket)
      await new Promise<void>((resolve) => {
        socket.on('message', (data: Buffer) => {
          const { type, id, text } = JSON.parse(data.toString('utf8')) as { type: string } & Stored
          if (type === 'message') heard.push({ id, text })
        })
        socket.on('error', () => {})
        socket.on('close', () => resolve())
      })
      this.#sockets.delete(socket)
      await pause(50)
    }
  }

  /** The body of a good answer; null when there was none, which is a failure. */
  async #ask(method: string, path: string, body?: object, key?: string): Promise<unknown> {
    const startedMs = performance.now()
    for (let attempt = 1; attempt <= tries; attempt++) {
      const answer = await this.#once(method, path, body, key).catch(() => null)
      if (answer === null) {
        this.broken++
        continue
      }
      this.longestMs = Math.max(this.longestMs, performance.now() - startedMs)
      this.answered++
      if (answer.status === 200 || answer.status === 201) return JSON.parse(answer.text)
      this.failures.push(`${method} ${path}: ${answer.status} ${answer.text}`)
      return null
    }
    this.failures.push(`${method} ${path}: ${tries} connections broke`)
    return null
  }

  #once(method: string, path: string, body?: object, key?: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) }
      const asked = request(
        `${this.#url}${path}`,
        { method, agent: this.#agent, ...(body && { headers }) },
        (answer) => {
          let text = ''
          answer.setEncoding('utf8')
          answer.on('data', (part: string) => (text += part))
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
          answer.on('error', reject)
        },
      )
      asked.setTimeout(10_000, () => asked.destroy(new Error('no answer')))
      asked.on('error', reject)
      asked.end(body && JSON.stringify(body))
    })
  }
}
