import {
  createNode,
  immutable,
  reply,
  type AnyPid,
  type AnyProcess,
  type CallbackBody,
  type Node,
  type Pid,
  type Process,
  type Request,
  type TraceContext,
} from '@agner/core'
import { awaitResponse, inquire } from '@agner/core/kernel'
import { createVirtualRuntime, eachSeed, type VirtualRuntime } from '@agner/testing'
import { beforeEach, describe, expect, it } from 'vitest'

const trace = (digit: string): TraceContext => ({ traceId: digit.repeat(32), spanId: digit.repeat(16), flags: 1 })
const [one, two] = [trace('1'), trace('2')]
const digit = (context: TraceContext | null): string => context?.traceId[0] ?? '-'

let runtime: VirtualRuntime
let node: Node

beforeEach(() => {
  runtime = createVirtualRuntime()
  node = createNode({ runtime })
})

async function run<M>(body: (self: Process<M>) => Promise<unknown>): Promise<void> {
  const reason = await runtime.runUntil(node.exited(node.spawn(body)))
  if (reason !== 'normal') throw reason instanceof Error ? reason : new Error(JSON.stringify(reason))
}

/** Tells what it is part of, at each message. */
const asyncTeller =
  (seen: string[]) =>
  async (self: Process<string>): Promise<void> => {
    for (;;) seen.push(`${await self.receive()} ${digit(self.traceContext)}`)
  }
const callbackTeller = (seen: string[]): CallbackBody<string, null> => ({
  init: () => null,
  message: (self, message) => {
    seen.push(`${message} ${digit(self.traceContext)}`)
    return null
  },
})

describe.each([
  ['an async body', asyncTeller],
  ['a callback body', callbackTeller],
] as const)('%s', (_, teller) => {
  it('has what comes along with the message that it handles, and nothing with one that brings nothing', async () => {
    const seen: string[] = []
    const there = node.spawn<string>(teller(seen) as never, { name: 'there' })
    await run(async (self) => {
      self.send(there, 'a')
      self.traceContext = one
      self.send(there, 'b')
      self.send('there', 'b' as never)
      self.send({ name: 'there', node: node.name }, 'b' as never)
      self.traceContext = two
      self.send(there, 'c')
      self.traceContext = null
      self.send(there, 'd')
      self.send(there, 'e')
      await self.sleep(1)
    })
    expect(seen).toEqual(['a -', 'b 1', 'b 1', 'b 1', 'c 2', 'd -', 'e -'])
  })

  it('keeps them apart under every schedule, however messages wait', async () => {
    await eachSeed({ seeds: 30 }, async (virtual) => {
      const local = createNode({ runtime: virtual })
      const seen: string[] = []
      const there = local.spawn<string>(teller(seen) as never)
      const senders = ['1', '2', '-'].map((which) =>
        local.spawn(async (self) => {
          self.traceContext = which === '-' ? null : trace(which)
          for (let index = 0; index < 10; index++) {
            self.send(there, `from ${which}`)
            if (index % 3 === 0) await self.yield()
          }
        }),
      )
      await virtual.runUntil(Promise.all(senders.map((pid) => local.exited(pid))))
      await virtual.settle()
      expect(seen).toHaveLength(30)
      for (const each of seen) expect(each).toMatch(/^from (.) \1$/)
    })
  })

  it('that is suspended meanwhile has it when it goes on', async () => {
    const seen: string[] = []
    const there = node.spawn<string>(teller(seen) as never)
    await run(async (self) => {
      self.suspend(there)
      self.send(there, 'early')
      self.traceContext = one
      self.send(there, 'later')
      self.traceContext = null
      self.send(there, 'last')
      await self.sleep(5)
      self.resume(there)
      await self.sleep(5)
    })
    expect(seen).toEqual(['early -', 'later 1', 'last -'])
  })
})

