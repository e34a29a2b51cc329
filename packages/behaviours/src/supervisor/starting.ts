/**
 * Starting one child, on behalf of its supervisor, which waits for it: one child after the other.
 *
 *     supervisor ── start(self) ──► … ── pid ──► linked, and told as progress
 *                                  └─ failed ──► told as an error by who asked for it
 */
import { Pid, type AnyPid, type AnyProcess, type ExitReason } from '@agner/core'
import { copy, toExitReason } from '@agner/core/kernel'
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

/**
 * Resolves with what `then` makes of it when the child is ready, or has failed; never, if the supervisor was ended
 * meanwhile.
 */
export function startChildProcess<T>(
  self: AnyProcess,
  spec: Startable,
  arg: unknown,
  then: (started: ChildStarted | StartFailed) => T,
): Promise<T> {
  let starting: Promise<ChildStarted>
  try {
    starting = spec.start(self, arg)
  } catch (error) {
    return Promise.resolve(then(failed(error)))
  }
  if (!(starting instanceof Promise)) return Promise.resolve(then(taken(self, spec, starting)))
  return starting.then(
    (started) => (self.isAlive(self.pid) ? then(taken(self, spec, started)) : never()),
    (error: unknown) => (self.isAlive(self.pid) ? then(failed(error)) : never()),
  )
}

function never(): Promise<never> {
  return new Promise(() => {})
}

/** Whatever was thrown: the reason goes to who asked, and into reports, so it must be one that can be sent. */
function failed(error: unknown): StartFailed {
  return new StartFailed(toExitReason(error instanceof StartError ? error.reason : error))
}

function taken(self: AnyProcess, spec: Startable, started: unknown): ChildStarted | StartFailed {
  if (started === null) return null
  const pid = isInformed(started) ? started.pid : started
  if (!(pid instanceof Pid)) {
    const problem = `start of the child ${String(spec.id)} must give a pid or null; got ${typeof started}`
    return new StartFailed(new TypeError(problem))
  }
  // A specification that forgot the link would be a child whose end nobody sees; linking twice is linking once.
  self.link(pid)
  let told: ChildStarted = pid
  try {
    // Nothing else that it gives is meant for who asked.
    if (isInformed(started)) told = { pid, info: copy(started.info) }
  } catch {
    // Nobody could be told: the start has failed, and nothing of it may be left.
    self.unlink(pid)
    self.sendExit(pid, 'kill')
    return new StartFailed(new TypeError(`info of the child ${String(spec.id)} cannot be sent`))
  }
  reportStarted(self, spec, pid)
  return told
}

/** The process of what was started. */
export function pidOf(started: ChildStarted): AnyPid | null {
  return isInformed(started) ? started.pid : started
}

function isInformed(started: unknown): started is { readonly pid: AnyPid; readonly info: unknown } {
  return typeof started === 'object' && started !== null && !(started instanceof Pid) && 'pid' in started
}
