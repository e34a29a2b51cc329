/** Posts messages over connections that are kept, with as little of its own work as Node's HTTP client allows. */
import { Agent, request } from 'node:http'

export interface Posted {
  readonly status: number
  readonly body: string
}

const noAnswer: Posted = { status: 0, body: '' }

export class Poster {
  readonly #agent: Agent
  readonly #url: URL
  readonly #timeoutMs: number

  constructor(url: string, connections: number, timeoutMs: number) {
    this.#url = new URL(url)
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
    this.#timeoutMs = timeoutMs
  }

  /** Status 0: the connection broke, or no answer came in time. */
  post(room: string, user: string, text: string, key: string): Promise<Posted> {
    const body = JSON.stringify({ user, text })
    return new Promise((resolve) => {
      const sent = request(
        {
          agent: this.#agent,
          host: this.#url.hostname,
          port: this.#url.port,
          method: 'POST',
          path: `/api/rooms/${room}/messages`,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            'idempotency-key': key,
          },
          timeout: this.#timeoutMs,
        },
        (response) => {
          let answered = ''
          response.setEncoding('utf8')
          response.on('data', (part: string) => (answered += part))
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: answered }))
          response.on('error', () => resolve(noAnswer))
        },
      )
      sent.on('timeout', () => sent.destroy())
      sent.on('error', () => resolve(noAnswer))
      sent.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}
