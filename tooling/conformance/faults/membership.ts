/**
 * Wrong connections: made by nobody or in spite of everything; wrong bookkeeping of who is told.
 */
import { Kernel } from '../../../packages/core/src/kernel/kernel.ts'
import { RemoteSpawns } from '../../../packages/core/src/kernel/remote-spawn.ts'
import { DownSignal } from '../../../packages/core/src/kernel/signal.ts'
import { Connection } from '../../../packages/distribution/src/connection/connection.ts'
import { Cookies } from '../../../packages/distribution/src/handshake/cookies.ts'
import { Peers } from '../../../packages/distribution/src/peers/peers.ts'
import { NodeMonitors } from '../../../packages/distribution/src/status/node-monitors.ts'
import { NodeWatch } from '../../../packages/distribution/src/status/node-watch.ts'
import { Cluster } from '../cluster.ts'
import { patch, patchGetter, type Fault } from './patch.ts'

export const membershipFaults = {
  'membership.nothing_connects': patch(
    Peers.prototype,
    'route',
    (route) =>
      function (this: Peers, node, ...rest) {
        return this.names('connected').includes(node) ? route.call(this, node, ...rest) : 'taken'
      },
  ),
  'membership.all_is_connected': patch(
    Peers.prototype,
    'route',
    (route) =>
      function (this: Peers, node, ...rest) {
        if (this.names('connected').includes(node)) return route.call(this, node, ...rest)
        void this.connect(node).then(() => route.call(this, node, ...rest))
        return 'taken'
      },
  ),
  'membership.nobody_tells_of_others': patch(Cluster.prototype, 'meshes', () => () => false),
  'membership.all_are_meshed': patch(Cluster.prototype, 'meshes', () => () => true),
  'membership.known_are_connected': patch(
    Peers.prototype,
    'names',
    (names) =>
      function (this: Peers, which) {
        return names.call(this, which === 'known' ? 'connected' : which)
      },
  ),
  'membership.one_cookie_for_all': patch(
    Cookies.prototype,
    'of',
    () =>
      function (this: Cookies) {
        return this.own
      },
  ),
  'membership.monitors_are_a_set': patch(
    NodeMonitors.prototype,
    'add',
    (add) =>
      function (this: NodeMonitors, pid, name) {
        while (this.remove(pid, name));
        return add.call(this, pid, name)
      },
  ),
  'membership.monitors_stay': patch(NodeMonitors.prototype, 'remove', () => () => true),
  'membership.unreachable_is_silent': patch(
    NodeMonitors.prototype,
    'lost',
    (lost) =>
      function (this: NodeMonitors, name, reason) {
        if (reason !== 'connection_setup_failed') lost.call(this, name, reason)
      },
  ),
  'membership.monitors_do_not_connect': patch(Peers.prototype, 'watch', () => () => {}),
  'membership.options_are_ignored': patch(
    NodeWatch.prototype,
    'subscribe',
    (subscribe) =>
      function (this: NodeWatch, pid) {
        subscribe.call(this, pid)
      },
  ),
  'membership.all_have_one_number': patchGetter(Connection.prototype, 'birth', () => 1),
  'membership.one_reason_for_all': patch(
    NodeWatch.prototype,
    'tell',
    (tell) =>
      function (this: NodeWatch, event) {
        const { change } = event
        if (change.type === 'nodeup') tell.call(this, event)
        else tell.call(this, { ...event, change: { ...change, reason: 'connection_closed' } })
      },
  ),
  'membership.spawns_wait': patch(RemoteSpawns.prototype, 'lost', () => () => {}),
  'membership.missing_names_are_lost': patch(
    Kernel.prototype,
    'push',
    (push) =>
      function (this: Kernel, record, item) {
        if (item instanceof DownSignal && (item as { readonly reason?: unknown }).reason === 'noproc')
          Object.assign(item, { reason: 'noconnection' })
        push.call(this, record, item)
      },
  ),
} satisfies { readonly [name: string]: Fault }
