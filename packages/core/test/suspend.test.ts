import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import {
  defineModule,
  reply,
  timedOut,
  type AnyPid,
  type Down,
  type Exit,
  type Pid,
  type Process,
  type Request,
} from '../src/index.ts'
import { createCluster } from './cluster.ts'
import { createWorld, type World } from './world.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })
const still = async (self: Process<unknown>): Promise<void> => void (await self.receive(() => false))
const status = ({ node }: Pick<World, 'node'>, pid: AnyPid): unknown =>
  node.processInfo(pid, ['status'])?.status ?? 'dead'

/** Notes what it receives, in either form of body. */
const forms = {
  async: (got: unknown[]) => async (self: Process<unknown>) => {
    for (;;) got.push(await self.receive())
  },
  callback: (got: unknown[]) => ({
    init: () => null,
    message: (_self: Process<unknown>, message: unknown) => {
      got.push(message)
      return null
    },
  }),
  'slow callback': (got: unknown[]) => ({
    init: () => null,
    message: async (self: Process<unknown>, message: unknown) => {
      await self.sleep(1)
      got.push(message)
      return null
    },
  }),
}

describe.each(Object.entries(forms))('a suspended process, %s', (_form, body) => {
  test('gets nothing, and all of it in order once it goes on', async () => {
    await eachSeed({ seeds: 25 }, async (runtime) => {
      const world = createWorld({ runtime })
      const { node } = world
      const got: unknown[] = []
      const pid = node.spawn<unknown>(body(got))
      node.send(pid, 1)
      await runtime.advance(10)
      node.suspend(pid)
      for (const part of [2, 3, 4]) node.send(pid, part)
      await runtime.advance(100)
      expect(got).toEqual([1])
      expect(node.processInfo(pid, ['status', 'mailboxLength', 'messages'])).toEqual({
        status: 'suspended',
        mailboxLength: 3,
        messages: [2, 3, 4],
      })
      node.resume(pid)
      node.send(pid, 5)
      await runtime.advance(100)
      expect(got).toEqual([1, 2, 3, 4, 5])
      expect(status(world, pid)).toBe('waiting')
    })
  })

  test('does not begin before it is resumed', async () => {
    await eachSeed({ seeds: 10 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const got: unknown[] = []
      const pid = node.spawn<unknown>(body(got))
      node.suspend(pid)
      node.send(pid, 'first')
      await runtime.settle()
      node.send(pid, 'second')
      await runtime.advance(10)
      expect(got).toEqual([])
      node.resume(pid)
      await runtime.advance(10)
      expect(got).toEqual(['first', 'second'])
    })
  })

  test('is linked, monitored, asked about, killed: signals act', async () => {
    await eachSeed({ seeds: 10 }, async (runtime) => {
      const world = createWorld({ runtime })
      const { node, inProcess } = world
      await inProcess<Down | Exit>(async (self) => {
        self.trapExits(true)
        const pid = self.spawn(body([]))
        self.suspend(pid)
        self.link(pid)
        const ref = self.monitor(pid)
        expect(self.processInfo(pid)).toMatchObject({ status: 'suspended', links: [self.pid] })
        self.sendExit(pid, 'stop')
        const told = [await self.receive(), await self.receive()]
        expect(told).toContainEqual({ type: 'exit', from: pid, reason: 'stop' })
        expect(told).toContainEqual({ type: 'down', ref, process: pid, reason: 'stop' })
        expect(self.isAlive(pid)).toBe(false)
        expect(self.processInfo(self.pid, ['suspending'])!.suspending).toEqual([])
        expect(() => self.resume(pid)).toThrow(code('resume.not_suspended'))
      })
      expect(node.processCount()).toBe(0)
    })
  })

  test('traps exits: they wait, as messages', async () => {
    await eachSeed({ seeds: 10 }, async (runtime) => {
      const { node, inProcess } = createWorld({ runtime })
      const got: unknown[] = []
      const pid = node.spawn<unknown>(body(got), { trapExits: true })
      await inProcess(async (self) => {
        self.suspend(pid)
        self.sendExit(pid, 'stop')
        expect(self.processInfo(pid, ['messages'])!.messages).toEqual([
          { type: 'exit', from: self.pid, reason: 'stop' },
        ])
        await self.sleep(5)
        expect(got).toEqual([])
      })
      await runtime.advance(5)
      expect(got).toMatchObject([{ type: 'exit', reason: 'stop' }])
    })
  })

  test('is ended by a mailbox that overflows', async () => {
    const { node, exited } = createWorld()
    const pid = node.spawn<unknown>(body([]), { mailboxLimit: 3 })
    const ended = exited(pid)
    node.suspend(pid)
    for (const part of [1, 2, 3, 4]) node.send(pid, part)
    expect(await ended).toEqual({ mailboxOverflow: 3 })
  })
})

