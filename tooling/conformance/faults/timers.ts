/**
 * Wrong timers.
 */
import type { CancelTimerOptions, ReadTimerOptions } from '../../../packages/core/src/index.ts'
import { Pid } from '../../../packages/core/src/identity/pid.ts'
import { Ref } from '../../../packages/core/src/identity/ref.ts'
import { Deaths } from '../../../packages/core/src/kernel/deaths.ts'
import type { MessageTimer } from '../../../packages/core/src/process/process-timers.ts'
import { Self } from '../../../packages/core/src/process/self.ts'
import { Clock } from '../../../packages/core/src/timers/clock.ts'
import { TimerQueue } from '../../../packages/core/src/timers/timer-queue.ts'
import { none } from '../../../packages/core/src/timers/timer-slots.ts'
import { all, patch, type Fault } from './patch.ts'

let set = 0

export const timerFaults = {
  'timer.message_is_bare': patch(
    Self.prototype,
    'startTimer',
    () =>
      function (this: Self<unknown>, ms, message) {
        return this.sendAfter(ms, this.pid, message)
      },
  ),
  'timer.name_is_looked_up_early': patch(
    Self.prototype,
    'sendAfter',
    (sendAfter) =>
      function (this: Self<unknown>, ms, to, message) {
        return sendAfter.call(this, ms, typeof to === 'string' ? (this.whereis(to) ?? to) : to, message)
      },
  ),
  'timer.unknown_names_get_it_back': patch(
    Self.prototype,
    'sendAfter',
    (sendAfter) =>
      function (this: Self<unknown>, ms, to, message) {
        return sendAfter.call(
          this,
          ms,
          typeof to === 'string' && this.whereis(to) === undefined ? this.pid : to,
          message,
        )
      },
  ),
  'timer.cancel_does_nothing': cancelling((self, ref) => self.readTimer(ref)),
  'timer.cancel_says_nothing': cancelling((_self, ref, _options, cancel) => {
    cancel(ref)
    return false
  }),
  'timer.cancel_by_message_is_none': cancelling((self, ref, options, cancel) => {
    if (options?.async !== true) return cancel(ref, options)
    self.kernel.push(self, { type: 'cancelTimer', ref, leftMs: self.readTimer(ref) })
    return undefined
  }),
  'timer.cancel_always_answers': cancelling((_self, ref, _options, cancel) => cancel(ref)),
  'timer.cancel_without_an_answer_is_none': cancelling((_self, ref, options, cancel) =>
    options?.info === false ? undefined : cancel(ref, options),
  ),
  'timer.anything_is_a_timer': cancelling((_self, ref, options, cancel) =>
    ref instanceof Ref ? cancel(ref, options) : false,
  ),
  'timer.nothing_answers_by_message': all(
    cancelling((_self, ref, options, cancel) => cancel(ref, { info: options?.async !== true })),
    reading((_self, ref, options, read) => (options?.async === true ? undefined : read(ref))),
  ),
  'timer.reading_by_message_cancels': reading((self, ref, options, read) => {
    read(ref, options)
    if (options?.async === true) self.cancelTimer(ref, { info: false })
    return undefined
  }),
  'timer.cancel_clears_the_mailbox': cancelling((self, ref, options, cancel) => {
    self.saved = null
    return cancel(ref, options)
  }),
  'timer.reading_cancels': reading((self, ref) => self.cancelTimer(ref)),
  'timer.outlives_whom_it_is_for': patch(
    Deaths.prototype,
    'die',
    (die) =>
      function (this: Deaths, record, reason, crashed) {
        if (record.belongings !== null) record.belongings.timerSlot = none
        die.call(this, record, reason, crashed)
      },
  ),
  'timer.ends_with_its_creator': patch(
    Self.prototype,
    'sendAfter',
    (sendAfter) =>
      function (this: Self<unknown>, ms, to, message) {
        const ref = sendAfter.call(this, ms, to, message)
        this.own({ close: () => this.kernel.timers.cancel(ref as MessageTimer) })
        return ref
      },
  ),
  'timer.for_the_dead_raises': patch(
    Self.prototype,
    'sendAfter',
    (sendAfter) =>
      function (this: Self<unknown>, ms, to, message) {
        if (to instanceof Pid && to.process === null) throw new Error('noproc')
        return sendAfter.call(this, ms, to, message)
      },
  ),
  'timer.wraps': patch(
    TimerQueue.prototype,
    'set',
    (original) =>
      function (this: TimerQueue, entry, delayMs, owner) {
        original.call(this, entry, delayMs > 2 ** 31 - 1 ? 1 : delayMs, owner)
      },
  ),
  'timer.last_set_fires_first': delaying((ms) => Math.max(0, ms - (++set % 100) / 4)),
  'timer.fires_in_order_of_setting': delaying((ms) => Math.max(ms, 300) + ++set / 4),
  'timer.takes_any_time': delaying((ms) => Math.min(Math.max(0, ms), 1000)),
  'timer.instants_are_delays': patch(
    Self.prototype,
    'sendAfter',
    (sendAfter) =>
      function (this: Self<unknown>, ms, to, message) {
        return sendAfter.call(this, ms, to, message)
      },
  ),
  'timer.past_instants_never_come': patch(
    Self.prototype,
    'sendAfter',
    (sendAfter) =>
      function (this: Self<unknown>, ms, to, message, options) {
        const isOver = options?.abs === true && ms < this.node.monotonicTimeMs()
        return isOver ? this.makeRef() : sendAfter.call(this, ms, to, message, options)
      },
  ),
  'timer.past_instants_are_sorted': patch(
    Self.prototype,
    'sendAfter',
    (sendAfter) =>
      function (this: Self<unknown>, ms, to, message, options) {
        return sendAfter.call(this, options?.abs === true ? ms + 60 : ms, to, message, options)
      },
  ),
  'timer.none_for_no_time': patch(
    Self.prototype,
    'sendAfter',
    (sendAfter) =>
      function (this: Self<unknown>, ms, to, message) {
        return ms === 0 ? this.makeRef() : sendAfter.call(this, ms, to, message)
      },
  ),
  'clock.goes_backwards': patch(
    Clock.prototype,
    'monotonicMs',
    (monotonicMs) =>
      function (this: Clock) {
        return monotonicMs.call(this) - (++set % 2) * 5
      },
  ),
  'clock.stands_still': patch(Clock.prototype, 'monotonicMs', () => () => 0),
  'clock.system_time_is_apart': patch(
    Clock.prototype,
    'systemMs',
    (systemMs) =>
      function (this: Clock) {
        return systemMs.call(this) + 5000
      },
  ),
  'clock.system_time_is_monotonic': patch(Clock.prototype, 'offsetMs', () => () => 0),
  'clock.integers_come_again': patch(Clock.prototype, 'uniqueInteger', () => () => (++set % 150) + 1),
  'clock.integers_go_down': patch(Clock.prototype, 'uniqueInteger', () => () => -++set),
  'clock.offset_monitors_stay': patch(Clock.prototype, 'unwatch', () => () => false),
  'clock.offset_changes_by_itself': patch(
    Clock.prototype,
    'watch',
    (watch) =>
      function (this: Clock, ref, watcher) {
        watch.call(this, ref, watcher)
        watcher.kernel.push(watcher, { type: 'timeOffset', ref, offsetMs: 0 })
      },
  ),
} satisfies { readonly [name: string]: Fault }

