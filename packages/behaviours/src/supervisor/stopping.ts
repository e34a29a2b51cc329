/**
 * Stopping children on purpose.
 *
 *     monitor, unlink, then  ── shutdown ──► child ── DOWN ──►      within shutdownMs
 *                            ── kill ──────► child ── DOWN ──►      after it
 *
 * The monitor comes before the unlink, so that a child that took its own link away cannot hang the stop; the unlink
 * comes before the exit signal, so that no exit of the child comes back over the link.
 */
import { describeReason, type AnyPid, type AnyProcess, type ExitReason, type RuntimeTimer } from '@agner/core'
import { whenGone } from '@agner/core/kernel'
import { endedAsAsked } from './after-exit.ts'
import type { FullManners } from './child-spec.ts'
import { reportFailure, reportManyFailures } from './reports.ts'

/** One child: resolves when it is gone, with what `then` gives. */
export function stopChildProcess<T>(self: AnyProcess, spec: FullManners, pid: AnyPid, then: () => T): Promise<T> {
  return new Promise((resolve) => {
    const { shutdownMs } = spec
    const brutal = shutdownMs === 'kill'
    const kill = (): void => self.sendExit(pid, 'kill')
    whenGone(self, pid, brutal ? Infinity : shutdownMs, kill, (reason) => {
      if (!endedAsAsked(spec, reason)) reportFailure(self, 'shutdownError', spec, pid, reason)
      resolve(then())
    })
    self.unlink(pid)
    self.sendExit(pid, brutal ? 'kill' : 'shutdown')
  })
}

/** A child with its manners, as it is stopped together with others. */
export interface Stopped {
  readonly spec: FullManners
  readonly pid: AnyPid
}

/**
 * Many at the same time, those with the same `shutdownMs` under one timer: resolves when all are gone. What went wrong
 * is told once per reason, with how many it befell: of 100,000 nobody wants to hear one by one.
 */
export async function stopTogether(self: AnyProcess, children: Iterable<Stopped>): Promise<void> {
  const waiting = new Map<number | 'kill', Set<AnyPid>>()
  const odd = new Map<string, { readonly reason: ExitReason; readonly befallen: Stopped[] }>()
  let left = 0
  let allGone: () => void = () => {}
  const gone = new Promise<void>((resolve) => (allGone = resolve))
  const timers: (RuntimeTimer | null)[] = []
  const ended = (child: Stopped, reason: ExitReason): void => {
    waiting.get(child.spec.shutdownMs)!.delete(child.pid)
    if (!endedAsAsked(child.spec, reason)) {
      const key = describeReason(reason)
      const same = odd.get(key)
      if (same === undefined) odd.set(key, { reason, befallen: [child] })
      else same.befallen.push(child)
    }
    if (--left === 0) allGone()
  }
  for (const child of children) {
    const { spec, pid } = child
    const { shutdownMs } = spec
    let group = waiting.get(shutdownMs)
    if (group === undefined) {
      const members = (group = new Set<AnyPid>())
      waiting.set(shutdownMs, members)
      const killAll = (): void => {
        for (const late of members) self.sendExit(late, 'kill')
      }
      timers.push(shutdownMs === 'kill' ? null : afterMs(self, shutdownMs, killAll))
    }
    group.add(pid)
    left++
    void self.node.exited(pid).then((reason) => ended(child, reason))
    self.unlink(pid)
    self.sendExit(pid, shutdownMs === 'kill' ? 'kill' : 'shutdown')
  }
  if (left > 0) await self.wait(gone)
  for (const timer of timers) timer?.clear()
  for (const { reason, befallen } of odd.values()) reportManyFailures(self, befallen, reason)
}

const longestTimerMs = 2 ** 31 - 1

function afterMs(self: AnyProcess, limitMs: number, run: () => void): RuntimeTimer | null {
  return limitMs > longestTimerMs ? null : self.node.runtime.setTimer(limitMs, run)
}
