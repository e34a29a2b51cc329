/**
 * Wrong links.
 */
import type { AnyPid } from '../../../packages/core/src/identity/pid.ts'
import { Deaths } from '../../../packages/core/src/kernel/deaths.ts'
import { Links } from '../../../packages/core/src/kernel/links.ts'
import { Monitors } from '../../../packages/core/src/kernel/monitors.ts'
import type { ProcessRecord } from '../../../packages/core/src/kernel/process-record.ts'
import { Self } from '../../../packages/core/src/process/self.ts'
import { all, patch, type Fault } from './patch.ts'

const isActive = (record: ProcessRecord, other: AnyPid): boolean => record.links?.get(other) === 0

export const linkFaults = {
  'link.normal_kills': patch(
    Deaths.prototype,
    'linkBroke',
    (broke) =>
      function (this: Deaths, receiver, from, reason) {
        if (reason === 'normal' && !receiver.trapsExits) this.die(receiver, reason, false)
        return broke.call(this, receiver, from, reason)
      },
  ),
  'link.normal_is_silent': patch(
    Deaths.prototype,
    'linkBroke',
    (broke) =>
      function (this: Deaths, receiver, from, reason) {
        return reason === 'normal' ? false : broke.call(this, receiver, from, reason)
      },
  ),
  'link.kill_is_converted': patch(
    Deaths.prototype,
    'linkBroke',
    (broke) =>
      function (this: Deaths, receiver, from, reason) {
        return broke.call(this, receiver, from, reason === 'kill' ? 'killed' : reason)
      },
  ),
  'link.kill_cannot_be_trapped': patch(
    Deaths.prototype,
    'linkBroke',
    (broke) =>
      function (this: Deaths, receiver, from, reason) {
        if (reason === 'kill') this.die(receiver, reason, false)
        return broke.call(this, receiver, from, reason)
      },
  ),
  'link.reason_is_lost': patch(
    Deaths.prototype,
    'linkBroke',
    (broke) =>
      function (this: Deaths, receiver, from, reason) {
        return broke.call(this, receiver, from, reason === 'normal' ? reason : 'linked')
      },
  ),
  'link.is_one_way': patch(Links.prototype, 'linked', () => () => {}),
  'link.is_counted': counted(),
  'link.to_the_dead_is_silent': patch(
    Links.prototype,
    'link',
    (link) =>
      function (this: Links, record, other) {
        if (other.process !== null) link.call(this, record, other)
      },
  ),
  'link.to_itself_is_kept': patch(
    Links.prototype,
    'link',
    (link) =>
      function (this: Links, record, other) {
        if (other === record.pid) record.kernel.links.adopt(record, other)
        else link.call(this, record, other)
      },
  ),
  'link.exit_ignores_unlink': all(
    patch(
      Links.prototype,
      'exited',
      () =>
        function (this: Links, receiver, from, reason) {
          receiver.links?.delete(from)
          return receiver.kernel.deaths.linkBroke(receiver, from, reason)
        },
    ),
    // As in a runtime without acknowledgements, the other side hears of it a turn later.
    patch(
      Links.prototype,
      'unlinked',
      (unlinked) =>
        function (this: Links, receiver, from, id) {
          receiver.kernel.runtime.macrotask(() => unlinked.call(this, receiver, from, id))
        },
    ),
  ),
  'link.again_waits_for_the_ack': patch(
    Links.prototype,
    'link',
    (link) =>
      function (this: Links, record, other) {
        const state = record.links?.get(other)
        if (state === undefined || state === 0) link.call(this, record, other)
      },
  ),
  'unlink.does_nothing': patch(Links.prototype, 'unlink', () => () => {}),
  // As if the starter did not look for the exit either.
  'start.failure_is_told_twice': all(
    patch(Links.prototype, 'unlink', () => () => {}),
    patch(
      Self.prototype,
      'processInfo',
      (processInfo) =>
        function (this: Self<unknown>, pid: AnyPid, items?: readonly string[]) {
          return items?.join() === 'trapsExits' ? undefined : processInfo.call(this, pid, items as never)
        } as typeof processInfo,
    ),
  ),
  'unlink.is_one_way': patch(Links.prototype, 'unlinked', () => () => {}),
  'unlink.any_ack_will_do': patch(Links.prototype, 'acknowledged', () => (receiver, from) => {
    receiver.links?.delete(from)
  }),
  'unlink.clears_the_mailbox': patch(
    Links.prototype,
    'unlink',
    (unlink) =>
      function (this: Links, record, other) {
        record.saved = null
        unlink.call(this, record, other)
      },
  ),
  'spawn.link_comes_later': patch(
    Self.prototype,
    'link',
    (link) =>
      function (this: Self<unknown>, other) {
        this.pid.process?.kernel.runtime.setTimer(1, () => link.call(this, other))
      },
  ),
  'monitor.excludes_link': patch(
    Monitors.prototype,
    'monitor',
    (monitor) =>
      function (this: Monitors, record, target, ...rest) {
        if (!('node' in target && isActive(record, target as AnyPid))) monitor.call(this, record, target, ...rest)
      },
  ),
} satisfies { readonly [name: string]: Fault }

/** Two links need two unlinks. */
function counted(): Fault {
  const more = new WeakMap<ProcessRecord, number>()
  return all(
    patch(
      Links.prototype,
      'link',
      (link) =>
        function (this: Links, record, other) {
          if (isActive(record, other)) more.set(record, (more.get(record) ?? 0) + 1)
          else link.call(this, record, other)
        },
    ),
    patch(
      Links.prototype,
      'unlink',
      (unlink) =>
        function (this: Links, record, other) {
          const left = more.get(record) ?? 0
          if (left > 0) more.set(record, left - 1)
          else unlink.call(this, record, other)
        },
    ),
  )
}
