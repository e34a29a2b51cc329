/**
 * The lane between two posts: somebody without its key, with a conversation that he overheard, against either side of it; and somebody who
 * sits between two that have it, and changes what they say.
 *
 * Judge: without the key no side ever comes up, and no tick counts; between the two, a tick counts only if it came as it was said.
 */
import { LaneEnd } from '../../../packages/distribution/src/liveness/lane-end.ts'
import {
  challengeBytes,
  helloBytes,
  laneId,
  proofBytes,
  tickBytes,
} from '../../../packages/distribution/src/liveness/lane-messages.ts'
import type { Stream } from '../../../packages/distribution/src/network/network.ts'
import { createVirtualRuntime } from '../../../packages/testing/src/index.ts'
import type { Dice } from '../dice.ts'
import type { Input } from '../input.ts'
import { Finding, type Target } from '../target.ts'

const key = new Uint8Array(32).fill(7)
const id = laneId(key)
const runtime = createVirtualRuntime()
const lags = [5, 7000]

/** One side, and what it says. */
class Side {
  readonly said: Uint8Array[] = []
  readonly ticks: number[] = []
  isUp = false
  ending = ''
  readonly end: LaneEnd

  constructor(isDialer: boolean) {
    this.end = new LaneEnd({
      runtime,
      timeoutMs: 1000,
      ...(isDialer ? { wanted: { id, key } } : {}),
      keyOf: (asked) => (asked === id ? key : null),
      up: () => void (this.isUp = true),
      tick: (_, lagMs) => void this.ticks.push(lagMs),
      over: (_, reason) => void (this.ending = reason),
    })
    const stream: Stream = {
      remote: 'far',
      bufferedBytes: 0,
      write: (parts) => this.said.push(new Uint8Array(Buffer.concat(parts))) > 0,
      close() {},
      destroy() {},
    }
    this.end.attach(stream)
    this.end.opened()
  }
}

export function laneTarget(): Target {
  const overheard = converse((bytes) => bytes).map(({ bytes }) => bytes)
  const alone = (input: Input, isDialer: boolean): string => {
    const side = new Side(isDialer)
    for (const piece of input) side.end.data(piece)
    side.end.destroy()
    if (side.isUp || side.ticks.length > 0) throw new Finding('a lane is up for somebody who does not have its key')
    return `${isDialer} ${side.said.length} ${side.ending}`
  }
  /** Pieces take the place of what is said, one after the other; an empty one lets it pass. */
  const between = (input: Input): string => {
    let count = 0
    const spoken = converse((bytes) => {
      const piece = input[++count]
      return piece === undefined || piece.length === 0 ? bytes : piece
    })
    return `between ${spoken.length}`
  }
  return {
    name: 'lane',
    share: 3,
    make: (dice) => [
      Uint8Array.of(dice.below(3)),
      ...Array.from({ length: 1 + dice.below(5) }, () => message(dice, overheard)),
    ],
    play([kind = new Uint8Array(1), ...input]) {
      const how = (kind[0] ?? 0) % 3
      return how === 2 ? between([kind, ...input]) : alone(input, how === 1)
    },
  }
}

interface Spoken {
  readonly bytes: Uint8Array
}

/** A whole conversation, each message of which goes through somebody's hands. */
function converse(through: (bytes: Uint8Array) => Uint8Array): Spoken[] {
  const dialer = new Side(true)
  const acceptor = new Side(false)
  const spoken: Spoken[] = []
  const pass = (from: Side, to: Side): void => {
    for (const bytes of from.said.splice(0)) {
      const changed = through(bytes)
      spoken.push({ bytes })
      const ticks = to.ticks.length
      const isUp = to.isUp
      to.end.data(changed)
      const isSame = Buffer.compare(bytes, changed) === 0
      if (to.ticks.length > ticks && !isSame && isUp) judgeTicks(to.ticks.slice(ticks), bytes)
    }
  }
  for (let round = 0; round < 2; round++) {
    pass(dialer, acceptor)
    pass(acceptor, dialer)
  }
  for (const lagMs of lags) {
    dialer.end.tick(lagMs)
    acceptor.end.tick(lagMs)
    pass(dialer, acceptor)
    pass(acceptor, dialer)
  }
  for (const { ticks } of [dialer, acceptor])
    if (ticks.some((lagMs) => !lags.includes(lagMs))) throw new Finding('a tick counts that nobody said')
  dialer.end.destroy()
  acceptor.end.destroy()
  return spoken
}

/** Changed bytes may begin with the true tick, and then that counts. */
function judgeTicks(ticks: readonly number[], said: Uint8Array): void {
  const lagMs = new DataView(said.buffer, said.byteOffset, 4).getUint32(0)
  if (ticks.length > 1 || ticks[0] !== lagMs) throw new Finding('a changed tick counts')
}

function message(dice: Dice, overheard: readonly Uint8Array[]): Uint8Array {
  if (dice.once(5)) return dice.bytes(dice.one([helloBytes, challengeBytes, proofBytes, tickBytes, 1, 100]))
  const known = dice.one(overheard)
  if (dice.once(4)) return new Uint8Array(0)
  if (dice.once(2)) return known
  const changed = known.slice()
  changed[dice.below(changed.length)] = dice.byte()
  return changed
}
