/**
 * Selective receive, after 0, deadlines.
 */
import type { Pid, Process } from '../../../packages/core/src/index.ts'
import type { Topic } from '../scenario.ts'
import { is } from '../stage.ts'

const nothing = () => null
const oneOf =
  (...words: unknown[]) =>
  (message: unknown): boolean =>
    words.includes(message)

export const receives: Topic = {
  the_first_that_matches_and_the_rest_in_order: {
    items: ['P90', '9.20'],
    faults: ['receive.takes_the_last', 'receive.reorders'],
    play: async (self, t) => {
      for (const message of ['a1', 'b1', 'c1', 'a2', 'b2', 'c2']) self.send(self.pid, message)
      t.emit(self, 'b', await self.receive(oneOf('b1', 'b2')))
      t.emit(self, 'b', await self.receive(oneOf('b1', 'b2')))
      t.emit(self, 'a_or_c', await self.receive(oneOf('c2', 'a2')))
      t.emit(self, 'rest', await t.collect(self))
    },
  },

  a_message_that_comes_while_it_waits: {
    items: ['P90'],
    faults: ['receive.waiting_takes_anything'],
    play: async (self, t) => {
      const send = (me: Process<unknown>) => {
        for (const message of ['noise', 'more_noise', 'wanted', 'late']) me.send(self.pid, message)
      }
      t.label('a', self.spawn(t.loop(nothing, send)))
      t.emit(self, 'got', await self.receive(is('wanted')))
      t.emit(self, 'got', await self.receive(is('late')))
      t.emit(self, 'rest', await t.collect(self))
    },
  },

  after_zero_sees_what_was_sent_before: {
    items: ['P91', '9.20'],
    faults: ['signals.are_not_fetched'],
    play: async (self, t) => {
      self.send(self.pid, 'one')
      t.emit(self, 'first', await self.receive({ timeoutMs: 0 }))
      t.emit(self, 'second', await self.receive({ timeoutMs: 0 }))
      self.send(self.pid, 'other')
      t.emit(self, 'third', await self.receive(is('wanted'), { timeoutMs: 0 }))
      t.emit(self, 'rest', await t.collect(self))
    },
  },

  after_zero_sees_what_others_sent_before: {
    items: ['P91', '9.20'],
    faults: ['message.strings_are_slower'],
    play: async (self, t) => {
      const react = (me: Process<unknown>) => {
        me.send(self.pid, 'before')
        me.send(self.pid, ['pong', me.pid])
        me.send(self.pid, 'after')
      }
      const b: Pid<unknown> = t.label('b', self.spawn(t.loop(react)))
      await t.ping(self, b)
      t.emit(self, 'got', await self.receive(is('before'), { timeoutMs: 0 }))
    },
  },

  the_deadline_is_set_once: {
    items: ['P92', '9.20'],
    faults: ['receive.deadline_starts_anew', 'receive.deadline_is_early'],
    play: async (self, t) => {
      const { runtime } = self.node
      const noise = t.label(
        'noise',
        self.spawn(async (me: Process<unknown>) => {
          for (let left = 300; left > 0; left--) {
            await me.sleep(15)
            me.send(self.pid, 'noise')
          }
        }),
      )
      const startMs = runtime.nowMs()
      await self.receive(is('wanted'), { timeoutMs: 100 })
      t.emit(self, 'in_time', runtime.nowMs() - startMs < 4000)
      t.emit(self, 'not_early', runtime.nowMs() - startMs >= 99)
      self.sendExit(noise, 'kill')
    },
  },

  a_deadline_that_is_met: {
    items: ['P92'],
    faults: ['receive.deadline_is_early'],
    play: async (self, t) => {
      const body = async (me: Process<unknown>) => {
        await me.sleep(20)
        me.send(self.pid, 'wanted')
      }
      t.label('a', self.spawn(body))
      t.emit(self, 'got', await self.receive(is('wanted'), { timeoutMs: 5000 }))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  only_what_came_after_the_ref: {
    items: ['P93', 'P90'],
    faults: ['ref.marks_the_start'],
    play: async (self, t) => {
      for (let left = 100; left > 0; left--) self.send(self.pid, ['ref', 'old'])
      t.emit(self, 'waiting', self.node.processInfo(self.pid)?.mailboxLength)
      const ref = self.makeRef()
      self.send(self.pid, [ref, 'new'])
      // Since nothing older is looked at, the guard need not even tell them apart.
      const found = await self.receive((message) => Array.isArray(message), { since: ref })
      t.emit(self, 'got', (found as unknown[])[1])
      t.emit(self, 'rest', (await t.collect(self)).length)
    },
  },

  bad_deadlines: {
    items: ['P98'],
    faults: ['receive.takes_any_deadline'],
    play: async (self, t) => {
      const receive = (timeoutMs: number) => t.attemptLater(() => self.receive(is('never'), { timeoutMs }))
      t.emit(self, 'negative', await receive(-1))
      t.emit(self, 'no_number', await receive('soon' as unknown as number))
    },
  },
}
