/**
 * Wrong monitors, and names.
 */
import { Pid } from '../../../packages/core/src/identity/pid.ts'
import { Monitors } from '../../../packages/core/src/kernel/monitors.ts'
import { Names } from '../../../packages/core/src/kernel/names.ts'
import { Peers } from '../../../packages/core/src/kernel/peers.ts'
import { Kernel } from '../../../packages/core/src/kernel/kernel.ts'
import { DownSignal, LinkExitSignal } from '../../../packages/core/src/kernel/signal.ts'
import { Self } from '../../../packages/core/src/process/self.ts'
import { all, patch, type Fault } from './patch.ts'

export const monitorFaults = {
  'monitor.is_a_set': patch(
    Monitors.prototype,
    'monitor',
    (monitor) =>
      function (this: Monitors, record, target, ...rest) {
        const known = [...(record.monitors ?? [])].some(({ by }) => by === target)
        if (!known) monitor.call(this, record, target, ...rest)
      },
  ),
  'monitor.fires_twice': patch(
    Monitors.prototype,
    'down',
    (down) =>
      function (this: Monitors, receiver, monitor, reason) {
        const { ended, terms, ref, by: process } = monitor
        const resumed = down.call(this, receiver, monitor, reason)
        if (!ended && terms === null) receiver.kernel.push(receiver, { type: 'down', ref, process, reason })
        return resumed
      },
  ),
  'monitor.last_is_told_first': patch(
    Monitors.prototype,
    'announce',
    () =>
      function (this: Monitors, record, reason) {
        for (const monitor of [...(record.watchers ?? [])].toReversed()) this.tell(monitor, reason)
        record.watchers = null
      },
  ),
  'rubbish.is_taken': all(
    ...(['link', 'unlink', 'monitor', 'demonitor', 'unalias'] as const).map((operation) =>
      patch(
        Self.prototype as Record<typeof operation, (...given: unknown[]) => unknown>,
        operation,
        (original) =>
          function (this: unknown, ...given: unknown[]) {
            try {
              return original.apply(this, given)
            } catch {
              return true
            }
          },
      ),
    ),
  ),
  'monitor.of_the_dead_is_silent': patch(
    Monitors.prototype,
    'monitor',
    (monitor) =>
      function (this: Monitors, record, target, ...rest) {
        if (record.kernel.locate(target) !== null) monitor.call(this, record, target, ...rest)
      },
  ),
  'monitor.tag_is_dropped': patch(
    Monitors.prototype,
    'monitor',
    (monitor) =>
      function (this: Monitors, record, target, ref, options) {
        monitor.call(this, record, target, ref, options && { ...options, tag: undefined })
      },
  ),
  'monitor.of_live_ones_is_lost': patch(Monitors.prototype, 'watched', () => () => {}),
  'monitor.of_itself_fires': patch(
    Monitors.prototype,
    'monitor',
    (monitor) =>
      function (this: Monitors, record, target, ref, onDown) {
        monitor.call(this, record, target, ref, onDown)
        if (target === record.pid) record.kernel.push(record, { type: 'down', ref, process: target, reason: 'noproc' })
      },
  ),
  'monitor.down_names_the_pid': patch(
    Monitors.prototype,
    'tell',
    (tell) =>
      function (this: Monitors, monitor, reason) {
        const on = monitor.on?.pid
        if (on !== undefined) Object.assign(monitor, { by: on })
        tell.call(this, monitor, reason)
      },
  ),
  'monitor.follows_the_name': patch(
    Names.prototype,
    'register',
    (register) =>
      function (this: Names, name, record) {
        register.call(this, name, record)
        for (const other of record.kernel.table) {
          for (const monitor of other.monitors ?? []) {
            if (monitor.by instanceof Pid || monitor.by.name !== name) continue
            monitor.on?.watchers?.delete(monitor)
            record.kernel.monitors.watched(record, monitor)
          }
        }
      },
  ),
  'monitor.anybody_ends_it': patch(
    Monitors.prototype,
    'demonitor',
    (demonitor) =>
      function (this: Monitors, record, ref) {
        for (const other of record.kernel.table)
          if (this.find(other, ref) !== null) return demonitor.call(this, other, ref)
        return false
      },
  ),
  'monitor.outlives_the_watcher': patch(Monitors.prototype, 'release', () => () => {}),
  'monitor.down_overtakes': patch(
    Kernel.prototype,
    'push',
    (push) =>
      function (this: Kernel, record, item) {
        if (item instanceof DownSignal) item.handle(record)
        else push.call(this, record, item)
      },
  ),
  'link.exit_overtakes': patch(
    Kernel.prototype,
    'push',
    (push) =>
      function (this: Kernel, record, item) {
        if (item instanceof LinkExitSignal) item.handle(record)
        else push.call(this, record, item)
      },
  ),
  'monitor.down_ignores_demonitor': patch(
    Monitors.prototype,
    'demonitor',
    (demonitor) =>
      function (this: Monitors, record, ref) {
        // Nothing keeps a DOWN that is under way from arriving.
        const monitor = this.find(record, ref)
        if (monitor === null || monitor.terms !== null) return demonitor.call(this, record, ref)
        record.kernel.runtime.macrotask(() => demonitor.call(this, record, ref))
        return true
      },
  ),
  'demonitor.does_nothing': patch(Self.prototype, 'demonitor', () => () => true),
  'demonitor.always_says_true': patch(
    Self.prototype,
    'demonitor',
    (demonitor) =>
      function (this: Self<unknown>, ref, options) {
        demonitor.call(this, ref, options)
        return true
      },
  ),
  'demonitor.always_flushes': patch(
    Self.prototype,
    'demonitor',
    (demonitor) =>
      function (this: Self<unknown>, ref) {
        return demonitor.call(this, ref, { flush: true })
      },
  ),
  'demonitor.never_flushes': patch(
    Self.prototype,
    'demonitor',
    (demonitor) =>
      function (this: Self<unknown>, ref) {
        return demonitor.call(this, ref)
      },
  ),
  'peers.unreachable_is_silent': all(
    patch(Peers.prototype, 'route', () => () => {}),
    patch(Peers.prototype, 'say', () => () => {}),
  ),
  'name.is_freed_late': patch(
    Names.prototype,
    'release',
    (release) =>
      function (this: Names, record) {
        record.kernel.runtime.macrotask(() => release.call(this, record))
      },
  ),
} satisfies { readonly [name: string]: Fault }
