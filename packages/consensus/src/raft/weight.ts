/** About how many bytes a value takes on the wire: enough to keep a message below what a connection takes, no more. Pure. */

/** What each value costs besides what is in it. */
const ownBytes = 9

/** Looks at no more than `mostBytes` take: what is larger counts as so much. */
export function weigh(value: unknown, mostBytes: number): number {
  if (typeof value !== 'object' || value === null) {
    return Math.min(ownBytes + (typeof value === 'string' ? value.length : 0), mostBytes)
  }
  const waiting: unknown[] = [value]
  let bytes = 0
  while (waiting.length > 0 && bytes < mostBytes) {
    const next = waiting.pop()
    bytes += ownBytes
    if (typeof next === 'string') {
      bytes += next.length
    } else if (typeof next === 'object' && next !== null) {
      if (ArrayBuffer.isView(next)) bytes += next.byteLength
      else if (Array.isArray(next) || next instanceof Set) for (const one of next) waiting.push(one)
      else if (next instanceof Map) for (const [key, one] of next) waiting.push(key, one)
      else for (const key of Object.keys(next)) waiting.push(key, (next as Readonly<Record<string, unknown>>)[key])
    }
  }
  return Math.min(bytes, mostBytes)
}