/** Another delay than was asked for. */
function delaying(change: (ms: number) => number): Fault {
  return patch(
    Self.prototype,
    'sendAfter',
    (sendAfter) =>
      function (this: Self<unknown>, ms, to, message, options) {
        return sendAfter.call(this, change(ms), to, message, options)
      },
  )
}

type Answer<O> = (ref: Ref, options?: O) => number | false | undefined

/** Another `cancelTimer`, given the right one. */
function cancelling(
  wrong: (
    self: Self<unknown>,
    ref: Ref,
    options: CancelTimerOptions | undefined,
    right: Answer<CancelTimerOptions>,
  ) => unknown,
): Fault {
  return patch(Self.prototype, 'cancelTimer', (cancelTimer) => {
    const right = cancelTimer as Answer<CancelTimerOptions>
    return function (this: Self<unknown>, ref: Ref, options?: CancelTimerOptions) {
      return wrong(this, ref, options, (...given) => right.call(this, ...given))
    } as typeof cancelTimer
  })
}

function reading(
  wrong: (
    self: Self<unknown>,
    ref: Ref,
    options: ReadTimerOptions | undefined,
    right: Answer<ReadTimerOptions>,
  ) => unknown,
): Fault {
  return patch(Self.prototype, 'readTimer', (readTimer) => {
    const right = readTimer as Answer<ReadTimerOptions>
    return function (this: Self<unknown>, ref: Ref, options?: ReadTimerOptions) {
      return wrong(this, ref, options, (...given) => right.call(this, ...given))
    } as typeof readTimer
  })
}
