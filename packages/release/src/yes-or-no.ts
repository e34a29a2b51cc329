/**
 * Yes or no, as code of others says it.
 *
 * A function that is async by mistake gives a promise, which would count as yes. Only true is yes, and only false is no.
 */
import { messageOf } from '@agner/core/kernel'

/** @throws a TypeError for all else */
export function toYesOrNo(answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer
  absorb(answer)
  const given = answer instanceof Promise ? 'a promise' : messageOf(answer)
  throw new TypeError(`it gave ${given}, and neither true nor false`)
}

/** What a promise that nobody waits for is rejected with is of no use to anybody, and must not end the program. */
export function absorb(promise: unknown): void {
  new Promise((resolve) => resolve(promise)).catch(() => null)
}
