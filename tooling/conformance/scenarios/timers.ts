/**
 * Timers.
 */
import type { Process, Ref, TimeoutMessage, TimerCancelled, TimerRead } from '../../../packages/core/src/index.ts'
import type { Topic } from '../scenario.ts'

const left = (ms: number | false, mostMs: number): boolean => ms !== false && ms > 0 && ms <= mostMs

export const timers: Topic = {
  what_a_timer_sends: {
    items: ['P94'],
    faults: ['timer.message_is_bare'],
    play: async (self, t) => {
      self.sendAfter(5, self.pid, 'plain')
      t.emit(self, 'got', await self.receive())
      const ref = self.startTimer(5, 'wrapped')
      const timeout = (await self.receive()) as TimeoutMessage
      t.emit(self, 'got', timeout)
      t.emit(self, 'same_ref', timeout.ref === ref)
    },
  },

  a_timer_to_a_name_looks_it_up_when_it_fires: {
    items: ['P94'],
    faults: ['timer.name_is_looked_up_early'],
    play: async (self, t) => {
      const tell = t.loop((me: Process<unknown>, message) => me.send(self.pid, [me.pid, message as string]))
      const a = t.label('a', self.spawn(tell))
      const b = t.label('b', self.spawn(tell))
      self.node.registerName('server', a)
      self.sendAfter(40, 'server', 'hello')
      self.unregister('server')
      self.node.registerName('server', b)
      t.emit(self, 'got', await self.receive())
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_timer_to_a_name_that_nobody_has: {
    items: ['P94'],
    faults: ['timer.unknown_names_get_it_back'],
    play: async (self, t) => {
      self.sendAfter(5, 'nobody', 'hello')
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_timer_that_is_cancelled: {
    items: ['P95'],
    faults: ['timer.cancel_does_nothing', 'timer.cancel_says_nothing'],
    play: async (self, t) => {
      const ref = self.sendAfter(50, self.pid, 'hello')
      t.emit(self, 'left', left(self.cancelTimer(ref), 50))
      t.emit(self, 'again', self.cancelTimer(ref))
      t.emit(self, 'read', self.readTimer(ref))
      t.emit(self, 'then', await t.quiet(self, 100))
    },
  },

  a_timer_that_has_fired: {
    items: ['P95'],
    faults: ['timer.cancel_clears_the_mailbox'],
    play: async (self, t) => {
      const ref = self.sendAfter(10, self.pid, 'hello')
      await self.sleep(40)
      t.emit(self, 'read', self.readTimer(ref))
      t.emit(self, 'cancelled', self.cancelTimer(ref))
      t.emit(self, 'mailbox', await t.collect(self))
    },
  },

  a_timer_that_is_read: {
    items: ['P95'],
    faults: ['timer.reading_cancels'],
    play: async (self, t) => {
      const ref = self.sendAfter(5000, self.pid, 'hello')
      t.emit(self, 'left', left(self.readTimer(ref), 5000))
      t.emit(self, 'still', left(self.readTimer(ref), 5000))
      self.cancelTimer(ref)
      t.emit(self, 'unknown', self.readTimer(self.makeRef()))
    },
  },

  anyone_may_cancel: {
    items: ['P95'],
    faults: ['timer.cancel_does_nothing'],
    play: async (self, t) => {
      const ref = self.sendAfter(50, self.pid, 'hello')
      const a = t.label(
        'a',
        self.spawnMonitor(async (me: Process<unknown>) => t.emit(me, 'left', left(me.cancelTimer(ref), 50))),
      )
      await t.reason(self, a)
      t.emit(self, 'then', await t.quiet(self, 100))
    },
  },

  a_timer_ends_with_whom_it_is_for: {
    items: ['P96'],
    faults: ['timer.outlives_whom_it_is_for'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      const ref = self.sendAfter(5000, a, 'hello')
      t.emit(self, 'left', left(self.readTimer(ref), 5000))
      self.sendExit(a, 'stop')
      await t.dead(self, a)
      await self.sleep(20)
      t.emit(self, 'left', left(self.readTimer(ref), 5000))
    },
  },

  a_timer_outlives_its_creator: {
    items: ['P96'],
    faults: ['timer.ends_with_its_creator'],
    play: async (self, t) => {
      const body = async (me: Process<unknown>) => void me.sendAfter(30, self.pid, 'hello')
      const a = t.label('a', self.spawnMonitor(body))
      t.emit(self, 'a', await t.reason(self, a))
      t.emit(self, 'got', await t.quiet(self, 5000))
    },
  },

  a_timer_for_weeks: {
    items: ['P97'],
    faults: ['timer.wraps'],
    play: async (self, t) => {
      const ms = 2 ** 31 + 1000
      const ref = self.sendAfter(ms, self.pid, 'hello')
      t.emit(self, 'then', await t.quiet(self, 30))
      t.emit(self, 'long', Number(self.readTimer(ref)) > 2 ** 31 - 1)
      self.sendAfter(20, self.pid, 'in_time')
      t.emit(self, 'got', await self.receive({ timeoutMs: ms }))
    },
  },

  equal_deadlines_fire_in_order: {
    items: ['P98'],
    faults: ['timer.last_set_fires_first'],
    play: async (self, t) => {
      for (let index = 1; index <= 10; index++) self.sendAfter(30, self.pid, index)
      const got: unknown[] = []
      while (got.length < 10) got.push(await self.receive())
      t.emit(self, 'got', got)
    },
  },

  earlier_deadlines_fire_first: {
    items: ['P94'],
    faults: ['timer.fires_in_order_of_setting'],
    play: async (self, t) => {
      for (const ms of [250, 10, 130]) self.sendAfter(ms, self.pid, ms)
      t.emit(self, 'got', [await self.receive(), await self.receive(), await self.receive()])
    },
  },

  bad_times: {
    items: ['P98'],
    faults: ['timer.takes_any_time'],
    play: async (self, t) => {
      t.emit(
        self,
        'negative',
        t.attempt(() => self.sendAfter(-1, self.pid, 'hello')),
      )
      t.emit(
        self,
        'no_number',
        t.attempt(() => self.startTimer('soon' as unknown as number, 'hello')),
      )
    },
  },

  a_timer_of_no_time: {
    items: ['P94'],
    faults: ['timer.none_for_no_time'],
    play: async (self, t) => {
      self.sendAfter(0, self.pid, 'hello')
      t.emit(self, 'got', await self.receive())
    },
  },

  a_timer_for_the_dead: {
    items: ['P96'],
    faults: ['timer.for_the_dead_raises'],
    play: async (self, t) => {
      const a = t.label(
        'a',
        self.spawnMonitor<unknown>(async () => {}),
      )
      await t.reason(self, a)
      const ref = self.sendAfter(5000, a.pid, 'hello')
      t.emit(self, 'read', self.readTimer(ref))
      t.emit(self, 'cancelled', self.cancelTimer(ref))
    },
  },

  a_cancel_that_answers_by_message: {
    items: ['P95'],
    faults: ['timer.nothing_answers_by_message', 'timer.cancel_by_message_is_none'],
    play: async (self, t) => {
      const ref = self.sendAfter(150, self.pid, 'hello')
      t.emit(self, 'returned', self.cancelTimer(ref, { async: true }) ?? 'ok')
      const first = (await self.receive()) as TimerCancelled
      t.emit(self, 'answer', [first.ref === ref, left(first.leftMs, 150)])
      t.emit(self, 'again', self.cancelTimer(ref, { async: true }) ?? 'ok')
      const second = (await self.receive()) as TimerCancelled
      t.emit(self, 'answer', [second.ref === ref, second.leftMs])
      t.emit(self, 'then', await t.quiet(self, 250))
    },
  },

  a_cancel_without_an_answer: {
    items: ['P95'],
    faults: ['timer.cancel_always_answers', 'timer.cancel_without_an_answer_is_none'],
    play: async (self, t) => {
      const ref = self.sendAfter(100, self.pid, 'hello')
      t.emit(self, 'returned', self.cancelTimer(ref, { info: false }) ?? 'ok')
      t.emit(self, 'again', self.cancelTimer(ref, { info: false }) ?? 'ok')
      const other = self.sendAfter(100, self.pid, 'hello')
      t.emit(self, 'returned', self.cancelTimer(other, { async: true, info: false }) ?? 'ok')
      t.emit(self, 'then', await t.quiet(self, 200))
    },
  },

  a_read_that_answers_by_message: {
    items: ['P95'],
    faults: ['timer.nothing_answers_by_message', 'timer.reading_by_message_cancels'],
    play: async (self, t) => {
      const ref = self.sendAfter(100, self.pid, 'hello')
      t.emit(self, 'returned', self.readTimer(ref, { async: true }) ?? 'ok')
      const first = (await self.receive()) as TimerRead
      t.emit(self, 'answer', [first.ref === ref, left(first.leftMs, 100)])
      t.emit(self, 'got', await self.receive())
      self.readTimer(ref, { async: true })
      const second = (await self.receive()) as TimerRead
      t.emit(self, 'answer', [second.ref === ref, second.leftMs])
    },
  },

  what_is_no_timer: {
    items: ['P95'],
    faults: ['timer.anything_is_a_timer'],
    play: async (self, t) => {
      t.emit(self, 'cancelled', self.cancelTimer(self.makeRef()))
      t.emit(
        self,
        'no_ref',
        t.attempt(() => self.cancelTimer('hello' as unknown as Ref)),
      )
      t.emit(
        self,
        'no_ref',
        t.attempt(() => self.readTimer(1 as unknown as Ref)),
      )
    },
  },

  a_timer_at_an_instant: {
    items: ['P98'],
    faults: ['timer.instants_are_delays'],
    play: async (self, t) => {
      await self.sleep(100)
      const nowMs = self.node.monotonicTimeMs()
      const ref = self.sendAfter(nowMs + 300, self.pid, 'second', { abs: true })
      t.emit(self, 'left', left(self.readTimer(ref), 300))
      self.sendAfter(100, self.pid, 'first')
      t.emit(self, 'got', [await self.receive(), await self.receive()])
      t.emit(self, 'waited', self.node.monotonicTimeMs() - nowMs >= 300)
      const wrapped = self.startTimer(nowMs + 350, 'wrapped', { abs: true })
      const timeout = (await self.receive()) as TimeoutMessage
      t.emit(self, 'got', timeout)
      t.emit(self, 'same_ref', timeout.ref === wrapped)
    },
  },

  an_instant_that_is_over: {
    items: ['P98'],
    faults: ['timer.past_instants_never_come', 'timer.past_instants_are_sorted'],
    play: async (self, t) => {
      await self.sleep(100)
      const nowMs = self.node.monotonicTimeMs()
      self.sendAfter(nowMs - 20, self.pid, 'b', { abs: true })
      self.sendAfter(nowMs - 40, self.pid, 'a', { abs: true })
      self.sendAfter(200, self.pid, 'later')
      t.emit(self, 'got', [await self.receive(), await self.receive(), await self.receive()])
    },
  },

  bad_instants: {
    items: ['P98'],
    faults: ['timer.takes_any_time'],
    play: async (self, t) => {
      t.emit(
        self,
        'no_number',
        t.attempt(() => self.sendAfter('soon' as unknown as number, self.pid, 'hello', { abs: true })),
      )
      t.emit(
        self,
        'too_far',
        t.attempt(() => self.startTimer(2 ** 60, 'hello', { abs: true })),
      )
      t.emit(
        self,
        'too_long',
        t.attempt(() => self.sendAfter(2 ** 60, self.pid, 'hello')),
      )
    },
  },

  monotonic_time_goes_forwards: {
    items: ['P99'],
    faults: ['clock.goes_backwards', 'clock.stands_still'],
    play: async (self, t) => {
      const times: number[] = []
      for (let n = 0; n < 200; n++) {
        await self.sleep(0)
        times.push(self.node.monotonicTimeMs())
      }
      t.emit(
        self,
        'in_order',
        times.every((time, index) => index === 0 || time >= times[index - 1]!),
      )
      const before = self.node.monotonicTimeMs()
      await self.sleep(30)
      t.emit(self, 'passed', self.node.monotonicTimeMs() - before >= 30)
    },
  },

  system_time_is_monotonic_time_and_the_offset: {
    items: ['P99'],
    faults: ['clock.system_time_is_apart', 'clock.system_time_is_monotonic'],
    play: async (self, t) => {
      const { node } = self
      const sum = node.monotonicTimeMs() + node.timeOffsetMs()
      t.emit(self, 'equal', Math.abs(node.systemTimeMs() - sum) <= 1000)
      t.emit(self, 'after_2020', node.systemTimeMs() > 1_577_836_800_000)
    },
  },

  unique_integers: {
    items: ['P99'],
    faults: ['clock.integers_come_again', 'clock.integers_go_down'],
    play: async (self, t) => {
      const take = () => Array.from({ length: 100 }, () => self.node.uniqueInteger())
      const mine = take()
      t.emit(
        self,
        'in_order',
        mine.every((integer, index) => index === 0 || integer > mine[index - 1]!),
      )
      t.emit(self, 'positive', mine[0]! > 0)
      for (let n = 0; n < 2; n++) self.spawn(async (me) => me.send(self.pid, take()))
      const theirs = [(await self.receive()) as number[], (await self.receive()) as number[]]
      t.emit(self, 'all_differ', new Set([...mine, ...theirs.flat()]).size === 300)
    },
  },

  the_time_offset_is_monitored: {
    items: ['P99'],
    faults: ['clock.offset_monitors_stay', 'clock.offset_changes_by_itself'],
    play: async (self, t) => {
      const ref = self.monitorTimeOffset()
      t.emit(self, 'then', await t.quiet(self))
      t.emit(self, 'ended', self.demonitor(ref))
      t.emit(self, 'again', self.demonitor(ref))
    },
  },
}
