/**
 * Exit reasons in words: the ones that behaviours make say more than their data would.
 */
import { describeReason, type ExitReason } from '@agner/core'

/** The reason of a supervisor one of whose children did not start. */
export interface FailedToStartChild {
  readonly shutdown: { readonly failedToStartChild: { readonly id: string; readonly reason: ExitReason } }
}

export function failedToStartChild(id: string, reason: ExitReason): FailedToStartChild {
  return { shutdown: { failedToStartChild: { id, reason } } }
}

export function explain(reason: ExitReason): string {
  const failed =
    typeof reason === 'object' && reason !== null && 'shutdown' in reason
      ? (reason as Partial<FailedToStartChild>).shutdown?.failedToStartChild
      : undefined
  if (failed !== undefined) return `its child "${failed.id}" did not start: ${explain(failed.reason)}`
  if (typeof reason === 'object' && reason !== null && 'alreadyStarted' in reason)
    return `already started as ${String(reason.alreadyStarted)}`
  return describeReason(reason)
}
