/**
 * Bodies that go round and round: on errors that come at once, on receives, on sends to themselves. They take their turns like everybody else.
 *
 * The loops have an end here, since a loop that lets nobody else run would otherwise hang the test: what counts is how far it got before the others
 * were served.
 */
import { describe, expect, test } from 'vitest'
import type { Process } from '../src/index.ts'
import { expectNoneUnhandled } from './unhandled.ts'
import { createWorld } from './world.ts'

expectNoneUnhandled()

type Self = Process<number>

/** Each fails at once, whatever the state of the world. */
const failures: Record<string, (self: Self) => Promise<unknown>> = {
  'a receive while another waits': (self) => self.receive(),
  'a receive with a bad timeout': (self) => self.receive({ timeoutMs: Number.NaN }),
  'a guard that throws': (self) =>
    self.receive(() => {
      throw new Error('in the guard')
    }),
  'a call of itself': (self) => self.request(self.pid, 1),
  'a call with a bad timeout': (self) => self.request('nobody', 1, { timeoutMs: -1 }),
  'a call with what cannot be sent': (self) =>
    self.request({ name: 'nobody', node: self.node.name }, (() => {}) as never),
  'a call of nobody': (self) => self.request({ name: 'nobody', node: self.node.name }, 1),
  'a sleep of less than no time': (self) => self.sleep(-1),
  'a wait for what is rejected': (self) => self.wait(Promise.reject(new Error('foreign'))),
  'a module that nobody knows': (self) => self.become('no', 'such', null),
  'a spawn of what nobody knows': (self) => self.spawnAt(self.node.name, 'no', 'such', null),
}

const rounds = 20_000

describe('a body that loops on', () => {
  test.each(Object.keys(failures))('%s lets the others have their turns', async (name) => {
    const { node, runtime } = createWorld()
    let errors = 0
    const seen: number[] = []
    const looper = node.spawn(async (self: Self) => {
      if (name === 'a receive while another waits') void self.receive()
      if (name === 'a guard that throws') self.send(self.pid, 1)
      while (errors < rounds) {
        try {
          await failures[name]!(self)
        } catch {
          errors++
        }
      }
    })
    node.spawn(async (self: Self) => {
      const echo = self.spawn({
        init: () => null,
        message: (me: Process<number>, message: number) => {
          me.send(self.pid, message)
          return null
        },
      })
      for (let n = 0; n < 10; n++) {
        self.send(echo, n)
        await self.receive()
        seen.push(errors)
      }
    })
    const end = node.exited(looper)
    expect(await runtime.runUntil(end)).toBe('normal')
    expect([seen.length, errors]).toEqual([10, rounds])
    expect(seen.at(-1)).toBeLessThan(rounds)
  })

  test.each(Object.keys(failures))('%s can be killed', async (name) => {
    const { node, runtime } = createWorld()
    let errors = 0
    const looper = node.spawn(async (self: Self) => {
      if (name === 'a receive while another waits') void self.receive()
      if (name === 'a guard that throws') self.send(self.pid, 1)
      while (errors < rounds) {
        try {
          await failures[name]!(self)
        } catch {
          errors++
        }
      }
    })
    node.spawn(async (self) => {
      await self.sleep(0)
      self.sendExit(looper, 'kill')
    })
    expect(await runtime.runUntil(node.exited(looper))).toBe('killed')
    const atDeath = errors
    await runtime.advance(100)
    expect(errors - atDeath).toBeLessThanOrEqual(1)
    expect(errors).toBeLessThan(rounds)
  })
})