describe.each<[string, unknown]>([
  ['texts', 'job'],
  ['numbers', 7],
  ['numbers that are none', Number.NaN],
  ['values that go by reference', immutable({ type: 'job' })],
])('equal messages that wait: %s', (_, job) => {
  type Any = Process<unknown>

  /** Three of them, of which only the second has something that comes along. */
  const sendThree = (self: AnyProcess, to: Pid<unknown>): void => {
    self.send(to, job)
    self.traceContext = one
    self.send(to, job)
    self.traceContext = null
    self.send(to, job)
  }

  it('each has its own in an async body', async () => {
    const seen: string[] = []
    const there = node.spawn(async (self: Any) => {
      await self.receive((message) => message === 'start')
      for (;;) seen.push((await self.receive(), digit(self.traceContext)))
    })
    await run(async (self) => {
      sendThree(self, there)
      self.send(there, 'start')
      await self.sleep(1)
    })
    expect(seen).toEqual(['-', '1', '-'])
  })

  it('each has its own in a callback body that is busy, or suspended', async () => {
    const seen: string[] = []
    const there = node.spawn<unknown, null>({
      init: () => null,
      message: async (self, message) => {
        if (message === 'start') await self.sleep(5)
        else seen.push(digit(self.traceContext))
        return null
      },
    })
    await run(async (self) => {
      self.send(there, 'start')
      sendThree(self, there)
      await self.sleep(10)
      self.suspend(there)
      sendThree(self, there)
      await self.sleep(1)
      self.resume(there)
      await self.sleep(1)
    })
    expect(seen).toEqual(['-', '1', '-', '-', '1', '-'])
  })

  it('the later one has its own when it is taken first', async () => {
    const seen: string[] = []
    const there = node.spawn(async (self: Any) => {
      await self.receive((message) => message === 'first')
      const since = self.makeRef()
      await self.receive((message) => message === 'second')
      await self.receive(() => true, { since })
      seen.push(digit(self.traceContext))
      await self.receive()
      seen.push(digit(self.traceContext))
    })
    await run(async (self) => {
      self.send(there, job)
      self.send(there, 'first')
      await self.sleep(1)
      self.traceContext = one
      self.send(there, job)
      self.send(there, 'second')
      await self.sleep(1)
    })
    expect(seen).toEqual(['1', '-'])
  })

  it('one that is heard within the handler of another is not taken for it', async () => {
    const seen: string[] = []
    const there = node.spawn<unknown, null>({
      init: () => null,
      message: async (self) => {
        // Makes it take in what has arrived.
        self.demonitor(self.makeRef(), { flush: true })
        await self.sleep(1)
        seen.push(digit(self.traceContext))
        return null
      },
    })
    await run(async (self) => {
      self.traceContext = one
      self.send(there, job)
      self.traceContext = two
      self.send(there, job)
      self.traceContext = null
      self.send(there, job)
      await self.sleep(10)
    })
    expect(seen).toEqual(['1', '2', '-'])
  })

  it('each has its own however often the mailbox is squeezed', async () => {
    await run(async (self: Any) => {
      const contexts = [null, one, two]
      const kept: string[] = []
      for (let index = 0; index < 300; index++) {
        const context = contexts[index % 3]!
        self.spawn(async (child) => {
          child.traceContext = context
          if (index % 10 === 0) child.send(self.pid as Pid<unknown>, job)
          child.send(self.pid as Pid<unknown>, { type: 'take' })
        })
        if (index % 10 === 0) kept.push(digit(context))
        await self.receive((message) => message !== job && !Number.isNaN(message))
        expect(digit(self.traceContext)).toBe(digit(context))
      }
      for (const each of kept) expect([await self.receive(), digit(self.traceContext)]).toEqual([job, each])
    })
  })
})

