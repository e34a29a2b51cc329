/**
 * Requests whose answer is a message unless somebody waits for it; what is let go at a death; circles of calls.
 */
import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import {
  AgnerError,
  defineModule,
  reply,
  timedOut,
  type AnyProcess,
  type Down,
  type Pid,
  type Process,
  type Request,
  type ResponseMessage,
} from '../src/index.ts'
import { awaitResponse, giveUp, inquire, onDeath, watchCircles, type CircleStep, type Inquiry } from '../src/kernel.ts'
import { createWorld } from './world.ts'

type Asked = Request<number, number>
const code = (value: string): unknown => expect.objectContaining({ code: value })
const wait = (self: AnyProcess, inquiry: Inquiry, timeoutMs = Infinity) => awaitResponse(self, inquiry, timeoutMs)

/** Answers each request after as many milliseconds as it says; 13 ends it. */
const server = async (self: Process<Asked>): Promise<void> => {
  for (;;) {
    const request = await self.receive()
    if (request.payload === 13) return
    await self.sleep(request.payload)
    reply(request, request.payload)
  }
}

describe('an inquiry', () => {
  test('has one outcome under any schedule: a wait, a message, or none once it was given up', async () => {
    await eachSeed({ seeds: 200 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const below = (limit: number) => Math.floor(runtime.random() * limit)
      let servers: Pid<never>[] = [node.spawn(server), node.spawn(server)]
      const outcomes: string[] = []
      const caller = node.spawn(async (self: Process<ResponseMessage>) => {
        for (let round = 0; round < 20; round++) {
          servers = servers.map((pid) => (node.isAlive(pid) ? pid : node.spawn(server)))
          const payload = below(15)
          const inquiry = inquire(self, servers[below(2)]!, payload)
          if (below(2) === 0) await self.sleep(below(20))
          const how = below(3)
          if (how === 0) {
            // Past the mailbox, or out of it.
            const come = await wait(self, inquiry)
            outcomes.push(come === inquiry && isRight(inquiry, payload) ? 'fine' : 'wrong')
          } else if (how === 1) {
            const come = await wait(self, inquiry, below(10))
            if (come !== timedOut) outcomes.push(isRight(inquiry, payload) ? 'fine' : 'wrong')
            else {
              // One that came after the time was up, and before it was given up, is handed out.
              const last = giveUp(self, inquiry)
              outcomes.push(last === null || isRight(last, payload) ? 'fine' : 'wrong')
            }
          } else {
            const message = await self.receive()
            outcomes.push(message.ref === inquiry.ref && isRight(inquiry, payload) ? 'fine' : 'another one')
          }
          if ((await self.receive({ timeoutMs: 0 })) !== timedOut) outcomes.push('a stray message')
        }
        if ((await self.receive({ timeoutMs: 1000 })) !== timedOut) outcomes.push('a late message')
      })
      expect(await runtime.runUntil(node.exited(caller))).toBe('normal')
      expect(outcomes).toEqual(Array(20).fill('fine'))
    })
  })

  function isRight({ response }: Inquiry, payload: number): boolean {
    if (response.type === 'reply') return response.value === payload
    return ['call.exited', 'call.no_process'].includes(response.error.code)
  }

  test('of a process that is suspended is answered when that goes on', async () => {
    const { node, runtime, inProcess } = createWorld()
    const got: unknown[] = []
    const asker = node.spawn(async (self: Process<never>) => {
      const inquiry = inquire(self, node.spawn(server), 5)
      got.push((await wait(self, inquiry)) === inquiry)
    })
    await runtime.settle()
    await inProcess(async (self) => {
      self.suspend(asker)
      await self.sleep(100)
      expect(got).toEqual([])
      self.resume(asker)
      await self.sleep(1)
      expect(got).toEqual([true])
    })
  })

  test('of what has become another function is given up', async () => {
    const got: unknown[] = []
    const next = defineModule('next', '1.0.0', {
      go: async (self: Process<unknown>) => void got.push(await self.receive({ timeoutMs: 100 })),
    })
    const { node, exited } = createWorld({ modules: [next] })
    const pid = node.spawn(async (self: Process<never>) => {
      inquire(self, self.spawn(server), 5)
      await self.become('next', 'go', null)
    })
    expect(await exited(pid)).toBe('normal')
    expect(got).toEqual([timedOut])
  })

  test('is waited for by who sent it, once, and in a time that can be', async () => {
    const { inProcess, node } = createWorld()
    await inProcess(async (self) => {
      const inquiry = inquire(self, self.spawn(server), 1)
      await expect(wait(self, inquiry, -1)).rejects.toEqual(code('call.bad_timeout'))
      expect(await wait(self, inquiry)).toBe(inquiry)
      await expect(wait(self, inquiry)).rejects.toEqual(code('request.over'))
      const other = self.spawn(async (me: Process<never>) => {
        await expect(wait(me, inquiry)).rejects.toEqual(code('request.foreign'))
        expect(giveUp(me, inquiry)).toBeNull()
      })
      expect(await node.exited(other)).toBe('normal')
      expect(() => inquire(self, self.pid, (() => 1) as never)).toThrow(code('copy.unsendable'))
    })
  })

  test('is seen by traces as a call is', async () => {
    const { node, runtime } = createWorld()
    const events: string[] = []
    const pid = node.spawn(async (self: Process<unknown>) => {
      await self.sleep(1)
      await wait(self, inquire(self, self.spawn(server), 1))
      inquire(self, 'nobody', 1)
      await self.receive()
    })
    node.trace({
      processes: [pid],
      events: ['send', 'receive'],
      to: (event) => {
        if (event.type === 'send') events.push(`send ${(event.message as { type: string }).type}`)
        if (event.type === 'receive') events.push(`receive ${(event.message as { type: string }).type}`)
      },
    })
    await runtime.runUntil(node.exited(pid))
    expect(events).toEqual(['send request', 'receive reply', 'send request', 'receive response'])
  })
})

