/**
 * Signals that cannot go out as they are: to an earlier life of the peer, or too large to be said.
 */
import {
  describeReason,
  Pid,
  Ref,
  type AgnerError,
  type ExitError,
  type ExitReason,
  type NotCarried,
} from '@agner/core'
import type { RemoteSignal } from '@agner/core/kernel'
import { distributionError } from '../errors.ts'
import type { Party } from '../wire/parties.ts'
import type { Refusal } from '../wire/signal-encoder.ts'
import type { Bounds } from './output/bounds.ts'

/** True when the signal is for a process of another life of `peer`: that process is gone, whoever has its name now. */
export function strayTarget(signal: RemoteSignal, peer: Party): boolean {
  if (signal.op === 'spawn') return false
  const { to } = signal
  return (to instanceof Pid || to instanceof Ref) && (to.incarnation !== peer.incarnation || to.node !== peer.name)
}

/** Why a signal cannot be said, with what its error tells. */
export interface Unsent {
  readonly code: UnsentCode
  readonly bytes?: number
  readonly limit?: number
  readonly reason?: string
}

type UnsentCode =
  | 'distribution.frame_too_large'
  | 'distribution.message_too_large'
  | 'distribution.object_too_large'
  | 'distribution.unencodable'

export function unsentWhy(refusal: Refusal, bounds: Bounds): Unsent {
  if (refusal.kind === 'unencodable') return { code: 'distribution.unencodable', reason: refusal.reason }
  const { bytes } = refusal
  if (refusal.kind === 'object_too_large')
    return { code: 'distribution.object_too_large', bytes, limit: bounds.objectBytes }
  const code = bounds.fragmentBytes === Infinity ? 'distribution.frame_too_large' : 'distribution.message_too_large'
  return { code, bytes, limit: bounds.messageBytes }
}

export interface Replacement {
  readonly text: string
  /** For whoever waits for what was refused. */
  readonly reason: NotCarried
  /** What to send instead; null when nothing can be: the sender is told by a bounce. */
  readonly signal: RemoteSignal | null
}

/** What to do about a signal that was refused by the encoder. */
export function replacement(
  signal: RemoteSignal,
  code: UnsentCode,
  details: Readonly<Record<string, unknown>>,
): Replacement {
  const error = distributionError(code, details)
  const { message: text } = error
  const reason: NotCarried = Object.freeze({ notCarried: plain(error) })
  switch (signal.op) {
    case 'reply':
      return { text, reason, signal: { op: 'requestFailed', to: signal.to, id: signal.id, reason } }
    case 'linkExit':
    case 'exit':
    case 'down':
    case 'requestFailed':
      return { text, reason, signal: { ...signal, reason: shortened(signal.reason) } }
    default:
      return { text, reason, signal: null }
  }
}

/** A reason that always fits: watchers must learn of the end, whatever it was. */
function shortened(reason: ExitReason): ExitReason {
  return plain(distributionError('distribution.reason_dropped', { text: start(reason) }))
}

function start(reason: ExitReason): string {
  try {
    return describeReason(reason).slice(0, 200)
  } catch {
    return '…'
  }
}

function plain(error: AgnerError): ExitError {
  const made = Object.assign(new Error(error.message), { code: error.code })
  made.name = error.name
  return Object.freeze(made)
}
