import { eachSeed } from '@agner/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { timedOut, type Down, type Node, type Process, type Ref } from '../src/index.ts'
import { createWorld } from './world.ts'

const isEven = (message: number): message is number => message % 2 === 0

describe('selective receive', () => {
  test('takes the first in order of arrival that the guard lets through, and leaves the others in order', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<number>(async (self) => {
      for (const n of [1, 3, 2, 5, 4]) node.send(self.pid, n)
      expect(await self.receive(isEven)).toBe(2)
      node.send(self.pid, 6)
      expect(await self.receive(isEven)).toBe(4)
      expect(await self.receive((message) => message > 3)).toBe(5)
      expect([await self.receive(), await self.receive(), await self.receive()]).toEqual([1, 3, 6])
    })
  })

  test('receives what an array model would give, whatever is taken from where', async () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ kind: fc.constant('send' as const), value: fc.integer({ min: 0, max: 9 }) }),
      },
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('take' as const), value: fc.integer({ min: 0, max: 9 }) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('first' as const), value: fc.constant(0) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('sleep' as const), value: fc.constant(0) }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 150 }), async (steps) => {
        const { inProcess } = createWorld()
        await inProcess<{ value: number; serial: number }>(async (self) => {
          const model: { value: number; serial: number }[] = []
          let serial = 0
          for (const { kind, value } of steps) {
            if (kind === 'send') {
              const message = { value, serial: serial++ }
              self.send(self.pid, message)
              model.push(message)
            } else if (kind === 'sleep') await self.sleep(1)
            else {
              const index = kind === 'first' ? 0 : model.findIndex((message) => message.value === value)
              const expected = index < 0 ? undefined : model.splice(index, 1)[0]
              const got =
                kind === 'first'
                  ? await self.receive({ timeoutMs: 0 })
                  : await self.receive((message) => message.value === value, { timeoutMs: 0 })
              expect(got).toEqual(expected ?? timedOut)
            }
            expect(self.node.processInfo(self.pid)!.mailboxLength).toBe(model.length)
          }
        })
      }),
      { numRuns: 100 },
    )
  })

  test('messages of all kinds are received, falsy ones too', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<unknown>(async (self) => {
      const messages = [0, '', false, null, Number.NaN, 0n]
      for (const message of messages) node.send(self.pid as never, message as never)
      for (const message of messages) expect(await self.receive()).toBe(message)
      expect(() => self.send(self.pid as never, undefined as never)).toThrow(
        expect.objectContaining({ code: 'copy.unsendable' }),
      )
    })
  })

  test('a guard that throws rejects the receive, and takes nothing', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<string>(async (self) => {
      const bad = (): boolean => {
        throw new Error('in the guard')
      }
      node.send(self.pid, 'here already')
      await expect(self.receive(bad)).rejects.toThrow('in the guard')
      expect(await self.receive()).toBe('here already')
      const waiting = self.receive(bad)
      node.send(self.pid, 'comes later')
      await expect(waiting).rejects.toThrow('in the guard')
      expect(await self.receive()).toBe('comes later')
    })
  })

  test('uncaught, it ends the process and nobody else', async () => {
    const { node, runtime, reports } = createWorld()
    const pid = node.spawn(async (self: Process<string>) => {
      await self.receive(() => {
        throw new Error('in the guard')
      })
    })
    const end = node.exited(pid)
    await runtime.settle()
    node.send(pid, 'x')
    expect(await runtime.runUntil(end)).toMatchObject({ message: 'in the guard' })
    expect(reports.crashes).toHaveLength(1)
    expect(await runtime.runUntil(node.exited(node.spawn(async () => {})))).toBe('normal')
  })

  test.each([-1, Number.NaN, '5', null, {}])('a timeout of %j is refused', async (timeoutMs) => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      if (timeoutMs === null) return
      await expect(self.receive({ timeoutMs: timeoutMs as number })).rejects.toMatchObject({
        code: 'receive.bad_timeout',
      })
    })
  })
})

