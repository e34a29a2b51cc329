/**
 * About how many bytes a signal takes on the wire: for what cannot be encoded yet, since its receiver is not known.
 *
 * What is over the limit of an object is looked at no further than to there, so that a look costs no more than the encoding would: it is not going to be
 * sent.
 */
import { weigh, type RemoteSignal } from '@agner/core/kernel'

/** Length, opcode, addresses, a trace context. */
const headBytes = 64

export function signalBytes(signal: RemoteSignal, objectLimitBytes: number): number {
  const { objectBytes, byteStrings } = weigh(contentOf(signal), objectLimitBytes)
  return headBytes + objectBytes + byteStrings
}

function contentOf(signal: RemoteSignal): unknown {
  switch (signal.op) {
    case 'send':
    case 'spawnFailed':
      return signal.message
    case 'request':
    case 'reply':
      return signal.payload
    case 'linkExit':
    case 'exit':
    case 'down':
    case 'requestFailed':
      return signal.reason
    case 'spawn':
      return signal.argument
    default:
      return undefined
  }
}
