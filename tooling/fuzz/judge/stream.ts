/** What a stream of pieces says by its lengths alone: whether a frame over the limit was announced in it. */
import type { Input } from '../input.ts'

export function announcesMoreThan(limit: number, input: Input): boolean {
  const bytes = Buffer.concat(input)
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes.readUInt32BE(at)
    if (length > limit) return true
    at += 4 + length
  }
  return false
}
