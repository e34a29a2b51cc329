/**
 * What every service's main does: become a node of the cluster, run, and drain when asked.
 *
 *     main.ts ── bootService('log', start) ──►  node, distribution, groups, log forwarding, status
 *                                               start(context) ──► the service's own processes
 *                                               ready ──► launcher
 *     stop, SIGTERM, or a launcher that is gone ──► service.stop(), then everything else, then exit 0
 */
import { mkdirSync } from 'node:fs'
import type { Server as NetServer, Socket } from 'node:net'
import { Inspector, logger } from '@agner/behaviours'
import { createNode, type Node } from '@agner/core'
import { startDistribution, type Distribution } from '@agner/distribution'
import { startGroups, type Groups } from '@agner/groups'
import { fromEnvironment, isToNode, type FromNode } from '../launcher/ipc.ts'
import { groups as groupPlan, type ServiceName } from '../topology.ts'
import type { RunningService, ServiceContext } from './running-service.ts'
import { createServiceLogging } from './log-forwarder.ts'
import { startStatus } from './status.ts'

/** Draining longer than this ends in exit code 1. */
const drainLimitMs = 6000

/** Starts a service in this OS process; never returns before it is ready. A start that fails ends the OS process with code 1. */
export async function bootService(
  service: ServiceName,
  start: (context: ServiceContext) => Promise<RunningService>,
): Promise<void> {
  try {
    await boot(service, start)
  } catch (error) {
    process.stderr.write(
      `[${process.env['AGNER_NODE'] ?? service}] cannot start: ${error instanceof Error ? error.message : String(error)}\n`,
    )
    process.exit(1)
  }
}

async function boot(service: ServiceName, start: (context: ServiceContext) => Promise<RunningService>): Promise<void> {
  const settings = fromEnvironment(process.env)
  mkdirSync(settings.dataFolder, { recursive: true })
  const { logging, forwarder } = createServiceLogging(service)
  const node = createNode({
    name: settings.name,
    report: logging.report,
    // `npx agner top` may look into every node.
    modules: [Inspector],
  })
  logging.attach(node)
  const log = logger(node)
  const distribution = await startDistribution(node, {
    cookie: settings.cookie,
    portMapper: { host: '127.0.0.1', port: settings.portMapperPort },
    tickMs: 2000,
  })
  const groups = await startGroups(node, distribution, { groups: groupPlan, redialMs: 200 })
  forwarder.start(node, distribution, groups)

  let running: RunningService | null = null
  const early: Parameters<NonNullable<RunningService['accept']>>[0][] = []
  const accept = (from: (typeof early)[number]): void => {
    if (running === null) early.push(from)
    else running.accept?.(from)
  }
  let stopWhenStarted: () => Promise<void> = () => Promise.resolve()
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(1), drainLimitMs).unref()
    void stopWhenStarted().then(() => process.exit(0))
  }
  // Ctrl-C reaches the whole process group; the launcher decides the order of stopping.
  process.on('SIGINT', () => {
    if (process.send === undefined) stop()
  })
  process.on('SIGTERM', stop)
  process.on('disconnect', stop)
  process.on('message', (message, handle) => {
    if (!isToNode(message)) return
    if (message.type === 'stop') stop()
    else if (handle !== undefined && message.type === 'listener') accept({ listener: handle as NetServer })
    else if (handle !== undefined) accept({ socket: handle as Socket })
  })

  const started = start({ node, distribution, groups, dataFolder: settings.dataFolder, log })
  // Asked to stop while it starts, it stops once it has started: there is no half-started service to clean up.
  stopWhenStarted = () =>
    started.catch(() => null).then((service) => drain({ running: service, groups, distribution, node }))
  running = await started
  await startStatus({ node, distribution, groups, service, running })
  for (const from of early) running.accept?.(from)
  const { url } = running
  log.info(`${settings.name} is up`, { kind: 'started' })
  // The launcher may be gone by now; then this node is told to stop, too.
  process.send?.({ type: 'ready', ...(url === undefined ? {} : { url }) } satisfies FromNode, () => {})
}

async function drain({
  running,
  groups,
  distribution,
  node,
}: {
  running: RunningService | null
  groups: Groups
  distribution: Distribution
  node: Node
}): Promise<void> {
  await running?.stop()
  groups.stop()
  await distribution.stop()
  await node.stop({ timeoutMs: 2000 })
}
