import { afterEach, expect, it } from 'vitest'
import type { Address } from '../../src/index.ts'
import { Board } from '../../src/liveness/board.ts'
import type { LaneTerms } from '../../src/liveness/post.ts'
import { livenessThread, ThreadPost } from '../../src/liveness/thread.ts'

const terms: LaneTerms = { key: new Uint8Array(32).fill(1), role: 'dialer', tickMs: 20, heldMs: 100, silenceMs: 2000 }

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

function hold(ms: number): void {
  const endMs = performance.now() + ms
  while (performance.now() < endMs);
}

class Side {
  readonly board = new Board()
  readonly failures: string[] = []
  address: Address | null = null
  listenFailure: string | null = null
  unreachable: string | null = null
  readonly post: ThreadPost

  constructor(role: LaneTerms['role'] = 'dialer') {
    this.post = new ThreadPost(
      {
        listening: (address) => (this.address = address),
        listenFailed: (reason) => (this.listenFailure = reason),
        unreachable: (_, reason) => (this.unreachable = reason),
        failed: (reason, isFinal) => this.failures.push(`${isFinal ? 'final: ' : ''}${reason}`),
      },
      2000,
    )
    sides.push(this)
    this.post.open(1, { ...terms, role }, this.board)
  }
}

const sides: Side[] = []

afterEach(() => {
  for (const { post } of sides.splice(0)) post.stop()
  expect(livenessThread.worker).toBe(null)
})

async function two(): Promise<{ a: Side; b: Side }> {
  const [a, b] = [new Side(), new Side('acceptor')]
  b.post.listen({ host: '127.0.0.1', port: 0 })
  await until(() => b.address !== null)
  a.post.dial(1, b.address as Address)
  await until(() => a.board.ticks > 2 && b.board.ticks > 2)
  return { a, b }
}

it('posts tick while the thread is held, and say so', async () => {
  const { a, b } = await two()
  a.post.beat()
  const startMs = performance.now()
  hold(500)
  const heldMs = performance.now() - startMs
  // All of it was written while this thread could do nothing.
  const { lagMs, heldTicks } = b.board
  expect(lagMs).toBeGreaterThan(250)
  expect(lagMs).toBeLessThan(heldMs + 20)
  expect(heldTicks).toBeGreaterThan(3)
  await until(() => {
    a.post.beat()
    return b.board.lagMs < 50
  })
})

it('what was open is made again when the thread dies, elsewhere', async () => {
  const { a, b } = await two()
  const before = b.address
  b.address = null
  await livenessThread.worker?.terminate()
  expect([a.board.isUp, b.board.isUp]).toEqual([false, false])
  await until(() => b.address !== null)
  expect(b.address).not.toEqual(before)
  a.post.dial(1, b.address as unknown as Address)
  const { ticks } = a.board
  await until(() => a.board.isUp && b.board.isUp && a.board.ticks > ticks + 2)
  expect([a.failures, b.failures]).toEqual([['it ended'], ['it ended']])
})

it('a thread that dies again and again is given up', async () => {
  const { a, b } = await two()
  // What died in other tests of this file counts.
  for (let deaths = 0; deaths < 6 && livenessThread.worker !== null; deaths++) {
    const { length } = a.failures
    await livenessThread.worker.terminate()
    await until(() => a.failures.length > length)
  }
  expect(livenessThread.worker).toBe(null)
  expect(a.failures.at(-1)).toBe('final: it ended')
  expect([a.board.isUp, b.board.isUp]).toEqual([false, false])
})

it('says why it cannot listen or be reached', async () => {
  const side = new Side()
  side.post.listen({ host: '203.0.113.1', port: 0 })
  await until(() => side.listenFailure !== null)
  expect(side.listenFailure).toContain('EADDRNOTAVAIL')
  side.post.dial(1, { host: '127.0.0.1', port: 1 })
  await until(() => side.unreachable !== null)
  expect(side.unreachable).toContain('ECONNREFUSED')
})