describe('timeouts', () => {
  test('0 looks at what has arrived, and does not wait', async () => {
    const { inProcess, node, runtime } = createWorld()
    await inProcess<string>(async (self) => {
      expect(await self.receive({ timeoutMs: 0 })).toBe(timedOut)
      self.send(self.pid, 'sent just before')
      expect(await self.receive({ timeoutMs: 0 })).toBe('sent just before')
      node.send(self.pid, 'does not match')
      expect(await self.receive((message) => message === 'x', { timeoutMs: 0 })).toBe(timedOut)
      expect(await self.receive()).toBe('does not match')
      expect(runtime.nowMs()).toBe(0)
    })
  })

  test('the deadline counts from the call; what does not match does not prolong it', async () => {
    const { inProcess, runtime } = createWorld()
    await inProcess<number>(async (self) => {
      for (let n = 1; n <= 20; n++) self.sendAfter(n * 10, self.pid, n)
      expect(await self.receive((message) => message > 100, { timeoutMs: 75 })).toBe(timedOut)
      expect(runtime.nowMs()).toBe(75)
      expect(await self.receive()).toBe(1)
      expect(await self.receive((message) => message === 9, { timeoutMs: 75 })).toBe(9)
      expect(runtime.nowMs()).toBe(90)
    })
  })

  test('a message and the deadline at one instant: one of the two, and nothing is lost', async () => {
    await eachSeed({ seeds: 100 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<string>(async (self) => {
        const sender = self.spawn(async (me) => {
          await me.sleep(10)
          me.send(self.pid, 'at ten')
        })
        const first = await self.receive({ timeoutMs: 10 })
        if (first === timedOut) expect(await self.receive({ timeoutMs: 1 })).toBe('at ten')
        else expect(await self.receive({ timeoutMs: 1 })).toBe(timedOut)
        // Who is sent to may run before its sender has come to its end.
        await self.sleep(1)
        expect(self.isAlive(sender)).toBe(false)
      })
    })
  })

  test('a timeout that came too late does not touch the next receive', async () => {
    const { inProcess } = createWorld()
    await inProcess<string>(async (self) => {
      self.sendAfter(10, self.pid, 'just in time')
      expect(await self.receive({ timeoutMs: 10 })).toBe('just in time')
      expect(await self.receive({ timeoutMs: 50 })).toBe(timedOut)
      expect(self.node.runtime.nowMs()).toBe(60)
    })
  })

  test('weeks beyond 2^31 ms', async () => {
    const { inProcess, runtime } = createWorld()
    await inProcess<string>(async (self) => {
      expect(await self.receive({ timeoutMs: 2 ** 32 })).toBe(timedOut)
      expect(runtime.nowMs()).toBe(2 ** 32)
    })
  })
})

