/**
 * What an application's callbacks are given.
 */
import type { AnyProcess } from '@agner/core'
import type { AnyApplication, ApplicationContext } from './definition.ts'
import { normalStart, type StartType } from './start-type.ts'
import { tableOf } from './table.ts'

/** @param self who runs the callback: the master, or a supervisor of its group that starts what is included. */
export function contextOf(self: AnyProcess, { name }: AnyApplication): ApplicationContext<object> {
  const { node } = self
  return {
    self,
    node,
    get startType(): StartType {
      const table = tableOf(node)
      return table.startTypes.get(table.led(self.pid) ?? table.led(self.groupLeader) ?? name) ?? normalStart
    },
    get env(): object {
      return tableOf(node).settings.get(name) ?? {}
    },
  }
}
