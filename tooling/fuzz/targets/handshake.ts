/**
 * Somebody who does not know the cookie, dialling and dialled, with an overheard handshake of others to play back.
 *
 * Pieces that begin with 0xfe 0xed are orders: say the hello or the proof that was overheard, say what was heard last, or a hello with this
 * or that in it. All others are said as they are. Judge: nobody gets in, nothing is delivered, every stream is closed in the time that a
 * handshake has, nothing waits afterwards, and the connection between the others stands.
 */
import { encodeHello } from '../../../packages/distribution/src/handshake/messages.ts'
import type { Address, Stream } from '../../../packages/distribution/src/network/network.ts'
import { Bytes, framed } from '../bytes.ts'
import type { Dice } from '../dice.ts'
import { FrameReader } from '../../../packages/distribution/src/wire/frame-reader.ts'
import type { Input } from '../input.ts'
import { Finding, placeOf, type Target } from '../target.ts'
import { Witness, World } from '../world.ts'

const timeoutMs = 7000
const order = [0xfe, 0xed] as const
const orders = { hello: 0, proof: 1, reflect: 2, replayedHello: 3, replayedProof: 4, wait: 5 } as const
const far = { host: 'far', port: 1 }

export async function handshakeTarget(): Promise<Target> {
  const world = new World()
  const overheard: Uint8Array[] = []
  const a = await world.start('a@h', { hosts: { 'mallory@far': 'far:1' }, handshakeTimeoutMs: timeoutMs })
  const b = await world.start('b@h', { network: listening(world, overheard) })
  const witness = new Witness(a.node, 'x')
  const address = a.distribution.listenAddress as Address
  let dialled: Stranger | null = null
  await world.network.listen(far, (stream) => (dialled = new Stranger(stream, overheard)))
  await world.runtime.runUntil(b.distribution.connect('a@h'))
  await world.runtime.settle()
  const timers = world.runtime.pendingTimers
  const streams = world.network.streamCount

  const play = async (input: Input): Promise<string> => {
    a.notices.length = 0
    dialled = null
    let stranger: Stranger
    // Who speaks first may dial; the others are dialled.
    const isDialled = (input[0]?.[2] ?? 0) % 4 === 3
    let connecting: Promise<boolean> | null = null
    if (isDialled) {
      connecting = a.distribution.connect('mallory@far')
      await world.runtime.settle()
      stranger = dialled ?? new Stranger(null, overheard)
    } else {
      stranger = new Stranger(null, overheard)
      stranger.stream = world.network.connect(address, stranger)
      await world.runtime.settle()
    }
    for (const piece of input) {
      stranger.carryOut(piece)
      await world.runtime.settle()
    }
    const early = stranger.isClosed
    await world.runtime.advance(timeoutMs + 100)
    if (!stranger.isClosed) throw new Finding('a stream without a handshake is open after its time')
    if (connecting !== null && (await connecting)) throw new Finding('it was taken for a node')
    if (a.changes.length !== 1 || b.changes.length !== 1)
      throw new Finding('it is connected, or cost others their connection')
    if (a.distribution.stats().pendingHandshakes > 0 || world.network.streamCount !== streams)
      throw new Finding('a stream is left')
    if (world.runtime.pendingTimers !== timers) throw new Finding('a timer is left')
    if (witness.seen.length > 0) throw new Finding('a stranger’s signal was delivered')
    // The log holds the same lines back; how the other side ended says enough.
    const last = stranger.heard.at(-1)
    const failure = a.notices.find(({ text }) => text.includes('made this node fail'))
    if (failure !== undefined) throw new Finding(failure.text)
    return `${isDialled ? 'dialled' : 'dials'} ${early ? 'ended' : 'late'} ${stranger.heard.length} ${last?.[0] ?? ''} ${last?.[0] === 3 ? last[1] : ''} ${placeOf(a.notices.at(-1)?.text ?? '')}`
  }

  return { name: 'handshake', share: 5, make, play, close: () => world.stop() }
}

