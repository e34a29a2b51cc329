import type { From } from '@agner/behaviours'
import { Request } from '@agner/core'

/** Whether somebody waits for that answer still: who gave up, ended, or was lost with its node does not. */
export function isAwaited(from: From<never>): boolean {
  return !(from instanceof Request) || from.isPending
}
