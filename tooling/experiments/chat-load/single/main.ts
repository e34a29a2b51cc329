/**
 * The chat of the reference cluster as an engineer would write it in one process: fastify, ws and SQLite, with the same API, the same checks,
 * the same keys for retries, and nothing acknowledged before it is on disk. CHAT_PORT and CHAT_DATA as there.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { fastify } from 'fastify'
import { WebSocketServer, type WebSocket } from 'ws'
import { Batches } from './batches.ts'
import { Rooms } from './rooms.ts'
import { body, headers, longestText, params, query, roomPattern } from './schemas.ts'
import { Store, type Appended } from './store.ts'

const folder = process.env['CHAT_DATA'] ?? '.data'
mkdirSync(folder, { recursive: true })
const store = new Store(join(folder, 'messages.sqlite'))
const batches = new Batches(store)
const rooms = new Rooms()

async function post(room: string, user: string, text: string, key: string = randomUUID()): Promise<Appended> {
  const appended = await batches.append({ room, user, text, key })
  if (appended !== 'keyReused') rooms.tell(appended)
  return appended
}

const keyReused = { code: 'key_reused', message: 'This Idempotency-Key was used for another message.' }

const app = fastify({ bodyLimit: 64 * 1024, forceCloseConnections: true })
app.setErrorHandler((error: Error & { statusCode?: number }, _, answer) => {
  void answer.code(error.statusCode ?? 500).send({ error: { code: 'invalid', message: error.message } })
})
app.post<{ Params: { room: string }; Body: { user: string; text: string }; Headers: { 'idempotency-key'?: string } }>(
  '/api/rooms/:room/messages',
  { schema: { params, body, headers } },
  async (request, answer) => {
    const { user, text } = request.body
    const posted = await post(request.params.room, user, text, request.headers['idempotency-key'])
    return posted === 'keyReused' ? answer.code(422).send({ error: keyReused }) : answer.code(201).send(posted)
  },
)
app.get<{ Params: { room: string }; Querystring: { after: number; limit: number } }>(
  '/api/rooms/:room/messages',
  { schema: { params, querystring: query } },
  async (request) => ({ messages: store.page(request.params.room, request.query.after, request.query.limit) }),
)
app.get('/api/rooms', async () => ({ rooms: store.rooms() }))

const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 })
app.server.on('upgrade', (request, socket, head) =>
  sockets.handleUpgrade(request, socket, head, (webSocket) => open(webSocket, request)),
)

function open(socket: WebSocket, request: IncomingMessage): void {
  const { searchParams } = new URL(request.url ?? '', 'http://localhost')
  const room = searchParams.get('room') ?? ''
  const user = searchParams.get('user') ?? ''
  const after = searchParams.get('after')
  if (!new RegExp(roomPattern).test(room) || user === '') return socket.close(1008)
  // In one turn with the joining: nothing can be posted in between.
  if (after !== null)
    for (const message of store.page(room, Number(after), -1))
      socket.send(JSON.stringify({ type: 'message', ...message }))
  rooms.join(room, user, socket)
  socket.on('message', (data: Buffer) => void said(socket, room, user, data.toString('utf8')))
}

async function said(socket: WebSocket, room: string, user: string, data: string): Promise<void> {
  let said: { readonly text?: unknown; readonly key?: string }
  try {
    said = JSON.parse(data) as typeof said
  } catch {
    return socket.close(1008)
  }
  const { text, key = randomUUID() } = said
  if (typeof text !== 'string' || text.trim() === '' || text.length > longestText) return socket.close(1008)
  const posted = await post(room, user, text, key)
  const told =
    posted === 'keyReused' ? { type: 'error', key, error: keyReused } : { type: 'sent', key, message: posted }
  socket.send(JSON.stringify(told))
}

const url = await app.listen({ host: '127.0.0.1', port: Number(process.env['CHAT_PORT'] ?? 0) })
process.on('SIGTERM', () => {
  for (const socket of sockets.clients) socket.terminate()
  void app.close().then(() => {
    store[Symbol.dispose]()
    process.exit(0)
  })
})
console.log(`single chat is ready at ${url}`)
