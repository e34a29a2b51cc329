/**
 * Bytes that move instead of being copied.
 *
 * A copy of 64 MiB holds the thread for tens of milliseconds. Bytes that were handed over are moved when they are sent: the receiver has
 * the memory, and what the sender still holds is empty. So nothing is shared, here as across the wire.
 */
import { coreError } from '../errors.ts'
import { isShared, unsendable } from './refusal.ts'

const marked = new WeakSet<Uint8Array>()
/** Whether there ever was one. */
let some = false

/**
 * Marks bytes to be moved when they are sent next, at the top of a message or in it. From then on the sender's own view, and every other view of the
 * same buffer, has length 0, also if the message is refused for another reason.
 *
 *     self.send(to, { file: handOver(bytes) })
 *
 * Memory of a WebAssembly module cannot be moved: the send is refused with `copy.unsendable`, and the bytes are as they were.
 *
 * @returns the same bytes.
 * @throws `hand_over.part` when they are a part of their buffer only, as a small Buffer of Node is: others may be in it.
 */
export function handOver(bytes: Uint8Array): Uint8Array {
  const { buffer, byteLength } = bytes
  if (isShared(bytes) || buffer.byteLength !== byteLength || (buffer as ArrayBuffer).resizable)
    throw coreError('hand_over.part', { bytes: byteLength, of: buffer.byteLength })
  marked.add(bytes)
  some = true
  return bytes
}

/** A copy for a message, or the memory itself. */
export function copyBytes(value: Uint8Array): Uint8Array {
  if (isShared(value)) throw unsendable(value, 'bytes over a SharedArrayBuffer')
  const buffer = value.buffer as ArrayBuffer
  if (buffer.detached) throw unsendable(value, 'bytes that were handed over already')
  if (some && marked.delete(value)) return move(value, buffer)
  // A Buffer becomes a plain Uint8Array: one kind of bytes arrives, whatever was sent, here and across the wire.
  return new Uint8Array(value)
}

function move(value: Uint8Array, buffer: ArrayBuffer): Uint8Array {
  try {
    return new Uint8Array(buffer.transfer())
  } catch {
    // Nothing tells such memory from any other before.
    throw unsendable(value, 'bytes that cannot be moved, since their memory is that of a WebAssembly module')
  }
}
