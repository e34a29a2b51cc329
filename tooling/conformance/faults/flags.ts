/**
 * Wrong flags.
 */
import { Flags } from '../../../packages/core/src/kernel/flags.ts'
import { Kernel } from '../../../packages/core/src/kernel/kernel.ts'
import { Self } from '../../../packages/core/src/process/self.ts'
import { patch, patchGetter, type Fault } from './patch.ts'

export const flagFaults = {
  'flag.gives_the_new_value': patch(Self.prototype, 'flag', (flag) => {
    return function (this: Self<unknown>, name: 'trapExits', value: boolean) {
      flag.call(this, name, value)
      return value
    } as typeof flag
  }),
  'flag.takes_anything': patch(Self.prototype, 'flag', (flag) => {
    return function (this: Self<unknown>, name: 'trapExits', value: boolean) {
      try {
        return flag.call(this, name, value)
      } catch {
        return false
      }
    } as typeof flag
  }),
  'flag.is_inherited': patch(
    Kernel.prototype,
    'spawn',
    (spawn) =>
      function (this: Kernel, code, settings) {
        const record = spawn.call(this, code, settings)
        const parent = settings.parent?.process ?? null
        if (parent === null) return record
        record.trapsExits = parent.trapsExits
        record.sensitive = parent.sensitive
        if (settings.priority === undefined) this.scheduler.rank(record, parent.priority)
        return record
      },
  ),
  'sensitive.is_ignored': patchGetter(Flags.prototype, 'sensitive', () => false),
} satisfies { readonly [name: string]: Fault }
