/**
 * Wrong timers.
 */
import { Pid } from '../../../packages/core/src/identity/pid.ts'
import { Deaths } from '../../../packages/core/src/kernel/deaths.ts'
import { Self } from '../../../packages/core/src/process/self.ts'
import { TimerQueue } from '../../../packages/core/src/timers/timer-queue.ts'
import { patch, type Fault } from './patch.ts'

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
  'timer.cancel_does_nothing': patch(
    Self.prototype,
    'cancelTimer',
    () =>
      function (this: Self<unknown>, ref) {
        return this.readTimer(ref)
      },
  ),
  'timer.cancel_says_nothing': patch(
    Self.prototype,
    'cancelTimer',
    (cancelTimer) =>
      function (this: Self<unknown>, ref) {
        cancelTimer.call(this, ref)
        return false
      },
  ),
  'timer.cancel_clears_the_mailbox': patch(
    Self.prototype,
    'cancelTimer',
    (cancelTimer) =>
      function (this: Self<unknown>, ref) {
        const record = this.pid.process
        if (record !== null) record.saved = null
        return cancelTimer.call(this, ref)
      },
  ),
  'timer.reading_cancels': patch(
    Self.prototype,
    'readTimer',
    () =>
      function (this: Self<unknown>, ref) {
        return this.cancelTimer(ref)
      },
  ),
  'timer.outlives_whom_it_is_for': patch(
    Deaths.prototype,
    'die',
    (die) =>
      function (this: Deaths, record, reason, crashed) {
        if (record.belongings !== null) record.belongings.timers = null
        die.call(this, record, reason, crashed)
      },
  ),
  'timer.ends_with_its_creator': patch(
    Self.prototype,
    'sendAfter',
    (sendAfter) =>
      function (this: Self<unknown>, ms, to, message) {
        const ref = sendAfter.call(this, ms, to, message)
        this.own({ close: () => this.cancelTimer(ref) })
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
      function (this: TimerQueue, entry, delayMs) {
        original.call(this, entry, delayMs > 2 ** 31 - 1 ? 1 : delayMs)
      },
  ),
  'timer.last_set_fires_first': patch(
    TimerQueue.prototype,
    'setAt',
    (setAt) =>
      function (this: TimerQueue, entry, atMs) {
        setAt.call(this, entry, atMs - ++set * 1e-6)
      },
  ),
  'timer.fires_in_order_of_setting': patch(
    TimerQueue.prototype,
    'setAt',
    (setAt) =>
      function (this: TimerQueue, entry, atMs) {
        setAt.call(this, entry, Math.max(atMs, 300) + ++set * 1e-6)
      },
  ),
  'timer.takes_any_time': patch(
    Self.prototype,
    'sendAfter',
    (sendAfter) =>
      function (this: Self<unknown>, ms, to, message) {
        return sendAfter.call(this, Math.max(0, ms), to, message)
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
} satisfies { readonly [name: string]: Fault }
