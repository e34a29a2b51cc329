/**
 * Makes the channels of a node: each with a handshake that says what this node is at that moment.
 */
import type { Runtime } from '@agner/core'
import { Channel, type ChannelOwner } from '../connection/channel.ts'
import { ownFields } from '../connection/output/bounds.ts'
import type { Cookies } from '../handshake/cookies.ts'
import { Handshake } from '../handshake/handshake.ts'
import { nonceBytes } from '../handshake/messages.ts'
import type { Offer } from '../handshake/offer.ts'
import type { Limits } from '../limits.ts'
import type { Liveness } from '../liveness/liveness.ts'
import type { Address, Network, Stream } from '../network/network.ts'
import { capability, ownCapabilities } from '../wire/opcodes.ts'
import type { Party } from '../wire/parties.ts'

export interface ChannelsOptions {
  readonly runtime: Runtime
  readonly network: Network
  readonly self: Party
  readonly cookies: Cookies
  readonly tickMs: number
  readonly handshakeTimeoutMs: number
  readonly hidden: boolean
  readonly limits: Limits
  readonly liveness: Liveness
  /** In place of what is offered usually. */
  readonly offer: Offer | null
}

export class Channels {
  readonly #options: ChannelsOptions
  readonly #owner: ChannelOwner
  readonly #grant: (wish: string) => string | null
  #births = 0
  tickMs: number

  /** @param grant a name for who asks for one. */
  constructor(options: ChannelsOptions, owner: ChannelOwner, grant: (wish: string) => string | null) {
    this.#options = options
    this.#owner = owner
    this.#grant = grant
    this.tickMs = options.tickMs
  }

  /** The next number on the count of channels that begin and connections that come up. */
  birth(): number {
    return ++this.#births
  }

  accept(stream: Stream): Channel {
    const channel = this.#make('in', null, null)
    channel.attach(stream)
    return channel
  }

  dial(name: string, address: Address): Channel {
    const channel = this.#make('out', name, address)
    channel.attach(this.#options.network.connect(address, channel))
    return channel
  }

  #make(direction: 'out' | 'in', wanted: string | null, dialled: Address | null): Channel {
    const { runtime, self, cookies, limits, handshakeTimeoutMs, hidden, liveness, offer } = this.#options
    const handshake = new Handshake({
      role: direction === 'out' ? 'initiator' : 'acceptor',
      self,
      cookie: (peer) => cookies.of(peer),
      nonce: runtime.randomBytes(nonceBytes),
      tickMs: this.tickMs,
      frameBytes: limits.frameBytes,
      hidden,
      grant: this.#grant,
      capabilities: ownCapabilities | (liveness.isOn ? capability.liveness : 0),
      fields: ownFields(limits),
      ...offer,
      ...(wanted === null ? {} : { wanted }),
    })
    return new Channel({
      owner: this.#owner,
      runtime,
      handshake,
      direction,
      dialled,
      wanted,
      timeoutMs: handshakeTimeoutMs,
      frameBytes: limits.frameBytes,
      birth: this.birth(),
    })
  }
}
