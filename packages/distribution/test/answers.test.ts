/** Answers over a connection that takes less than it is sent: what they come after, and who waits for them. */
import { reply, replyFrom, type Process, type Request } from '@agner/core'
import { simulateCluster, type SimulatedCluster, type SimulatedNode } from '@agner/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { erpc } from '../src/index.ts'

const MiB = 1024 * 1024

interface FilesApi {
  fetch(to: unknown): string
  fetchAndLeave(to: unknown): void
}

const files = erpc.functions<FilesApi>('@test/files')
const Files = erpc.defineFunctions(files, '1', {
  fetch: (to, self) => {
    self.send(to as never, new Uint8Array(4 * MiB) as never)
    return 'sent'
  },
  fetchAndLeave: (to, self) => {
    self.send(to as never, new Uint8Array(4 * MiB) as never)
    return self.exit('left')
  },
})

let cluster: SimulatedCluster
let a: SimulatedNode
let b: SimulatedNode
let c: SimulatedNode

beforeEach(async () => {
  cluster = await simulateCluster({
    nodes: ['a', 'b', 'c'],
    trace: false,
    network: { latencyMs: [1, 1], highWaterBytes: 64 * 1024 },
    node: { modules: [Files] },
  })
  ;[a, b, c] = [cluster.node('a'), cluster.node('b'), cluster.node('c')]
  await cluster.until(Promise.all([a, c].map(({ distribution }) => distribution.connect('b@cluster'))))
})

afterEach(() => cluster.stop())

/** What a process of a sees, in its order: messages, and the answer to what it asks. */
async function seenBy(ask: (self: Process<unknown>) => Promise<unknown>): Promise<string[]> {
  const seen: string[] = []
  const asker = a.node.spawn<unknown>(async (self) => {
    const answered = ask(self).then(
      (answer) => seen.push(`answer ${String(answer)}`),
      (error: Error) => seen.push(`failure ${error.message}`),
    )
    const got = await self.receive()
    seen.push(`message of ${(got as Uint8Array).length}`)
    await self.wait(answered)
  })
  expect(await cluster.until(a.node.exited(asker))).toBe('normal')
  return seen
}

describe('an answer', () => {
  it('of a process that answers for its server comes after what that process sent', async () => {
    const server = b.node.spawn<Request<string, string>>(async (self) => {
      const asked = await self.receive()
      self.spawn<never>(async (worker) => {
        worker.send(asked.from as never, new Uint8Array(4 * MiB) as never)
        replyFrom(worker, asked, 'done')
      })
      await self.receive()
    })
    expect(await seenBy((self) => self.request(server, 'go', { timeoutMs: Infinity }))).toEqual([
      `message of ${4 * MiB}`,
      'answer done',
    ])
  })

  it('that erpc brings comes after what the function sent, however it ended', async () => {
    const options = { timeoutMs: Infinity }
    expect(await seenBy((self) => erpc.call(self, 'b@cluster', files, 'fetch', self.pid, options))).toEqual([
      `message of ${4 * MiB}`,
      'answer sent',
    ])
    const [first, second] = await seenBy((self) =>
      erpc.call(self, 'b@cluster', files, 'fetchAndLeave', self.pid, options),
    )
    expect(first).toBe(`message of ${4 * MiB}`)
    expect(second).toMatch(/^failure .*left/)
  })

  it('that is large makes who gives it wait, and not its server', async () => {
    const waits: string[] = []
    const server = b.node.spawn<Request<string, unknown>>(async (self) => {
      for (;;) {
        const asked = await self.receive()
        if (asked.payload === 'ping') reply(asked, 'pong')
        else
          self.spawn<never>(async (worker) => {
            replyFrom(worker, asked, new Uint8Array(30 * MiB))
            await worker.sleep(0)
            waits.push('the worker')
          })
      }
    })
    let file: unknown = null
    a.node.spawn<never>(async (self) => {
      file = await self.request(server, 'file', { timeoutMs: Infinity })
    })
    await cluster.run(5)
    const other = c.node.spawn<never>(async (self) => {
      waits.push(String(await self.request(server, 'ping')))
    })
    expect(await cluster.until(c.node.exited(other))).toBe('normal')
    expect(waits).toEqual(['pong'])
    expect(file).toBeNull()
    await cluster.run(10_000)
    expect(waits).toEqual(['pong', 'the worker'])
    expect((file as Uint8Array).length).toBe(30 * MiB)
  })
})
