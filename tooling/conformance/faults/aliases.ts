/**
 * Wrong aliases and calls.
 */
import { Ref } from '../../../packages/core/src/identity/ref.ts'
import { Aliases } from '../../../packages/core/src/kernel/aliases.ts'
import { Kernel } from '../../../packages/core/src/kernel/kernel.ts'
import { Monitors } from '../../../packages/core/src/kernel/monitors.ts'
import { Request } from '../../../packages/core/src/kernel/request.ts'
import { Self } from '../../../packages/core/src/process/self.ts'
import { all, patch, patchGetter, type Fault } from './patch.ts'

export const aliasFaults = {
  'alias.outlives_unalias': patch(Aliases.prototype, 'end', () => () => true),
  'alias.once_is_for_ever': patch(
    Aliases.prototype,
    'make',
    (make) =>
      function (this: Aliases, record) {
        return make.call(this, record, false)
      },
  ),
  'alias.of_a_monitor_stays': patch(
    Monitors.prototype,
    'monitor',
    (monitor) =>
      function (this: Monitors, record, target, ref, options) {
        monitor.call(this, record, target, ref, { ...options, alias: options?.alias && 'explicitUnalias' })
      },
  ),
  'alias.of_a_monitor_always_ends': patch(
    Monitors.prototype,
    'monitor',
    (monitor) =>
      function (this: Monitors, record, target, ref, options) {
        monitor.call(this, record, target, ref, { ...options, alias: options?.alias && 'demonitor' })
      },
  ),
  'alias.takes_its_monitor_along': patch(
    Aliases.prototype,
    'end',
    (end) =>
      function (this: Aliases, record, alias) {
        const ended = end.call(this, record, alias)
        if (ended) record.kernel.monitors.demonitor(record, alias)
        return ended
      },
  ),
  'alias.of_itself_counts': patch(
    Monitors.prototype,
    'monitor',
    (monitor) =>
      function (this: Monitors, record, target, ref, terms) {
        monitor.call(this, record, target, ref, terms)
        if (target === record.pid && terms?.alias !== undefined)
          record.kernel.aliases.activate(record, ref, terms.alias, null)
      },
  ),
  'alias.end_clears_the_mailbox': patch(
    Aliases.prototype,
    'end',
    (end) =>
      function (this: Aliases, record, alias) {
        record.saved = null
        return end.call(this, record, alias)
      },
  ),
  'alias.is_checked_at_send': patch(
    Kernel.prototype,
    'push',
    (push) =>
      function (this: Kernel, record, item) {
        const through = item as { readonly alias?: unknown; readonly message?: unknown }
        push.call(this, record, through?.alias instanceof Ref ? through.message : item)
      },
  ),
  'alias.anybody_ends_it': patch(Aliases.prototype, 'end', () => (_record, alias) => {
    alias.holds = null
    return true
  }),
  'alias.is_slower': patch(
    Aliases.prototype,
    'send',
    (send) =>
      function (this: Aliases, alias, message) {
        const record = (alias.holds as { readonly owner?: { readonly kernel: Kernel } } | null)?.owner
        record?.kernel.runtime.macrotask(() => send.call(this, alias, message))
      },
  ),
  'reply.late_is_a_message': all(
    patchGetter(Request.prototype, 'isPending', () => true),
    patch(
      Request.prototype,
      'answered',
      (answered) =>
        function (this: Request, value) {
          if (this.outcome.kind === 'pending') return answered.call(this, value)
          this.caller?.kernel.push(this.caller, ['late', value])
        },
    ),
  ),
  'alias.to_the_dead_raises': patch(
    Aliases.prototype,
    'send',
    (send) =>
      function (this: Aliases, alias, message) {
        if (alias.holds === null) throw new Error('noproc')
        send.call(this, alias, message)
      },
  ),
  'call.to_itself_is_sent': patch(
    Self.prototype,
    'request',
    (request) =>
      function (this: Self<unknown>, to, payload) {
        return to === this.pid ? new Promise(() => this.send(this.pid, payload)) : request.call(this, to, payload)
      },
  ),
  'death.settles_calls': patch(
    Request.prototype,
    'abandon',
    (abandon) =>
      function (this: Request) {
        abandon.call(this)
        this.resolve?.(null as never)
      },
  ),
  'call.never_expires': patch(Request.prototype, 'expire', () => () => {}),
  'call.does_not_watch': patch(
    Request.prototype,
    'fail',
    () =>
      function (this: Request) {
        // Whoever dies without an answer must be gone from the list, or the announcement would never end.
        if (this.server !== null) this.server.incoming = this.laterIn
      },
  ),
  'call.clears_the_mailbox': patch(
    Request.prototype,
    'handle',
    (handle) =>
      function (this: Request, receiver) {
        if (receiver === this.caller) receiver.saved = null
        return handle.call(this, receiver)
      },
  ),
} satisfies { readonly [name: string]: Fault }
