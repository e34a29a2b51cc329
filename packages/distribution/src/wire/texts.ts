/**
 * UTF-8 to strings.
 *
 * Short ones are made here, since a call into the engine costs more than they do. The keys of objects come again and again: each is
 * kept in a table by what its bytes are, bounded, and a newer one takes the place of an older. What is no UTF-8 becomes U+FFFD.
 */

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const longestShort = 32
const longestKey = 32
const places = 512

export class Texts {
  readonly #keys: string[] = Array.from({ length: places }, () => '')

  read(bytes: Uint8Array, start: number, end: number): string {
    if (end - start > longestShort) return decoder.decode(bytes.subarray(start, end))
    return short(bytes, start, end)
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
    const made = short(bytes, start, end)
    this.#keys[place] = made
    return made
  }
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((bytes[i] as number) > 0x7f) return false
  return true
}

const units: number[] = []

function short(bytes: Uint8Array, start: number, end: number): string {
  units.length = end - start
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number
    if (byte > 0x7f) return decoder.decode(bytes.subarray(start, end))
    units[i - start] = byte
  }
  return String.fromCharCode.apply(null, units)
}
