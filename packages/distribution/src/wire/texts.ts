/**
 * UTF-8 to strings.
 *
 * Short ones are made here, since a call into the engine costs more than they do. The keys of objects come again and again: each is
 * kept in a table by what its bytes are, bounded, and a newer one takes the place of an older. What is no UTF-8 becomes U+FFFD.
 */

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
/** Strings up to this length are made of their units here. */
const longestShort = 8
const longestKey = 32
const places = 512

type Slice = (this: Uint8Array, start: number, end: number) => string

/** Node's way from bytes to a string without a view; elsewhere the decoder's. */
const slice: Slice =
  typeof Buffer === 'function' && 'utf8Slice' in Buffer.prototype
    ? (Buffer.prototype as unknown as { utf8Slice: Slice }).utf8Slice
    : function (start, end) {
        return decoder.decode(this.subarray(start, end))
      }

export class Texts {
  readonly #keys: string[] = Array.from({ length: places }, () => '')

  read(bytes: Uint8Array, start: number, end: number): string {
    return end - start > longestShort ? slice.call(bytes, start, end) : short(bytes, start, end)
  }

  key(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start
    if (length > longestKey) return this.read(bytes, start, end)
    let hash = length
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0
    const place = (hash ^ (hash >>> 9)) & (places - 1)
    const known = this.#keys[place] as string
    if (known.length === length) {
      let i = 0
      // Bytes over 0x7f are no code units, so only ASCII keys are ever found.
      while (i < length && known.charCodeAt(i) === bytes[start + i]) i++
      if (i === length && isAscii(bytes, start, end)) return known
    }
    const made = this.read(bytes, start, end)
    this.#keys[place] = made
    return made
  }
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((bytes[i] as number) > 0x7f) return false
  return true
}

const { fromCharCode } = String

function short(bytes: Uint8Array, start: number, end: number): string {
  for (let i = start; i < end; i++) if ((bytes[i] as number) > 0x7f) return decoder.decode(bytes.subarray(start, end))
  let made = ''
  let at = start
  for (; at + 4 <= end; at += 4)
    made += fromCharCode(bytes[at] as number, bytes[at + 1] as number, bytes[at + 2] as number, bytes[at + 3] as number)
  switch (end - at) {
    case 3:
      return made + fromCharCode(bytes[at] as number, bytes[at + 1] as number, bytes[at + 2] as number)
    case 2:
      return made + fromCharCode(bytes[at] as number, bytes[at + 1] as number)
    case 1:
      return made + fromCharCode(bytes[at] as number)
    default:
      return made
  }
}
