/**
 * The handshake, as a state machine without I/O: what came goes in, what to do comes out.
 *
 *     initiator                                   acceptor
 *     ── hello (name, incarnation, nonce, …) ──►
 *                            ◄── hello (…, nonce) ──
 *     ── proof of the cookie ──►                   checks it, then asks its owner: admit or refuse?
 *                            ◄── proof of the cookie ──   is up
 *     checks it, is up
 *
 * The initiator proves first, so that a stranger who knocks learns nothing that depends on the cookie. Either side may
 * answer with a refusal, which ends it; after the end nothing is sent and everything that comes is ignored.
 */
import { ownCapabilities, protocolVersion, trait } from '../wire/opcodes.ts'
import type { Party } from '../wire/parties.ts'
import { WireError } from '../wire/wire-error.ts'
import { helloField, noFields, type HelloFields } from './hello-fields.ts'
import {
  decodeHandshake,
  encodeHello,
  encodeProof,
  encodeRefusal,
  nonceBytes,
  type HandshakeMessage,
  type Hello,
  type RefusalCode,
} from './messages.ts'
import { isNodeName } from './names.ts'
import { derive, isSameProof, prove, type Role } from './proof.ts'

export interface HandshakeOptions {
  readonly role: Role
  readonly self: Party
  /** The secret, or what it is for a peer. */
  readonly cookie: string | ((peer: string) => string)
  readonly nonce: Uint8Array
  readonly tickMs: number
  readonly frameBytes: number
  /** Whom the initiator wants. */
  readonly wanted?: string
  /** This node is hidden. */
  readonly hidden?: boolean
  /** Acceptor: a name for who has none, made of what it calls itself; null: there is none. Absent: none are given. */
  readonly grant?: (wish: string) => string | null
  /** What else it says of itself. */
  readonly fields?: HelloFields
  /** For tests of other versions. */
  readonly versions?: { readonly min: number; readonly max: number }
  readonly capabilities?: number
  readonly required?: number
}

/** What both sides agreed on. */
export interface Agreement {
  readonly peer: Party
  readonly version: number
  /** What both understand. */
  readonly capabilities: number
  readonly peerTickMs: number
  /** What this side has said in its hello. */
  readonly ownTickMs: number
  readonly peerFrameBytes: number
  /** The name that the initiator was given for a node that is still to be made; null: it is a node. */
  readonly granted: string | null
  /** What else the peer said of itself. */
  readonly peerFields: HelloFields
  /** One of the two is no member of the cluster. */
  readonly isHidden: boolean
  /** The secret of the lane between the posts of the two (`liveness/`). */
  readonly laneKey: Uint8Array
}

export type HandshakeAction =
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  /** Acceptor only: the peer is who it says. Answer with `admit()` or `refuse()`. */
  | { readonly type: 'ask'; readonly agreement: Agreement }
  | { readonly type: 'up'; readonly agreement: Agreement }
  /**
   * It is over. `by` says who refused; `peer` is what the other side calls itself, if it said so: proven by nothing.
   */
  | {
      readonly type: 'refused'
      readonly by: 'self' | 'peer'
      readonly code: RefusalCode | null
      readonly peer: string | null
      readonly detail: string
    }

type State = 'hello' | 'proof' | 'asking' | 'up' | 'over'

export class Handshake {
  readonly #options: HandshakeOptions
  #ownHello: Uint8Array
  #granted: string | null = null
  #state: State = 'hello'
  #peerHello: Uint8Array | null = null
  #peer: Hello | null = null
  #binding: Uint8Array | null = null

  constructor(options: HandshakeOptions) {
    if (options.nonce.length !== nonceBytes) throw new RangeError(`a nonce has ${nonceBytes} bytes`)
    this.#options = options
    this.#ownHello = this.#encodeOwn(options.fields ?? noFields)
  }

