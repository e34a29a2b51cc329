/** A peer in a process of its own that takes nothing for a while, over real sockets. */
import { createNode, type Process } from '@agner/core'
import { freePort } from '@agner/testing'
import { afterEach, expect, it } from 'vitest'
import { startDistribution } from '../../src/index.ts'
import { endPeers, startPeer } from './peers.ts'

const cookie = 'a cookie for the busy peer'

afterEach(endPeers)

it('who sends to a peer that takes nothing waits until it does, and nothing is lost', { timeout: 60_000 }, async () => {
  const port = await freePort()
  const peer = await startPeer('far@127.0.0.1', cookie, port)
  const node = createNode({ name: 'near@127.0.0.1' })
  const distribution = await startDistribution(node, { cookie, portMapper: { port } })
  expect(await distribution.connect('far@127.0.0.1')).toBe(true)
  const echo = { name: 'echo', node: 'far@127.0.0.1' }
  let sent = 0
  let mostWaiting = 0
  peer.signal('SIGSTOP')
  const total = 60_000
  const sender = node.spawn(async (self: Process<never>) => {
    const text = 'x'.repeat(1000)
    for (; sent < total; sent++) {
      self.send({ name: 'nobody', node: 'far@127.0.0.1' }, text as never)
      mostWaiting = Math.max(mostWaiting, distribution.stats().waitingBytes)
      await self.yield()
    }
    // After all that was sent before.
    expect(await self.request(echo, 'there', { timeoutMs: 30_000 })).toBe('there')
  })
  const ended = node.exited(sender)
  while (distribution.stats().heldSenders === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(sent).toBeLessThan(total)
  expect(node.trySend({ name: 'nobody', node: 'far@127.0.0.1' }, 1 as never)).toBe('nosuspend')
  peer.signal('SIGCONT')
  expect(await ended).toBe('normal')
  expect(sent).toBe(total)
  expect(mostWaiting).toBeLessThan(2 * 1024 * 1024)
  await distribution.stop()
  await node.stop()
})
