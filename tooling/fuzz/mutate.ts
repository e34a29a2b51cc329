/** Small damage to what was valid, or at least interesting: of bytes, and of the order of pieces. */
import { contentOf, framed } from './bytes.ts'
import type { Dice } from './dice.ts'
import type { Input } from './input.ts'

const mostBytes = 64 * 1024
const mostPieces = 64
const words: readonly Uint8Array[] = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'then',
  '$agner/refused',
  'b@h',
  'a@h',
].map((word) => new TextEncoder().encode(word))

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

/** One change. `other` lends bytes. */
export function mutateBytes(bytes: Uint8Array, other: Uint8Array, dice: Dice): Uint8Array {
  const at = dice.below(bytes.length + 1)
  switch (dice.below(9)) {
    case 0: {
      const changed = bytes.slice()
      if (at < changed.length) changed[at] = (changed[at] as number) ^ (1 << dice.below(8))
      return changed
    }
    case 1: {
      const changed = bytes.slice()
      if (at < changed.length) changed[at] = dice.once(2) ? dice.byte() : dice.one([0, 1, 0x7f, 0x80, 0xff])
      return changed
    }
    case 2:
      return bytes.slice(0, at)
    case 3:
      return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + dice.below(4)))
    case 4:
      return joined(bytes.subarray(0, at), dice.bytes(1 + dice.below(4)), bytes.subarray(at))
    case 5: {
      const from = dice.below(other.length + 1)
      return joined(bytes.subarray(0, at), other.subarray(from, from + 1 + dice.below(64)), bytes.subarray(at))
    }
    case 6: {
      // A length that lies: four, two or one bytes become a number of the kind that breaks things.
      const changed = bytes.slice()
      let value = dice.size()
      for (let i = dice.one([0, 1, 3]); i >= 0; i--) {
        if (at + i < changed.length) changed[at + i] = value & 0xff
        value >>>= 8
      }
      return changed
    }
    case 7: {
      const size = 1 + dice.below(16)
      return joined(bytes.subarray(0, at), bytes.subarray(Math.max(0, at - size), at), bytes.subarray(at))
    }
    default: {
      const word = dice.one(words)
      const changed = joined(bytes.subarray(0, at), word, bytes.subarray(at + word.length))
      return at > 0 && dice.once(2)
        ? joined(changed.subarray(0, at), Uint8Array.of(word.length), changed.subarray(at))
        : changed
    }
  }
}

/** Some changes to an input; frames stay frames, mostly. */
export function mutate(input: Input, other: Input, dice: Dice): Input {
  let made = [...input]
  for (let times = 1 + dice.below(3); times > 0; times--) made = once(made, other, dice)
  return made.slice(0, mostPieces)
}

function once(pieces: Uint8Array[], other: Input, dice: Dice): Uint8Array[] {
  const at = dice.below(pieces.length)
  const piece = pieces[at] ?? new Uint8Array(0)
  const lender = other.length === 0 ? piece : dice.one(other)
  switch (pieces.length < 2 ? 9 : dice.below(10)) {
    case 0:
      return pieces.toSpliced(at, 1)
    case 1:
      return pieces.toSpliced(dice.below(pieces.length + 1), 0, piece)
    case 2:
      return pieces.toSpliced(at, 0, lender)
    case 3: {
      const to = dice.below(pieces.length)
      const moved = pieces.toSpliced(at, 1)
      return moved.toSpliced(to, 0, piece)
    }
    case 4: {
      const cut = dice.below(piece.length + 1)
      return pieces.toSpliced(at, 1, piece.slice(0, cut), piece.slice(cut))
    }
    default: {
      const content = dice.once(8) ? null : contentOf(piece)
      const changed =
        content === null
          ? mutateBytes(piece, lender, dice)
          : framed(mutateBytes(content, contentOf(lender) ?? lender, dice))
      return pieces.with(at, changed.subarray(0, mostBytes)) as Uint8Array[]
    }
  }
}
