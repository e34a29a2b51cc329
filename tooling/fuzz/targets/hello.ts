/**
 * The handshake's reader and both its sides alone, with a peer that knows the cookie: his hello, and the fields of later versions in it, are
 * whatever he likes, and his proof is right.
 *
 * Judge: nothing is thrown; who gets in has a name, an incarnation and terms that the rest can work with.
 */
import { boundsOf } from '../../../packages/distribution/src/connection/output/bounds.ts'
import {
  Handshake,
  type Agreement,
  type HandshakeAction,
} from '../../../packages/distribution/src/handshake/handshake.ts'
import { encodeHello, encodeProof } from '../../../packages/distribution/src/handshake/messages.ts'
import { isNodeName } from '../../../packages/distribution/src/handshake/names.ts'
import { prove } from '../../../packages/distribution/src/handshake/proof.ts'
import { defaultLimits } from '../../../packages/distribution/src/limits.ts'
import { Bytes } from '../bytes.ts'
import type { Dice } from '../dice.ts'
import { mutateBytes } from '../mutate.ts'
import { Finding, placeOf, type Target } from '../target.ts'

const cookie = 'a cookie for the fuzzer'
const self = { name: 'a@h', incarnation: 11 }

export function helloTarget(): Target {
  return {
    name: 'hello',
    share: 5,
    make: (dice) => [hello(dice)],
    mutate: ([bytes = new Uint8Array(0)], [other = bytes], dice) => [mutateBytes(bytes, other, dice)],
    play([bytes = new Uint8Array(0)]) {
      const handshake = new Handshake({
        role: 'acceptor',
        self,
        cookie,
        nonce: new Uint8Array(32).fill(1),
        tickMs: 15_000,
        frameBytes: 1 << 24,
      })
      const [first] = handshake.receive(bytes)
      if (first?.type !== 'send') return 'nothing'
      const refused = handshake.isOver
      if (refused) return `refused ${first.bytes[1]} ${placeOf(detailOf(bytes))}`
      const proof = encodeProof(prove(cookie, 'initiator', bytes, first.bytes))
      const [asked] = handshake.receive(proof)
      if (asked?.type !== 'ask') throw new Finding(`a right proof is answered by ${asked?.type}`)
      const up = handshake.admit().at(-1)
      if (up?.type !== 'up') throw new Finding('who is admitted is not in')
      return `in ${terms(up.agreement)} ${[...up.agreement.peerFields.keys()].slice(0, 3).join()}`
    },
  }
}

/** The same again, for the words of the refusal. */
function detailOf(bytes: Uint8Array): string {
  const again = new Handshake({ role: 'acceptor', self, cookie, nonce: new Uint8Array(32), tickMs: 1, frameBytes: 1 })
  const refused = again.receive(bytes).find((action: HandshakeAction) => action.type === 'refused')
  return refused?.type === 'refused' ? refused.detail : ''
}

function terms(agreement: Agreement): string {
  const { peer, capabilities, peerTickMs, peerFrameBytes } = agreement
  if (!isNodeName(peer.name) || peer.incarnation === 0)
    throw new Finding('somebody without a name or incarnation is in')
  const bounds = boundsOf(defaultLimits, agreement)
  for (const [name, bound] of Object.entries(bounds))
    if (typeof bound === 'number' && !(bound >= 0)) throw new Finding(`the bound ${name} is ${bound}`)
  for (const number of [capabilities, peerTickMs, peerFrameBytes])
    if (!Number.isInteger(number) || number < 0) throw new Finding(`a term is ${number}`)
  if (bounds.fragmentBytes < 1 || bounds.openMessages < 1)
    throw new Finding('nothing could ever be sent in these fragments')
  if (bounds.messageBytes > defaultLimits.messageBytes) throw new Finding('the peer raised a limit of this node')
  return `${capabilities} ${bounds.fragmentBytes === Infinity ? 'whole' : 'cut'}`
}

function hello(dice: Dice): Uint8Array {
  const sane = encodeHello({
    versionMin: 1,
    versionMax: dice.once(8) ? dice.byte() : 1,
    capabilities: dice.once(2) ? dice.uint32() : 3,
    required: dice.once(8) ? dice.uint32() : 0,
    incarnation: dice.once(8) ? dice.size() : 99,
    tickMs: dice.size(),
    frameBytes: dice.once(2) ? dice.size() : 1 << 24,
    nonce: dice.bytes(32),
    name: dice.one(['stranger@far', 'stranger@far', 'a@h', 'x', `${'x'.repeat(120)}@h`, 'ü@ü', 'a\u0000@h']),
    wanted: dice.one(['a@h', 'a@h', 'a@h', '', 'b@h']),
  })
  const made = new Bytes().all(sane)
  for (let count = dice.below(5); count > 0; count--) {
    const bytes = dice.bytes(dice.one([0, 1, 2, 4, 4, 2, 40]))
    made
      .u8(dice.once(4) ? dice.byte() : dice.below(7))
      .u16(dice.once(12) ? dice.size() : bytes.length)
      .all(bytes)
  }
  return made.done()
}
