/**
 * The bounds of one connection's output: this node's limits, and what the peer takes.
 */
import type { RemoteSignal } from '@agner/core/kernel'
import type { Agreement } from '../../handshake/handshake.ts'
import { fieldOf, helloField, numberOf, type HelloFields } from '../../handshake/hello-fields.ts'
import type { Limits } from '../../limits.ts'
import { capability } from '../../wire/opcodes.ts'

/** A frame over this goes out in fragments of this size, its header included. */
const fragmentBytes = 64 * 1024
/** Opcode, flags, stream and length of a fragment. */
const headBytes = 32

export interface Bounds {
  /** What is larger, is cut into parts of this size; infinite when the peer takes no fragments. */
  readonly fragmentBytes: number
  /** The peer says how much it has taken in fragments. */
  readonly hasCredits: boolean
  /** Large messages that the peer takes at once. */
  readonly openMessages: number
  /** The largest message, header included, that can be sent. */
  readonly messageBytes: number
  readonly objectBytes: number
  readonly busyBytes: number
  readonly outputBytes: number
  readonly largeBytes: number
  /** Beyond this the connection is closed. */
  readonly overflowBytes: number
}

export function boundsOf(limits: Limits, { capabilities, peerFrameBytes, peerFields }: Agreement): Bounds {
  const frameBytes = Math.min(limits.frameBytes, peerFrameBytes)
  const mayCut = (capabilities & capability.fragments) !== 0 && frameBytes > 2 * headBytes
  const { busyBytes, outputBytes, objectBytes, largeBytes } = limits
  const messageBytes = mayCut
    ? Math.min(limits.messageBytes, numberOf(peerFields, helloField.messageBytes, 4, peerFrameBytes))
    : frameBytes
  return {
    fragmentBytes: mayCut ? Math.min(fragmentBytes, frameBytes - headBytes) : Infinity,
    hasCredits: (capabilities & capability.credits) !== 0,
    openMessages: Math.max(1, numberOf(peerFields, helloField.openMessages, 2, 1)),
    messageBytes,
    objectBytes: Math.min(objectBytes, numberOf(peerFields, helloField.objectBytes, 4, objectBytes)),
    busyBytes: Math.min(busyBytes, outputBytes),
    outputBytes,
    largeBytes,
    overflowBytes: overflowOf(outputBytes, messageBytes),
  }
}

/** Those that hold before the peer has said what it takes. */
export type BoundsBefore = Omit<Bounds, 'hasCredits' | 'openMessages'>

export function boundsBefore(limits: Limits): BoundsBefore {
  const { busyBytes, outputBytes, objectBytes, largeBytes, messageBytes } = limits
  return {
    fragmentBytes,
    messageBytes,
    objectBytes,
    busyBytes: Math.min(busyBytes, outputBytes),
    outputBytes,
    largeBytes,
    overflowBytes: overflowOf(outputBytes, messageBytes),
  }
}

/** A message may be as large as it is when less than outputBytes wait; what the kernel says has as much room again. */
function overflowOf(outputBytes: number, messageBytes: number): number {
  return 2 * outputBytes + messageBytes
}

/** Whether a signal that its sender's code has just made may be refused. All others are taken always. */
export function mayRefuse({ op }: RemoteSignal): boolean {
  return op === 'send' || op === 'request' || op === 'spawn'
}

/** What this node says in its hello of what it takes. */
export function ownFields({ messageBytes, openMessages, objectBytes }: Limits): HelloFields {
  return new Map([
    [helloField.messageBytes, fieldOf(messageBytes, 4)],
    [helloField.openMessages, fieldOf(openMessages, 2)],
    [helloField.objectBytes, fieldOf(objectBytes, 4)],
  ])
}
