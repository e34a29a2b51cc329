import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { helloField, numberOf } from '../src/handshake/hello-fields.ts'
import { Handshake, type HandshakeAction, type HandshakeOptions } from '../src/handshake/handshake.ts'
import {
  encodeHello,
  encodeProof,
  encodeRefusal,
  nonceBytes,
  handshakeLimitBytes,
  type RefusalCode,
} from '../src/handshake/messages.ts'
import { prove } from '../src/handshake/proof.ts'
import { a, b } from './wire.ts'

const cookie = 'correct horse battery staple'
let nonces = 0
const nonce = () => new Uint8Array(nonceBytes).fill(++nonces & 0xff)
const base = { cookie, tickMs: 15_000, frameBytes: 1 << 24 }

const initiator = (options: Partial<HandshakeOptions> = {}) =>
  new Handshake({ ...base, role: 'initiator', self: a, wanted: b.name, nonce: nonce(), ...options })
const acceptor = (options: Partial<HandshakeOptions> = {}) =>
  new Handshake({ ...base, role: 'acceptor', self: b, nonce: nonce(), ...options })

const sent = (actions: readonly HandshakeAction[]) =>
  actions.flatMap((action) => (action.type === 'send' ? [action.bytes] : []))
const kinds = (actions: readonly HandshakeAction[]) =>
  actions.map((action) => (action.type === 'refused' ? `${action.type} by ${action.by}: ${action.code}` : action.type))

/** Runs both to their end; the acceptor's owner admits unless told otherwise. */
function run(one: Handshake, two: Handshake, refuse: RefusalCode | null = null) {
  const log: string[] = []
  const wires: { to: Handshake; bytes: Uint8Array; name: string }[] = []
  const act = (who: string, from: Handshake, to: Handshake, actions: readonly HandshakeAction[]) => {
    for (const action of actions) {
      if (action.type === 'send') wires.push({ to, bytes: action.bytes, name: who === 'one' ? 'two' : 'one' })
      else {
        log.push(`${who}: ${kinds([action])[0]}`)
        if (action.type === 'ask') act(who, from, to, refuse === null ? from.admit() : from.refuse(refuse))
      }
    }
  }
  act('one', one, two, one.start())
  act('two', two, one, two.start())
  for (let next = wires.shift(); next !== undefined; next = wires.shift())
    act(next.name, next.to, next.to === one ? two : one, next.to.receive(next.bytes))
  return log
}

