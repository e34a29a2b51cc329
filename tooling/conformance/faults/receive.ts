/**
 * Wrong receives.
 */
import { RunningAsync } from '../../../packages/core/src/kernel/async-body.ts'
import { Kernel } from '../../../packages/core/src/kernel/kernel.ts'
import type { ProcessRecord } from '../../../packages/core/src/kernel/process-record.ts'
import { Self } from '../../../packages/core/src/process/self.ts'
import { TimerQueue, type TimerEntry } from '../../../packages/core/src/timers/timer-queue.ts'
import { all, patch, type Fault } from './patch.ts'

export const receiveFaults = {
  'receive.takes_the_last': rearranged((messages) => messages.toReversed()),
  'receive.reorders': rearranged((messages, guard) => {
    // What was passed over goes to the back.
    const first = messages.findIndex((message) => guard(message as never))
    return first === -1 ? messages : [...messages.slice(first), ...messages.slice(0, first)]
  }),
  'receive.waiting_takes_anything': patch(
    RunningAsync.prototype,
    'receive',
    (receive) =>
      function (this: RunningAsync, record, guard, ...rest) {
        record.fetch()
        const known = record.saved?.size ?? 0
        return receive.call(this, record, known > 0 ? guard : null, ...rest)
      },
  ),
  'receive.deadline_starts_anew': restarted(),
  'receive.deadline_is_early': patch(
    RunningAsync.prototype,
    'receive',
    (receive) =>
      function (this: RunningAsync, record, guard, timeoutMs, since) {
        return receive.call(this, record, guard, timeoutMs === Infinity ? timeoutMs : timeoutMs / 1000, since)
      },
  ),
  'receive.takes_any_deadline': patch(
    Self.prototype,
    'receive',
    (receive) =>
      function (this: Self<unknown>, first, second) {
        const { timeoutMs } = second ?? {}
        return receive.call(
          this,
          first,
          timeoutMs !== undefined && !(timeoutMs >= 0) ? { ...second, timeoutMs: 0 } : second,
        )
      },
  ),
  'ref.marks_the_start': patch(
    Kernel.prototype,
    'makeRef',
    (makeRef) =>
      function (this: Kernel) {
        return makeRef.call(this, null)
      },
  ),
  'message.strings_are_slower': patch(
    Kernel.prototype,
    'deliver',
    (deliver) =>
      function (this: Kernel, record, message) {
        if (typeof message === 'string') this.runtime.setTimer(1, () => deliver.call(this, record, message))
        else deliver.call(this, record, message)
      },
  ),
} satisfies { readonly [name: string]: Fault }

type Guard = (message: never) => boolean

/** Each selective receive arranges the mailbox anew before it looks. */
function rearranged(arrange: (messages: unknown[], guard: Guard) => unknown[]): Fault {
  return patch(
    RunningAsync.prototype,
    'receive',
    (receive) =>
      function (this: RunningAsync, record, guard, ...rest) {
        record.fetch()
        const messages: unknown[] = []
        while (record.saved !== null && record.saved.size > 0) messages.push(record.saved.shift())
        for (const message of guard === null ? messages : arrange(messages, guard)) record.save(message)
        return receive.call(this, record, guard, ...rest)
      },
  )
}

/** Each message that does not match sets the deadline again. */
function restarted(): Fault {
  const waiting = new WeakMap<ProcessRecord, TimerEntry>()
  return all(
    patch(
      TimerQueue.prototype,
      'setSoon',
      (setSoon) =>
        function (this: TimerQueue, entry, delayMs) {
          const { record } = entry as { readonly record?: ProcessRecord }
          if (record !== undefined) waiting.set(record, entry)
          setSoon.call(this, entry, delayMs)
        },
    ),
    patch(
      RunningAsync.prototype,
      'receive',
      (receive) =>
        function (this: RunningAsync, record, guard, timeoutMs, since) {
          const again = (message: never): boolean => {
            if (guard === null || guard(message)) return true
            const entry = waiting.get(record)
            if (entry !== undefined && record.kernel.timers.cancel(entry))
              record.kernel.timers.setSoon(entry, timeoutMs)
            return false
          }
          return receive.call(this, record, guard === null ? null : again, timeoutMs, since)
        },
    ),
  )
}
