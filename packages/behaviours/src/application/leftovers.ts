/**
 * The processes that an application leaves behind: born into its group, and linked to nothing that has ended.
 *
 * The master leads a group, and what is spawned on its node by a process of the group is born into it (the group leader
 * of OTP).
 */
import type { AnyPid, AnyProcess } from '@agner/core'

/** Every live process of the group that `self` leads, without itself. */
export function group(self: AnyProcess): AnyPid[] {
  const { node, pid } = self
  return node.processes().filter((each) => each !== pid && node.processInfo(each, ['groupLeader'])?.groupLeader === pid)
}

/** Kills what is left of the group, and what that spawns meanwhile; resolves when none is left. */
export async function endGroup(self: AnyProcess): Promise<void> {
  for (let left = group(self); left.length > 0; left = group(self)) {
    const exited = Promise.all(left.map((pid) => self.node.exited(pid)))
    for (const pid of left) {
      self.unlink(pid)
      self.sendExit(pid, 'kill')
    }
    await self.wait(exited)
  }
}
