/**
 * The messages' part of the JSON API: post, history, rooms.
 */
import { randomUUID } from 'node:crypto'
import { call } from '@agner/behaviours'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { database, type DatabaseApi } from '@agner-chat/database/api'
import { longestKey, longestText, longestUser, roomPattern } from '../limits.ts'
import { post } from '../rooms/post.ts'
import { messageFor, statusFor, type ErrorName } from './errors.ts'
import type { ApiContext } from './server.ts'

const historyLimit = 200
const askTimeoutMs = 3000

const params = {
  type: 'object',
  properties: { room: { type: 'string', pattern: roomPattern } },
  required: ['room'],
} as const

const body = {
  type: 'object',
  required: ['user', 'text'],
  properties: {
    user: { type: 'string', minLength: 1, maxLength: longestUser, pattern: '\\S' },
    text: { type: 'string', minLength: 1, maxLength: longestText, pattern: '\\S' },
  },
} as const

const query = {
  type: 'object',
  properties: {
    after: { type: 'integer', minimum: 0, default: 0 },
    limit: { type: 'integer', minimum: 1, maximum: 1000, default: historyLimit },
  },
} as const

const headers = {
  type: 'object',
  properties: { 'idempotency-key': { type: 'string', minLength: 1, maxLength: longestKey } },
} as const

export function messageRoutes(app: FastifyInstance, { node, rooms, findDatabase, counters }: ApiContext): void {
  app.post<{ Params: { room: string }; Body: { user: string; text: string }; Headers: { 'idempotency-key'?: string } }>(
    '/api/rooms/:room/messages',
    { schema: { params, body, headers } },
    async (request, answer) => {
      const { user, text } = request.body
      const key = request.headers['idempotency-key'] ?? randomUUID()
      const posted = await post(node, rooms, { room: request.params.room, user, text, key })
      if (!('ok' in posted)) return refuse(answer, posted.error)
      counters.posted.inc()
      return answer.code(201).send(posted.ok)
    },
  )

  app.get<{ Params: { room: string }; Querystring: { after: number; limit: number } }>(
    '/api/rooms/:room/messages',
    { schema: { params, querystring: query } },
    async (request, answer) => {
      const { after, limit } = request.query
      const messages = await ask('history', { room: request.params.room, after, limit })
      return messages === null ? refuse(answer, 'unavailable') : { messages }
    },
  )

  app.get('/api/rooms', async (_, answer) => {
    const known = await ask('rooms')
    return known === null ? refuse(answer, 'unavailable') : { rooms: known }
  })

  /** Reads from the database; null when it cannot be reached. */
  async function ask(name: 'rooms'): Promise<ReturnType<DatabaseApi['calls']['rooms']> | null>
  async function ask(
    name: 'history',
    query: Parameters<DatabaseApi['calls']['history']>[0],
  ): Promise<ReturnType<DatabaseApi['calls']['history']> | null>
  async function ask(
    name: 'rooms' | 'history',
    query?: Parameters<DatabaseApi['calls']['history']>[0],
  ): Promise<unknown> {
    const pid = findDatabase()
    if (pid === undefined) return null
    try {
      if (name === 'rooms') return await call(node, database.at(pid), 'rooms', undefined, { timeoutMs: askTimeoutMs })
      return await call(node, database.at(pid), 'history', query!, { timeoutMs: askTimeoutMs })
    } catch {
      return null
    }
  }
}

export function refuse(answer: FastifyReply, name: ErrorName): FastifyReply {
  if (statusFor(name) === 503) void answer.header('retry-after', '1')
  return answer.code(statusFor(name)).send({ error: messageFor(name) })
}
