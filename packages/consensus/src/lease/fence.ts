/**
 * What makes a lease safe, whatever clocks do: that which it protects refuses whoever comes with an older token.
 */
import { consensusError } from '../errors.ts'

/**
 * Whether a holder may still write. Keep what is returned with what is protected, and give it to the next check: in one transaction with the write.
 *
 *     greatest = checkFence(greatest, token)
 *
 * @param greatest the greatest token that was shown here; 0 at first.
 * @returns the greatest from now on.
 * @throws `consensus.fenced` if a later holder was here already; `consensus.bad_option` if one of the two is no token: NaN is greater than none and smaller than
 * none, and would let everybody through from then on.
 */
export function checkFence(greatest: number, token: number): number {
  check('greatest', greatest)
  check('token', token)
  if (token < greatest) throw consensusError('consensus.fenced', { token, greatest })
  return token
}

function check(option: string, value: unknown): void {
  if (!(Number.isSafeInteger(value) && (value as number) >= 0))
    throw consensusError('consensus.bad_option', { option, wanted: 'a whole number from 0 up' })
}
