/**
 * What becomes of a child that has ended by itself. Pure.
 */
import { isOrderlyExit, type ExitReason } from '@agner/core'
import type { FullManners } from './child-spec.ts'

export interface Verdict {
  /** `restart` it; `keep` its specification without a process; `forget` it. */
  readonly act: 'restart' | 'keep' | 'forget'
  /** Whether it is told as an error. */
  readonly report: boolean
}

/**
 * permanent: always restarted. transient: after a crash. temporary: never. `shutdown` and `{ shutdown }` are no crash.
 */
export function afterExit({ restart }: Pick<FullManners, 'restart'>, reason: ExitReason): Verdict {
  if (restart === 'permanent') return { act: 'restart', report: true }
  const crashed = !isOrderlyExit(reason)
  if (restart === 'temporary') return { act: 'forget', report: crashed }
  return { act: crashed ? 'restart' : 'keep', report: crashed }
}

export type AutoShutdown = 'never' | 'anySignificant' | 'allSignificant'

/**
 * Whether the end of a significant child, which is not restarted, ends the supervisor.
 *
 * @param othersRun whether another significant child still runs, or is being restarted
 */
export function endsSupervisor(
  autoShutdown: AutoShutdown,
  { significant }: Pick<FullManners, 'significant'>,
  othersRun: boolean,
): boolean {
  if (!significant || autoShutdown === 'never') return false
  return autoShutdown === 'anySignificant' || !othersRun
}

/** Whether a child that is stopped on purpose ended as it was asked to. `noproc`: it was dead, and told its own story. */
export function endedAsAsked(
  { shutdownMs, restart }: Pick<FullManners, 'shutdownMs' | 'restart'>,
  reason: ExitReason,
): boolean {
  if (reason === 'shutdown' || reason === 'noproc') return true
  if (shutdownMs === 'kill') return reason === 'killed'
  return restart !== 'permanent' && isOrderlyExit(reason)
}