describe('what would resume an async body waits', () => {
  /** What the body awaits, begun when it was told to, and resolved while it is suspended. */
  const waits: Record<string, (self: Process<unknown>, world: World) => Promise<unknown>> = {
    'a sleep': (self) => self.sleep(5),
    'a sleep of no time': (self) => self.sleep(0),
    'a yield': (self) => self.yield(),
    'a receive that times out': (self) => self.receive(() => false, { timeoutMs: 5 }),
    'a foreign promise': (self, { runtime }) =>
      self.wait(new Promise((resolve) => runtime.setTimer(5, () => resolve(1)))),
    'a foreign promise that rejects': (self, { runtime }) =>
      self
        .wait(new Promise((_, reject) => runtime.setTimer(5, () => reject(new Error('late')))))
        .catch(() => 'rejected'),
    'an answer': (self) => self.request('answers', 5),
    'an answer that does not come': (self) => self.request('never', 1, { timeoutMs: 5 }).catch(() => 'timeout'),
    'the death of its server': (self) => self.request('dies', 5).catch(() => 'dead'),
    'an error of its own': (self) => self.receive({ timeoutMs: -1 }).catch(() => 'refused'),
  }

  test.each(Object.entries(waits))('%s', async (_what, wait) => {
    await eachSeed({ seeds: 10 }, async (runtime) => {
      const world = createWorld({ runtime })
      const { node } = world
      const server = (take: (self: Process<Request<number, string>>, request: Request<number, string>) => unknown) => ({
        init: () => null,
        message: async (self: Process<Request<number, string>>, request: Request<number, string>) => {
          await self.sleep(5)
          take(self, request)
          return null
        },
      })
      node.spawn(
        server((_, request) => reply(request, 'yes')),
        { name: 'answers' },
      )
      node.spawn(
        server(() => null),
        { name: 'never' },
      )
      node.spawn(
        server((self) => self.exit('gone')),
        { name: 'dies' },
      )
      let wentOnAtMs = -1
      const pid = node.spawn<unknown>(async (self) => {
        await self.receive()
        await wait(self, world)
        wentOnAtMs = runtime.nowMs()
        await self.receive(() => false)
      })
      await runtime.settle()
      // It has a message, and gets it no more: what it waits for begins when it is resumed.
      node.suspend(pid)
      node.send(pid, 'go')
      await runtime.advance(10)
      node.resume(pid)
      // Suspended again in the midst of its wait, or, where that is short, maybe after it.
      await runtime.advance(0)
      const waited = wentOnAtMs < 0
      node.suspend(pid)
      await runtime.advance(90)
      expect(wentOnAtMs).toBe(waited ? -1 : 10)
      node.resume(pid)
      await runtime.settle()
      expect(wentOnAtMs).toBe(waited ? 100 : 10)
    })
  })

  test('a handler that awaits stays where it is; its state is taken, or its crash told, when it goes on', async () => {
    await eachSeed({ seeds: 25 }, async (runtime) => {
      const { node, reports } = createWorld({ runtime })
      const seen: unknown[] = []
      const pid = node.spawn<string>({
        init: () => 0,
        message: async (self: Process<string>, message: string, count: number) => {
          await new Promise<void>((resolve) => runtime.setTimer(5, () => resolve()))
          seen.push([message, count])
          if (message === 'crash') throw new Error('boom')
          await self.sleep(5)
          seen.push(`${message} done`)
          return count + 1
        },
      })
      for (const message of ['one', 'two', 'crash']) node.send(pid, message)
      await runtime.advance(2)
      node.suspend(pid)
      await runtime.advance(100)
      // A foreign promise that is awaited bare is no affair of the kernel's.
      expect(seen).toEqual([['one', 0]])
      node.resume(pid)
      await runtime.advance(11)
      expect(seen.slice(0, 3)).toEqual([['one', 0], 'one done', ['two', 1]])
      await runtime.advance(2)
      const ended = node.exited(pid)
      node.suspend(pid)
      await runtime.advance(100)
      expect(node.isAlive(pid)).toBe(true)
      node.resume(pid)
      expect(await runtime.runUntil(ended)).toMatchObject({ message: 'boom' })
      expect(reports.all.filter(({ type }) => type === 'crash')).toHaveLength(1)
    })
  })

  test('what came before the end of a receive’s time is received, what came after it is not', async () => {
    await eachSeed({ seeds: 10 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const got: unknown[] = []
      const body = async (self: Process<string>): Promise<void> => {
        got.push(await self.receive({ timeoutMs: 10 }))
        await self.receive(() => false)
      }
      const [early, late, wanted] = [
        node.spawn(body),
        node.spawn(body),
        node.spawn(async (self: Process<string>) => {
          got.push(await self.receive((message) => message === 'wanted', { timeoutMs: 10 }))
          got.push(await self.receive())
          await self.receive(() => false)
        }),
      ]
      await runtime.settle()
      for (const pid of [early, late, wanted]) node.suspend(pid)
      node.send(early, 'early')
      node.send(wanted, 'other')
      await runtime.advance(20)
      node.send(late, 'late')
      node.send(wanted, 'wanted')
      for (const pid of [early, late, wanted]) {
        node.resume(pid)
        await runtime.settle()
      }
      expect(got).toEqual(['early', timedOut, timedOut, 'other'])
    })
  })

  test('answers and messages are seen in the order in which they came, by one who waits for both', async () => {
    await eachSeed({ seeds: 25 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      for (const first of ['message', 'answer']) {
        const got: unknown[] = []
        const server = node.spawn({
          init: () => null,
          message: (self: Process<Request<AnyPid, string>>, request: Request<AnyPid, string>) => {
            const say = (): void => self.send(request.from as Pid<string>, 'message')
            if (first === 'message') say()
            reply(request, 'answer')
            if (first === 'answer') say()
            return null
          },
        })
        const pid = node.spawn<string>(async (self) => {
          await self.receive()
          const noted = async (promise: Promise<unknown>): Promise<void> => void got.push(await promise)
          await Promise.all([noted(self.request(server, null)), noted(self.receive())])
          await self.receive(() => false)
        })
        await runtime.settle()
        node.suspend(server)
        node.send(pid, 'go')
        await runtime.settle()
        node.suspend(pid)
        node.resume(server)
        await runtime.settle()
        expect(got).toEqual([])
        node.resume(pid)
        await runtime.settle()
        expect(got).toEqual(first === 'message' ? ['message', 'answer'] : ['answer', 'message'])
      }
    })
  })
})

