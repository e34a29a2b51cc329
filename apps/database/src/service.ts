/**
 * A database node as a service: what it does for the messages always runs, and the server of the messages runs on one of these nodes at a time.
 */
import { startApplication, stopApplication } from '@agner/behaviours'
import type { Process } from '@agner/core'
import type { ClaimLost } from '@agner/release'
import type { Service, ServiceContext } from '@agner-chat/cluster/boot'
import { databaseApplication } from './application.ts'
import { keepKnown } from './known.ts'
import type { Keeping } from './keeping.ts'

/** A node is ready without a server when none can run: it says so in its status, and has what there is to read. */
const readyWithinMs = 5000

export function databaseService({ node, groups, log }: ServiceContext, keeping: Keeping): Service {
  const application = databaseApplication(keeping)
  let leave = (): void => {}
  return {
    application: keeping.application,
    begin: async () => {
      keepKnown(node, groups, 'database')
      const serving = node.spawn(async (self: Process<ClaimLost>) => {
        for (;;) {
          const answer = await self.wait(keeping.arbiter.claim(self, application.name, { waitMs: 60_000 }))
          if (answer.type !== 'held') continue
          await self.wait(
            startApplication(node, application).catch((error: unknown) => {
              log.error(`the server of the messages did not start: ${String(error)}`, { kind: 'stopped' })
              return self.wait(answer.claim.release())
            }),
          )
          if (answer.claim.isHeld()) await self.receive()
          await self.wait(stopApplication(node, application).catch(() => null))
          await self.sleep(100)
        }
      })
      leave = () => node.sendExit(serving, 'kill')
      await new Promise((resolve) => setTimeout(resolve, readyWithinMs / 5))
    },
    leave: () => Promise.resolve(leave()),
    ...(keeping.status === undefined ? {} : { database: keeping.status }),
  }
}
