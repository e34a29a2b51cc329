import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import {
  AgnerError,
  reply,
  timedOut,
  type Down,
  type Node,
  type Pid,
  type Process,
  type Request,
  type ResponseMessage,
} from '../src/index.ts'
import { awaitResponse, inquire } from '../src/kernel.ts'
import { createWorld } from './world.ts'

type Asked = Request<number, unknown>

/** Answers each request with its payload plus one. */
function spawnServer(node: Node, name?: string): Pid<never> {
  const body = {
    init: () => null,
    message: (_self: Process<Asked>, request: Asked) => (reply(request, request.payload + 1), null),
  }
  return node.spawn(body, name === undefined ? {} : { name })
}

describe('a request is answered', () => {
  test('by pid, by name, by name and node; from a process and from outside', async () => {
    const { inProcess, node, runtime } = createWorld()
    const server = spawnServer(node, 'plus-one')
    await inProcess(async (self) => {
      expect(await self.request(server, 1)).toBe(2)
      expect(await self.request('plus-one', 2)).toBe(3)
      expect(await self.request({ name: 'plus-one', node: node.name }, 3)).toBe(4)
    })
    expect(await runtime.runUntil(node.request(server, 4))).toBe(5)
  })

  test('later, by another process of the node, out of order', async () => {
    const { inProcess, node } = createWorld()
    const waiting: Asked[] = []
    const server = node.spawn(async (self: Process<Asked>) => {
      for (let n = 0; n < 3; n++) waiting.push(await self.receive())
      self.spawn(async (me) => {
        await me.sleep(100)
        for (const request of waiting.reverse()) reply(request, request.payload * 10)
      })
      await self.sleep(1e6)
    })
    await inProcess(async (self) => {
      expect(await Promise.all([1, 2, 3].map((n) => self.request(server, n)))).toEqual([10, 20, 30])
    })
  })

  test('with what was sent before the answer seen before it', async () => {
    await eachSeed({ seeds: 100 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<string>(async (self) => {
        const server = self.spawn(async (me: Process<Asked>) => {
          for (;;) {
            const request = await me.receive()
            me.send(self.pid, 'before')
            reply(request, 'answer')
            me.send(self.pid, 'after')
          }
        })
        for (let round = 0; round < 3; round++) {
          expect(await self.request(server, 0)).toBe('answer')
          expect(await self.receive((message) => message === 'before', { timeoutMs: 0 })).toBe('before')
          expect(await self.receive()).toBe('after')
        }
      })
    })
  })

  test('with a copy, both ways', async () => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      const kept: number[][] = []
      const server = self.spawn(async (me: Process<Request<number[], number[]>>) => {
        for (;;) {
          const request = await me.receive()
          kept.push(request.payload)
          reply(request, request.payload)
        }
      })
      const sent = [1]
      const asking = self.request(server, sent)
      sent.push(2)
      const got = (await asking) as number[]
      got.push(3)
      expect([sent, got, kept]).toEqual([[1, 2], [1, 3], [[1]]])
    })
  })

  test('with undefined, and any falsy value', async () => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      const answers = [undefined, null, 0, false, '']
      const server = self.spawn(async (me: Process<Asked>) => {
        for (;;) {
          const request = await me.receive()
          reply(request, answers[request.payload])
        }
      })
      for (let n = 0; n < answers.length; n++) expect(await self.request(server, n)).toBe(answers[n])
    })
  })

  test('once: a second answer, and one after the caller died, do nothing', async () => {
    const { inProcess, node, runtime } = createWorld()
    const asked: Asked[] = []
    const server = node.spawn({
      init: () => null,
      message: (_self: Process<Asked>, request: Asked) => void asked.push(request),
    })
    await inProcess<string>(async (self) => {
      const asking = self.request(server, 1)
      await self.sleep(1)
      expect(asked[0]!.isPending).toBe(true)
      expect(asked[0]!.from).toBe(self.pid)
      reply(asked[0]!, 'first')
      reply(asked[0]!, 'second')
      expect(asked[0]!.isPending).toBe(false)
      expect(await asking).toBe('first')
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
    })
    const caller = node.spawn((self) => self.request(server, 2))
    await runtime.settle()
    node.sendExit(caller, 'kill')
    await runtime.settle()
    expect(asked[1]!.isPending).toBe(false)
    reply(asked[1]!, 'to nobody')
    await runtime.settle()
  })

  test('not with what cannot be sent: the request stays open', async () => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      const server = self.spawn(async (me: Process<Asked>) => {
        const request = await me.receive()
        expect(() => reply(request, () => {})).toThrow(expect.objectContaining({ code: 'copy.unsendable' }))
        expect(() => reply({} as never, 1 as never)).toThrow(expect.objectContaining({ code: 'reply.not_a_request' }))
        reply(request, 'then this')
        await me.sleep(1)
      })
      expect(await self.request(server, 1)).toBe('then this')
    })
  })

  test('past 100,000 unread messages, at the cost of one without them', async () => {
    const { inProcess, node } = createWorld()
    const server = spawnServer(node)
    await inProcess<number>(async (self) => {
      const calls = async (): Promise<number> => {
        const startMs = performance.now()
        for (let n = 0; n < 2000; n++) if ((await self.request(server, n)) !== n + 1) throw new Error('wrong answer')
        return performance.now() - startMs
      }
      await calls()
      const emptyMs = await calls()
      for (let n = 0; n < 100_000; n++) self.send(self.pid, n)
      await self.receive((message) => message === 0)
      expect(await calls()).toBeLessThan(10 * emptyMs + 50)
      expect(node.processInfo(self.pid)!.mailboxLength).toBe(99_999)
    })
  })
})

