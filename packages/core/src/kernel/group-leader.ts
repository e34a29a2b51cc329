/**
 * Who leads the group that a process is in (erlang:group_leader/2).
 *
 * A process is born into its parent's group. Changing that is a signal, in order with all others; it moves one process, not what that one
 * has spawned before.
 */
import { coreError } from '../errors.ts'
import type { AnyPid } from '../identity/pid.ts'
import { wantPid } from '../identity/wanted.ts'
import type { Kernel } from './kernel.ts'
import type { ProcessRecord } from './process-record.ts'
import { Signal } from './signal.ts'

class GroupLeaderSignal extends Signal {
  readonly leader: AnyPid | null

  constructor(leader: AnyPid | null) {
    super()
    this.leader = leader
  }

  handle(receiver: ProcessRecord): boolean {
    receiver.leader = this.leader
    return false
  }
}

/** @throws `leader.no_process` unless `pid` is a live process of this node, `pid.bad` */
export function setGroupLeader(kernel: Kernel, pid: AnyPid, leader: AnyPid | null): void {
  wantPid('setGroupLeader', pid)
  if (leader !== null) wantPid('setGroupLeader', leader)
  const target = kernel.local(pid)
  if (target === null || target === 'remote' || !target.lives)
    throw coreError('leader.no_process', { pid: String(pid) })
  if (kernel.mayAct(target)) target.leader = leader
  else kernel.push(target, new GroupLeaderSignal(leader))
}
