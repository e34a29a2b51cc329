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
 * @throws `consensus.fenced` if a later holder was here already.
 */
export function checkFence(greatest: number, token: number): number {
  if (token < greatest) throw consensusError('consensus.fenced', { token, greatest })
  return token
}
