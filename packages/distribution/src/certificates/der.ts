/**
 * The few forms of DER (X.690) that a certificate needs. Pure.
 */

/** One element: tag, length, content. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content])
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff)
  return [0x80 | bytes.length, ...bytes]
}

export const sequence = (...contents: readonly Uint8Array[]): Uint8Array => element(0x30, ...contents)
export const set = (...contents: readonly Uint8Array[]): Uint8Array => element(0x31, ...contents)
export const octets = (...contents: readonly Uint8Array[]): Uint8Array => element(0x04, ...contents)
export const utf8 = (text: string): Uint8Array => element(0x0c, Buffer.from(text, 'utf8'))
export const yes: Uint8Array = element(0x01, Uint8Array.of(0xff))

/** Explicitly tagged with its place in the structure. */
export const explicit = (place: number, content: Uint8Array): Uint8Array => element(0xa0 | place, content)
/** Implicitly tagged: the content without a tag of its own. */
export const implicit = (place: number, content: Uint8Array): Uint8Array => element(0x80 | place, content)

/** A number that is not negative: its bytes, highest first. */
export function integer(bytes: Uint8Array): Uint8Array {
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0
  return isNegative ? element(0x02, Uint8Array.of(0), bytes) : element(0x02, bytes)
}

export function bits(content: Uint8Array, unused = 0): Uint8Array {
  return element(0x03, Uint8Array.of(unused), content)
}

export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const arc of rest) {
    const groups = [arc & 0x7f]
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift(0x80 | (left & 0x7f))
    bytes.push(...groups)
  }
  return element(0x06, Uint8Array.from(bytes))
}

/** UTCTime up to 2049, GeneralizedTime from then on, as RFC 5280 wants it. */
export function time(date: Date): Uint8Array {
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, '')
  return date.getUTCFullYear() < 2050
    ? element(0x17, Buffer.from(text.slice(2), 'latin1'))
    : element(0x18, Buffer.from(text, 'latin1'))
}
