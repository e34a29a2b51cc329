/**
 * Guards that do more than look: whatever one does, the mailbox keeps its messages, each once and in order.
 */
import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { defineModule, timedOut, type Process } from '../src/index.ts'
import { expectNoneUnhandled } from './unhandled.ts'
import { createWorld } from './world.ts'

expectNoneUnhandled()

type Self = Process<number>

/** What a guard does on the side. */
const deeds: Record<string, (self: Self) => unknown> = {
  receives: (self) => self.receive(),
  'receives without waiting': (self) => self.receive({ timeoutMs: 0 }),
  'receives with a guard': (self) => self.receive((message) => message > 2, { timeoutMs: 0 }),
  'asks whether it lives': (self) => self.isAlive(self.pid),
  'asks for its own process info': (self) => self.node.processInfo(self.pid),
  'flushes a DOWN': (self) => self.demonitor(self.monitor('nobody'), { flush: true }),
  'sends itself an exit that it traps': (self) => self.sendExit(self.pid, 'trapped'),
  sleeps: (self) => self.sleep(1),
  'makes a ref and an alias': (self) => self.send(self.alias(), 1000),
  'throws, and catches it': (self) => {
    try {
      self.monitor(null as never)
    } catch {
      self.makeRef()
    }
  },
}

/** Numbers from 1000 up and exits are what a deed leaves; the others are counted. */
const isCounted = (message: unknown): message is number => typeof message === 'number' && message < 1000

describe.each([
  ['a mailbox of a few', 8],
  ['a mailbox of many, with holes', 200],
])('%s: a guard that', (_, count) => {
  test.each(Object.keys(deeds))('%s', async (name) => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<number>(async (self) => {
        self.trapExits(true)
        const left: number[] = []
        const taken: number[] = []
        const sideways: unknown[] = []
        for (let n = 0; n < count; n++) self.send(self.pid, n)
        // Holes, from which the mailbox may be squeezed at any time.
        for (let n = count / 4; n < count / 2; n++) await self.receive((message) => message === n)
        for (let n = 0; n < count; n++) if (n < count / 4 || n >= count / 2) left.push(n)
        for (const wanted of [count - 1, 1, count / 2 + 1]) {
          // More arrive, which a guard may make the process take in.
          for (let n = 0; n < 20; n++) {
            self.send(self.pid, count + left.length + taken.length + n)
          }
          for (let n = 0, from = count + left.length + taken.length; n < 20; n++) left.push(from + n)
          const got = await self.receive(
            (message): message is number => {
              const done = deeds[name]!(self)
              if (done instanceof Promise) void done.then((value) => void sideways.push(value)).catch(() => {})
              return message === wanted
            },
            { timeoutMs: 0 },
          )
          if (got !== timedOut) taken.push(got)
        }
        await self.sleep(10)
        const rest: number[] = []
        for (;;) {
          const message = await self.receive({ timeoutMs: 0 })
          if (message === timedOut) break
          if (isCounted(message)) rest.push(message)
        }
        const all = [...taken, ...sideways.filter(isCounted), ...rest].sort((a, b) => a - b)
        expect(all).toEqual(left.toSorted((a, b) => a - b))
        expect(rest).toEqual(rest.toSorted((a, b) => a - b))
      })
    })
  })
})

describe('a guard, shown each message as it comes, that', () => {
  test.each(Object.keys(deeds))('%s', async (name) => {
    await eachSeed({ seeds: 40 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const taken: number[] = []
      const rest: number[] = []
      const sideways: unknown[] = []
      // Some deeds bring on a message each time, which the guard is shown, too.
      let deedsLeft = 60
      const pid = node.spawn(async (self: Self) => {
        self.trapExits(true)
        for (const wanted of [3, 1, 7, 25]) {
          taken.push(
            await self.receive((message): message is number => {
              const done = deedsLeft-- > 0 ? deeds[name]!(self) : null
              if (done instanceof Promise) void done.then((value) => void sideways.push(value)).catch(() => {})
              return message === wanted
            }),
          )
        }
        for (;;) {
          const message = await self.receive()
          if (isCounted(message)) rest.push(message)
        }
      })
      for (let n = 0; n < 30; n++) {
        node.send(pid, n)
        if (runtime.random() < 0.3) await runtime.settle()
      }
      await runtime.advance(100)
      // Nested, a receive is refused: it takes nothing.
      expect([taken, sideways.filter(isCounted)]).toEqual([[3, 1, 7, 25], []])
      expect(rest).toEqual(Array.from({ length: 30 }, (_, n) => n).filter((n) => !taken.includes(n)))
    })
  })
})

describe('a guard that ends its process', () => {
  const ends: Record<string, readonly [(self: Self) => void, unknown]> = {
    'by exit': [(self) => self.exit('enough'), 'enough'],
    'by exit, and catches that': [
      (self) => {
        try {
          self.exit('enough')
        } catch {
          self.send(self.pid, 1)
        }
      },
      'enough',
    ],
    'by a kill': [(self) => self.sendExit(self.pid, 'kill'), expect.stringMatching(/^(killed|normal)$/)],
    'by throwing': [
      () => {
        throw new Error('in the guard')
      },
      expect.objectContaining({ message: 'in the guard' }),
    ],
    'by throwing undefined': [
      () => {
        throw undefined
      },
      null,
    ],
  }
  test.each(Object.keys(ends))('%s, whether messages are there or come', async (name) => {
    for (const first of ['there', 'come']) {
      await eachSeed({ seeds: 20 }, async (runtime) => {
        const { node } = createWorld({ runtime })
        let after = false
        const pid = node.spawn(async (self: Self) => {
          if (first === 'there') await self.sleep(5)
          await self.receive(() => {
            ends[name]![0](self)
            return true
          })
          // A kill is a signal, and takes its turn.
          after = name !== 'by a kill'
        })
        const end = node.exited(pid)
        await runtime.settle()
        for (let n = 0; n < 5; n++) node.send(pid, n)
        expect(await runtime.runUntil(end)).toEqual(ends[name]![1])
        expect(after).toBe(false)
      })
    }
  })

  test('by becoming another: the other gets the mailbox, whole', async () => {
    await eachSeed({ seeds: 40 }, async (runtime) => {
      const got: number[] = []
      const next = async (self: Self) => {
        for (;;) got.push(await self.receive())
      }
      const { node } = createWorld({ runtime, modules: [defineModule('m', '1', { next })] })
      let after = false
      const pid = node.spawn(async (self: Self) => {
        if (runtime.seed! % 2 === 0) await self.sleep(5)
        await self.receive((message) => {
          if (message === 2) void self.become('m', 'next', null)
          return false
        })
        after = true
      })
      await runtime.settle()
      for (let n = 0; n < 5; n++) node.send(pid, n)
      await runtime.advance(10)
      for (let n = 5; n < 10; n++) node.send(pid, n)
      await runtime.advance(10)
      expect([got, after]).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], false])
    })
  })
})
