/**
 * Talks and listens over a WebSocket; when it breaks, the talker comes back, says what it has, and sends again what was not acknowledged.
 */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Acknowledged, Attempt, Message, Reader } from '../history.ts'
import type { Outcome } from '../tally.ts'
import { isAbsurd, patienceMs, rest, type User, type UserSettings } from './user.ts'

type FromServer =
  | ({ readonly type: 'message' } & Message)
  | { readonly type: 'sent'; readonly key: string; readonly message: Message }
  | { readonly type: 'error'; readonly key?: string; readonly error: { readonly code: string } }
  | { readonly type: 'presence' }

type Answer =
  | { readonly outcome: Exclude<Outcome, 'answered'> }
  | { readonly outcome: 'answered'; readonly message: Message }

export class Talker implements User {
  readonly attempts: Attempt[] = []
  readonly reader: Reader & { readonly messages: Message[] }
  readonly #settings: UserSettings
  readonly #listening = new AbortController()
  #socket: WebSocket | null = null
  /** What was said and not answered yet: one at a time. */
  #waiting: { readonly key: string; readonly end: (answer: Answer) => void } | null = null

  constructor(settings: UserSettings) {
    this.#settings = settings
    this.reader = { name: settings.name, room: settings.room, messages: [] }
  }

  /** Talks until the signal. It goes on listening until `leave`. */
  async run(signal: AbortSignal): Promise<void> {
    const { name, room, random } = this.#settings
    void this.#listen()
    for (let count = 1; !signal.aborted; count++) {
      const key = `${name}-${count}`
      const text = `${key} says hello`
      let acknowledged: Acknowledged | null = null
      while (acknowledged === null && !signal.aborted) {
        acknowledged = await this.#say(key, text, signal)
        if (acknowledged === null) await rest(50, 150, random, signal)
      }
      this.attempts.push({ key, room, user: name, text, acknowledged })
      await rest(20, 80, random, signal)
    }
  }

  leave(): void {
    this.#listening.abort()
    this.#socket?.terminate()
  }

  async #say(key: string, text: string, signal: AbortSignal): Promise<Acknowledged | null> {
    const { tally } = this.#settings
    const socket = this.#socket
    // Who is on the way back has not tried anything.
    if (socket === null || socket.readyState !== WebSocket.OPEN || signal.aborted) return null
    const fromMs = performance.now()
    const answer = await new Promise<Answer>((resolve) => {
      const timer = setTimeout(() => end({ outcome: 'late' }), patienceMs)
      const broke = (): void => end({ outcome: 'broken' })
      const end = (found: Answer): void => {
        clearTimeout(timer)
        socket.off('close', broke)
        resolve(found)
      }
      this.#waiting = { key, end }
      socket.on('close', broke)
      socket.send(JSON.stringify({ text, key }))
    })
    this.#waiting = null
    tally.add('say', fromMs, answer.outcome)
    // A person would press "reload" now; the node may hang, and the connection with it.
    if (answer.outcome === 'late') socket.terminate()
    if (answer.outcome !== 'answered') return null
    tally.acknowledged()
    return { message: answer.message, atMs: performance.now() }
  }

  async #listen(): Promise<void> {
    const { signal } = this.#listening
    while (!signal.aborted) {
      await this.#connection()
      if (signal.aborted) return
      this.#settings.tally.reconnects++
      await rest(50, 150, this.#settings.random, signal)
    }
  }

  async #connection(): Promise<void> {
    const { url, name, room } = this.#settings
    const query = new URLSearchParams({ room, user: name, after: String(this.reader.messages.at(-1)?.id ?? 0) })
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?${query.toString()}`, {
      handshakeTimeout: patienceMs,
    })
    this.#socket = socket
    socket.on('message', (data: Buffer) => this.#hear(JSON.parse(data.toString('utf8')) as FromServer))
    socket.on('error', () => {})
    await once(socket, 'close').catch(() => undefined)
  }

  #hear(told: FromServer): void {
    if (told.type === 'message') {
      const { type: _, ...message } = told
      this.reader.messages.push(message)
    } else if (told.type === 'sent' && told.key === this.#waiting?.key)
      this.#waiting.end({ outcome: 'answered', message: told.message })
    else if (told.type === 'error') {
      if (isAbsurd(told.error.code))
        this.#settings.tally.absurd.push(`${this.reader.name} was told ${JSON.stringify(told)}`)
      if (told.key === this.#waiting?.key) this.#waiting?.end({ outcome: 'refused' })
    }
  }
}
