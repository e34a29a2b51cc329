/**
 * Wrong global names and locks.
 */
import { LockTable } from '../../../packages/global/src/locks/lock-table.ts'
import { Replica } from '../../../packages/global/src/names/replica.ts'
import { Scope } from '../../../packages/global/src/names/scope.ts'
import { NamesTable } from '../../../packages/global/src/names/table.ts'
import { Connection } from '../../../packages/distribution/src/connection/connection.ts'
import { Peers } from '../../../packages/distribution/src/peers/peers.ts'
import { all, patch, patchGetter, type Fault } from './patch.ts'

export const globalFaults = {
  'global.others_are_not_told': patch(
    Replica.prototype,
    'take',
    (take) =>
      function (this: Replica, claim, by) {
        return this.isOwn(claim.pid) ? take.call(this, claim, by) : { refused: null, rivals: [] }
      },
  ),
  'global.a_process_may_have_several': all(
    patch(NamesTable.prototype, 'nameOf', () => () => undefined),
    patch(NamesTable.prototype, 'claimOf', () => () => undefined),
  ),
  'global.nobody_is_replaced': patch(
    Scope.prototype,
    'reregister',
    () =>
      function (this: Scope, ...asked) {
        return this.register(...asked)
      },
  ),
  'global.everybody_wins': patch(
    Scope.prototype,
    'register',
    (register) =>
      async function (this: Scope, ...asked) {
        await register.apply(this, asked)
        return true
      },
  ),
  'global.nobody_waits': patch(Scope.prototype, 'sync', () => () => Promise.resolve(true)),
  'global.hidden_are_inside': patchGetter(Connection.prototype, 'isHidden', () => false),
  'global.resolve_is_ignored': patch(
    Scope.prototype,
    'register',
    (register) =>
      function (this: Scope, from, name, pid) {
        return register.call(this, from, name, pid)
      },
  ),
  'global.one_connection_takes_all': patch(
    Peers.prototype,
    'disconnect',
    (disconnect) =>
      function (this: Peers, name) {
        for (const other of this.names('connected')) if (other !== name) disconnect.call(this, other)
        return disconnect.call(this, name)
      },
  ),
  'global.locks_are_not_counted': patch(LockTable.prototype, 'set', (set) => {
    const held = new WeakMap<LockTable, Set<unknown>>()
    return function (this: LockTable, id, holder) {
      const holders = held.get(this) ?? new Set()
      held.set(this, holders)
      if (this.has(id.resource) && holders.has(holder)) return true
      holders.add(holder)
      return set.call(this, id, holder)
    }
  }),
  'global.a_requester_is_one_process': patch(
    LockTable.prototype,
    'set',
    (set) =>
      function (this: LockTable, id, holder) {
        return set.call(this, { ...id, requester: `${String(id.requester)} ${String(holder)}` }, holder)
      },
  ),
  'global.locks_outlive_their_holder': patch(LockTable.prototype, 'forget', () => () => {}),
  'global.locks_are_not_given_back': patch(LockTable.prototype, 'take', () => () => false),
} satisfies { readonly [name: string]: Fault }
