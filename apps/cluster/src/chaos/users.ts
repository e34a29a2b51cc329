/**
 * The users of a chaos run: writers that never give up on a message, readers that never give up on a room.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { Attempt, Message, Reader } from './checker.ts'

const requestTimeoutMs = 5000

export interface Tally {
  tries: number
  acknowledged: number
  unavailable: number
  failed: number
  /** When the last one was acknowledged, and the longest time between two. */
  lastMs: number
  longestPauseMs: number
}

/** Writes until told to stop; each message is tried again, with its key, until it is acknowledged or the run is over. */
export class Writer {
  readonly attempts: Attempt[] = []
  readonly #url: string
  readonly #name: string
  readonly #room: string
  readonly #tally: Tally

  constructor(url: string, name: string, room: string, tally: Tally) {
    this.#url = url
    this.#name = name
    this.#room = room
    this.#tally = tally
  }

  async run(signal: AbortSignal, random: () => number): Promise<void> {
    for (let count = 1; !signal.aborted; count++) {
      const key = `${this.#name}-${count}`
      const message = { key, room: this.#room, user: this.#name, text: `${key} says hello` }
      let acknowledged: Message | null = null
      while (acknowledged === null && !signal.aborted) {
        acknowledged = await this.#try(message)
        if (acknowledged === null) await pause(50 + random() * 100)
      }
      this.attempts.push({ ...message, acknowledged })
      await pause(5 + random() * 40)
    }
  }

  async #try({
    key,
    room,
    user,
    text,
  }: {
    key: string
    room: string
    user: string
    text: string
  }): Promise<Message | null> {
    const tally = this.#tally
    tally.tries++
    try {
      const response = await fetch(`${this.#url}/api/rooms/${room}/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ user, text }),
        signal: AbortSignal.timeout(requestTimeoutMs),
      })
      const body = (await response.json()) as Message & { error?: { code: string } }
      if (response.status === 201) {
        const nowMs = performance.now()
        tally.acknowledged++
        tally.longestPauseMs = Math.max(tally.longestPauseMs, nowMs - tally.lastMs)
        tally.lastMs = nowMs
        return body
      }
      if (response.status !== 503 || body.error === undefined)
        throw new Error(`answered ${response.status} ${JSON.stringify(body)}`)
      tally.unavailable++
    } catch (error) {
      // A connection that broke with its node, or a time-out. An answer that is neither 201 nor a clear 503 is a failure of ours.
      if (error instanceof Error && error.message.startsWith('answered')) throw error
      tally.failed++
    }
    return null
  }
}

/** Follows a room over WebSockets; when the socket breaks it comes back and says what it has. */
export class Follower {
  readonly reader: Reader & { readonly messages: Message[] }
  reconnects = 0
  readonly #url: string

  constructor(url: string, name: string, room: string) {
    this.#url = url
    this.reader = { name, room, messages: [] }
  }

  async run(signal: AbortSignal, random: () => number): Promise<void> {
    while (!signal.aborted) {
      await this.#follow(signal)
      this.reconnects++
      await pause(50 + random() * 100)
    }
  }

  #follow(signal: AbortSignal): Promise<void> {
    const { name, room, messages } = this.reader
    const query = new URLSearchParams({ room, user: name, after: String(messages.at(-1)?.id ?? 0) })
    return new Promise((resolve) => {
      const socket = new WebSocket(`${this.#url.replace('http', 'ws')}/ws?${query.toString()}`)
      const close = () => socket.terminate()
      signal.addEventListener('abort', close, { once: true })
      socket.on('message', (data: Buffer) => {
        const { type, ...message } = JSON.parse(data.toString('utf8')) as { type: string } & Message
        if (type === 'message') messages.push(message)
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        signal.removeEventListener('abort', close)
        resolve()
      })
    })
  }
}
