/**
 * Wrong exit reasons and exit signals.
 */
import { describeReason } from '../../../packages/core/src/exit-reason.ts'
import { RunningAsync } from '../../../packages/core/src/kernel/async-body.ts'
import { Deaths } from '../../../packages/core/src/kernel/deaths.ts'
import { Kernel } from '../../../packages/core/src/kernel/kernel.ts'
import type { ProcessRecord } from '../../../packages/core/src/kernel/process-record.ts'
import { ProcessRecord as Record } from '../../../packages/core/src/kernel/process-record.ts'
import { ExitSignal } from '../../../packages/core/src/kernel/signal.ts'
import { Self } from '../../../packages/core/src/process/self.ts'
import { all, patch, type Fault } from './patch.ts'

const recordOf = (self: Self<unknown>): ProcessRecord | null => self.pid.process

export const exitFaults = {
  'exit.reason_is_text': patch(
    Deaths.prototype,
    'die',
    (die) =>
      function (this: Deaths, record, reason, crashed) {
        die.call(this, record, describeReason(reason), crashed)
      },
  ),
  'exit.reason_is_lost': patch(
    Self.prototype,
    'exit',
    (exit) =>
      function (this: Self<unknown>) {
        return exit.call(this, 'normal')
      },
  ),
  'exit.ends_the_link': patch(
    Deaths.prototype,
    'exitSignal',
    (handle) =>
      function (this: Deaths, receiver, from, reason) {
        if (from !== null) receiver.links?.delete(from)
        return handle.call(this, receiver, from, reason)
      },
  ),
  'spawn.runs_inline': patch(
    Kernel.prototype,
    'spawn',
    (spawn) =>
      function (this: Kernel, code, settings) {
        const record = spawn.call(this, code, settings)
        if (record.visible && record.parent !== null) record.body.begin(record)
        return record
      },
  ),
  'signals.are_not_fetched': patch(Record.prototype, 'fetch', () => () => {}),
  'exit.normal_kills': patch(
    Deaths.prototype,
    'exitSignal',
    (handle) =>
      function (this: Deaths, receiver, from, reason) {
        if (reason === 'normal' && !receiver.trapsExits) this.die(receiver, reason, false)
        return handle.call(this, receiver, from, reason)
      },
  ),
  'exit.normal_is_never_told': patch(
    Deaths.prototype,
    'exitSignal',
    (handle) =>
      function (this: Deaths, receiver, from, reason) {
        return reason === 'normal' && from !== receiver.pid ? false : handle.call(this, receiver, from, reason)
      },
  ),
  'exit.normal_to_itself_is_ignored': patch(
    Deaths.prototype,
    'exitSignal',
    (handle) =>
      function (this: Deaths, receiver, from, reason) {
        return reason === 'normal' && from === receiver.pid ? false : handle.call(this, receiver, from, reason)
      },
  ),
  'kill.can_be_trapped': patch(
    Deaths.prototype,
    'exitSignal',
    (handle) =>
      function (this: Deaths, receiver, from, reason) {
        if (reason === 'kill' && receiver.trapsExits)
          return receiver.body.message(receiver, { type: 'exit', from, reason })
        return handle.call(this, receiver, from, reason)
      },
  ),
  'kill.is_not_converted': patch(
    Deaths.prototype,
    'exitSignal',
    (handle) =>
      function (this: Deaths, receiver, from, reason) {
        if (reason === 'kill') this.die(receiver, 'kill', false)
        return handle.call(this, receiver, from, reason)
      },
  ),
  'exit.from_nobody': patch(
    Deaths.prototype,
    'exitSignal',
    (handle) =>
      function (this: Deaths, receiver, _from, reason) {
        return handle.call(this, receiver, receiver.pid, reason)
      },
  ),
  'exit.trapping_does_not_count': patch(
    Deaths.prototype,
    'exitSignal',
    (handle) =>
      function (this: Deaths, receiver, from, reason) {
        if (reason !== 'normal') this.die(receiver, reason, false)
        return handle.call(this, receiver, from, reason)
      },
  ),
  'exit.waits_for_a_receive': patch(Deaths.prototype, 'exitSignal', () => () => false),
  'exit.overtaken_by_messages': patch(
    Kernel.prototype,
    'push',
    (push) =>
      function (this: Kernel, record, item) {
        if (item instanceof ExitSignal) this.runtime.setTimer(1, () => push.call(this, record, item))
        else push.call(this, record, item)
      },
  ),
  'exit.trapping_off_clears_the_mailbox': patch(
    Self.prototype,
    'trapExits',
    (trapExits) =>
      function (this: Self<unknown>, on) {
        const record = recordOf(this)
        if (!on && record !== null) record.saved = null
        return trapExits.call(this, on)
      },
  ),
  /** The pending receive of a dead process rejects, as if exit signals were exceptions. */
  'death.rejects_what_waits': deathRejects(),
  'death.lets_sleepers_wake': patch(
    Self.prototype,
    'sleep',
    (sleep) =>
      function (this: Self<unknown>, ms) {
        const record = recordOf(this)
        if (record === null) return sleep.call(this, ms)
        return new Promise((resolve) => void record.kernel.runtime.setTimer(ms, () => resolve()))
      },
  ),
} satisfies { readonly [name: string]: Fault }

function deathRejects(): Fault {
  const rejects = new WeakMap<ProcessRecord, (error: Error) => void>()
  return all(
    patch(
      RunningAsync.prototype,
      'receive',
      (receive) =>
        function (this: RunningAsync, record, ...rest) {
          const cut = new Promise<never>((_, reject) => rejects.set(record, reject))
          return Promise.race([receive.call(this, record, ...rest), cut])
        },
    ),
    patch(
      Deaths.prototype,
      'die',
      (die) =>
        function (this: Deaths, record, reason, crashed) {
          die.call(this, record, reason, crashed)
          rejects.get(record)?.(new Error('killed'))
        },
    ),
  )
}