describe('a trace context', () => {
  it('is what a handler has set last, once it awaits', async () => {
    const seen: string[] = []
    const there = node.spawn<string, null>({
      init: () => null,
      message: async (self) => {
        self.traceContext = null
        self.traceContext = two
        await self.sleep(1)
        seen.push(digit(self.traceContext))
        return null
      },
    })
    await run(async (self) => {
      self.traceContext = one
      self.send(there, 'x')
      await self.sleep(5)
    })
    expect(seen).toEqual(['2'])
  })

  it('goes with requests, stays with who asks, and goes on from server to server', async () => {
    const inner: CallbackBody<Request<string, string>, null> = {
      init: () => null,
      message: (self, request) => {
        reply(request, `inner ${digit(self.traceContext)}`)
        return null
      },
    }
    const innerPid = node.spawn<Request<string, string>>(inner as never)
    const outer: CallbackBody<Request<string, string>, null> = {
      init: () => null,
      message: async (self, request) => {
        const before = digit(self.traceContext)
        const answer = (await self.request(innerPid, 'x')) as string
        reply(request, `outer ${before}${digit(self.traceContext)}, ${answer}`)
        return null
      },
    }
    const outerPid = node.spawn<Request<string, string>>(outer as never)
    await run(async (self) => {
      expect(await self.request(outerPid, 'x')).toBe('outer --, inner -')
      self.traceContext = one
      expect(await self.request(outerPid, 'x')).toBe('outer 11, inner 1')
      expect(self.traceContext).toEqual(one)
      self.traceContext = null
      expect(await self.request(outerPid, 'x')).toBe('outer --, inner -')
    })
  })

  it('is that of the request again when its response comes as a message', async () => {
    const server = node.spawn<Request<string, string>>(async (self) => {
      for (;;) reply(await self.receive(), 'answer')
    })
    await run(async (self: Process<unknown>) => {
      self.traceContext = one
      const asked = inquire(self, server, 'x')
      self.traceContext = two
      await self.receive()
      expect(digit(self.traceContext)).toBe('1')
      self.traceContext = two
      const waited = inquire(self, server, 'x')
      await awaitResponse(self, waited, 1000)
      expect(digit(self.traceContext)).toBe('2')
      expect(asked.response).toMatchObject({ type: 'reply' })
    })
  })

  it('is inherited by what is spawned, and goes through aliases', async () => {
    await run(async (self: Process<string>) => {
      const tell = (to: AnyPid) => async (child: Process<never>) =>
        child.send(to as Pid<string>, `child ${digit(child.traceContext)}`)
      self.traceContext = one
      self.spawn(tell(self.pid))
      self.spawn(tell(self.pid), { leads: true })
      self.traceContext = null
      self.spawn(tell(self.pid))
      const seen = [await self.receive(), await self.receive(), await self.receive()]
      expect(seen).toEqual(['child 1', 'child 1', 'child -'])
      const alias = self.alias()
      self.spawn(async (child) => {
        child.traceContext = two
        child.send(alias as never, 'by alias')
      })
      expect([await self.receive(), digit(self.traceContext)]).toEqual(['by alias', '2'])
    })
  })

  it('waits with its message when another is taken first', async () => {
    await run(async (self: Process<string>) => {
      self.spawn(async (child) => {
        child.traceContext = one
        child.send(self.pid, 'first')
        child.traceContext = two
        child.send(self.pid, 'second')
        child.traceContext = null
        child.send(self.pid, 'third')
      })
      await self.sleep(1)
      const is = (wanted: string) => (message: string) => message === wanted
      expect([await self.receive(is('second') as never), digit(self.traceContext)]).toEqual(['second', '2'])
      expect([await self.receive(is('third') as never), digit(self.traceContext)]).toEqual(['third', '-'])
      expect([await self.receive(), digit(self.traceContext)]).toEqual(['first', '1'])
    })
  })

  it('is a frozen copy, and refused if it is none', async () => {
    await run(async (self) => {
      const mine = { ...one }
      self.traceContext = mine
      expect(self.traceContext).toEqual(one)
      expect(self.traceContext).not.toBe(mine)
      expect(Object.isFrozen(self.traceContext)).toBe(true)
      const bad = [
        {},
        { ...one, traceId: '0'.repeat(32) },
        { ...one, traceId: 'A'.repeat(32) },
        { ...one, spanId: '1' },
        { ...one, spanId: '0'.repeat(16) },
        { ...one, flags: 256 },
        { ...one, flags: 0.5 },
        'x',
      ]
      for (const value of bad)
        expect(() => {
          self.traceContext = value as never
        }).toThrow(expect.objectContaining({ code: 'trace_context.bad' }) as Error)
      expect(self.traceContext).toEqual(one)
      expect(self.messageClock).toBe(null)
    })
  })

  it('to nobody is as silent, and raises as much, as any other message', async () => {
    await run(async (self) => {
      self.traceContext = one
      expect(() => self.send('nobody', 1 as never)).toThrow(
        expect.objectContaining({ code: 'send.no_such_name' }) as Error,
      )
      self.send({ name: 'nobody', node: node.name }, 1 as never)
      self.send({ name: 'nobody', node: 'else@where' }, 1 as never)
      await expect(self.request('nobody', 1)).rejects.toMatchObject({ code: 'call.no_process' })
      await expect(self.request({ name: 'x', node: 'else@where' }, 1)).rejects.toMatchObject({
        code: 'call.no_connection',
      })
    })
  })
})