describe('a request fails', () => {
  test('at once when there is nobody', async () => {
    const { inProcess, node, exited, runtime } = createWorld()
    const dead = node.spawn(async () => {})
    await exited(dead)
    await inProcess(async (self) => {
      for (const target of [dead, 'nobody', { name: 'nobody', node: node.name }]) {
        await expect(self.request(target, 1)).rejects.toMatchObject({
          code: 'call.no_process',
          details: { reason: 'noproc' },
        })
      }
      await expect(self.request({ name: 'x', node: 'nowhere@y' }, 1)).rejects.toMatchObject({
        code: 'call.no_connection',
        details: { reason: 'noconnection' },
      })
    })
    await expect(runtime.runUntil(node.request(dead, 1))).rejects.toMatchObject({ code: 'call.no_process' })
    expect(runtime.nowMs()).toBe(0)
  })

  test.each<[string, (self: Process<Asked>) => Promise<unknown>, unknown]>([
    ['crashes', () => Promise.reject(new RangeError('boom')), expect.objectContaining({ message: 'boom' })],
    ['returns', async () => {}, 'normal'],
    ['exits', async (self) => self.exit({ why: 'enough', n: 1n }), { why: 'enough', n: 1n }],
    ['exits with a bigint', async (self) => self.exit(5n), 5n],
    ['is killed', async (self) => self.sendExit(self.pid, 'kill'), 'killed'],
  ])('when the server %s before or after it took the request', async (_name, end, reason) => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess(async (self) => {
        for (const takes of [true, false]) {
          const server = self.spawn(async (me: Process<Asked>) => {
            if (takes) await me.receive()
            else await me.sleep(5)
            return end(me)
          })
          const failure: unknown = await self.request(server, 1, { timeoutMs: 1000 }).catch((error: unknown) => error)
          expect(failure).toBeInstanceOf(AgnerError)
          expect(failure).toMatchObject({ code: 'call.exited', details: { reason } })
        }
        expect(runtime.nowMs()).toBeLessThan(20)
      })
    })
  })

  test('with a reason of its own: what one caller does to it no other sees, nor who monitors', async () => {
    const { node, inProcess, runtime } = createWorld()
    const why = { table: new Map([['a', 1]]), bytes: new Uint8Array([1]), list: [1] }
    const server = node.spawn(async (self: Process<Asked>) => {
      await self.receive()
      await self.sleep(5)
      self.exit(why)
    })
    const reasonOf = (asking: Promise<unknown>): Promise<typeof why> =>
      asking.then(
        () => Promise.reject(new Error('it was answered')),
        (error: AgnerError) => error.details['reason'] as typeof why,
      )
    const outside = reasonOf(node.request(server, 1))
    await inProcess<Down | ResponseMessage>(async (self) => {
      self.monitor(server)
      const inquiry = inquire(self, server, 1)
      const [one, other] = await Promise.all([reasonOf(self.request(server, 1)), reasonOf(self.request(server, 1))])
      one.table.set('b', 2)
      one.bytes[0] = 9
      expect(() => one.list.push(2)).toThrow(TypeError)
      expect(other).toEqual(why)
      const down = await self.receive((message) => message.type === 'down')
      expect(down).toMatchObject({ reason: why })
      const response = await awaitResponse(self, inquiry, 0)
      expect(response).toMatchObject({ response: { error: { details: { reason: why } } } })
    })
    expect(await runtime.runUntil(outside)).toEqual(why)
  })

  test('when time runs out: the late answer is seen by nobody, the server is not touched', async () => {
    await eachSeed({ seeds: 50 }, async (runtime) => {
      const { inProcess, node } = createWorld({ runtime })
      const served: number[] = []
      const server = node.spawn(async (self: Process<Asked>) => {
        for (;;) {
          const request = await self.receive()
          await self.sleep(10)
          served.push(request.payload)
          reply(request, request.payload)
        }
      })
      await inProcess<unknown>(async (self) => {
        // The first is answered too late, the second is not even looked at in time, the third is in time.
        await expect(self.request(server, 1, { timeoutMs: 5 })).rejects.toMatchObject({
          code: 'call.timeout',
          details: { timeoutMs: 5 },
        })
        await expect(self.request(server, 2, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'call.timeout' })
        expect(await self.request(server, 3, { timeoutMs: 1000 })).toBe(3)
        expect(await self.receive({ timeoutMs: 1000 })).toBe(timedOut)
        expect(served).toEqual([1, 2, 3])
      })
    })
  })

  test('answer and deadline at one instant: one of the two, once, whatever comes after', async () => {
    await eachSeed({ seeds: 200 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<unknown>(async (self) => {
        const server = self.spawn(async (me: Process<Asked>) => {
          const request = await me.receive()
          await me.sleep(10)
          reply(request, 'in time')
          await me.sleep(10)
        })
        const outcome = await self
          .request(server, 1, { timeoutMs: 10 })
          .catch((error: unknown) => (error as AgnerError).code)
        expect(['in time', 'call.timeout']).toContain(outcome)
        expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
      })
    })
  })

  test('with a timeout of 0 at this instant', async () => {
    const { inProcess, node, runtime } = createWorld()
    const slow = node.spawn(async (self) => self.sleep(1e6))
    await inProcess(async (self) => {
      await expect(self.request(slow, 1, { timeoutMs: 0 })).rejects.toMatchObject({ code: 'call.timeout' })
      expect(runtime.nowMs()).toBe(0)
    })
  })

  test('with a timeout of 0 however quick the server is, which gets it all the same', async () => {
    await eachSeed({ seeds: 50 }, async (runtime) => {
      const { inProcess, node } = createWorld({ runtime })
      const seen: unknown[] = []
      const quick = node.spawn(async (self: Process<Request<string, string>>) => {
        const request = await self.receive()
        seen.push(request.payload)
        reply(request, 'at once')
      })
      await inProcess(async (self) => {
        await expect(self.request(quick, 'hurry', { timeoutMs: 0 })).rejects.toMatchObject({ code: 'call.timeout' })
        await self.sleep(1)
      })
      expect(seen).toEqual(['hurry'])
    })
  })

  test('what was asked before the caller died or gave up still reaches the server, as any message sent before', async () => {
    await eachSeed({ seeds: 50 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const served: unknown[] = []
      const server = node.spawn({
        init: () => null,
        message: (_self: Process<Asked>, request: Asked) => (
          served.push([request.payload, request.isPending]),
          reply(request, 0),
          null
        ),
      })
      await runtime.settle()
      const caller = node.spawn(async (self) => {
        void self.request(server, 7)
        self.exit('at once')
      })
      expect(await runtime.runUntil(node.exited(caller))).toBe('at once')
      await runtime.settle()
      expect(served).toEqual([[7, false]])
    })
  })

  test('never, with an infinite timeout; weeks beyond 2^31 ms are waited for', async () => {
    const { inProcess, node, runtime } = createWorld()
    const slow = node.spawn(async (self: Process<Asked>) => {
      const request = await self.receive()
      await self.sleep(2 ** 32)
      reply(request, 'at last')
      await self.sleep(1)
      await self.receive()
      await self.sleep(1e12)
    })
    await inProcess(async (self) => {
      expect(await self.request(slow, 1, { timeoutMs: Infinity })).toBe('at last')
      expect(runtime.nowMs()).toBe(2 ** 32)
      await expect(self.request(slow, 1, { timeoutMs: 2 ** 33 })).rejects.toMatchObject({ code: 'call.timeout' })
      expect(runtime.nowMs()).toBe(2 ** 32 + 2 ** 33)
    })
  })

  test('when a process calls itself, by pid or name', async () => {
    const { inProcess, node } = createWorld()
    await inProcess(async (self) => {
      self.register('me')
      for (const target of [self.pid, 'me', { name: 'me', node: node.name }])
        await expect(self.request(target, 1)).rejects.toMatchObject({ code: 'call.calling_self' })
    })
  })

  test.each([-1, Number.NaN, '5', {}])('a timeout of %j is refused', async (timeoutMs) => {
    const { inProcess, node } = createWorld()
    const server = spawnServer(node)
    await inProcess(async (self) => {
      await expect(self.request(server, 1, { timeoutMs: timeoutMs as number })).rejects.toMatchObject({
        code: 'call.bad_timeout',
      })
    })
  })

  test('with a payload that cannot be sent, and nothing has been sent then', async () => {
    const { inProcess, node, runtime } = createWorld()
    let got = 0
    const server = node.spawn({ init: () => null, message: () => void got++ })
    await inProcess(async (self) => {
      await expect(self.request(server, (() => {}) as never)).rejects.toMatchObject({ code: 'copy.unsendable' })
    })
    await runtime.advance(10_000)
    expect(got).toBe(0)
  })
})

