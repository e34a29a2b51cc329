/**
 * Wrong hibernation, priorities, suspensions and counts.
 */
import { RunningAsync, type AnyAsync } from '../../../packages/core/src/kernel/async-body.ts'
import { callbackBody } from '../../../packages/core/src/kernel/callback-body.ts'
import { Deaths } from '../../../packages/core/src/kernel/deaths.ts'
import { Flags } from '../../../packages/core/src/kernel/flags.ts'
import { PriorityQueues } from '../../../packages/core/src/kernel/priority-queues.ts'
import type { Priority } from '../../../packages/core/src/kernel/priority.ts'
import { ProcessRecord } from '../../../packages/core/src/kernel/process-record.ts'
import { Scheduler } from '../../../packages/core/src/kernel/scheduler.ts'
import { WakeSignal } from '../../../packages/core/src/kernel/signal.ts'
import { Suspensions } from '../../../packages/core/src/kernel/suspension.ts'
import { Self } from '../../../packages/core/src/process/self.ts'
import { all, patch, patchGetter, type Fault } from './patch.ts'

export const schedulingFaults = {
  'hibernate.goes_on_at_once': patch(
    RunningAsync.prototype,
    'hibernate',
    () =>
      function (this: RunningAsync, record, body, argument) {
        this.become(record, body, argument)
      },
  ),
  'hibernate.waits_for_a_new_message': patch(
    RunningAsync.prototype,
    'hibernate',
    (hibernate) =>
      function (this: RunningAsync, record, body, argument) {
        record.fetch()
        const { saved } = record
        record.saved = null
        hibernate.call(this, record, body, argument)
        record.saved = saved
      },
  ),
  'hibernate.keeps_the_stack': patch(
    Self.prototype,
    'hibernate',
    () =>
      async function (this: Self<unknown>, module: string, name: string, argument: unknown) {
        const body = this.kernel.modules.function(module, undefined, name) as AnyAsync
        return (await body(this, argument)) as never
      },
  ),
  'hibernate.is_not_seen': patch(Self.prototype, 'processInfo', (processInfo) => {
    return function (this: Self<unknown>, pid: never, items: never) {
      const found = processInfo.call(this, pid, items)
      return found !== undefined && 'currentFunction' in found ? { ...found, currentFunction: 'woken' } : found
    } as typeof processInfo
  }),
  'hibernate.is_deaf': patch(
    Deaths.prototype,
    'exitSignal',
    (exitSignal) =>
      function (this: Deaths, receiver, from, reason) {
        const { body } = receiver
        return !(body instanceof RunningAsync && body.hibernates) && exitSignal.call(this, receiver, from, reason)
      },
  ),
  'priority.is_ignored': ranked(() => 'normal'),
  'priority.high_is_normal': ranked((priority) => (priority === 'high' ? 'normal' : priority)),
  'priority.low_is_normal': ranked((priority) => (priority === 'low' ? 'normal' : priority)),
  'priority.low_never_goes': all(
    patch(
      PriorityQueues.prototype,
      'add',
      (add) =>
        function (this: PriorityQueues, record) {
          if (record.priority !== 'low') add.call(this, record)
        },
    ),
    // The same where the runtime picks.
    patch(
      Self.prototype,
      'yield',
      (goOn) =>
        function (this: Self<unknown>) {
          return this.priority === 'low' ? new Promise(() => {}) : goOn.call(this)
        },
    ),
  ),
  'suspend.does_nothing': all(
    patch(Suspensions.prototype, 'suspend', () => () => true),
    patch(Suspensions.prototype, 'resume', () => () => {}),
  ),
  'suspend.is_not_undone': patch(Suspensions.prototype, 'resume', () => () => {}),
  'suspend.is_not_counted': patch(
    Suspensions.prototype,
    'resume',
    (resume) =>
      function (this: Suspensions, by, pid) {
        resume.call(this, by, pid)
        while (pid.process !== null && by.belongings!.suspension!.of.has(pid.process)) resume.call(this, by, pid)
      },
  ),
  'suspend.outlives_its_suspender': patch(Suspensions.prototype, 'release', () => () => {}),
  'suspend.is_anybodys': patch(
    Suspensions.prototype,
    'release',
    (release) =>
      function (this: Suspensions, record, suspension) {
        for (const other of suspension.of.keys())
          for (const by of other.belongings!.suspension!.by)
            if (by !== record && 'belongings' in by) release.call(this, by, by.belongings!.suspension!)
        release.call(this, record, suspension)
      },
  ),
  'suspend.holds_exits': patch(
    Deaths.prototype,
    'exitSignal',
    (exitSignal) =>
      function (this: Deaths, receiver, from, reason) {
        return !receiver.suspended && exitSignal.call(this, receiver, from, reason)
      },
  ),
  'suspend.lets_timers_wake': patch(
    WakeSignal.prototype,
    'handle',
    (handle) =>
      function (this: WakeSignal, receiver) {
        const { suspended } = receiver
        receiver.suspended = false
        const woken = handle.call(this, receiver)
        receiver.suspended = suspended
        return woken
      },
  ),
  'suspend.lets_it_begin': all(
    begins(RunningAsync.prototype),
    begins(callbackBody),
    patchGetter(Flags.prototype, 'wantsTurn', ({ attention, busy }) => attention && !busy),
  ),
  'suspend.takes_anybody': all(
    patch(Suspensions.prototype, 'suspend', () => () => true),
    patch(Suspensions.prototype, 'resume', () => () => {}),
  ),
  'reductions.are_not_counted': patch(ProcessRecord.prototype, 'spend', () => () => {}),
} satisfies { readonly [name: string]: Fault }

/** @param other what a process gets instead. */
function ranked(other: (priority: Priority) => Priority): Fault {
  return patch(
    Scheduler.prototype,
    'rank',
    (rank) =>
      function (this: Scheduler, record, priority) {
        rank.call(this, record, other(priority))
      },
  )
}

function begins<T extends { begin(record: ProcessRecord): boolean }>(body: T): Fault {
  return patch<T, 'begin'>(body, 'begin', (begin) => {
    return function (this: T, record: ProcessRecord) {
      const { suspended } = record
      record.suspended = false
      const took = begin.call(this, record)
      record.suspended = suspended
      return took
    } as T['begin']
  })
}
