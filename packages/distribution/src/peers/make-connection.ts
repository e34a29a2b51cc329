/** A connection over a channel whose handshake is done, and the vitals that watch it. */
import type { RemotePort } from '@agner/core/kernel'
import type { Channel } from '../connection/channel.ts'
import { Connection } from '../connection/connection.ts'
import type { Agreement } from '../handshake/handshake.ts'
import type { NodeDownReason } from '../status/node-change.ts'
import { capability } from '../wire/opcodes.ts'
import type { PeersOptions } from './peers.ts'

export interface ConnectionOwner {
  readonly port: RemotePort
  draining(connection: Connection, withinMs: number): void
  down(connection: Connection, reason: NodeDownReason): void
  gone(connection: Connection): void
}

export function makeConnection(
  { runtime, log, counters, limits, self, liveness, clock }: PeersOptions,
  channel: Channel,
  agreement: Agreement,
  birth: number,
  owner: ConnectionOwner,
): Connection {
  const { direction, dialled, stream } = channel
  const { peer, peerTickMs, ownTickMs, capabilities, laneKey } = agreement
  const vitals = liveness.watch({
    peer: peer.name,
    isHidden: agreement.isHidden,
    peerTickMs,
    promisedMs: ownTickMs,
    hearsPace: (capabilities & capability.pace) !== 0,
    key: (capabilities & capability.liveness) === 0 ? null : laneKey,
    direction,
    dialled,
  })
  const connection: Connection = new Connection({
    runtime,
    port: owner.port,
    log,
    counters,
    limits,
    self,
    agreement,
    stream,
    direction,
    birth,
    vitals,
    clock,
    announced: (address) => liveness.announced(vitals, address),
    paced: (tickMs) => liveness.paced(vitals, tickMs),
    draining: (withinMs) => owner.draining(connection, withinMs),
    down: (gone, reason) => owner.down(gone, reason),
    gone: (gone) => owner.gone(gone),
  })
  return connection
}