describe('since a ref', () => {
  test('what was in the mailbox before is skipped; what came after is found, also when many were taken away', async () => {
    const { inProcess } = createWorld()
    await inProcess<number>(async (self) => {
      for (let n = 0; n < 100; n++) self.send(self.pid, n)
      expect(await self.receive((message) => message === 50)).toBe(50)
      const ref = self.makeRef()
      expect(await self.receive({ since: ref, timeoutMs: 0 })).toBe(timedOut)
      for (let n = 100; n < 200; n++) self.send(self.pid, n)
      expect(await self.receive({ since: ref, timeoutMs: 0 })).toBe(100)
      for (let n = 0; n < 99; n++) await self.receive((message) => message < 100)
      expect(await self.receive({ since: ref, timeoutMs: 0 })).toBe(101)
      expect(await self.receive((message) => message === 150, { since: ref })).toBe(150)
      expect(await self.receive()).toBe(102)
    })
  })

  test('a ref made with an empty mailbox, or by another process, skips nothing that came later', async () => {
    const { inProcess, node } = createWorld()
    const foreign = node.makeRef()
    await inProcess<string>(async (self) => {
      const ref = self.makeRef()
      self.send(self.pid, 'later')
      expect(await self.receive({ since: ref, timeoutMs: 0 })).toBe('later')
      self.send(self.pid, 'again')
      expect(await self.receive({ since: foreign, timeoutMs: 0 })).toBe('again')
    })
  })

  test('a ref that another process made, however full its mailbox was, skips nothing; of one node or another', async () => {
    const { node, inProcess, runtime } = createWorld({ name: 'one@sim' })
    const { node: far } = createWorld({ name: 'far@sim', runtime })
    const refOf = async (maker: Node): Promise<Ref> => {
      let made: Ref | null = null
      const pid = maker.spawn(async (self: Process<number>) => {
        await self.sleep(1)
        await self.receive((message) => message === 99)
        made = self.makeRef()
        await self.receive(() => false)
      })
      for (let n = 0; n < 100; n++) maker.send(pid, n)
      await runtime.advance(2)
      return made!
    }
    for (const ref of [await refOf(node), await refOf(far)])
      await inProcess<{ type: string; ref: Ref } | Down>(async (self) => {
        self.send(self.pid, { type: 'answer', ref })
        self.send(self.pid, { type: 'down', ref, process: self.pid, reason: 'normal' } as never)
        expect(await self.receive((message) => message.ref === ref, { since: ref, timeoutMs: 0 })).toMatchObject({
          type: 'answer',
        })
        self.demonitor(ref, { flush: true })
        expect(await self.receive({ timeoutMs: 0 })).toBe(timedOut)
      })
  })

  test('waiting for a reply past 200,000 unread messages costs what it costs without them', async () => {
    const { inProcess, runtime } = createWorld()
    await inProcess<string | number | Down>(async (self) => {
      const roundTrips = async (): Promise<number> => {
        const startMs = performance.now()
        for (let round = 0; round < 500; round++) {
          const ref = self.monitor('nobody')
          await self.receive((message): message is Down => typeof message === 'object' && message.ref === ref, {
            since: ref,
          })
        }
        return performance.now() - startMs
      }
      await roundTrips()
      const emptyMs = await roundTrips()
      for (let n = 0; n < 200_000; n++) self.send(self.pid, n)
      await self.receive((message) => message === 0)
      const fullMs = await roundTrips()
      expect(fullMs).toBeLessThan(10 * emptyMs + 50)
      expect(self.node.processInfo(self.pid)!.mailboxLength).toBe(199_999)
    })
    expect(runtime.nowMs()).toBe(0)
  })
})

test('a mailbox that was long gives its memory back, and works on', async () => {
  const { inProcess } = createWorld()
  await inProcess<number>(async (self) => {
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 50_000; n++) self.send(self.pid, n)
      for (let n = 0; n < 50_000; n++) if ((await self.receive()) !== n) throw new Error('out of order')
    }
    expect(await self.receive({ timeoutMs: 0 })).toBe(timedOut)
  })
})

test('a body that receives from a full mailbox gives the others their turns', async () => {
  const { node, runtime } = createWorld()
  let greedy = 0
  const pid = node.spawn(async (self: Process<number>) => {
    for (;;) {
      await self.receive()
      greedy++
    }
  })
  for (let n = 0; n < 10_000; n++) node.send(pid, n)
  const seenAt: number[] = []
  node.spawn(async (self: Process<number>) => {
    const echo = self.spawn(async (me: Process<number>) => {
      for (;;) me.send(self.pid, await me.receive())
    })
    for (let round = 0; round < 50; round++) {
      self.send(echo, round)
      await self.receive()
      seenAt.push(greedy)
    }
  })
  await runtime.settle()
  expect([greedy, seenAt.length]).toEqual([10_000, 50])
  expect(seenAt[0]).toBeLessThan(1000)
  for (let round = 1; round < 50; round++) expect(seenAt[round]! - seenAt[round - 1]!).toBeLessThan(500)
})
