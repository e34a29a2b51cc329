/** A node as it was when capabilities began: it offers header fields and nothing else, and its hello ends with its names. */
import type { DistributionOptions, Network, StreamHandlers } from '../src/index.ts'
import { noFields } from '../src/handshake/hello-fields.ts'
import { offerKey, type Offer } from '../src/handshake/offer.ts'
import { capability, opcode } from '../src/wire/opcodes.ts'

const olderOffer: Offer = { capabilities: capability.headerFields, fields: noFields }

/** What such a node can read; nothing else may be sent to it. */
const olderOpcodes: ReadonlySet<number> = new Set([
  opcode.bye,
  opcode.fault,
  ...Array.from({ length: opcode.spawnFailed - opcode.send + 1 }, (_, index) => opcode.send + index),
])

/** Frames of the handshake that each side receives. */
const handshakeFrames = 2

export interface Heard {
  /** Frames after the handshake. */
  frames: number
  ticks: number
  largest: number
  /** What an older node could not have read. */
  readonly strange: string[]
}

/** Options that make a node an older one, and what it hears. */
export function older(network: Network): {
  readonly options: Partial<DistributionOptions>
  readonly heard: Heard
} {
  const heard: Heard = { frames: 0, ticks: 0, largest: 0, strange: [] }
  const listening: Network = {
    listen: (address, accept) => network.listen(address, (stream) => listen(accept(stream), heard)),
    connect: (address, handlers) => network.connect(address, listen(handlers, heard)),
  }
  return { options: { network: listening, [offerKey]: olderOffer } as Partial<DistributionOptions>, heard }
}

function listen(handlers: StreamHandlers, heard: Heard): StreamHandlers {
  let pending: Uint8Array = new Uint8Array(0)
  let frames = 0
  const look = (bytes: Uint8Array): void => {
    pending = Buffer.concat([pending, bytes])
    for (;;) {
      if (pending.length < 4) return
      const length = new DataView(pending.buffer, pending.byteOffset).getUint32(0)
      if (pending.length < 4 + length) return
      if (++frames > handshakeFrames) note(pending.subarray(4, 4 + length), heard)
      pending = pending.subarray(4 + length)
    }
  }
  return {
    opened: () => handlers.opened?.(),
    data: (bytes) => {
      look(bytes)
      handlers.data(bytes)
    },
    drained: () => handlers.drained?.(),
    closed: (error) => handlers.closed(error),
  }
}

function note(frame: Uint8Array, heard: Heard): void {
  if (frame.length === 0) {
    heard.ticks++
    return
  }
  heard.frames++
  heard.largest = Math.max(heard.largest, frame.length)
  const [code = 0, flags = 0] = frame
  if (!olderOpcodes.has(code)) heard.strange.push(`opcode ${code}`)
  // Header fields may come, of any type: it skips what it does not know.
  if ((flags & ~1) !== 0) heard.strange.push(`flags ${flags}`)
}
