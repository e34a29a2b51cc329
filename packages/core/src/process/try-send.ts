/**
 * Sending that says no instead of making its sender wait (erlang:send/3 with nosuspend and noconnect).
 */
import { Pid, type AnyPid } from '../identity/pid.ts'
import { Ref } from '../identity/ref.ts'
import { wantAddress } from '../identity/wanted.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Destination } from './process.ts'

export interface TrySendOptions {
  /** False: not to a node that is not connected now. Default true: a connection is begun, as with `send`. */
  readonly connect?: boolean
}

/**
 * - `ok`: sent, as `send` does it.
 * - `nosuspend`: not sent, since a send would have made the process wait: too much waits for the other node already.
 * - `noconnect`: not sent, since the other node is not connected.
 */
export type TrySent = 'ok' | 'nosuspend' | 'noconnect'

/** What would come of a send; it is not sent. @throws `address.bad` */
export function mayBeSent(
  kernel: Kernel,
  sender: AnyPid | null,
  to: Destination<never>,
  options: TrySendOptions | undefined,
): TrySent {
  const node = nodeOf(kernel, to)
  if (node === null) return 'ok'
  const readiness = kernel.peers.readiness(node, sender)
  if (readiness === 'busy') return 'nosuspend'
  return readiness === 'unconnected' && options?.connect === false ? 'noconnect' : 'ok'
}

/** Null for this one. */
function nodeOf(kernel: Kernel, to: Destination<never>): string | null {
  if (typeof to === 'string') return null
  if (to instanceof Pid) return kernel.local(to) === 'remote' ? to.node : null
  if (to instanceof Ref) return to.identity === kernel.identity ? null : to.node
  const address = wantAddress(to)
  return kernel.locate(address) === 'remote' ? address.node : null
}
