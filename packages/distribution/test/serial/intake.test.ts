/** A flood from a node in a process of its own, over real sockets: what is not handled yet stays there. */
import { createNode, type Process } from '@agner/core'
import { freePort } from '@agner/testing'
import { afterEach, expect, it } from 'vitest'
import { startDistribution } from '../../src/index.ts'
import { endPeers, startPeer } from './peers.ts'

const cookie = 'a cookie for the flood'
const count = 500_000

afterEach(endPeers)

it.each([
  // That of a node is 2,000,000; this one shows that it is not even approached.
  ['quick', 50_000, 0],
  ['slow', 50_000, 4],
] as const)(
  'a %s server is not killed by a burst, and has all of it in order',
  async (_, mailboxLimit, work) => {
    const port = await freePort()
    const peer = await startPeer('far@127.0.0.1', cookie, port)
    const node = createNode({ name: 'near@127.0.0.1', report: () => {} })
    const distribution = await startDistribution(node, { cookie, portMapper: { port } })
    let next = 0
    let sum = 0
    const server = node.spawn<{ readonly number: number }>(
      async (self: Process<{ readonly number: number }>) => {
        while (next < count) {
          const { number } = await self.receive()
          if (number !== next) throw new Error(`${number} came in place of ${next}`)
          next++
          for (let turn = 0; turn < work * 100; turn++) sum += Math.sqrt(turn)
        }
      },
      { name: 'flooded', mailboxLimit },
    )
    const ended = node.exited(server)
    expect(await distribution.connect('far@127.0.0.1')).toBe(true)
    peer.flood('near@127.0.0.1', count)
    // Others are answered meanwhile.
    let asked = 0
    let handledAtFirst = count
    const asking = node.spawn(async (self: Process<never>) => {
      for (; next < count; asked++) {
        expect(await self.request({ name: 'echo', node: 'far@127.0.0.1' }, asked, { timeoutMs: 30_000 })).toBe(asked)
        handledAtFirst = Math.min(handledAtFirst, next)
      }
    })
    const askingEnded = node.exited(asking)
    expect(await ended).toBe('normal')
    expect(next).toBe(count)
    expect(await askingEnded).toBe('normal')
    expect(handledAtFirst).toBeLessThan(count)
    expect(sum).toBeGreaterThanOrEqual(0)
    await distribution.stop()
    await node.stop()
  },
  60_000,
)
