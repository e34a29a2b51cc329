/** Who calls a node: shakes hands, if he knows the cookie, and says what he is told to say. */
import { Handshake, type HandshakeAction } from '../../packages/distribution/src/handshake/handshake.ts'
import { fieldOf, helloField } from '../../packages/distribution/src/handshake/hello-fields.ts'
import { nonceBytes } from '../../packages/distribution/src/handshake/messages.ts'
import type { Address, Network, Stream } from '../../packages/distribution/src/network/network.ts'
import { FrameReader } from '../../packages/distribution/src/wire/frame-reader.ts'
import type { Party } from '../../packages/distribution/src/wire/parties.ts'
import { framed } from './bytes.ts'

export class Caller {
  /** Frames that came, but for those of his handshake. */
  readonly received: Uint8Array[] = []
  isUp = false
  isClosed = false
  readonly #stream: Stream
  readonly #handshake: Handshake | null

  /** @param cookie null: he listens, and shakes no hands. */
  constructor(network: Network, address: Address, self: Party, wanted: string, cookie: string | null) {
    this.#handshake =
      cookie === null
        ? null
        : new Handshake({
            role: 'initiator',
            self,
            cookie,
            wanted,
            nonce: new Uint8Array(nonceBytes).fill(7),
            tickMs: 15_000,
            frameBytes: 1 << 24,
            fields: new Map([
              [helloField.messageBytes, fieldOf(1 << 20, 4)],
              [helloField.openMessages, fieldOf(4, 2)],
            ]),
          })
    const reader = new FrameReader(1 << 24, (bytes, start, end) => this.#frame(bytes.slice(start, end)))
    this.#stream = network.connect(address, {
      opened: () => this.#act(this.#handshake?.start() ?? []),
      data: (bytes) => reader.push(new Uint8Array(bytes)),
      closed: () => void (this.isClosed = true),
    })
  }

  #frame(content: Uint8Array): void {
    if (this.#handshake === null || this.#handshake.isOver) this.received.push(content)
    else this.#act(this.#handshake.receive(content))
  }

  #act(actions: readonly HandshakeAction[]): void {
    for (const action of actions) {
      if (action.type === 'send') this.say(framed(action.bytes))
      else if (action.type === 'up') this.isUp = true
    }
  }

  say(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#stream.write([bytes])
  }

  hangUp(): void {
    this.#stream.close()
  }
}
