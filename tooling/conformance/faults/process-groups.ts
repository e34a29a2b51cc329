/**
 * Wrong process groups.
 */
import type { AnyPid, Node } from '../../../packages/core/src/index.ts'
import { LocalScope } from '../../../packages/global/src/pg/local.ts'
import { PgMonitors } from '../../../packages/global/src/pg/monitors.ts'
import { PgTable } from '../../../packages/global/src/pg/table.ts'
import { Cluster, type Short } from '../cluster.ts'
import { patch, patchGetter, type Fault } from './patch.ts'

const tables = new WeakMap<object, PgTable>()
const shared = (key: object, node: Node): PgTable => {
  const table = tables.get(key) ?? new PgTable(node.name)
  tables.set(key, table)
  return table
}

/** What a table does with what a node tells of itself after it was lost. */
function afterHeal(
  heal: (table: PgTable, replace: () => ReturnType<PgTable['replace']>) => ReturnType<PgTable['replace']>,
): Fault {
  return patch(PgTable.prototype, 'replace', (replace) => {
    const known = new WeakMap<PgTable, Set<string>>()
    return function (this: PgTable, node, state) {
      if (state.size === 0) return replace.call(this, node, state)
      const nodes = known.get(this) ?? new Set()
      known.set(this, nodes)
      const isAgain = nodes.has(node)
      nodes.add(node)
      return isAgain ? heal(this, () => replace.call(this, node, state)) : replace.call(this, node, state)
    }
  })
}

export const pgFaults = {
  'pg.all_may_join': patch(LocalScope.prototype, 'own', () => (processes) => [processes].flat() as AnyPid[]),
  'pg.a_member_is_one_once': patch(
    PgTable.prototype,
    'join',
    (join) =>
      function (this: PgTable, group, pid) {
        if (!this.local(group).includes(pid)) join.call(this, group, pid)
      },
  ),
  'pg.one_leave_for_all': patch(
    PgTable.prototype,
    'leave',
    (leave) =>
      function (this: PgTable, group, pid) {
        let left = false
        while (leave.call(this, group, pid)) left = true
        return left
      },
  ),
  'pg.only_own_members': patch(
    PgTable.prototype,
    'members',
    () =>
      function (this: PgTable, group) {
        return this.local(group)
      },
  ),
  'pg.empty_groups_stay': patch(PgTable.prototype, 'groups', (groups) => {
    const seen = new WeakMap<PgTable, Set<string>>()
    return function (this: PgTable) {
      const all = new Set([...(seen.get(this) ?? []), ...groups.call(this)])
      seen.set(this, all)
      return [...all]
    }
  }),
  'pg.the_dead_stay': patch(PgTable.prototype, 'forget', () => () => []),
  'pg.the_dead_join': patch(
    LocalScope.prototype,
    'join',
    () =>
      function (this: LocalScope, group, pids) {
        for (const pid of pids) this.table.join(group, pid)
      },
  ),
  'pg.scopes_are_one': patchGetter(LocalScope.prototype, 'table', ({ node }) => shared(node, node)),
  'pg.a_restart_keeps_members': patchGetter(LocalScope.prototype, 'table', (scope) => shared(scope, scope.node)),
  'pg.lost_members_stay': patch(PgTable.prototype, 'drop', () => () => []),
  'pg.a_heal_brings_nothing': afterHeal(() => []),
  'pg.a_heal_takes_away': afterHeal((table, replace) => {
    for (const [group, pids] of table.state()) for (const pid of pids) table.leave(group, pid)
    return replace()
  }),
  'pg.brings_all_together': patch(
    Cluster.prototype,
    'connect',
    (connect) =>
      async function (this: Cluster, short: Short) {
        if ((this.peer('o') as unknown) !== undefined) await connect.call(this, 'o')
        return connect.call(this, short)
      },
  ),
  'pg.monitors_are_told_of_joins_only': patch(
    PgMonitors.prototype,
    'tell',
    (tell) =>
      function (this: PgMonitors, change) {
        if (change.type === 'join') tell.call(this, change)
      },
  ),
  'pg.monitors_begin_late': patch(PgMonitors.prototype, 'tell', (tell) => {
    const begun = new WeakSet<PgMonitors>()
    return function (this: PgMonitors, change) {
      if (begun.has(this)) tell.call(this, change)
      else if (this.size > 0) begun.add(this)
    }
  }),
  'pg.monitors_stay': patch(PgMonitors.prototype, 'remove', () => () => true),
} satisfies { readonly [name: string]: Fault }