describe('who suspends', () => {
  test('each counts for itself', async () => {
    const world = createWorld()
    const { node, inProcess, runtime } = world
    const pid = node.spawn(still)
    await runtime.settle()
    node.suspend(pid)
    await inProcess(async (self) => {
      expect([self.suspend(pid), self.suspend(pid)]).toEqual([true, true])
      expect(self.suspend(pid, { unlessSuspending: true })).toBe(false)
      expect(self.processInfo(self.pid, ['suspending'])!.suspending).toEqual([{ pid, times: 2 }])
      self.resume(pid)
      self.resume(pid)
      expect(() => self.resume(pid)).toThrow(code('resume.not_suspended'))
      expect(self.processInfo(self.pid, ['suspending'])!.suspending).toEqual([])
      expect(self.suspend(pid, { unlessSuspending: true })).toBe(true)
      self.resume(pid)
    })
    expect(status(world, pid)).toBe('suspended')
    node.resume(pid)
    expect(status(world, pid)).not.toBe('suspended')
    expect(() => node.resume(pid)).toThrow(code('resume.not_suspended'))
  })

  test('its death undoes it, however often it was done, and no more than that', async () => {
    await eachSeed({ seeds: 25 }, async (runtime) => {
      const world = createWorld({ runtime })
      const { node } = world
      const got: unknown[] = []
      const pid = node.spawn<unknown>(forms.async(got))
      const suspender = node.spawn(async (self: Process<unknown>) => {
        self.suspend(pid)
        self.suspend(pid)
        await still(self)
      })
      const other = node.spawn(async (self: Process<unknown>) => {
        self.suspend(pid)
        await still(self)
      })
      await runtime.settle()
      node.send(pid, 1)
      node.sendExit(suspender, 'kill')
      await runtime.settle()
      expect([status(world, pid), got]).toEqual(['suspended', []])
      node.sendExit(other, 'kill')
      await runtime.settle()
      expect([status(world, pid), got]).toEqual(['waiting', [1]])
    })
  })

  test('itself, the dead, other nodes’ processes, and no pid at all are refused', async () => {
    const { a, b } = createCluster()
    const there = b.node.spawn(still)
    const dead = a.node.spawn(async () => {})
    await a.exited(dead)
    await a.inProcess(async (self) => {
      expect(() => self.suspend(self.pid)).toThrow(code('suspend.itself'))
      for (const pid of [dead, there]) expect(() => self.suspend(pid)).toThrow(code('suspend.no_process'))
      for (const pid of [dead, there, self.pid]) expect(() => self.resume(pid)).toThrow(code('resume.not_suspended'))
      expect(() => self.suspend('one' as never)).toThrow(code('pid.bad'))
      expect(() => self.resume(null as never)).toThrow(code('pid.bad'))
    })
    expect(() => a.node.suspend(dead)).toThrow(code('suspend.no_process'))
  })

  test('the node itself, which others see as the one who asks, cannot be suspended', async () => {
    const { node, runtime } = createWorld()
    let refused: unknown
    const server = node.spawn({
      init: () => null,
      message: (self: Process<Request<unknown, string>>, request: Request<unknown, string>) => {
        try {
          self.suspend(request.from)
        } catch (error) {
          refused = error
        }
        reply(request, 'answer')
        return null
      },
    })
    expect(await runtime.runUntil(node.request(server, 1))).toBe('answer')
    expect(refused).toEqual(code('suspend.no_process'))
  })

  test('an exit that was sent before is handled first', async () => {
    const { node, inProcess } = createWorld()
    const pid = node.spawn(still)
    await inProcess(async (self) => {
      self.sendExit(pid, 'stop')
      expect(() => self.suspend(pid)).toThrow(code('suspend.no_process'))
      expect(self.processInfo(self.pid, ['suspending'])!.suspending).toEqual([])
    })
  })

  test('a node that stops resumes what it suspends: it can end in order', async () => {
    const { node, runtime } = createWorld()
    const reasons: unknown[] = []
    const body = async (self: Process<Exit>): Promise<void> => {
      self.trapExits(true)
      const { reason } = await self.receive()
      reasons.push(reason)
      self.exit(reason)
    }
    const pid = node.spawn(body)
    await runtime.settle()
    node.suspend(pid)
    await runtime.runUntil(node.stop())
    expect(reasons).toEqual(['shutdown'])
    expect(runtime.nowMs()).toBe(0)
  })

  test('two that suspend each other stay so until somebody else ends one', async () => {
    const world = createWorld()
    const { node, runtime } = world
    const [a, b] = [node.spawn(still), node.spawn(still)]
    await runtime.settle()
    const selfOf = (pid: AnyPid): Process<unknown> => pid.process as unknown as Process<unknown>
    selfOf(a).suspend(b)
    selfOf(b).suspend(a)
    expect([status(world, a), status(world, b)]).toEqual(['suspended', 'suspended'])
    node.sendExit(a, 'kill')
    await runtime.settle()
    expect([status(world, a), status(world, b)]).toEqual(['dead', 'waiting'])
  })
})

