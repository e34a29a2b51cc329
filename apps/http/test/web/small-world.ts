/**
 * A browser and a chat server in one object, under virtual time: what a session takes from the world, and the means to spoil it.
 * Everything takes its time over the network, in the order of sending on one socket; nothing happens except while `pass` runs.
 */
import type { Answer, Socket, SocketEvents, World } from '../../web/src/live/world.ts'
import type { Place } from '../../web/src/model/room-state.ts'

interface Task {
  readonly atMs: number
  readonly run: () => void
}

export interface StoredMessage {
  readonly id: number
  readonly room: string
  readonly user: string
  readonly text: string
  readonly at: string
}

export interface ServerSocket {
  readonly user: string
  isOpen: boolean
  /** Half open: it neither delivers nor closes. */
  isMute: boolean
  readonly say: (frame: unknown) => unknown
  readonly close: (code: number, reason?: string) => void
}

/** The server answers an append; `undefined` says nothing at all. */
export type AppendRule = (
  text: string,
  key: string,
) => 'store' | 'storeAndDie' | { readonly code: string; readonly message: string } | undefined

export class SmallWorld implements World {
  readonly room: string
  readonly stored: StoredMessage[] = []
  readonly sockets: ServerSocket[] = []
  readonly received: { readonly text: string; readonly key: string }[] = []
  readonly asked: string[] = []
  saved: string | null = null
  isUp = true
  latencyMs = 5
  /** The most messages of one page, whatever is asked for. */
  pageLimit = 1000
  append: AppendRule = () => 'store'
  history: () => Answer | 'hang' | 'ok' = () => 'ok'
  loses: () => boolean = () => false
  /** What a socket hears right after it opened. */
  greet: (socket: ServerSocket) => void = () => {}
  #now = 1_000_000
  #tasks: Task[] = []
  #seed: number
  #keys = 0
  readonly #byKey = new Map<string, StoredMessage>()

  constructor({ room }: Place, seed = 1) {
    this.room = room
    this.#seed = seed
  }

  nowMs(): number {
    return this.#now
  }

  random(): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0
    return this.#seed / 2 ** 32
  }

  newKey(): string {
    this.#keys += 1
    return `key-${this.#keys}`
  }

  after(ms: number, run: () => void): () => void {
    const task: Task = { atMs: this.#now + ms, run }
    this.#tasks.push(task)
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== task)
    }
  }

  loadOutbox(): string | null {
    return this.saved
  }

  saveOutbox(saved: string): void {
    this.saved = saved
  }

  openSocket(path: string, events: SocketEvents): Socket {
    const user = new URL(path, 'http://chat').searchParams.get('user') ?? ''
    let isLeft = false
    let isOver = false
    let lastMs = 0
    // What one side says arrives in that order, however the latency changes.
    const deliver = (run: () => void): void => {
      lastMs = Math.max(lastMs, this.#now + this.latencyMs)
      this.after(lastMs - this.#now, () => isLeft || socket.isMute || run())
    }
    const socket: ServerSocket = {
      user,
      isOpen: false,
      isMute: false,
      say: (frame) =>
        isOver || deliver(() => events.received(typeof frame === 'string' ? frame : JSON.stringify(frame))),
      close: (code, reason = '') => {
        if (isOver) return
        isOver = true
        socket.isOpen = false
        deliver(() => events.closed(code, reason))
      },
    }
    let hasOpened = false
    deliver(() => {
      if (!this.isUp) return socket.close(1006)
      hasOpened = true
      socket.isOpen = true
      this.sockets.push(socket)
      events.opened()
      this.greet(socket)
    })
    return {
      // As in a browser: an error before it is open, silence once it is over.
      send: (data) => {
        if (!hasOpened) throw new Error('sent on a socket that is not open yet')
        this.after(this.latencyMs, () => socket.isOpen && !socket.isMute && this.#receive(socket, data))
      },
      close: () => {
        isLeft = true
        socket.isOpen = false
      },
    }
  }

  getJson(path: string, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')))
      this.after(this.latencyMs, () => {
        if (!this.isUp) return reject(new Error('no answer'))
        const url = new URL(path, 'http://chat')
        this.asked.push(url.search)
        const answer = this.history()
        if (answer === 'hang') return
        const late = answer === 'ok' ? { status: 200, body: { messages: this.#page(url.searchParams) } } : answer
        this.after(this.latencyMs, () => resolve(late))
      })
    })
  }

  /** Somebody writes: stored at once, pushed to whoever listens. */
  post(user: string, text: string): StoredMessage {
    const message = { id: this.stored.length + 1, room: this.room, user, text, at: new Date(this.#now).toISOString() }
    this.stored.push(message)
    for (const socket of this.sockets) if (socket.isOpen && !this.loses()) socket.say({ type: 'message', message })
    return message
  }

  get openSockets(): readonly ServerSocket[] {
    return this.sockets.filter(({ isOpen }) => isOpen)
  }

  /** Every connection ends, as when a node is killed. */
  cut(): void {
    for (const socket of this.openSockets) socket.close(1006)
  }

  get pendingTasks(): number {
    return this.#tasks.length
  }

  /** Lets so much time pass, running everything that falls due in its order. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#now + ms
    await settled()
    for (;;) {
      const next = this.#tasks.reduce<Task | undefined>(
        (first, task) => (task.atMs <= endMs && (first === undefined || task.atMs < first.atMs) ? task : first),
        undefined,
      )
      if (next === undefined) break
      this.#tasks = this.#tasks.filter((task) => task !== next)
      this.#now = next.atMs
      next.run()
      await settled()
    }
    this.#now = endMs
  }

  #page(query: URLSearchParams): readonly StoredMessage[] {
    const after = Number(query.get('after') ?? 0)
    return this.stored.filter(({ id }) => id > after).slice(0, Math.min(Number(query.get('limit')), this.pageLimit))
  }

  #receive(socket: ServerSocket, data: string): void {
    const { text, key } = JSON.parse(data) as { text: string; key: string }
    this.received.push({ text, key })
    const outcome = this.append(text, key)
    if (outcome === undefined) return
    if (typeof outcome === 'object') return void socket.say({ type: 'error', error: outcome, key })
    const message = this.#byKey.get(key) ?? this.post(socket.user, text)
    this.#byKey.set(key, message)
    if (outcome === 'storeAndDie') return socket.close(1006)
    socket.say({ type: 'sent', key, message })
  }
}

/** Promises that are due run before time goes on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
