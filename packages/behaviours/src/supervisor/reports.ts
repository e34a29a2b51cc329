/**
 * What a supervisor tells the operator (supervisor reports and progress reports of SASL).
 */
import type { AnyProcess, AnyPid, ExitReason } from '@agner/core'
import { explain } from '../explain.ts'
import type { FullSpec } from './child-spec.ts'

const happened = {
  startError: 'could not be started',
  childTerminated: 'ended',
  shutdownError: 'did not end as it was asked to',
  shutdown: 'ended once too often: the supervisor gives up',
} as const

export function reportFailure(
  self: AnyProcess,
  context: keyof typeof happened,
  { id, restart, shutdownMs, type }: FullSpec,
  pid: AnyPid | null,
  reason: ExitReason,
): void {
  self.node.report({
    type: 'notice',
    level: 'error',
    source: 'supervisor',
    text: `child "${id}"${pid === null ? '' : ` ${String(pid)}`} of ${String(self.pid)} ${happened[context]}: ${explain(reason)}`,
    details: { supervisor: self.pid, context, reason, offender: { id, pid, restart, shutdownMs, type } },
  })
}

export function reportStarted(self: AnyProcess, { id, restart, shutdownMs, type }: FullSpec, pid: AnyPid): void {
  self.node.report({
    type: 'notice',
    level: 'info',
    source: 'supervisor',
    text: `started child "${id}" ${String(pid)} of ${String(self.pid)}`,
    details: { supervisor: self.pid, context: 'progress', started: { id, pid, restart, shutdownMs, type } },
  })
}