test('what is to be let go at a death is, before anyone hears of it, unless it was taken back', async () => {
  await eachSeed({ seeds: 50 }, async (runtime) => {
    const { node } = createWorld({ runtime })
    const log: string[] = []
    const pid = node.spawn(async (self: Process<never>) => self.sleep(10))
    node.spawn(async (self: Process<Down>) => {
      self.monitor(pid)
      await self.receive()
      log.push('down')
    })
    const note = () => void log.push('released')
    expect(onDeath(node, pid, note)).not.toBeNull()
    onDeath(node, pid, note)
    onDeath(node, pid, () => void log.push('never'))!()
    await runtime.advance(20)
    expect(log).toEqual(['released', 'down'])
    expect(onDeath(node, pid, note)).toBeNull()
  })
})

describe('a circle of calls', () => {
  /** Each calls the next one, the last the first. */
  function ring(node: ReturnType<typeof createWorld>['node'], size: number): Pid<never> {
    const names = Array.from({ length: size }, (_, index) => `p${index}`)
    for (const [index, name] of names.entries()) {
      const to = names[(index + 1) % size]!
      node.spawn(
        async (self: Process<Asked>) => {
          const request = await self.receive()
          await self.request(to, 0, { timeoutMs: 1000 }).catch(() => undefined)
          reply(request, 1)
        },
        { name },
      )
    }
    return node.spawn(async (self: Process<never>) => void (await self.request('p0', 0, { timeoutMs: Infinity })))
  }

  test('is told once, unless it is longer than the limit', async () => {
    for (const [size, limit, told] of [
      [2, 10, 1],
      [11, 10, 1],
      [12, 10, 0],
    ] as const) {
      const { node, runtime } = createWorld()
      const circles: (readonly CircleStep[])[] = []
      watchCircles(node, limit, (circle) => void circles.push(circle))
      ring(node, size)
      await runtime.advance(10)
      expect(circles).toHaveLength(told)
      if (told === 1) expect(new Set(circles[0]!.map(({ name }) => name)).size).toBe(size)
    }
  })

  test('ends by a refusal, of which the caller alone hears', async () => {
    const { node, runtime } = createWorld()
    const error = new AgnerError('some.code', 'refused')
    watchCircles(node, 10, (circle) => circle[0]!.refuse(error))
    const outside = ring(node, 3)
    expect(await runtime.runUntil(node.exited(outside))).toBe('normal')
    expect(runtime.nowMs()).toBeLessThan(100)
  })

  test('is told no more when nobody looks', async () => {
    const { node, runtime } = createWorld()
    let told = 0
    const stop = watchCircles(node, 10, () => void told++)
    watchCircles(node, 10, () => void told++)()
    stop()
    ring(node, 2)
    await runtime.advance(10)
    expect(told).toBe(0)
  })
})
