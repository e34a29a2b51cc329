/**
 * The server of the messages under its name in the groups of its node, for as long as it runs here.
 */
import type { Node } from '@agner/core'
import type { ServiceContext } from '@agner-chat/cluster/boot'
import { database } from './database.api.ts'

const lookEveryMs = 100

/** The name may be another node's for a moment, whose server has just ended: it is tried again until it is had. */
export function keepKnown(node: Node, groups: ServiceContext['groups'], name: string): void {
  node.spawn(async (self) => {
    for (;;) {
      const pid = node.whereis(database.module)
      for (const group of groups.own())
        if (pid !== undefined && groups.whereis(group, name) !== pid)
          await self.wait(groups.register(self, group, name, pid).catch(() => false))
      await self.sleep(lookEveryMs)
    }
  })
}
