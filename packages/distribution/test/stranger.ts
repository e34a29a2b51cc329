/** Somebody on the other end of a stream who may know the cookie, and does not have to play by the rules. */
import { Handshake, type HandshakeAction } from '../src/handshake/handshake.ts'
import { nonceBytes } from '../src/handshake/messages.ts'
import type { Address, Network, Stream } from '../src/network/network.ts'
import { FrameReader } from '../src/wire/frame-reader.ts'
import { framed } from './wire.ts'

export interface Stranger {
  readonly stream: Stream
  /** Contents of the frames that came. */
  readonly received: Uint8Array[]
  isUp: boolean
  isClosed: boolean
  /** Sends `content` as a frame. */
  say(content: readonly number[] | Uint8Array): void
  sayRaw(bytes: Uint8Array): void
}

/** Connects to `address` and, with a cookie, shakes hands as `name`. */
export function meet(
  network: Network,
  address: Address,
  options: {
    readonly cookie?: string
    readonly name?: string
    readonly incarnation?: number
    readonly capabilities?: number
    readonly wanted: string
  },
): Stranger {
  const { capabilities } = options
  const { cookie = null, name = 'stranger@far', incarnation = 99, wanted } = options
  const nonce = new Uint8Array(nonceBytes).fill(7)
  const handshake =
    cookie === null
      ? null
      : new Handshake({
          role: 'initiator',
          self: { name, incarnation },
          cookie,
          nonce,
          tickMs: 15_000,
          frameBytes: 1 << 24,
          wanted,
          ...(capabilities !== undefined && { capabilities }),
        })
  const act = (actions: readonly HandshakeAction[]): void => {
    for (const action of actions) {
      if (action.type === 'send') stranger.say(action.bytes)
      else if (action.type === 'up') stranger.isUp = true
    }
  }
  const reader = new FrameReader(1 << 24, (bytes, start, end) => {
    const content = bytes.slice(start, end)
    if (handshake !== null && !handshake.isOver) act(handshake.receive(content))
    else stranger.received.push(content)
  })
  const stream = network.connect(address, {
    opened: () => act(handshake?.start() ?? []),
    // Without a cookie it listens to nothing that it is told.
    data: (bytes) => (handshake === null ? undefined : reader.push(new Uint8Array(bytes))),
    closed: () => (stranger.isClosed = true),
  })
  const stranger: Stranger = {
    stream,
    received: [],
    isUp: false,
    isClosed: false,
    say: (content) => void stream.write([framed(Uint8Array.from(content))]),
    sayRaw: (bytes) => void stream.write([bytes]),
  }
  return stranger
}
