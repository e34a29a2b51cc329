/**
 * Ports of loopback that nobody has: below those that the system gives to connections, so that one that is free now stays so.
 */
import { createServer } from 'node:net'

const host = '127.0.0.1'
const firstPort = 21_000

/** Ports that nobody has at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  for (let port = firstPort; ports.length < count; port++) if (await isFree(port)) ports.push(port)
  return ports
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port }, () => server.close(() => resolve(true)))
  })
}
