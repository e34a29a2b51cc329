/**
 * Starting and stopping one child, on behalf of its supervisor.
 *
 *     start:  supervisor ── spec.start(self) ──► … ── pid ──► linked       the supervisor waits: one child after the other
 *     stop:   monitor, unlink, then  ── shutdown ──► child ── DOWN ──►      within shutdownMs
 *                                    ── kill ──────► child ── DOWN ──►      after it
 *
 * The monitor comes before the unlink, so that a child that took its own link away cannot hang the stop; the unlink
 * comes before the exit signal, so that no exit of the child comes back over the link.
 */
import { isOrderlyExit, Pid, type AnyPid, type AnyProcess, type ExitReason } from '@agner/core'
import { StartError } from '../errors.ts'
import type { ChildSpec, FullSpec } from './child-spec.ts'
import { reportFailure, reportStarted } from './reports.ts'

export type Started = { readonly pid: AnyPid | null } | { readonly failed: ExitReason }

export async function startChildProcess(self: AnyProcess, spec: FullSpec): Promise<Started> {
  let pid: unknown
  try {
    pid = await self.wait(begin(spec, self))
  } catch (error) {
    return { failed: error instanceof StartError ? error.reason : (error as ExitReason) }
  }
  if (pid === null) return { pid }
  if (!(pid instanceof Pid))
    return { failed: new TypeError(`start of the child "${spec.id}" must give a pid or null; got ${typeof pid}`) }
  // A specification that forgot the link would be a child whose end nobody sees; linking twice is linking once.
  self.link(pid)
  reportStarted(self, spec, pid)
  return { pid }
}

/** Async, so that a start that throws at once is a failed start like any other. */
async function begin(spec: ChildSpec, self: AnyProcess): Promise<unknown> {
  return spec.start(self)
}

export async function stopChildProcess(self: AnyProcess, spec: FullSpec, pid: AnyPid): Promise<void> {
  const exited = self.node.exited(pid)
  self.unlink(pid)
  const brutal = spec.shutdownMs === 'kill'
  self.sendExit(pid, brutal ? 'kill' : 'shutdown')
  let reason = await self.wait(brutal ? exited : within(self, exited, spec.shutdownMs as number))
  if (reason === late) {
    self.sendExit(pid, 'kill')
    reason = await self.wait(exited)
  }
  if (!asAsked(spec, reason)) reportFailure(self, 'shutdownError', spec, pid, reason)
}

const late: unique symbol = Symbol('it took too long')

const longestTimerMs = 2 ** 31 - 1

function within(self: AnyProcess, exited: Promise<ExitReason>, limitMs: number): Promise<ExitReason | typeof late> {
  if (limitMs > longestTimerMs) return exited
  return new Promise((resolve) => {
    const timer = self.node.runtime.setTimer(limitMs, () => resolve(late))
    void exited.then((reason) => {
      timer.clear()
      resolve(reason)
    })
  })
}

/** `noproc`: it was dead already, and has told its own story. */
function asAsked({ shutdownMs, restart }: FullSpec, reason: ExitReason): boolean {
  if (reason === 'shutdown' || reason === 'noproc') return true
  if (shutdownMs === 'kill') return reason === 'killed'
  return restart !== 'permanent' && isOrderlyExit(reason)
}
