/**
 * WebSockets: each accepted one becomes a session process.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { randomUUID } from 'node:crypto'
import { startDynamicChild } from '@agner/behaviours'
import { WebSocket, WebSocketServer } from 'ws'
import { longestKey, longestText } from '../limits.ts'
import type { ApiError } from '../api/errors.ts'
import type { ApiContext } from '../api/context.ts'
import { refuseConnection } from '../api/last-words.ts'
import { Intake } from './intake.ts'
import type { FromSocket, Outlet } from './session.ts'
import { Sessions, sessionSupervisor } from './sessions.ts'
import { readWanted, type Wanted } from './wanted.ts'

const pingEveryMs = 15_000
/** A browser with this much unread is let go. */
const unreadLimitBytes = 1024 * 1024
/** Told to whoever shakes hands in another way. */
const versions = { 'sec-websocket-version': '13, 8' }

export class Sockets {
  readonly #context: ApiContext
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 })
  readonly #pinger: NodeJS.Timeout
  readonly #quiet = new Set<WebSocket>()

  constructor(context: ApiContext) {
    this.#context = context
    this.#server.on('wsClientError', (error, socket) =>
      refuseConnection(socket, 400, badRequest(error.message), versions),
    )
    this.#pinger = setInterval(() => this.#ping(), pingEveryMs)
    this.#pinger.unref()
  }

  /** Takes an upgrade request of the HTTP server. Never throws: its caller is an event, and what escapes from there ends the node. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    try {
      const wanted = readWanted(request.url ?? '')
      if (wanted === null) return refuseConnection(socket, 400, badRequest('What you ask for is not a URL.'))
      this.#server.handleUpgrade(request, socket, head, (webSocket) => {
        // A browser sees nothing of a refused upgrade: it is told over the socket, which then closes.
        if (typeof wanted === 'string') refuse(webSocket, wanted)
        else this.#open(webSocket, wanted)
      })
    } catch (error) {
      // How far it got is not known, so nothing can be said to the other side.
      socket.on('error', () => {}).destroy()
      this.#context.log.error(`an upgrade failed: ${String(error)}`, { kind: 'upgrade_failed' })
    }
  }

  #open(socket: WebSocket, wanted: Wanted): void {
    const { node, rooms, messages, counters } = this.#context
    counters.sessions.inc()
    const intake = new Intake(socket)
    const outlet: Outlet = {
      send: (message) => send(socket, message),
      took: () => intake.took(),
      close: () => end(socket, 1001, 'going away'),
    }
    const settings = { ...wanted, rooms, messages, outlet, stored: () => counters.posted.inc() }
    // What the browser says before its session runs waits for it, in order.
    const started = startDynamicChild(node, Sessions.at(sessionSupervisor), settings)
    started.catch(() => end(socket, tryAgainLater, 'this node has no room for another session'))
    const tell = (message: FromSocket): void =>
      void started
        .then(
          (pid) => node.send(pid, message),
          () => {},
        )
        .catch(() => socket.terminate())
    socket.on('message', (data: Buffer) => {
      // What comes after the end is read for the sake of the end alone.
      if (socket.readyState !== WebSocket.OPEN) return
      const said = toSaid(data.toString('utf8'))
      if (said.type === 'said') {
        intake.add(data.length)
        tell(said)
      } else if (!send(socket, said)) socket.terminate()
    })
    socket.on('pong', () => this.#quiet.delete(socket))
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      counters.sessions.dec()
      this.#quiet.delete(socket)
      tell({ type: 'closed' })
    })
  }

  /** Lets go of browsers that vanished without a word. */
  #ping(): void {
    for (const socket of this.#server.clients) {
      // Who is not listened to cannot be heard either.
      if (socket.isPaused) this.#quiet.delete(socket)
      else if (this.#quiet.has(socket)) socket.terminate()
      else {
        this.#quiet.add(socket)
        socket.ping()
      }
    }
  }

  stop(): void {
    clearInterval(this.#pinger)
    for (const socket of this.#server.clients) end(socket, 1012, 'this node restarts')
    this.#server.close()
  }
}

type Said = FromSocket & { readonly type: 'said' }

interface Refusal {
  readonly type: 'error'
  /** Which message is refused, when it said so. */
  readonly key?: string
  readonly error: ApiError
}

/** What a browser said, or what is wrong with it. */
function toSaid(data: string): Said | Refusal {
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return refusal('What you sent is not JSON.')
  }
  if (typeof value !== 'object' || value === null) return refusal('Send {"text": "…"}.')
  const { text, key = randomUUID() } = value as { text?: unknown; key?: unknown }
  if (typeof key !== 'string' || key === '' || key.length > longestKey)
    return refusal(`key must be 1 to ${longestKey} characters.`)
  if (typeof text !== 'string' || text.trim() === '' || text.length > longestText)
    return refusal(`text must be 1 to ${longestText} characters.`, key)
  return { type: 'said', text, key }
}

function refusal(message: string, key?: string): Refusal {
  return { type: 'error', ...(key === undefined ? {} : { key }), error: { code: 'invalid', message } }
}

function badRequest(message: string): ApiError {
  return { code: 'bad_request', message }
}

/** False when the browser takes too little for too long. */
function send(socket: WebSocket, message: object): boolean {
  if (socket.readyState !== WebSocket.OPEN || socket.bufferedAmount > unreadLimitBytes) return false
  socket.send(JSON.stringify(message))
  return true
}

/** The browser's own word for the end has to be read, also from a socket that rests. */
function end(socket: WebSocket, code: number, reason: string): void {
  socket.resume()
  socket.close(code, reason)
}

const policyViolation = 1008
const tryAgainLater = 1013

function refuse(socket: WebSocket, message: string): void {
  socket.on('error', () => socket.terminate())
  socket.send(JSON.stringify(refusal(message)))
  socket.close(policyViolation, 'see the error')
}
