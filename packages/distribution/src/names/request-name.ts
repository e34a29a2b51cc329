/**
 * A name for a node that has none of its own: another node gives it, before this one is made (`erl -name undefined`).
 *
 *     requestName ── hello (a wish), proof ──► a node of the cluster
 *                 ◄── hello (a name), proof ──   the name is held as long as the stream stands
 *     createNode({ name }), startDistribution(node, { lease })      … which stops when the lease is lost
 */
import { realRuntime, type Runtime } from '@agner/core'
import { Channel, type ChannelOwner, type FrameTaker, type Refused } from '../connection/channel.ts'
import { distributionError } from '../errors.ts'
import { checkCookie } from '../handshake/cookies.ts'
import { Handshake, type Agreement } from '../handshake/handshake.ts'
import { helloField } from '../handshake/hello-fields.ts'
import { nonceBytes } from '../handshake/messages.ts'
import { isNodeName } from '../handshake/names.ts'
import { explainRefusal } from '../handshake/refusals.ts'
import { defaultLimits } from '../limits.ts'
import type { Address, Network } from '../network/network.ts'
import { tcp } from '../network/tcp.ts'
import { capability, ownCapabilities } from '../wire/opcodes.ts'
import { LeaseEnd } from './lease-end.ts'

export interface RequestNameOptions {
  /** The cookie of the cluster. */
  readonly cookie: string
  /** The node that is to give the name. It must be one that knows how. */
  readonly from: string
  /** Where it listens, as `listNodes()` says, say. */
  readonly at: Address
  /** The name is this with something random before the @; default `node@127.0.0.1`. */
  readonly wish?: string
  /** Default: TCP. */
  readonly network?: Network
  /** Default: the real one. */
  readonly runtime?: Runtime
  /** As that of a distribution; default 15,000 ms. */
  readonly tickMs?: number
  /** Default 7,000 ms. */
  readonly handshakeTimeoutMs?: number
}

/** A name that is this program's as long as the connection to its giver stands. */
export interface NameLease {
  readonly name: string
  readonly isHeld: boolean
  /** Resolves with why, when the name is lost. Not when it is given back. */
  readonly lost: Promise<string>
  /** Gives the name back. Calling it again is harmless. */
  release(): void
}

/**
 * Asks a node of the cluster for a name that no other node has. Give it to `createNode`, and the lease to
 * `startDistribution`, which stops when it is lost.
 *
 * Rejects with `distribution.no_name_given`, which says why: nobody there, another cookie, too many names given, a node of an
 * older version. @throws as {@link checkCookie}; `distribution.bad_option`
 */
export async function requestName(options: RequestNameOptions): Promise<NameLease> {
  const { from, wish = 'node@127.0.0.1' } = options
  checkCookie(options.cookie)
  for (const [option, name] of Object.entries({ from, wish }))
    if (!isNodeName(name))
      throw distributionError('distribution.bad_option', { option, wanted: 'a node name (name@host)', value: name })
  return new Promise((resolve, reject) => {
    const asking = new Asking(options, wish, resolve, (reason) =>
      reject(distributionError('distribution.no_name_given', { from, reason })),
    )
    asking.begin()
  })
}

class Asking implements ChannelOwner {
  readonly #options: RequestNameOptions
  readonly #wish: string
  readonly #given: (lease: NameLease) => void
  readonly #refused: (reason: string) => void

  constructor(
    options: RequestNameOptions,
    wish: string,
    given: (lease: NameLease) => void,
    refused: (reason: string) => void,
  ) {
    this.#options = options
    this.#wish = wish
    this.#given = given
    this.#refused = refused
  }

  begin(): void {
    const { cookie, from, at, network = tcp, tickMs = 15_000, handshakeTimeoutMs = 7000 } = this.#options
    const runtime = this.#options.runtime ?? realRuntime
    const [incarnation] = new Uint32Array(runtime.randomBytes(4).slice().buffer)
    const handshake = new Handshake({
      role: 'initiator',
      // The wish stands for the name: it is nobody's, and nothing goes by it.
      self: { name: this.#wish, incarnation: Math.max(1, incarnation as number) },
      cookie,
      nonce: runtime.randomBytes(nonceBytes),
      tickMs,
      frameBytes: defaultLimits.frameBytes,
      wanted: from,
      required: capability.names,
      // Nothing is said on this stream but ticks.
      capabilities: ownCapabilities,
      fields: new Map([[helloField.nameRequest, new Uint8Array(0)]]),
    })
    const channel = new Channel({
      owner: this,
      runtime,
      handshake,
      direction: 'out',
      dialled: at,
      wanted: from,
      timeoutMs: handshakeTimeoutMs,
      frameBytes: defaultLimits.frameBytes,
      birth: 0,
    })
    channel.attach(network.connect(at, channel))
  }

  ask(): 'malformed' {
    return 'malformed'
  }

  up(channel: Channel, agreement: Agreement): FrameTaker {
    let lose: (why: string) => void = () => {}
    const lost = new Promise<string>((resolve) => (lose = resolve))
    const { ownTickMs: tickMs, peerTickMs, granted } = agreement
    const runtime = this.#options.runtime ?? realRuntime
    const end = new LeaseEnd({ runtime, stream: channel.stream, tickMs, peerTickMs, over: (why) => lose(why) })
    if (granted === null) {
      end.close()
      this.#refused('it gave none')
      return end
    }
    this.#given({
      name: granted,
      lost,
      get isHeld() {
        return end.isHeld
      },
      release: () => end.close(),
    })
    return end
  }

  refused(channel: Channel, refused: Refused): void {
    const { text } = explainRefusal(refused, this.#wish, this.#options.from, channel.remote)
    this.#refused(refused.code === 'capabilities' ? `it cannot give names, since its version is older (${text})` : text)
  }

  failed(_channel: Channel, reason: string): void {
    this.#refused(reason)
  }
}
