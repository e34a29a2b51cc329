/**
 * The messages' part of the JSON API: post, history, rooms.
 */
import { randomUUID } from 'node:crypto'
import type { Found, FoundPage } from '@agner-chat/database/client'
import type { FastifyInstance } from 'fastify'
import { largestId, longestKey, longestText, longestUser, roomPattern } from '../limits.ts'
import { post } from '../rooms/post.ts'
import { refuse } from './errors.ts'
import type { ApiContext } from './context.ts'

const historyLimit = 200
/** How long a reader waits for a database that moves. */
const patienceMs = 6000

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
    after: { type: 'integer', minimum: 0, maximum: largestId, default: 0 },
    limit: { type: 'integer', minimum: 1, maximum: 1000, default: historyLimit },
  },
} as const

const headers = {
  type: 'object',
  properties: { 'idempotency-key': { type: 'string', minLength: 1, maxLength: longestKey } },
} as const

export function messageRoutes(app: FastifyInstance, { node, rooms, messages, counters }: ApiContext): void {
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
      const found = await messages.history(node, { room: request.params.room, after, limit }, patienceMs)
      return found === null
        ? refuse(answer, 'unreadable')
        : { messages: found.found, ...more(found), ...readOnly(found) }
    },
  )

  app.get('/api/rooms', async (_, answer) => {
    const known = await messages.rooms(node, patienceMs)
    return known === null ? refuse(answer, 'unreadable') : { rooms: known.found, ...readOnly(known) }
  })
}

/** Said when there are more after these: a page is bounded in bytes too. */
function more({ more }: FoundPage): { readonly more?: true } {
  return more ? { more } : {}
}

/** Said when it comes from a copy while nothing can be stored: that may lack what was stored last. */
function readOnly({ copyOf }: Found<unknown>): { readonly readOnly?: true } {
  return copyOf === null ? {} : { readOnly: true }
}
