/**
 * Wrong orders, names, lists and limits.
 */
import { Pid } from '../../../packages/core/src/identity/pid.ts'
import { Deaths } from '../../../packages/core/src/kernel/deaths.ts'
import { Kernel } from '../../../packages/core/src/kernel/kernel.ts'
import { Names } from '../../../packages/core/src/kernel/names.ts'
import { Mailbox } from '../../../packages/core/src/kernel/mailbox.ts'
import { ProcessRecord } from '../../../packages/core/src/kernel/process-record.ts'
import { ProcessTable } from '../../../packages/core/src/kernel/process-table.ts'
import { ExitSignal } from '../../../packages/core/src/kernel/signal.ts'
import { Self } from '../../../packages/core/src/process/self.ts'
import { all, patch, patchGetter, type Fault } from './patch.ts'

export const signalFaults = {
  'message.is_slow': patch(
    Kernel.prototype,
    'deliver',
    (deliver) =>
      function (this: Kernel, record, message) {
        this.runtime.setTimer(1, () => deliver.call(this, record, message))
      },
  ),
  'exit.overtakes_messages': patch(
    Kernel.prototype,
    'push',
    (push) =>
      function (this: Kernel, record, item) {
        if (item instanceof ExitSignal) item.handle(record)
        else push.call(this, record, item)
      },
  ),
  'name.second_is_allowed': patch(
    Names.prototype,
    'register',
    (register) =>
      function (this: Names, name, record) {
        record.name = null
        register.call(this, name, record)
      },
  ),
  'name.can_be_taken': patch(Names.prototype, 'check', () => () => {}),
  'name.is_never_freed': patch(Names.prototype, 'release', () => () => {}),
  'name.stays_with_its_first': firstHolder(),
  'send.to_the_dead_raises': patch(
    Self.prototype,
    'send',
    (send) =>
      function (this: Self<unknown>, to, message) {
        if (to instanceof Pid && to.process === null) throw new Error('noproc')
        send.call(this, to, message)
      },
  ),
  'send.to_no_name_is_silent': patch(
    Self.prototype,
    'send',
    (send) =>
      function (this: Self<unknown>, to, message) {
        if (typeof to !== 'string' || this.whereis(to) !== undefined) send.call(this, to, message)
      },
  ),
  'exit.to_the_dead_raises': patch(
    Self.prototype,
    'sendExit',
    (sendExit) =>
      function (this: Self<unknown>, to, reason) {
        if (to.process === null) throw new Error('noproc')
        sendExit.call(this, to, reason)
      },
  ),
  'send.shares': patch(
    Self.prototype,
    'send',
    (send) =>
      function (this: Self<unknown>, to, message) {
        const target = to instanceof Pid ? to.process : null
        if (target === null) send.call(this, to, message)
        else target.kernel.push(target, message)
      },
  ),
  'list.keeps_the_dead': patch(
    ProcessTable.prototype,
    'remove',
    () =>
      function (this: ProcessTable, record) {
        Object.defineProperty(record, 'phase', { get: () => 'alive', set: () => {} })
      },
  ),
  'pid.is_used_again': patch(
    ProcessTable.prototype,
    'reserve',
    (reserve) =>
      function (this: ProcessTable) {
        return reserve.call(this) % 2 ** 24
      },
  ),
  'info.counts_what_was_handled': all(
    patch(ProcessRecord.prototype, 'fetch', () => () => {}),
    patchGetter(Mailbox.prototype, 'mailboxLength', ({ saved }) => saved?.size ?? 0),
  ),
  'crash.is_not_reported': patch(Kernel.prototype, 'reportCrash', () => () => {}),
  'crash.exits_are_reported': patch(
    Deaths.prototype,
    'die',
    (die) =>
      function (this: Deaths, record, reason) {
        die.call(this, record, reason, true)
      },
  ),
  'limit.is_ignored': patch(
    Kernel.prototype,
    'spawn',
    (spawn) =>
      function (this: Kernel, body, settings) {
        return spawn.call(this, body, { ...settings, mailboxLimit: Infinity })
      },
  ),
  'turn.never_ends': patch(
    ProcessRecord.prototype,
    'turn',
    (turn) =>
      function (this: ProcessRecord, scheduler) {
        scheduler.credit = 1_000_000
        return turn.call(this, scheduler)
      },
  ),
} satisfies { readonly [name: string]: Fault }

function firstHolder(): Fault {
  const holders = new WeakMap<Names, Map<string, ProcessRecord>>()
  return all(
    patch(
      Names.prototype,
      'register',
      (register) =>
        function (this: Names, name, record) {
          register.call(this, name, record)
          const known = holders.get(this) ?? new Map<string, ProcessRecord>()
          holders.set(this, known)
          if (!known.has(name)) known.set(name, record)
        },
    ),
    patch(
      Names.prototype,
      'get',
      () =>
        function (this: Names, name) {
          return holders.get(this)?.get(name)
        },
    ),
  )
}
