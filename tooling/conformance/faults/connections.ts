/**
 * Wrong ends of connections, wrong bookkeeping of nodes, wrong global names.
 */
import { Kernel } from '../../../packages/core/src/kernel/kernel.ts'
import { Request } from '../../../packages/core/src/kernel/request.ts'
import { DownSignal, LinkExitSignal } from '../../../packages/core/src/kernel/signal.ts'
import { Self } from '../../../packages/core/src/process/self.ts'
import type { Runtime } from '../../../packages/core/src/runtime/runtime.ts'
import { Connection } from '../../../packages/distribution/src/connection/connection.ts'
import type { NodeEvent } from '../../../packages/distribution/src/status/node-change.ts'
import { NodeWatch } from '../../../packages/distribution/src/status/node-watch.ts'
import { Peers } from '../../../packages/distribution/src/peers/peers.ts'
import { NamesTable } from '../../../packages/global/src/names/table.ts'
import { Cluster } from '../cluster.ts'
import { all, patch, patchGetter, type Fault } from './patch.ts'

const isLost = (item: unknown, kind: typeof DownSignal | typeof LinkExitSignal): boolean =>
  item instanceof kind && (item as { readonly reason?: unknown }).reason === 'noconnection'

/** What a lost connection gives a process goes through `change`; null: nothing comes. */
function lost(
  kind: typeof DownSignal | typeof LinkExitSignal,
  change: (item: unknown, push: () => void, kernel: Kernel) => void,
): Fault {
  return patch(
    Kernel.prototype,
    'push',
    (push) =>
      function (this: Kernel, record, item) {
        if (isLost(item, kind)) change(item, () => push.call(this, record, item), this)
        else push.call(this, record, item)
      },
  )
}

export const connectionFaults = {
  'connection.lost_calls_wait': patch(
    Request.prototype,
    'fail',
    (fail) =>
      function (this: Request, reason) {
        if (reason !== 'noconnection') fail.call(this, reason)
      },
  ),
  'connection.lost_monitors_are_silent': lost(DownSignal, () => {}),
  'connection.lost_links_are_silent': lost(LinkExitSignal, () => {}),
  'connection.lost_is_dead': lost(DownSignal, (item, push) => {
    Object.assign(item as object, { reason: 'noproc' })
    push()
  }),
  'nodes.up_comes_late': heldBack(),
  'nodes.down_comes_early': lost(DownSignal, (_item, push, kernel) => kernel.runtime.macrotask(push)),
  'nodes.subscriptions_are_a_set': patch(
    NodeWatch.prototype,
    'subscribe',
    (subscribe) =>
      function (this: NodeWatch, pid, options) {
        this.unsubscribe(pid, options)
        subscribe.call(this, pid, options)
      },
  ),
  'nodes.hidden_are_listed': patch(
    Peers.prototype,
    'names',
    (names) =>
      function (this: Peers, which) {
        return names.call(this, which === undefined || which === 'visible' ? 'connected' : which)
      },
  ),
  'nodes.hidden_are_told': patchGetter(Connection.prototype, 'isHidden', () => false),
  'nodes.all_lives_are_one': patch(
    Cluster.prototype,
    'lifeOf',
    (lifeOf) =>
      function (this: Cluster) {
        return withoutChance(lifeOf.call(this))
      },
  ),
  'global.each_side_keeps_its_own': patch(
    NamesTable.prototype,
    'take',
    (take) =>
      function (this: NamesTable, claim) {
        const isTaken = this.all(claim.name).some(({ pid }) => pid !== claim.pid)
        return isTaken ? { outcome: 'known', displaced: [] } : take.call(this, claim)
      },
  ),
  'global.the_loser_lives': patch(
    Self.prototype,
    'sendExit',
    (sendExit) =>
      function (this: Self<unknown>, to, reason) {
        if (reason !== 'kill') sendExit.call(this, to, reason)
      },
  ),
  'global.lost_names_stay': all(
    patch(NamesTable.prototype, 'forgetNode', () => () => {}),
    patch(NamesTable.prototype, 'forget', () => () => undefined),
  ),
  'global.names_outlive_their_process': patch(NamesTable.prototype, 'forget', () => () => undefined),
} satisfies { readonly [name: string]: Fault }

/** That a node is there is told with the next change. */
function heldBack(): Fault {
  return patch(NodeWatch.prototype, 'tell', (tell) => {
    const held = new WeakMap<NodeWatch, NodeEvent[]>()
    return function (this: NodeWatch, event) {
      const before = held.get(this) ?? []
      const isUp = event.change.type === 'nodeup'
      held.set(this, isUp ? [event] : [])
      for (const each of before) tell.call(this, each)
      if (!isUp) tell.call(this, event)
    }
  })
}

/** A world in which every node begins with the same random bytes. */
function withoutChance(runtime: Runtime): Runtime {
  return new Proxy(runtime, {
    get: (of, key) => {
      if (key === 'randomBytes') return (length: number) => new Uint8Array(length).fill(7)
      const value: unknown = Reflect.get(of, key, of)
      return typeof value === 'function' ? (value.bind(of) as unknown) : value
    },
  })
}
