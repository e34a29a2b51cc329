/**
 * Whose signal a signal is, and whether it may be: a node speaks for its own processes only.
 */
import { Pid, type AnyPid } from '../identity/pid.ts'
import type { RemoteSignal } from './router.ts'

/** A peer may speak for its own processes only, and of things of ours. */
export function isGenuine(
  peer: { readonly name: string; readonly incarnation: number },
  signal: RemoteSignal,
): boolean {
  if ('from' in signal && signal.from !== null) {
    const { from } = signal
    if (from instanceof Pid) {
      if (from.node !== peer.name || from.incarnation !== peer.incarnation) return false
    } else if (from.node !== peer.name) return false
  }
  if (signal.op === 'spawned') return signal.pid.node === peer.name && signal.pid.incarnation === peer.incarnation
  const monitor = signal.op === 'monitor' ? signal.ref : signal.op === 'spawn' ? signal.monitor : null
  return monitor === null || (monitor.node === peer.name && monitor.incarnation === peer.incarnation)
}

/** Whose signal it is, where the signal itself says so. */
export function senderOf(signal: RemoteSignal): AnyPid | null {
  if (signal.op === 'spawned') return signal.pid
  return 'from' in signal && signal.from instanceof Pid ? signal.from : null
}
