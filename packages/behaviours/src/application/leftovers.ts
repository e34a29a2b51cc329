/**
 * The processes that an application leaves behind: born into its group, and linked to nothing that has ended.
 *
 * The master leads a group, and what is spawned on its node by a process of the group is born into it (the group leader
 * of OTP).
 */
import type { AnyPid, AnyProcess, Node } from '@agner/core'

/** Every live process of the group that `leader` leads, without itself. */
export function group(node: Node, leader: AnyPid): AnyPid[] {
  return node
    .processes()
    .filter((each) => each !== leader && node.processInfo(each, ['groupLeader'])?.groupLeader === leader)
}

/** Kills what is left of the group that `self` leads, and what that spawns meanwhile; resolves when none is left. */
export async function endGroup(self: AnyProcess): Promise<void> {
  const { node } = self
  for (let left = group(node, self.pid); left.length > 0; left = group(node, self.pid)) {
    const exited = Promise.all(left.map((pid) => node.exited(pid)))
    for (const pid of left) {
      self.unlink(pid)
      self.sendExit(pid, 'kill')
    }
    await self.wait(exited)
  }
}