function make(dice: Dice): Input {
  return Array.from({ length: 1 + dice.below(4) }, () => {
    switch (dice.below(8)) {
      case 0:
        return framed(dice.bytes(dice.below(60)))
      case 1:
        return framed(Uint8Array.from([2, ...dice.bytes(32)]))
      case 2:
        return Uint8Array.of(0, 0, dice.byte(), dice.byte(), dice.byte())
      case 3:
        return framed(Uint8Array.of(3, dice.below(14), 1, 1))
      default:
        return new Bytes()
          .u8(...order, dice.below(6), dice.byte())
          .all(dice.bytes(4))
          .done()
    }
  })
}

class Stranger {
  readonly heard: Uint8Array[] = []
  readonly #overheard: readonly Uint8Array[]
  readonly #reader = new FrameReader(1 << 20, (bytes, start, end) => void this.heard.push(bytes.slice(start, end)))
  stream: Stream | null
  isClosed = false

  constructor(stream: Stream | null, overheard: readonly Uint8Array[]) {
    this.stream = stream
    this.#overheard = overheard
  }

  data(bytes: Uint8Array): void {
    this.#reader.push(new Uint8Array(bytes))
  }

  closed(): void {
    this.isClosed = true
  }

  carryOut(piece: Uint8Array): void {
    const bytes = piece[0] === order[0] && piece[1] === order[1] ? this.#ordered(piece) : piece
    if (bytes.length > 0) this.stream?.write([bytes])
  }

  #ordered(piece: Uint8Array): Uint8Array {
    const [, , what = 0, detail = 0] = piece
    const [hello, proof] = this.#overheard
    switch (what) {
      case orders.hello:
        return framed(helloOf(detail, piece))
      case orders.proof:
        return framed(Uint8Array.from([2, ...(proof ?? []).slice(1, 32), detail]))
      case orders.reflect:
        return framed(this.heard.at(-1 - (detail & 1)) ?? new Uint8Array(0))
      case orders.replayedHello:
        return framed(hello ?? new Uint8Array(0))
      case orders.replayedProof:
        return framed(proof ?? new Uint8Array(0))
      default:
        return new Uint8Array(0)
    }
  }
}

/** A hello that is right but for one thing. */
function helloOf(detail: number, piece: Uint8Array): Uint8Array {
  const kind = detail % 16
  return encodeHello({
    versionMin: kind === 1 ? 2 : 1,
    versionMax: kind === 2 ? 0 : 1,
    capabilities: kind === 3 ? 0xffffffff : 3,
    required: kind === 4 ? 0x80000000 : 0,
    incarnation: kind === 5 ? 0 : 99,
    tickMs: kind === 6 ? 0 : 15_000,
    frameBytes: kind === 7 ? 0 : 1 << 24,
    nonce: new Uint8Array(32).fill(piece[4] ?? 0),
    name: ['mallory@far', 'mallory@far', 'b@h', 'a@h', 'b', '\u001b@h'][detail >> 5] ?? 'mallory@far',
    wanted: kind === 8 ? '' : kind === 9 ? 'b@h' : 'a@h',
    fields: kind === 10 ? new Map([[piece[5] ?? 0, piece.slice(4)]]) : new Map(),
  })
}

/** The network of one who is overheard: the frames that he says first are kept. */
function listening({ network }: World, overheard: Uint8Array[]): World['network'] {
  const spied = Object.create(network) as World['network']
  spied.connect = (address, handlers) => {
    const stream = network.connect(address, handlers)
    if (address.host !== '127.0.0.1' || address.port === 4370) return stream
    const reader = new FrameReader(1 << 20, (bytes, start, end) => {
      if (overheard.length < 2) overheard.push(bytes.slice(start, end))
    })
    const write = stream.write.bind(stream)
    stream.write = (parts) => {
      for (const part of parts) reader.push(part)
      return write(parts)
    }
    return stream
  }
  spied.listen = network.listen.bind(network)
  return spied
}
