/**
 * Which behaviour a process is. It is seen by what it runs and asked of nobody: a process that is no behaviour would keep
 * a question of sys in its mailbox for ever.
 */
import type { AnyPid, Node, ProcessInfo } from '@agner/core'
import { runsA, stateOf } from '@agner/core/kernel'
import { Gen } from '../gen/gen.ts'
import { Supervising } from '../supervisor/supervising.ts'

/** The module of a behaviour; null for any other process, and for one that is sensitive. */
export function behaviourOf(node: Node, pid: AnyPid): string | null {
  return runsA(node, pid, Gen) ? ((stateOf(node, pid) as Gen | undefined)?.module ?? null) : null
}

/** Whether it is a supervisor of this library, of any kind, whatever its module is called; a sensitive one is, too. */
export function isSupervisor(node: Node, pid: AnyPid): boolean {
  return runsA(node, pid, Supervising)
}

/** What a process runs: the module of its behaviour, or what it was spawned as. */
export function whatOf(node: Node, { pid, initialCall }: Pick<ProcessInfo, 'pid' | 'initialCall'>): string | null {
  return behaviourOf(node, pid) ?? initialCall
}
