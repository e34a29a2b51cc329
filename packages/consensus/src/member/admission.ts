/**
 * What is let into the log. The leader applies the value that it has in memory, the others what came out of the bytes of the wire or the disk: so a command
 * becomes what its bytes say before it is proposed, and one that has no bytes, or too many for a message, is refused.
 *
 *     command ──► plain, and surely small enough? ──► as it is
 *                      └─ not known ──► its bytes ──► too many: refused ──► the value that they say
 *
 * Plain is what no bytes change, and most commands are: a look is several times cheaper than the way there and back.
 */
import { messageOf } from '@agner/core/kernel'
import { ValueCodec } from '@agner/distribution/values'
import { inner, levelsAround, plainBytes, within } from '../machine/plain.ts'
import type { ClientRequest } from '../raft/interface.ts'

export type Admitted =
  | { readonly type: 'admitted'; readonly command: unknown }
  | { readonly type: 'refused'; readonly why: 'too_large' | 'unencodable'; readonly message: string }

/** Not for two threads: it has a codec of its own. */
export class Admission {
  readonly #codec = new ValueCodec()
  readonly #mostBytes: number

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  admit(command: unknown): Admitted {
    if (plainBytes(command, 0) <= this.#mostBytes) return { type: 'admitted', command }
    try {
      const bytes = this.#codec.encode(within(command))
      const size = bytes.length - levelsAround
      if (size > this.#mostBytes) return tooLarge(size, this.#mostBytes)
      return { type: 'admitted', command: inner(this.#codec.decode(bytes)) }
    } catch (error) {
      return { type: 'refused', why: 'unencodable', message: messageOf(error) }
    }
  }
}

/** Nothing but what belongs to it: the rest would be in the log of each member. */
export function plainRequest({ session, sequence, answered }: ClientRequest): ClientRequest {
  return { session, sequence, answered }
}

function tooLarge(size: number, mostBytes: number): Admitted {
  return { type: 'refused', why: 'too_large', message: `it takes ${size} bytes, and ${mostBytes} is the limit` }
}
