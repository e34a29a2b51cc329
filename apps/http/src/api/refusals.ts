/**
 * What goes wrong before a route is reached, after it, or instead of it: always told as `{"error":{"code","message"}}`.
 *
 *     no HTTP at all, headers too long or too slow ──► clientError       there is no request: words on the connection, and its end
 *     no Host, an Expect that nobody knows         ──► before the routes Node.js would answer these with no word
 *     a path that cannot be read                   ──► frameworkErrors   the router has not come to a route
 *     what a route refuses, or fails with          ──► the error handler
 */
import { maxHeaderSize, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Logger } from '@agner/behaviours'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ApiError } from './errors.ts'
import { refuseConnection } from './last-words.ts'

/** For `fastify()`. */
export const refusals = {
  clientErrorHandler,
  frameworkErrors: ({ message, statusCode = 400 }: Failure, _: FastifyRequest, answer: FastifyReply): void =>
    void answer.code(statusCode).send({ error: badRequest(message) }),
  http: {
    // Whoever offers another protocol is served with this one (RFC 9110, 7.8): only a WebSocket's handshake leaves HTTP.
    shouldUpgradeCallback: ({ method, headers }: IncomingMessage): boolean =>
      method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket',
    requireHostHeader: false,
  } satisfies ServerOptions,
}

interface Failure extends Error {
  readonly statusCode?: number | undefined
  readonly validation?: unknown
}

export function answerRefusals(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error: Failure, request, answer) => {
    const status = error.statusCode ?? 500
    if (status < 500) {
      const refusal = badRequest(error.message)
      return answer
        .code(status)
        .send({ error: error.validation === undefined ? refusal : { ...refusal, code: 'invalid' } })
    }
    log.error(`${request.method} ${request.url}: ${error.message}`, { kind: 'request_failed' })
    const message = 'Something failed here; it has been reported.'
    return answer.code(status).send({ error: { code: 'internal', message } })
  })
  app.setNotFoundHandler((request, answer) =>
    answer
      .code(404)
      .send({ error: { code: 'not_found', message: `There is nothing at ${request.method} ${request.url}.` } }),
  )
  app.addHook('onRequest', async ({ raw: { headers, httpVersion } }, answer) => {
    // Node.js loses what came in one piece with an offer that is not taken: on another connection it can be asked again.
    if (headers.upgrade !== undefined) void answer.header('connection', 'close')
    if (headers.host === undefined && httpVersion === '1.1')
      return answer.code(400).send({ error: badRequest('Every request has to name its Host.') })
  })
  app.server.on('checkExpectation', (_: IncomingMessage, answer: ServerResponse) => {
    answer.statusCode = 417
    answer.setHeader('content-type', 'application/json; charset=utf-8')
    answer.end(JSON.stringify({ error: badRequest('Of all expectations only 100-continue is known here.') }))
  })
}

const unreadable: Record<string, readonly [status: number, message: string]> = {
  HPE_HEADER_OVERFLOW: [431, `The headers have more than ${maxHeaderSize} bytes.`],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The extensions of the chunks are too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not come in time.'],
}

function clientErrorHandler({ code }: { readonly code?: string }, socket: Socket): void {
  const { _httpMessage: answering } = socket as { _httpMessage?: ServerResponse | null }
  // In the middle of an answer nothing else can be said; to a client that is gone, nothing at all.
  if (code === 'ECONNRESET' || answering?.headersSent === true) return void socket.destroy()
  const [status, message] = unreadable[code ?? ''] ?? [400, 'What you sent is not HTTP.']
  refuseConnection(socket, status, badRequest(message))
}

function badRequest(message: string): ApiError {
  return { code: 'bad_request', message }
}
