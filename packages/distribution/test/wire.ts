/** Things that several wire tests need: parties, values of the domain, and cutting bytes at will. */
import fc from 'fast-check'
import { internPid, internRef } from '@agner/core/kernel'
import type { AnyPid, Ref } from '@agner/core'
import type { Parties, Party } from '../src/wire/parties.ts'

export const a: Party = { name: 'a@127.0.0.1', incarnation: 11 }
export const b: Party = { name: 'b@127.0.0.1', incarnation: 22 }
export const fromA: Parties = { self: a, peer: b }
export const fromB: Parties = { self: b, peer: a }

export const pidOfA: AnyPid = internPid(a.name, a.incarnation, 7)
export const pidOfB: AnyPid = internPid(b.name, b.incarnation, 2 ** 40)
export const pidOfOldB: AnyPid = internPid(b.name, 21, 3)
export const pidOfC: AnyPid = internPid('c@[::1]', 4_000_000_000, Number.MAX_SAFE_INTEGER)
export const refOfA: Ref = internRef(a.name, a.incarnation, 1)
export const refOfB: Ref = internRef(b.name, b.incarnation, 300)

export const pids: fc.Arbitrary<AnyPid> = fc.constantFrom(pidOfA, pidOfB, pidOfOldB, pidOfC)
export const refs: fc.Arbitrary<Ref> = fc.constantFrom(refOfA, refOfB)

const text = fc.string({ unit: 'grapheme', maxLength: 200 })
const keys = text.filter((key) => key !== '__proto__')

const errors = fc
  .record({
    name: text,
    message: text,
    stack: text,
    code: fc.option(fc.oneof(text, fc.integer()), { nil: undefined }),
    cause: fc.option(text, { nil: undefined }),
  })
  .map(({ name, message, stack, code, cause }) => {
    const made = new Error(message)
    const define = (key: string, value: unknown) =>
      Object.defineProperty(made, key, { value, writable: true, configurable: true, enumerable: false })
    define('name', name)
    define('stack', stack)
    if (cause !== undefined) define('cause', cause)
    if (code !== undefined) define('code', code)
    return made
  })

/** Values of the domain that can be sent, as the copy at send leaves them; -0 excepted, which arrives as 0. */
export const values: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      null,
      undefined,
      true,
      false,
      Infinity,
      -Infinity,
      NaN,
      '',
      0,
      2 ** 53,
      -(2 ** 53),
      2 ** 32,
      -(2 ** 31) - 1,
    ),
    fc.integer(),
    fc.double().filter((number) => !Object.is(number, -0)),
    fc.bigInt({ max: 2n ** 300n, min: -(2n ** 300n) }),
    fc.constantFrom(0n, -1n, 2n ** 64n, 2n ** 64n - 1n, -(2n ** 64n), -(2n ** 64n) - 1n),
    text,
    fc.uint8Array({ maxLength: 300 }),
    fc.date({ noInvalidDate: false, min: new Date(-8.64e15), max: new Date(8.64e15) }),
    errors,
    pids,
    refs,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 6, noNullPrototype: true }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 4 }).map((entries) => new Set(entries)),
  ),
})).value

/** `bytes` in parts, cut where `cuts` says; each part in a buffer that is overwritten once `take` has returned. */
export function inParts(bytes: Uint8Array, cuts: readonly number[], take: (part: Uint8Array) => void): void {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((x, y) => x - y)
  let start = 0
  for (const place of [...places, bytes.length]) {
    const part = bytes.slice(start, place)
    start = place
    take(part)
    part.fill(0xee)
  }
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

/** A frame around `content`. */
export function framed(content: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + content.length)
  new DataView(frame.buffer).setUint32(0, content.length)
  frame.set(content, 4)
  return frame
}
