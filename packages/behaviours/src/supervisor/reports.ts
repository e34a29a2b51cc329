/**
 * What a supervisor tells the operator (supervisor reports and progress reports of SASL).
 */
import type { AnyProcess, AnyPid, ExitReason, Notice } from '@agner/core'
import { hearsInfo } from '@agner/core/kernel'
import { explain } from '../explain.ts'
import { unlessSensitive } from '../gen/sensitive.ts'
import type { FullManners } from './child-spec.ts'

const happened = {
  startError: 'could not be started',
  childTerminated: 'ended',
  shutdownError: 'did not end as it was asked to',
  shutdown: 'ended once too often: the supervisor gives up',
} as const

/** Which of the four reports of OTP it is: start_error, child_terminated, shutdown_error, shutdown. */
export type FailureContext = keyof typeof happened

export function reportFailure(
  self: AnyProcess,
  context: FailureContext,
  { id, restart, shutdownMs, type }: FullManners,
  pid: AnyPid | null,
  reason: ExitReason,
): void {
  const supervisor = self.pid
  const notice: Notice = {
    type: 'notice',
    level: 'error',
    source: 'supervisor',
    text: `${describe(id, pid)} of ${String(supervisor)} ${happened[context]}: ${explain(reason)}`,
    details: { supervisor, context, reason, offender: { id, pid, restart, shutdownMs, type } },
  }
  self.node.report(notice)
}

/** Several children that were stopped together did not end as they were asked to, all for one reason. */
export function reportManyFailures(
  self: AnyProcess,
  befallen: readonly { readonly spec: FullManners; readonly pid: AnyPid }[],
  reason: ExitReason,
): void {
  const { spec, pid } = befallen[0]!
  const count = befallen.length
  if (count === 1) return reportFailure(self, 'shutdownError', spec, pid, reason)
  const { id, restart, shutdownMs, type } = spec
  const supervisor = self.pid
  const notice: Notice = {
    type: 'notice',
    level: 'error',
    source: 'supervisor',
    text: `${count} children of ${String(supervisor)} ${happened.shutdownError}: ${explain(reason)}`,
    details: { supervisor, context: 'shutdownError', reason, offender: { id, count, restart, shutdownMs, type } },
  }
  self.node.report(notice)
}

/** A progress report. There is one for each start, so it is not made for nobody. */
export function reportStarted(self: AnyProcess, { id, restart, shutdownMs, type }: FullManners, pid: AnyPid): void {
  if (!hearsInfo(self)) return
  const supervisor = self.pid
  const notice: Notice = {
    type: 'notice',
    level: 'info',
    source: 'supervisor',
    text: `started ${describe(id, pid)} of ${String(supervisor)}`,
    details: { supervisor, context: 'progress', started: { id, pid, restart, shutdownMs, type } },
  }
  self.node.report(notice)
}

/** A message that no supervisor knows is told and dropped. */
export function reportUnknown(self: AnyProcess, message: unknown): void {
  self.node.report({
    type: 'notice',
    level: 'warning',
    source: 'supervisor',
    text: `the supervisor ${String(self.pid)} got a message that it does not know, and dropped it`,
    details: { supervisor: self.pid, ...unlessSensitive(self, { message }) },
  })
}

function describe(id: string | null, pid: AnyPid | null): string {
  return `child${id === null ? '' : ` "${id}"`}${pid === null ? '' : ` ${String(pid)}`}`
}
