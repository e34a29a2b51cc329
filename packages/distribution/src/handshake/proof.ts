/**
 * How a node proves that it knows the cookie: HMAC-SHA-256 under the cookie, over the role it plays and everything that
 * both said before.
 *
 * Both nonces are in the transcript, so an old proof proves nothing; the role is, so that nobody's proof can be sent
 * back to him. Where the transport is secured, its session's secret is, so that nobody between the two can pass it on.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

export type Role = 'initiator' | 'acceptor'

export function prove(
  cookie: string,
  role: Role,
  initiatorHello: Uint8Array,
  acceptorHello: Uint8Array,
  binding: Uint8Array | null = null,
): Uint8Array {
  return derive(cookie, `handshake 1 ${role}`, initiatorHello, acceptorHello, binding)
}

/** What nobody can know but the two that exchanged these hellos, and another for each `purpose`. */
export function derive(
  cookie: string,
  purpose: string,
  initiatorHello: Uint8Array,
  acceptorHello: Uint8Array,
  binding: Uint8Array | null = null,
): Uint8Array {
  const hmac = createHmac('sha256', cookie)
  hmac.update(`agner ${purpose}\0`)
  const parts = binding === null ? [initiatorHello, acceptorHello] : [initiatorHello, acceptorHello, binding]
  for (const part of parts) {
    const length = new Uint8Array(4)
    new DataView(length.buffer).setUint32(0, part.length)
    hmac.update(length).update(part)
  }
  return new Uint8Array(hmac.digest())
}

/** In a time that says nothing about where the two differ. */
export function isSameProof(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
