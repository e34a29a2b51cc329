/**
 * Wrong process groups, for the random lives to find. Methods are replaced for the time of a run; the sources stay clean.
 */
import { LocalScope } from '../../src/pg/local.ts'
import { PgMonitors } from '../../src/pg/monitors.ts'
import { PgTable } from '../../src/pg/table.ts'

type Undo = () => void

function replace<T extends object, K extends keyof T>(prototype: T, method: K, make: (original: T[K]) => T[K]) {
  return (): Undo => {
    const original = prototype[method]
    prototype[method] = make(original)
    return () => void (prototype[method] = original)
  }
}

export const plantedBugs: Readonly<Record<string, () => Undo>> = {
  'members of a lost node that stay': replace(PgTable.prototype, 'drop', () => () => []),
  'dead members that stay': replace(PgTable.prototype, 'forget', () => () => []),
  'one leave for all joins': replace(
    PgTable.prototype,
    'leave',
    (leave) =>
      function (this: PgTable, group, pid) {
        let left = false
        while (leave.call(this, group, pid)) left = true
        return left
      },
  ),
  'monitors that are not told of leaves in a row': replace(PgMonitors.prototype, 'tell', (tell) => {
    let last = ''
    return function (this: PgMonitors, change) {
      if (change.type === 'join' || last !== 'leave') tell.call(this, change)
      last = change.type
    }
  }),
  'changes that are kept for nobody': replace(
    LocalScope.prototype,
    'take',
    (take) =>
      function (this: LocalScope) {
        return take.call(this).slice(0, 1)
      },
  ),
}
