/**
 * Wrong dictionaries, group leaders, process info and crash reports.
 */
import type { CrashReport } from '../../../packages/core/src/index.ts'
import { Kernel } from '../../../packages/core/src/kernel/kernel.ts'
import { ModuleRegistry } from '../../../packages/core/src/modules.ts'
import { Dictionary } from '../../../packages/core/src/process/dictionary.ts'
import { Self } from '../../../packages/core/src/process/self.ts'
import type { ProcessItems } from '../../../packages/core/src/process-info.ts'
import { all, patch, patchGetter, type Fault } from './patch.ts'

const one = new Dictionary()

export const infoFaults = {
  'dictionary.hands_nothing_back': patch(
    Dictionary.prototype,
    'put',
    (put) =>
      function (this: Dictionary, key, value) {
        put.call(this, key, value)
      },
  ),
  'dictionary.never_forgets': patch(
    Dictionary.prototype,
    'erase',
    () =>
      function (this: Dictionary, key) {
        return this.get(key)
      },
  ),
  'dictionary.is_shared': all(
    () => () => void one.eraseAll(),
    patchGetter(Self.prototype as Self<unknown>, 'dictionary', () => one),
  ),
  'info.shows_no_messages': info((found) => ({ ...found, ...('messages' in found && { messages: [] }) })),
  'info.everybody_waits': info((found) => ({ ...found, status: 'waiting' })),
  'info.everybody_runs': info((found) => ({ ...found, status: 'running' })),
  'info.calls_are_lost': patch(ModuleRegistry.prototype, 'nameOf', () => () => null),
  'info.speaks_of_the_dead': info((found) => found, {}),
  'info.knows_every_item': patch(Self.prototype, 'processInfo', (processInfo) => {
    return function (this: Self<unknown>, pid: never, items: never) {
      try {
        return processInfo.call(this, pid, items)
      } catch {
        return undefined
      }
    } as typeof processInfo
  }),
  'leader.is_not_inherited': patch(
    Kernel.prototype,
    'spawn',
    (spawn) =>
      function (this: Kernel, code, settings) {
        const record = spawn.call(this, code, settings)
        record.leader = null
        return record
      },
  ),
  'leader.cannot_be_changed': patch(
    Self.prototype,
    'setGroupLeader',
    (set) =>
      function (this: Self<unknown>, pid, leader) {
        if (pid === this.pid) set.call(this, pid, leader)
      },
  ),
  'leader.takes_the_children_along': patch(
    Self.prototype,
    'setGroupLeader',
    (set) =>
      function (this: Self<unknown>, pid, leader) {
        set.call(this, pid, leader)
        for (const record of this.kernel.table) if (record.parent === pid) record.leader = leader
      },
  ),
  'leader.of_anybody': patch(Self.prototype, 'setGroupLeader', (set) => {
    return function (this: Self<unknown>, pid, leader) {
      try {
        set.call(this, pid, leader)
      } catch {
        // As if all were well.
      }
    }
  }),
  'crash.has_no_neighbours': crash((report) => ({ ...report, neighbours: [] })),
  'crash.has_no_ancestors': crash((report) => ({ ...report, ancestors: [] })),
  'crash.has_no_dictionary': crash((report) => ({ ...report, dictionary: new Map() })),
} satisfies { readonly [name: string]: Fault }

/** @param ofTheDead what is said of one who is dead. */
function info(change: (found: Partial<ProcessItems>) => object, ofTheDead?: object): Fault {
  return patch(Self.prototype, 'processInfo', (processInfo) => {
    return function (this: Self<unknown>, pid: never, items: never) {
      const found = processInfo.call(this, pid, items) as Partial<ProcessItems> | undefined
      return found === undefined ? ofTheDead : change(found)
    } as typeof processInfo
  })
}

function crash(change: (report: CrashReport) => CrashReport): Fault {
  return patch(
    Kernel.prototype,
    'report',
    (report) =>
      function (this: Kernel, told) {
        report.call(this, told.type === 'crash' ? change(told) : told)
      },
  )
}
