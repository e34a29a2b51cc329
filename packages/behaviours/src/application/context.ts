/**
 * What an application's callbacks are given.
 */
import type { AnyProcess } from '@agner/core'
import type { AnyApplication, ApplicationContext } from './definition.ts'
import { tableOf } from './table.ts'

/** @param self who runs the callback. */
export function contextOf(self: AnyProcess, { name }: AnyApplication): ApplicationContext<object> {
  const { node } = self
  return {
    self,
    node,
    get env(): object {
      return tableOf(node).settings.get(name) ?? {}
    },
  }
}
