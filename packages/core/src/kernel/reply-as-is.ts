/**
 * The seam for sys: an answer that shows what a process holds, which may be what no message can carry.
 */
import { copy } from '../values/copy.ts'
import type { Request } from './request.ts'

/**
 * Answers with a copy; to a process of this node, if it cannot be copied, with the value itself.
 *
 * @throws `copy.unsendable`, `copy.too_deep` if the caller is on another node.
 */
export function replyAsIs(request: Request<unknown, unknown>, value: unknown): void {
  if (!request.isPending) return
  let given = value
  try {
    given = copy(value)
  } catch (error) {
    if (request.caller === null) throw error
  }
  request.answered(given)
}
