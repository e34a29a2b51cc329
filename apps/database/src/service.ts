/**
 * A database node as a service: what it does for the messages always runs, and the server of the messages runs on one of these nodes at a time.
 */
import { startDistributedApplications, type DistributedApplications } from '@agner/release'
import type { Service, ServiceContext } from '@agner-chat/cluster/boot'
import { databaseApplication } from './application.ts'
import type { Keeping } from './keeping.ts'

/** A node is ready without a server when none can run: it says so in its status, and has what there is to read. */
const readyWithinMs = 3000
/** For the node that takes the server over. */
const leaveMs = 2000

/** @param nodes that may serve, the first one first */
export function databaseService(
  { node, distribution, log }: Pick<ServiceContext, 'node' | 'distribution' | 'log'>,
  keeping: Keeping,
  nodes: readonly string[],
): Service {
  const application = databaseApplication(keeping)
  let applications: DistributedApplications | null = null
  return {
    application: keeping.application,
    begin: async () => {
      const started = await startDistributedApplications(node, distribution, {
        applications: [{ application, nodes, arbiter: keeping.arbiter }],
      })
      applications = started
      // When its supervisor gives up, its node goes down, so that another serves, and is started anew. If it were the only thing to end, nobody would serve.
      const runs = started.start(application, { type: 'permanent' }).catch((error: unknown) => {
        log.error(`the server of the messages did not start: ${String(error)}`, { kind: 'stopped' })
      })
      await Promise.race([runs, new Promise<void>((resolve) => node.runtime.setTimer(readyWithinMs, resolve).unref())])
    },
    leave: async () => applications?.leave({ timeoutMs: leaveMs }),
    ...(keeping.status === undefined ? {} : { database: keeping.status }),
  }
}
