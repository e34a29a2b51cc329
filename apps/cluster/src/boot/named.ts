/**
 * A child that has a name in every group of its node, from its first moment under the supervisor to its last.
 */
import type { ChildSpec } from '@agner/behaviours'
import type { Groups } from '@agner/groups'

/** The child's start fails when another process holds the name: one of the two is too many, and the supervisor tries again. */
export function named(child: ChildSpec, groups: Groups, name: string): ChildSpec {
  return {
    ...child,
    start: async (supervisor) => {
      const pid = await child.start(supervisor)
      if (pid === null) return null
      for (const group of groups.own()) {
        const registered = await groups.register(supervisor, group, name, pid)
        if (registered) continue
        supervisor.sendExit(pid, 'kill')
        throw new Error(`the name "${name}" is taken in the group "${group}"`)
      }
      return pid
    },
  }
}
