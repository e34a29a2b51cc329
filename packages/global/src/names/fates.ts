/**
 * What becomes of a process that has lost its name in a conflict. Its own node does it.
 */
import { call, protocol, type Protocol } from '@agner/behaviours'
import type { AnyProcess, Process } from '@agner/core'
import type { Fate, Loss } from './claim.ts'
import type { HandOverCalls, NameConflict } from './resolve.ts'

interface HandOverApi {
  calls: HandOverCalls<unknown>
}

const handing = protocol('@agner/global/hand-over') as unknown as Protocol<HandOverApi>

export function carryOut(self: AnyProcess, { name, pid, fate }: Loss): void {
  if (fate === undefined) return
  if (fate.type === 'kill') self.sendExit(pid, 'kill')
  else if (fate.type === 'notify') notify(self, { name, pid }, fate.other)
  else self.spawn(handOver({ name, pid }, fate))
}

function notify(self: AnyProcess, { name, pid }: Pick<Loss, 'name' | 'pid'>, other: NameConflict['other']): void {
  const conflict: NameConflict = { type: 'globalNameConflict', name, ...(other !== undefined && { other }) }
  self.send(pid as never, conflict as never)
}

/** The name is the winner's by now: nothing new comes to the loser under it. */
function handOver({ name, pid }: Pick<Loss, 'name' | 'pid'>, { to, timeoutMs }: Extract<Fate, { type: 'handOver' }>) {
  return async function handOver(self: Process<never>): Promise<void> {
    let state: unknown
    try {
      state = await call(self, handing.at(pid), 'globalHandOver', { name, to }, { timeoutMs })
    } catch (error) {
      report(
        self,
        `The process ${String(pid)} lost the name "${name}" and did not hand over its state: it is killed.`,
        error,
      )
      return self.sendExit(pid, 'kill')
    }
    try {
      await call(self, handing.at(to), 'globalTakeOver', { name, from: pid, state }, { timeoutMs })
    } catch (error) {
      report(
        self,
        `The process ${String(to)} has the name "${name}" and did not take the state of ${String(pid)}, which goes on without a name.`,
        error,
      )
      return notify(self, { name, pid }, to)
    }
    self.sendExit(pid, { shutdown: 'globalHandOver' })
  }
}

function report(self: AnyProcess, text: string, error: unknown): void {
  self.node.report({ type: 'notice', level: 'warning', source: 'global', text, details: { error } })
}