  #encodeOwn(fields: HelloFields): Uint8Array {
    const options = this.#options
    const { min, max } = options.versions ?? protocolVersion
    return encodeHello({
      versionMin: min,
      versionMax: max,
      capabilities: (options.capabilities ?? ownCapabilities) | (options.hidden === true ? trait.hidden : 0),
      required: options.required ?? 0,
      incarnation: options.self.incarnation,
      tickMs: options.tickMs,
      frameBytes: options.frameBytes,
      nonce: options.nonce,
      name: options.self.name,
      wanted: options.role === 'initiator' ? (options.wanted ?? '') : '',
      fields,
    })
  }

  /** Who the peer says it is; proven only from `ask` or `up` on. */
  get claimedPeer(): string | null {
    return this.#peer?.name ?? null
  }

  get isOver(): boolean {
    return this.#state === 'up' || this.#state === 'over'
  }

  /** Makes the proofs good for one secured session only. Before the first move. */
  bind(binding: Uint8Array): void {
    this.#binding = binding
  }

  /** The first move: the initiator's. */
  start(): readonly HandshakeAction[] {
    return this.#options.role === 'initiator' ? [{ type: 'send', bytes: this.#ownHello }] : []
  }

  /** One message came, as the content of a frame. */
  receive(content: Uint8Array): readonly HandshakeAction[] {
    if (this.isOver) return []
    let message: HandshakeMessage
    try {
      message = decodeHandshake(content)
    } catch (error) {
      if (error instanceof WireError) return this.refuse('malformed', error.message)
      throw error
    }
    if (message.type === 'refusal') {
      this.#state = 'over'
      const { code, versionMin, versionMax } = message.refusal
      const detail = code === 'version' ? `it speaks ${versionMin} to ${versionMax}` : ''
      return [{ type: 'refused', by: 'peer', code, peer: this.claimedPeer ?? this.#options.wanted ?? null, detail }]
    }
    if (message.type === 'hello' && this.#state === 'hello') return this.#hello(message.hello, content.slice())
    if (message.type === 'proof' && this.#state === 'proof') return this.#proof(message.proof)
    return this.refuse('malformed', `a ${message.type} came out of turn`)
  }

  /** The owner lets the peer in. */
  admit(): readonly HandshakeAction[] {
    if (this.#state !== 'asking') return []
    this.#state = 'up'
    return [
      { type: 'send', bytes: encodeProof(this.#proofOf(this.#options.role)) },
      { type: 'up', agreement: this.#agreement() },
    ]
  }

  /** Ends the handshake, and says why. */
  refuse(code: RefusalCode, detail = ''): readonly HandshakeAction[] {
    if (this.isOver) return []
    this.#state = 'over'
    const { min, max } = this.#options.versions ?? protocolVersion
    return [
      { type: 'send', bytes: encodeRefusal(code, min, max) },
      { type: 'refused', by: 'self', code, peer: this.claimedPeer, detail },
    ]
  }

  #hello(hello: Hello, bytes: Uint8Array): readonly HandshakeAction[] {
    const { role, self, wanted, versions = protocolVersion } = this.#options
    this.#peer = hello
    this.#peerHello = bytes
    if (hello.versionMin > versions.max || hello.versionMax < versions.min)
      return this.refuse('version', `it speaks ${hello.versionMin} to ${hello.versionMax}`)
    const own = this.#options.capabilities ?? ownCapabilities
    if ((hello.required & ~own) !== 0 || ((this.#options.required ?? 0) & ~hello.capabilities) !== 0)
      return this.refuse('capabilities')
    if (hello.name === self.name) return this.refuse('own_name')
    if (role === 'initiator' && hello.name !== wanted) return this.refuse('wrong_name', `${wanted} was wanted`)
    if (role === 'acceptor' && hello.wanted !== self.name) return this.refuse('wrong_name', `it wanted ${hello.wanted}`)
    if (role === 'acceptor' && hello.fields?.has(helloField.nameRequest) === true && !this.#grant(hello.name))
      return this.refuse('busy', 'it wants a name')
    this.#state = 'proof'
    const bytesToSend = role === 'initiator' ? encodeProof(this.#proofOf('initiator')) : this.#ownHello
    return [{ type: 'send', bytes: bytesToSend }]
  }

  /** The name is in the hello, and so in what both prove; it is held from the end of the handshake on. */
  #grant(wish: string): boolean {
    this.#granted = this.#options.grant?.(wish) ?? null
    if (this.#granted === null) return false
    const { fields = noFields } = this.#options
    this.#ownHello = this.#encodeOwn(
      new Map([...fields, [helloField.nameRequest, new TextEncoder().encode(this.#granted)]]),
    )
    return true
  }

  /** What the initiator was given, if it asked. */
  #given(fields: HelloFields): string | null {
    if (this.#options.role === 'acceptor') return this.#granted
    if (this.#options.fields?.has(helloField.nameRequest) !== true) return null
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    const name = decoder.decode(fields.get(helloField.nameRequest) ?? new Uint8Array(0))
    return isNodeName(name) ? name : null
  }

  #proof(proof: Uint8Array): readonly HandshakeAction[] {
    const { role } = this.#options
    if (!isSameProof(proof, this.#proofOf(role === 'initiator' ? 'acceptor' : 'initiator')))
      return this.refuse('wrong_cookie')
    if (role === 'acceptor') {
      this.#state = 'asking'
      return [{ type: 'ask', agreement: this.#agreement() }]
    }
    this.#state = 'up'
    return [{ type: 'up', agreement: this.#agreement() }]
  }

  #proofOf(role: Role): Uint8Array {
    return this.#with((secret, first, second) => prove(secret, role, first, second, this.#binding))
  }

  /** The cookie and the two hellos: what every proof and key is made of. */
  #with(make: (secret: string, initiatorHello: Uint8Array, acceptorHello: Uint8Array) => Uint8Array): Uint8Array {
    const peerHello = this.#peerHello as Uint8Array
    const { cookie } = this.#options
    const secret = typeof cookie === 'string' ? cookie : cookie((this.#peer as Hello).name)
    const [first, second] =
      this.#options.role === 'initiator' ? [this.#ownHello, peerHello] : [peerHello, this.#ownHello]
    return make(secret, first, second)
  }

  #agreement(): Agreement {
    const { name, incarnation, versionMax, capabilities, tickMs, frameBytes, fields } = this.#peer as Hello
    return {
      peer: { name, incarnation },
      version: Math.min(versionMax, (this.#options.versions ?? protocolVersion).max),
      capabilities: (capabilities & (this.#options.capabilities ?? ownCapabilities)) >>> 0,
      peerTickMs: tickMs,
      ownTickMs: this.#options.tickMs,
      peerFrameBytes: frameBytes,
      granted: this.#given(fields ?? noFields),
      peerFields: fields ?? noFields,
      isHidden: this.#options.hidden === true || (capabilities & trait.hidden) !== 0,
      laneKey: this.#with((secret, first, second) => derive(secret, 'liveness 1 key', first, second, this.#binding)),
    }
  }
}
