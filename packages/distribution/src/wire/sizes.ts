/** How many bytes the parts of headers take: for what has to be announced before it is written. */

const encoder = new TextEncoder()

/** @param value a whole number from 0 to 2^53 − 1. */
export function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++
  return bytes
}

/** With its length in front. */
export function textBytes(text: string): number {
  const { length } = encoder.encode(text)
  return varintBytes(length) + length
}
