/**
 * What is said on a lane, as bytes: hello, challenge, proof, then ticks. Each has a fixed length, so whoever reads needs
 * room for one, whatever a stranger sends.
 *
 *     dialer ── hello (which lane, nonce) ──► acceptor
 *            ◄── challenge (nonce, proof) ──
 *            ── proof ──►                     up
 *            ◄── ticks ──►                    each with a proof of its own
 *
 * The key belongs to one connection of two nodes: it comes of the cookie and of both hellos of its handshake. Both nonces
 * and the role are in every proof, the count is in that of a tick: nothing that was overheard is worth anything again.
 */
import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'

export type LaneRole = 'dialer' | 'acceptor'

const nonceLength = 16
const idLength = 16
const proofLength = 32
const tickProofLength = 16
/** "AGNL" and the version. */
const magic = Uint8Array.of(0x41, 0x47, 0x4e, 0x4c, 1)

export const laneNonceBytes: number = nonceLength
export const helloBytes: number = magic.length + idLength + nonceLength
export const challengeBytes: number = nonceLength + proofLength
export const proofBytes: number = proofLength
export const tickBytes: number = 4 + tickProofLength

/** Which lane is meant: known to those alone who have its key. In hexadecimal digits. */
export function laneId(key: Uint8Array): string {
  return Buffer.from(hmac(key, 'id').subarray(0, idLength)).toString('hex')
}

export function encodeLaneHello(id: string, nonce: Uint8Array): Uint8Array {
  return joined(magic, Buffer.from(id, 'hex'), nonce)
}

/** Null: not a hello of this version. */
export function decodeLaneHello(bytes: Uint8Array): { readonly id: string; readonly nonce: Uint8Array } | null {
  if (!magic.every((byte, at) => bytes[at] === byte)) return null
  const at = magic.length + idLength
  return { id: Buffer.from(bytes.subarray(magic.length, at)).toString('hex'), nonce: bytes.slice(at) }
}

/** The proofs of one connection of a lane, of either role. */
export class LaneProofs {
  readonly #key: KeyObject
  readonly #nonces: Uint8Array

  constructor(key: Uint8Array, dialerNonce: Uint8Array, acceptorNonce: Uint8Array) {
    this.#key = createSecretKey(key)
    this.#nonces = joined(dialerNonce, acceptorNonce)
  }

  of(role: LaneRole): Uint8Array {
    return hmac(this.#key, role, this.#nonces)
  }

  isOf(role: LaneRole, proof: Uint8Array): boolean {
    return isSame(this.of(role), proof)
  }

  ticks(role: LaneRole): LaneTicks {
    return new LaneTicks(hmac(this.#key, `tick ${role}`, this.#nonces))
  }
}

/** The ticks of one side, in their order. */
export class LaneTicks {
  /** Not its bytes: out of those Node.js makes a key for each tick, which takes four times as long as the rest. */
  readonly #key: KeyObject
  #count = 0

  constructor(key: Uint8Array) {
    this.#key = createSecretKey(key)
  }

  next(lagMs: number): Uint8Array {
    const lag = u32(Math.min(lagMs, 2 ** 32 - 1))
    return joined(lag, this.#proof(lag))
  }

  /** The lag that it tells. Null: it is not the peer's next tick. */
  read(bytes: Uint8Array): number | null {
    const lag = bytes.subarray(0, 4)
    if (!isSame(this.#proof(lag), bytes.subarray(4))) return null
    return new DataView(lag.buffer, lag.byteOffset).getUint32(0)
  }

  #proof(lag: Uint8Array): Uint8Array {
    return hmac(this.#key, 'tick', u32(++this.#count), lag).subarray(0, tickProofLength)
  }
}

function hmac(key: Uint8Array | KeyObject, label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const made = createHmac('sha256', key).update(`agner liveness 1 ${label}\0`)
  for (const part of parts) made.update(part)
  return new Uint8Array(made.digest())
}

/** In a time that says nothing about where the two differ. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
