/** Payloads: items of CBOR as the writer makes them, and as it never would. */
import { depthLimit } from '../../../packages/distribution/src/wire/limits.ts'
import { Bytes } from '../bytes.ts'
import type { Dice } from '../dice.ts'

const utf8 = new TextEncoder()
const keys = ['a', 'type', 'id', '__proto__', 'constructor', 'prototype', 'then', 'toJSON', 'length', 'ü', '']
const texts = [
  '',
  'x',
  '__proto__',
  'normal',
  'kill',
  'noconnection',
  'b@h',
  'stranger@far',
  '\u0000',
  '🜁',
  'x'.repeat(70),
]
const tags = [
  0,
  1,
  2,
  3,
  4,
  24,
  27,
  28,
  30,
  32,
  255,
  256,
  258,
  259,
  1200,
  1201,
  1202,
  1203,
  1204,
  1205,
  55_799,
  2 ** 32 - 1,
]
/** One in so many is nested out of all proportion. */
const seldom = 1500

export function value(dice: Dice): Uint8Array {
  const made = new Bytes()
  if (dice.once(seldom)) deep(made, dice)
  else item(made, dice, 0)
  return made.done()
}

const plain = [
  [0xf6],
  [0x01],
  [0x61, 0x78],
  [0x64, ...utf8.encode('kill')],
  [0x66, ...utf8.encode('normal')],
  [0xa1, 0x61, 0x61, 0x81, 0x07],
]

/** One that is valid, mostly. */
export function tameValue(dice: Dice): Uint8Array {
  return dice.once(12) ? value(dice) : Uint8Array.from(dice.one(plain))
}

/** An item of `major` with `argument`, mostly in the shortest form. */
function head(made: Bytes, dice: Dice, major: number, argument: number): void {
  const first = major << 5
  const form = argument < 24 ? 0 : argument < 256 ? 1 : argument < 65_536 ? 2 : 3
  const widened = dice.once(30) ? Math.max(form, dice.below(4)) : form
  if (dice.once(200)) made.u8(first | dice.one([27, 28, 29, 30, 31]))
  else if (widened === 0) made.u8(first | argument)
  else if (widened === 1) made.u8(first | 24, argument)
  else if (widened === 2) made.u8(first | 25).u16(argument)
  else made.u8(first | 26).u32(argument)
}

/** A length that is true, seldom a lie. */
function length(dice: Dice, real: number): number {
  return dice.once(60) ? dice.size() : real
}

function item(made: Bytes, dice: Dice, depth: number): void {
  const kind = dice.below(depth > 6 || made.length > 2000 ? 8 : 16)
  switch (kind) {
    case 0:
      return head(made, dice, dice.below(2), dice.size())
    case 1:
      return void made.u8(dice.one([0xf4, 0xf5, 0xf6, 0xf7]))
    case 2: {
      made.u8(dice.one([0xf9, 0xfa, 0xfb]))
      return void made.all(dice.bytes(dice.one([2, 4, 8])))
    }
    case 3:
    case 4:
      return text(made, dice, dice.one(texts))
    case 5: {
      const bytes = dice.bytes(dice.once(8) ? dice.below(300) : dice.below(8))
      head(made, dice, 2, length(dice, bytes.length))
      return void made.all(bytes)
    }
    case 6:
      return void made.u8(dice.one([0x1b, 0x3b])).all(dice.bytes(8))
    case 7:
      return dice.once(3) ? void made.u8(dice.byte()) : head(made, dice, 0, dice.below(24))
    case 8:
    case 9:
      return several(made, dice, 4, depth, () => item(made, dice, depth + 1))
    case 10:
    case 11:
      return several(made, dice, 5, depth, () => {
        text(made, dice, dice.once(8) ? dice.one(keys) : dice.one(['a', 'type', 'id']))
        item(made, dice, depth + 1)
      })
    default:
      return tagged(made, dice, depth)
  }
}

function text(made: Bytes, dice: Dice, content: string): void {
  const bytes = dice.once(40) ? dice.bytes(dice.below(6)) : utf8.encode(content)
  head(made, dice, 3, length(dice, bytes.length))
  made.all(bytes)
}

function several(made: Bytes, dice: Dice, major: number, depth: number, one: () => void): void {
  const count = dice.below(depth === 0 ? 6 : 4)
  head(made, dice, major, length(dice, count))
  for (let i = 0; i < count; i++) one()
}

function tagged(made: Bytes, dice: Dice, depth: number): void {
  const number = dice.one(tags)
  head(made, dice, 6, number)
  if (dice.once(6)) return item(made, dice, depth + 1)
  switch (number) {
    case 1:
    case 1204:
      return void made.u8(0xfb).all(dice.bytes(8))
    case 2:
    case 3: {
      const bytes = dice.bytes(dice.once(20) ? dice.one([1024, 1025, 1023]) : dice.below(20))
      head(made, dice, 2, bytes.length)
      return void made.all(bytes)
    }
    case 258:
      return several(made, dice, 4, depth, () => item(made, dice, depth + 1))
    case 259:
      return several(made, dice, 5, depth, () => {
        item(made, dice, depth + 1)
        item(made, dice, depth + 1)
      })
    case 1201:
    case 1202: {
      made.u8(0x83)
      if (dice.once(2)) made.u8(dice.below(3))
      else text(made, dice, dice.one(['b@h', 'a@h', 'stranger@far', 'c@[::1]']))
      head(made, dice, 0, dice.one([0, 1, 99, 2 ** 32 - 1, 5]))
      return head(made, dice, 0, dice.size())
    }
    case 1203: {
      const count = dice.one([4, 4, 4, 5, 5, 3])
      head(made, dice, 4, count)
      for (let i = 0; i < Math.min(count, 3); i++) text(made, dice, dice.one(texts))
      if (count > 3) made.u8(0xf6)
      if (count > 4) item(made, dice, depth + 1)
      return
    }
    default:
      return item(made, dice, depth + 1)
  }
}

/** Nested at the limit, beyond it, or as deep as would end a stack. */
function deep(made: Bytes, dice: Dice): void {
  const openings = [
    [0x81],
    [0xa1, 0x61, 0x61],
    [0xd9, 1, 2, 0x81],
    [0xd9, 1, 3, 0xa1, 1],
    [0xd9, 4, 0xb1, 0x83],
    [0xd9, 4, 0xb3, 0x85, 0x60, 0x60, 0x60, 0xf6],
    [0xc2],
    [0xc1],
  ]
  const times = dice.one([depthLimit - 1, depthLimit, depthLimit + 1, 5000, 15_000])
  const same = dice.once(3) ? null : dice.one(openings)
  for (let i = 0; i < times; i++) made.all(same ?? dice.one(openings))
  made.u8(0xf6)
}
