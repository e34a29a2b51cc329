/**
 * Wrong implementations for the simulator to find: each is what a distribution gets wrong where connections come and go.
 *
 * Planted as the faults of conformance are: methods are replaced for the time of a run, and the sources stay clean.
 */
import { internPid } from '../../packages/core/src/identity/realm.ts'
import { Pid } from '../../packages/core/src/identity/pid.ts'
import { Kernel } from '../../packages/core/src/kernel/kernel.ts'
import { Monitors } from '../../packages/core/src/kernel/monitors.ts'
import { Peers as KernelPeers } from '../../packages/core/src/kernel/peers.ts'
import { DownSignal } from '../../packages/core/src/kernel/signal.ts'
import { Connection } from '../../packages/distribution/src/connection/connection.ts'
import { Lanes } from '../../packages/distribution/src/connection/output/lanes.ts'
import { Board } from '../../packages/distribution/src/liveness/board.ts'
import { all, patch, patchGetter, type Fault } from '../conformance/faults/patch.ts'

export const plantedBugs = {
  /** The monitors of a peer's second connection are forgotten when that is lost. */
  'a lost DOWN after reconnect': lostDownAfterReconnect(),
  /** What is meant for a process of a peer's earlier life goes to the one that has its number now. */
  'a stale incarnation accepted': patch(
    Connection.prototype,
    'send',
    (send) =>
      function (this: Connection, signal, ...rest) {
        const { peer } = this
        const to = 'to' in signal ? signal.to : null
        if (!(to instanceof Pid) || to.incarnation === peer.incarnation) return send.call(this, signal, ...rest)
        return send.call(
          this,
          { ...signal, to: internPid(peer.name, peer.incarnation, to.id) } as typeof signal,
          ...rest,
        )
      },
  ),
  /** An interval that passed counts as a sign of life, although nothing came. */
  'a tick counted while disconnected': patch(
    Connection.prototype,
    'tick',
    (tick) =>
      function (this: Connection) {
        this.heard()
        tick.call(this)
      },
  ),
  /** A monitor that is over stays with its target. */
  'a leaked monitor': patch(
    Monitors.prototype,
    'lift',
    () =>
      function (monitor) {
        monitor.ended = true
      },
  ),
  /** What a post says of a thread that is held is not looked at. */
  'a held node taken for dead': patchGetter(Board.prototype, 'heldTicks', () => 0),
  /** Every fifth message is overtaken by what is sent next on its connection. */
  'signals reordered': signalsReordered(),
  /** What a process sends behind a large message of its own overtakes the fragments of that. */
  'signals reordered across fragments': patch(Lanes.prototype, 'has', () => () => false),
} satisfies { readonly [name: string]: Fault }

function lostDownAfterReconnect(): Fault {
  const losses = new WeakMap<KernelPeers, Map<string, number>>()
  let isSilent = false
  return all(
    patch(
      KernelPeers.prototype,
      'peerLost',
      (peerLost) =>
        function (this: KernelPeers, peer) {
          const counts = losses.get(this) ?? new Map<string, number>()
          losses.set(this, counts)
          counts.set(peer, (counts.get(peer) ?? 0) + 1)
          isSilent = counts.get(peer)! > 1
          try {
            peerLost.call(this, peer)
          } finally {
            isSilent = false
          }
        },
    ),
    patch(
      Kernel.prototype,
      'push',
      (push) =>
        function (this: Kernel, record, item) {
          if (!(isSilent && item instanceof DownSignal)) push.call(this, record, item)
        },
    ),
  )
}

function signalsReordered(): Fault {
  const held = new WeakMap<Connection, Parameters<Connection['send']>>()
  let count = 0
  return patch(
    Connection.prototype,
    'send',
    (send) =>
      function (this: Connection, ...sent) {
        const earlier = held.get(this)
        held.delete(this)
        const isHeld = sent[0].op === 'send' && earlier === undefined && ++count % 5 === 0
        if (isHeld) held.set(this, sent)
        const routed = isHeld ? 'taken' : send.apply(this, sent)
        if (earlier !== undefined) send.apply(this, earlier)
        return routed
      },
  )
}
