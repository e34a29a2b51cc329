/**
 * A port for a test, from where the system takes none by itself: what it gives to connections, and to whoever listens on port 0, lies above
 * (from 32768 on Linux, from 49152 on macOS and Windows). So one that is free now is not taken by chance a moment later.
 */
import { createServer } from 'node:net'
import { testingError } from './errors.ts'

const host = '127.0.0.1'
const firstPort = 20_000
const portCount = 12_000

/** Other test runs on this machine begin elsewhere. */
let at = Math.floor(Math.random() * portCount)

/**
 * A port of 127.0.0.1 on which nobody listens, another one each time: for nodes that must know where each other will listen before they start,
 * or that come back to where they were.
 *
 * @throws `testing.no_free_port`
 */
export async function freePort(): Promise<number> {
  let reason: string | null = null
  for (let tries = 0; tries < portCount; tries++) {
    // Before anything is awaited, so that calls made at once get different ones.
    at = (at + 1) % portCount
    const port = firstPort + at
    reason = await whyTaken(port)
    if (reason === null) return port
  }
  throw testingError('testing.no_free_port', { from: firstPort, to: firstPort + portCount - 1, reason })
}

function whyTaken(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(error.message))
    server.listen({ host, port }, () => server.close(() => resolve(null)))
  })
}
