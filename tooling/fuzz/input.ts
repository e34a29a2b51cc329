/** What a peer sends in one play: pieces of bytes, in their order. As text: hexadecimal digits, with a comma between pieces. */

export type Input = readonly Uint8Array[]

export function toHex(input: Input): string {
  return input.map((piece) => Buffer.from(piece).toString('hex')).join(',')
}

/** @throws when it is no such text. */
export function fromHex(text: string): Input {
  return text.split(',').map((piece) => {
    if (!/^([0-9a-f]{2})*$/.test(piece)) throw new RangeError(`no hexadecimal digits: ${piece.slice(0, 40)}`)
    return new Uint8Array(Buffer.from(piece, 'hex'))
  })
}

export function lengthOf(input: Input): number {
  return input.reduce((sum, { length }) => sum + length, 0)
}
