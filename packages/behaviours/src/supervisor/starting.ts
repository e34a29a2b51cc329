/**
 * Starting one child, on behalf of its supervisor, which waits for it: one child after the other.
 *
 *     supervisor ── start(self) ──► … ── pid ──► linked, and told as progress
 *                                  └─ failed ──► told as an error by who asked for it
 */
import { Pid, type AnyPid, type AnyProcess, type ExitReason } from '@agner/core'
import { copy } from '@agner/core/kernel'
import { StartError } from '../errors.ts'
import type { ChildStarted, FullManners } from './child-spec.ts'
import { reportStarted } from './reports.ts'

/** The child did not start. */
export class StartFailed {
  readonly reason: ExitReason

  constructor(reason: ExitReason) {
    this.reason = reason
  }
}

export interface Startable extends FullManners {
  readonly start: (supervisor: AnyProcess, arg: unknown) => Promise<ChildStarted>
}

export async function startChildProcess(
  self: AnyProcess,
  spec: Startable,
  arg?: unknown,
): Promise<ChildStarted | StartFailed> {
  let started: unknown
  try {
    started = await self.wait(spec.start(self, arg))
  } catch (error) {
    return new StartFailed(error instanceof StartError ? error.reason : (error as ExitReason))
  }
  if (started === null) return null
  const pid = isInformed(started) ? started.pid : started
  if (!(pid instanceof Pid))
    return new StartFailed(
      new TypeError(`start of the child ${String(spec.id)} must give a pid or null; got ${typeof started}`),
    )
  // A specification that forgot the link would be a child whose end nobody sees; linking twice is linking once.
  self.link(pid)
  if (isInformed(started)) {
    try {
      copy(started.info)
    } catch (error) {
      // Nobody could be told: the start has failed, and nothing of it may be left.
      self.unlink(pid)
      self.sendExit(pid, 'kill')
      return new StartFailed(error as Error)
    }
  }
  reportStarted(self, spec, pid)
  return started as ChildStarted
}

/** The process of what was started. */
export function pidOf(started: ChildStarted): AnyPid | null {
  return isInformed(started) ? started.pid : started
}

function isInformed(started: unknown): started is { readonly pid: AnyPid; readonly info: unknown } {
  return typeof started === 'object' && started !== null && !(started instanceof Pid) && 'pid' in started
}