describe('the handshake', () => {
  it('brings both sides up, the acceptor first, and each knows the other', () => {
    const one = initiator({ capabilities: 0b101 })
    const two = acceptor({ capabilities: 0b110 })
    const hello = sent(one.start())[0] as Uint8Array
    const answer = sent(two.receive(hello))[0] as Uint8Array
    const proof = sent(one.receive(answer))[0] as Uint8Array
    expect(kinds(two.receive(proof))).toEqual(['ask'])
    const [last, up] = two.admit()
    expect(up).toEqual({
      type: 'up',
      agreement: {
        isHidden: false,
        granted: null,
        peerFields: new Map(),
        laneKey: expect.any(Uint8Array) as Uint8Array,
        peer: a,
        version: 1,
        capabilities: 0b100,
        peerTickMs: 15_000,
        ownTickMs: 15_000,
        peerFrameBytes: 1 << 24,
      },
    })
    expect(one.receive(sent([last as HandshakeAction])[0] as Uint8Array)).toEqual([
      {
        type: 'up',
        agreement: {
          isHidden: false,
          granted: null,
          peerFields: new Map(),
          laneKey: expect.any(Uint8Array) as Uint8Array,
          peer: b,
          version: 1,
          capabilities: 0b100,
          peerTickMs: 15_000,
          ownTickMs: 15_000,
          peerFrameBytes: 1 << 24,
        },
      },
    ])
  })

  it('a wrong cookie is refused by the acceptor, which has shown nothing that depends on its own', () => {
    expect(run(initiator({ cookie: 'another cookie here' }), acceptor())).toEqual([
      'two: refused by self: wrong_cookie',
      'one: refused by peer: wrong_cookie',
    ])
  })

  it('an acceptor that answers with a wrong proof is refused', () => {
    const one = initiator()
    const stranger = acceptor({ cookie: 'another cookie here' })
    const answer = sent(stranger.receive(sent(one.start())[0] as Uint8Array))[0] as Uint8Array
    one.receive(answer)
    expect(kinds(one.receive(encodeProof(new Uint8Array(32))))).toEqual(['send', 'refused by self: wrong_cookie'])
  })

  it('an old proof proves nothing: the nonces are new each time', () => {
    const [one, two, three] = [initiator(), acceptor(), acceptor()]
    const hello = sent(one.start())[0] as Uint8Array
    const proof = sent(one.receive(sent(two.receive(hello))[0] as Uint8Array))[0] as Uint8Array
    three.receive(hello)
    expect(kinds(three.receive(proof))).toEqual(['send', 'refused by self: wrong_cookie'])
  })

  it('a proof cannot be sent back to the one who made it, nor used in the other role', () => {
    const one = initiator()
    const two = acceptor()
    const hello = sent(one.start())[0] as Uint8Array
    const answer = sent(two.receive(hello))[0] as Uint8Array
    const proof = sent(one.receive(answer))[0] as Uint8Array
    expect(kinds(one.receive(proof))).toEqual(['send', 'refused by self: wrong_cookie'])
    expect(kinds(two.receive(encodeProof(prove(cookie, 'acceptor', hello, answer))))).toEqual([
      'send',
      'refused by self: wrong_cookie',
    ])
  })

  it('a node that is mirrored to itself refuses its own name', () => {
    const one = initiator()
    expect(kinds(one.receive(sent(one.start())[0] as Uint8Array))).toEqual(['send', 'refused by self: own_name'])
  })

  it.each([
    ['the same range', [1, 1], [1, 1], 1],
    ['a newer peer that still speaks ours', [1, 2], [1, 1], 1],
    ['both newer', [1, 3], [2, 5], 3],
  ] as const)('agrees on the highest common version: %s', (_, one, two, version) => {
    const left = initiator({ versions: { min: one[0], max: one[1] } })
    const right = acceptor({ versions: { min: two[0], max: two[1] } })
    const proof = sent(
      left.receive(sent(right.receive(sent(left.start())[0] as Uint8Array))[0] as Uint8Array),
    )[0] as Uint8Array
    expect(right.receive(proof)).toMatchObject([{ type: 'ask', agreement: { version } }])
  })

  it('refuses ranges without overlap, and both learn which versions the other has', () => {
    const left = initiator({ versions: { min: 1, max: 1 } })
    const right = acceptor({ versions: { min: 2, max: 3 } })
    const [refusal, told] = right.receive(sent(left.start())[0] as Uint8Array)
    expect(told).toMatchObject({ by: 'self', code: 'version', peer: a.name, detail: 'it speaks 1 to 1' })
    expect(left.receive(sent([refusal as HandshakeAction])[0] as Uint8Array)).toMatchObject([
      { by: 'peer', code: 'version', peer: b.name, detail: 'it speaks 2 to 3' },
    ])
  })

  it('refuses a peer that lacks what is required, from either side', () => {
    expect(run(initiator({ required: 0x8000 }), acceptor())).toEqual([
      'two: refused by self: capabilities',
      'one: refused by peer: capabilities',
    ])
    expect(run(initiator(), acceptor({ required: 0x8000 }))).toEqual([
      'two: refused by self: capabilities',
      'one: refused by peer: capabilities',
    ])
  })

  it('refuses a peer that is not who was dialled, and one that dialled somebody else', () => {
    expect(run(initiator({ wanted: 'x@y' }), acceptor())).toEqual([
      'two: refused by self: wrong_name',
      'one: refused by peer: wrong_name',
    ])
    const one = initiator({ wanted: 'x@y' })
    const liar = acceptor({ self: { name: 'x@z', incarnation: 1 } })
    liar.receive(sent(initiator({ wanted: 'x@z' }).start())[0] as Uint8Array)
    const answer = sent(
      acceptor({ self: { name: 'x@z', incarnation: 1 } }).receive(
        sent(initiator({ wanted: 'x@z' }).start())[0] as Uint8Array,
      ),
    )[0] as Uint8Array
    expect(kinds(one.receive(answer))).toEqual(['send', 'refused by self: wrong_name'])
  })

  it("passes on the owner's refusal", () => {
    expect(run(initiator(), acceptor(), 'simultaneous')).toEqual([
      'two: ask',
      'two: refused by self: simultaneous',
      'one: refused by peer: simultaneous',
    ])
  })

  it('ignores everything after its end, and messages out of turn end it', () => {
    const two = acceptor()
    expect(kinds(two.receive(encodeProof(new Uint8Array(32))))).toEqual(['send', 'refused by self: malformed'])
    expect(two.receive(sent(initiator().start())[0] as Uint8Array)).toEqual([])
    expect(two.refuse('busy')).toEqual([])
    expect(two.admit()).toEqual([])
    const three = acceptor()
    const hello = sent(initiator().start())[0] as Uint8Array
    three.receive(hello)
    expect(kinds(three.receive(hello))).toEqual(['send', 'refused by self: malformed'])
  })

  it('understands a refusal whose code is not known yet', () => {
    const bytes = encodeRefusal('busy', 1, 9)
    bytes[1] = 200
    expect(initiator().receive(bytes)).toMatchObject([{ by: 'peer', code: null }])
  })

  it('accepts a hello with fields that a later version added, and has them in the proof', () => {
    const one = initiator()
    const two = acceptor()
    const longer = Uint8Array.from([...(sent(one.start())[0] as Uint8Array), 99, 0, 1, 7])
    const answer = sent(two.receive(longer))[0] as Uint8Array
    expect(kinds(two.receive(encodeProof(prove(cookie, 'initiator', longer, answer))))).toEqual(['ask'])
  })

  it('has fields that both sides learn of, and refuses what is no list of fields', () => {
    const one = initiator({ fields: new Map([[3, Uint8Array.from([0, 0, 0x10, 0])]]) })
    const two = acceptor()
    const hello = sent(one.start())[0] as Uint8Array
    const answer = sent(two.receive(hello))[0] as Uint8Array
    const [ask] = two.receive(sent(one.receive(answer))[0] as Uint8Array)
    const { agreement } = ask as HandshakeAction & { type: 'ask' }
    expect(numberOf(agreement.peerFields, 3, 4, -1)).toBe(4096)
    expect(numberOf(agreement.peerFields, 3, 2, -1)).toBe(-1)
    expect(numberOf(agreement.peerFields, 4, 2, -1)).toBe(-1)
    const plain = sent(initiator().start())[0] as Uint8Array
    for (const rest of [[3], [3, 0], [3, 0, 4, 1, 2, 3], [3, 0, 0, 3, 0, 0]])
      expect(kinds(acceptor().receive(Uint8Array.from([...plain, ...rest])))).toEqual([
        'send',
        'refused by self: malformed',
      ])
  })

  it('fits its limit with the longest names, and refuses names that could deface a log', () => {
    const name = `${'ü'.repeat(60)}@${'ü'.repeat(60)}`
    const hello = {
      versionMin: 1,
      versionMax: 1,
      capabilities: 0,
      required: 0,
      incarnation: 1,
      tickMs: 1,
      frameBytes: 1,
      nonce: nonce(),
      name,
      wanted: name,
    }
    expect(encodeHello(hello).length).toBeLessThan(handshakeLimitBytes)
    for (const bad of ['\ufeffa@b', 'a@b\u001b[31m', 'a@\u200eb', 'no host', '@', 'a b@c', '']) {
      expect(kinds(acceptor().receive(encodeHello({ ...hello, name: bad, wanted: b.name })))).toEqual([
        'send',
        'refused by self: malformed',
      ])
    }
    expect(kinds(acceptor().receive(encodeHello({ ...hello, incarnation: 0 })))).toEqual([
      'send',
      'refused by self: malformed',
    ])
    expect(kinds(acceptor().receive(encodeHello({ ...hello, versionMin: 2 })))).toEqual([
      'send',
      'refused by self: malformed',
    ])
  })

  it('takes no name that it is given for another one, without what is in front', () => {
    const asks = new Map([[helloField.nameRequest, new Uint8Array(0)]])
    const granted = (name: string) => {
      const [one, two] = [initiator({ fields: asks }), acceptor({ grant: () => name })]
      const proof = sent(one.receive(sent(two.receive(sent(one.start())[0]!))[0]!))[0]!
      two.receive(proof)
      return one.receive(sent(two.admit())[0]!).map((action) => (action.type === 'up' ? action.agreement.granted : ''))
    }
    expect([granted('x@h'), granted('\ufeffx@h')]).toEqual([['x@h'], [null]])
  })

  it('survives any bytes in any state: it ends, or waits, and never lets anybody in', () => {
    const hello = sent(initiator().start())[0] as Uint8Array
    const message = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }).map((changes) => {
        const bytes = hello.slice()
        for (const [place, byte] of changes) bytes[place % bytes.length] = byte
        return bytes
      }),
      fc.constant(hello),
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map(encodeProof),
    )
    fc.assert(
      fc.property(fc.boolean(), fc.array(message, { maxLength: 5 }), (isInitiator, messages) => {
        const one = isInitiator ? initiator() : acceptor()
        const seen = [...one.start(), ...messages.flatMap((bytes) => one.receive(bytes))].map((action) => action.type)
        expect(seen).not.toContain('up')
        expect(seen).not.toContain('ask')
        expect(seen.filter((type) => type === 'refused').length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the key of a lane', () => {
  const keysOf = (one: Handshake, two: Handshake): string[] => {
    const hello = sent(one.start())[0] as Uint8Array
    const proof = sent(one.receive(sent(two.receive(hello))[0] as Uint8Array))[0] as Uint8Array
    two.receive(proof)
    const [last, up] = two.admit()
    const ups = [...one.receive(sent([last as HandshakeAction])[0] as Uint8Array), up]
    return ups.map((each) => (each?.type === 'up' ? Buffer.from(each.agreement.laneKey).toString('hex') : ''))
  }

  it('is the same for both, and another for each handshake and each cookie', () => {
    const other = { cookie: 'quite another cookie' }
    const fixed = { nonce: new Uint8Array(nonceBytes).fill(1) }
    const all = [
      keysOf(initiator(fixed), acceptor(fixed)),
      keysOf(initiator(fixed), acceptor()),
      keysOf(initiator(), acceptor(fixed)),
      keysOf(initiator({ ...fixed, ...other }), acceptor({ ...fixed, ...other })),
    ]
    for (const [one, two] of all) {
      expect(one).toMatch(/^[0-9a-f]{64}$/)
      expect(two).toBe(one)
    }
    expect(new Set(all.flat()).size).toBe(4)
  })
})
