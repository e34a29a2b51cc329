/**
 * A service that is one Agner application: it runs while the application does.
 *
 * When the application ends by itself, its supervisor has given up, and the node has no reason to live on: the OS process ends with code 1 and
 * the launcher starts it anew.
 */
import { startApplication, stopApplication, whichApplications, type Application } from '@agner/behaviours'
import { describeReason } from '@agner/core'
import type { RunningService, ServiceContext } from './running-service.ts'

export async function serveApplication<Env extends object>(
  { node, log }: ServiceContext,
  application: Application<Env>,
  env?: Partial<Env>,
): Promise<Pick<RunningService, 'applications' | 'stop'>> {
  const { name } = application
  await startApplication(node, application, env === undefined ? {} : { env })
  const top = (await whichApplications(node)).find((each) => each.name === name)?.supervisor ?? null
  let state = 'running'
  let stopping = false
  if (top !== null) {
    void node.exited(top).then((reason) => {
      state = 'stopped'
      if (stopping) return
      log.error(`the application ${name} ended: ${describeReason(reason)}`, { kind: 'stopped' })
      process.exit(1)
    })
  }
  return {
    applications: () => [{ name, state }],
    stop: async () => {
      stopping = true
      await stopApplication(node, application)
    },
  }
}
