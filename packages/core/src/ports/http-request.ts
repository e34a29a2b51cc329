/**
 * A request as a port: its head as data, its body to read, its answer to write.
 */
import type { NodeIdentity } from '../identity/pid.ts'
import type { ExchangeDriver } from './drivers/exchange.ts'
import { Port, type PortCall } from './port.ts'

export type HttpHeaders = Readonly<Record<string, string | number | readonly string[]>>

export interface Answer {
  /** Default 200. */
  readonly status?: number
  readonly headers?: HttpHeaders
  readonly body?: string | Uint8Array
}

/**
 * What an HTTP server was asked. If it is closed before it was answered, when its owner ends say, the answer is 503; an answer that was begun and not
 * ended is cut off.
 */
export class HttpRequest extends Port<Uint8Array> {
  readonly method: string
  /** Path and query, as they came. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly #driver: ExchangeDriver

  /** @internal */
  constructor(identity: NodeIdentity, id: number, driver: ExchangeDriver) {
    super(identity, id, null)
    const { method, url, headers } = driver.request
    this.method = method ?? ''
    this.url = url ?? ''
    this.headers = Object.freeze(headersOf(headers))
    this.#driver = driver
  }

  /**
   * The whole answer. Resolves when the client has it, with true, and the port is closed; with false if the client has gone away, or was answered
   * already.
   */
  async respond({ status = 200, headers = {}, body }: Answer = {}, call: PortCall = {}): Promise<boolean> {
    const { response } = this.#driver
    if (!this.isOpen || response.headersSent || response.destroyed) return false
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : (body ?? new Uint8Array(0))
    this.begin(status, { ...(hasBody(status) && { 'content-length': bytes.length }), ...headers })
    if (bytes.length > 0) void this.write(bytes, call)
    await this.end(call)
    await this.close(call)
    return response.writableFinished
  }

  /** The head of an answer whose body is written bit by bit. Then `write`, and `end` when it is whole. Does nothing when the client has gone. */
  begin(status: number, headers: HttpHeaders = {}): void {
    if (this.isOpen) this.#driver.response.writeHead(status, headers as Record<string, string | number | string[]>)
  }
}

const hasBody = (status: number): boolean => status !== 204 && status !== 304

function headersOf(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string | readonly string[]> {
  const made: Record<string, string | readonly string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue
    made[name] = typeof value === 'string' ? value : Object.freeze([...value])
  }
  return made
}
