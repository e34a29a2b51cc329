import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { freePort } from '@agner/testing'
import { expect, it } from 'vitest'

it('is free, below those that the system gives away, and another one each time, also at once', async () => {
  const ports = [...(await Promise.all([freePort(), freePort(), freePort()])), await freePort()]
  expect(new Set(ports).size).toBe(ports.length)
  for (const port of ports) {
    expect(port).toBeLessThan(32_768)
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
  }
})

it('is none on which somebody listens', async () => {
  // The next ones in turn.
  const first = await freePort()
  const servers = [1, 2, 3].map((step) => createServer().listen(first + step, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const taken = servers.map((server) => (server.address() as AddressInfo).port)
  expect(taken).not.toContain(await freePort())
  for (const server of servers) server.close()
})