test('a suspended process may hibernate, or become another, before it notices', async () => {
  await eachSeed({ seeds: 10 }, async (runtime) => {
    for (const how of ['become', 'hibernate'] as const) {
      const got: unknown[] = []
      const next = async (self: Process<string>): Promise<void> => {
        got.push('next')
        for (;;) got.push(await self.receive())
      }
      const { node } = createWorld({ runtime, modules: [defineModule('m', '1', { next })] })
      const pid = node.spawn<string>(async (self) => {
        await self.receive()
        // As code of somebody else's would: it is suspended at its next await.
        node.suspend(self.pid)
        await self[how]('m', 'next', null)
      })
      node.send(pid, 'go')
      await runtime.settle()
      node.send(pid, 'a message')
      await runtime.settle()
      expect(got).toEqual([])
      node.resume(pid)
      await runtime.settle()
      expect(got).toEqual(['next', 'a message'])
    }
  })
})

test('a long queue that came meanwhile is worked off in order', async () => {
  const { node, runtime } = createWorld()
  const got: unknown[] = []
  for (const body of [forms.async(got), forms.callback(got)]) {
    got.length = 0
    const pid = node.spawn<unknown>(body)
    await runtime.settle()
    node.suspend(pid)
    const sent = Array.from({ length: 5000 }, (_, index) => index)
    for (const part of sent) node.send(pid, part)
    await runtime.settle()
    expect(node.processInfo(pid)!.mailboxLength).toBe(5000)
    node.resume(pid)
    await runtime.settle()
    expect(got).toEqual(sent)
  }
})

test('a call that came meanwhile ends once with its server, answered or not', async () => {
  await eachSeed({ seeds: 20 }, async (runtime) => {
    const { node } = createWorld({ runtime })
    const server = node.spawn(async (self: Process<Request<string, string>>) => {
      for (;;) {
        const request = await self.receive()
        if (request.payload === 'answer') reply(request, 'yes')
      }
    })
    await runtime.settle()
    node.suspend(server)
    const outcomes = ['answer', 'keep', 'keep'].map((payload) =>
      node.request(server, payload).catch((error) => error.code),
    )
    await runtime.settle()
    node.resume(server)
    await runtime.settle()
    node.sendExit(server, 'kill')
    expect(await runtime.runUntil(Promise.all(outcomes))).toEqual(['yes', 'call.exited', 'call.exited'])
  })
})
