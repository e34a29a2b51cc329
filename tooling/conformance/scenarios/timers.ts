/**
 * Timers.
 */
import type { Process, TimeoutMessage } from '../../../packages/core/src/index.ts'
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
}