describe('under any schedule', () => {
  test('every request has exactly one outcome, and the right answer if it has one', async () => {
    await eachSeed({ seeds: 200 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const coin = (chance: number) => runtime.random() < chance
      const start = (): Pid<never> =>
        node.spawn(async (self: Process<Asked>) => {
          const open: Asked[] = []
          for (;;) {
            const request = await self.receive({ timeoutMs: 20 })
            if (request !== timedOut) open.push(request)
            if (coin(0.05)) throw new Error('server crashed')
            if (coin(0.5)) await self.sleep(Math.floor(runtime.random() * 4))
            while (open.length > 0 && coin(0.7)) {
              const [next] = open.splice(Math.floor(runtime.random() * open.length), 1)
              reply(next!, next!.payload + 1)
              if (coin(0.1)) reply(next!, -1)
            }
            if (request === timedOut && open.length === 0) return
          }
        })
      let servers = [start(), start()]
      const outcomes: string[] = []
      let asked = 0
      let killed = 0
      const callers = Array.from({ length: 6 }, () =>
        node.spawn(async (self: Process<unknown>) => {
          for (let n = 0; n < 10; n++) {
            const payload = asked++
            servers = servers.map((server) => (node.isAlive(server) ? server : start()))
            const outcome = await self
              .request(servers[payload % 2]!, payload, { timeoutMs: 1 + Math.floor(runtime.random() * 10) })
              .catch((error: unknown) => error)
            if (outcome instanceof AgnerError) outcomes.push(outcome.code)
            else outcomes.push(outcome === payload + 1 ? 'answered' : `wrong: ${String(outcome)}`)
            if ((await self.receive({ timeoutMs: 0 })) !== timedOut) outcomes.push('a stray message')
          }
        }),
      )
      const ends = Promise.all(callers.map((pid) => node.exited(pid)))
      await runtime.advance(15)
      if (coin(0.5)) {
        killed = 1
        node.sendExit(callers[0]!, 'kill')
      }
      const reasons = await runtime.runUntil(ends)
      for (const reason of reasons) expect(['normal', 'killed']).toContain(reason)
      for (const outcome of outcomes)
        expect(['answered', 'call.timeout', 'call.exited', 'call.no_process']).toContain(outcome)
      if (killed === 0 || reasons[0] === 'normal') expect(outcomes).toHaveLength(60)
      else expect(outcomes.length).toBeGreaterThanOrEqual(50)
    })
  })
})
