/**
 * An answer on a connection that the HTTP server has let go of, or cannot read any more: an error in the API's own words, and the end.
 */
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ApiError } from './errors.ts'

/** Never throws, and whatever becomes of the socket after it is nobody's concern. */
export function refuseConnection(
  socket: Duplex,
  status: number,
  error: ApiError,
  headers: Readonly<Record<string, string>> = {},
): void {
  socket.on('error', () => socket.destroy())
  if (!socket.writable) return void socket.destroy()
  const body = JSON.stringify({ error })
  const lines = Object.entries({
    ...headers,
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
  // It is with the kernel by now, or the other side has not read what came before it: that is not waited for.
  socket.destroy()
}
