/**
 * A request in a message: it goes as an alias, from one process to the next and to other nodes, and its first answer
 * settles it.
 */
import { createVirtualRuntime } from '@agner/testing'
import { expect, expectTypeOf, test } from 'vitest'
import {
  createNode,
  Ref,
  reply,
  replyFrom,
  type Request,
  type AnyPid,
  type CallbackBody,
  type Node,
  type Pid,
  type Process,
  type ReplyAddress,
} from '../src/index.ts'
import { attachRouter, type RemotePort } from '../src/kernel.ts'

interface Job {
  readonly what: string
  readonly from: ReplyAddress<string>
}

/** Hands each request on to a worker. */
const clerk = (worker: () => AnyPid): CallbackBody<Request<string, string>, null> => ({
  init: () => null,
  message: (self, from) => {
    const job: Job = { what: from.payload, from }
    self.send(worker() as unknown as Pid<Job>, job)
    return null
  },
})

const worker =
  (answers: number) =>
  async (self: Process<Job>): Promise<void> => {
    for (;;) {
      const { what, from } = await self.receive()
      expect(from).toBeInstanceOf(Ref)
      expect(() => reply(from, 'no')).toThrow(/replyFrom/)
      for (let i = 0; i < answers; i++) replyFrom(self, from, `${what} ${i}`)
    }
  }

test('a worker of the same node answers in place of the server, once', async () => {
  const runtime = createVirtualRuntime()
  const node = createNode({ runtime })
  const pid = node.spawn<Job>(worker(2))
  const server = node.spawn(clerk(() => pid))
  expect(await runtime.runUntil(node.request(server, 'a'))).toBe('a 0')
  expect(await runtime.runUntil(node.request(server, 'b'))).toBe('b 0')
  await runtime.runUntil(node.stop())
})

test('an answer after the caller gave up goes nowhere, and the server may still answer first', async () => {
  const runtime = createVirtualRuntime()
  const node = createNode({ runtime })
  let job: Job | null = null
  const holder = node.spawn<Job>(async (self) => {
    job = await self.receive()
    await self.sleep(100)
    replyFrom(self, job.from, undefined as never)
    await self.receive()
  })
  const server = node.spawn<Request<string, string>, null>({
    init: () => null,
    message: (self, from) => {
      self.send(holder as never, { what: 'x', from } as never)
      if (from.payload === 'both') reply(from, 'mine')
      return null
    },
  })
  await expect(runtime.runUntil(node.request(server, 'late', { timeoutMs: 50 }))).rejects.toMatchObject({
    code: 'call.timeout',
  })
  expect(job).not.toBeNull()
  expect(await runtime.runUntil(node.request(server, 'both'))).toBe('mine')
  await runtime.advance(1000)
  await runtime.runUntil(node.stop())
})

test('as a message of its own it is a ref, and disturbs nobody', async () => {
  const runtime = createVirtualRuntime()
  const node = createNode({ runtime })
  const got: unknown[] = []
  const sink = node.spawn(async (self: Process<ReplyAddress<number>>) => {
    const from = await self.receive()
    got.push(from)
    replyFrom(self, from, 7)
    // Whatever else comes through it is no answer.
    self.send(from as never, 'rubbish' as never)
  })
  const server = node.spawn<Request<null, number>, null>({
    init: () => null,
    message: (self, from) => {
      self.send(sink as never, from as never)
      return null
    },
  })
  expect(await runtime.runUntil(node.request(server, null))).toBe(7)
  expect(got[0]).toBeInstanceOf(Ref)
  await runtime.runUntil(node.stop())
})

test('a worker on a third node answers a caller on a first through the server of a second', async () => {
  const runtime = createVirtualRuntime()
  const ports = new Map<string, RemotePort>()
  const nodes = new Map<string, Node>()
  for (const name of ['a@t', 'b@t', 'c@t']) {
    const node = createNode({ name, runtime })
    nodes.set(name, node)
    const route = (to: string, signal: Parameters<RemotePort['deliver']>[1]) =>
      runtime.macrotask(() => ports.get(to)!.deliver({ name, incarnation: node.incarnation }, signal))
    ports.set(name, attachRouter(node, { route }))
  }
  const far = nodes.get('c@t')!.spawn<Job>(worker(2))
  const server = nodes.get('b@t')!.spawn(clerk(() => far))
  const answers: unknown[] = []
  const asker = nodes.get('a@t')!.spawn(async (self) => {
    answers.push(await self.request(server, 'far'))
    answers.push(await self.request(server, 'away'))
  })
  await runtime.runUntil(nodes.get('a@t')!.exited(asker))
  expect(answers).toEqual(['far 0', 'away 0'])
})

test('types: what waits for a string takes a string', () => {
  const from = null as unknown as ReplyAddress<string>
  expectTypeOf(replyFrom<string>)
    .parameter(2)
    .toEqualTypeOf<string>()
  // @ts-expect-error a number is no answer
  const wrong = (self: Process<never>) => replyFrom(self, from, 7)
  expect(wrong).toBeTypeOf('function')
})
