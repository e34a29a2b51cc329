/**
 * What every service's main does: become a node of the cluster, run, and drain when asked.
 *
 *     main.ts ── bootService('log', define) ──►  node, its configuration, distribution, groups, log forwarding
 *                                                define(context) ──► the service's application, and status after it
 *                                                ready ──► launcher
 *     stop, SIGTERM, or a launcher that is gone ──► the applications, newest first; everything else; exit 0
 *     an application that ends by itself ──► it is permanent: the node goes down; exit 1, and the launcher starts anew
 */
import { mkdirSync } from 'node:fs'
import type { Server as NetServer, Socket } from 'node:net'
import { configure, ensureAllStarted, Inspector, logger, stopApplication, whichApplications } from '@agner/behaviours'
import { createNode, describeReason, type Node } from '@agner/core'
import { startDistribution, type Distribution } from '@agner/distribution'
import { startGroups, type Groups } from '@agner/groups'
import { fromEnvironment, isToNode, toConfig, type FromNode } from '../launcher/ipc.ts'
import { groups as groupPlan, type ServiceName } from '../topology.ts'
import type { FromPublicPort, Service, ServiceContext } from './running-service.ts'
import { createServiceLogging } from './log-forwarder.ts'
import { defineStatus } from './status.ts'
import { whereabouts } from './whereabouts.ts'

export type { FromPublicPort, Service, ServiceContext } from './running-service.ts'

/** Draining longer than this ends in exit code 1. */
const drainLimitMs = 6000

/** Starts a service in this OS process; never returns before it is ready. A start that fails ends the OS process with code 1. */
export async function bootService(
  service: ServiceName,
  define: (context: ServiceContext) => Service | Promise<Service>,
): Promise<void> {
  try {
    await boot(service, define)
  } catch (error) {
    process.stderr.write(
      `[${process.env['AGNER_NODE'] ?? service}] cannot start: ${error instanceof Error ? error.message : String(error)}\n`,
    )
    process.exit(1)
  }
}

async function boot(name: ServiceName, define: (context: ServiceContext) => Service | Promise<Service>): Promise<void> {
  const settings = fromEnvironment(process.env)
  mkdirSync(settings.dataFolder, { recursive: true })
  const { logging, forwarder } = createServiceLogging(name)
  const node = createNode({
    name: settings.name,
    report: logging.report,
    // `npx agner top` may look into every node.
    modules: [Inspector],
  })
  logging.attach(node)
  const log = logger(node)
  await configure(node, toConfig(settings))
  const distribution = await startDistribution(node, {
    cookie: settings.cookie,
    ...whereabouts(settings),
    tickMs: 2000,
  })
  const groups = await startGroups(node, distribution, { groups: groupPlan, redialMs: 200 })
  forwarder.start(node, distribution, groups)

  let service: Service | null = null
  const early: FromPublicPort[] = []
  const accept = (from: FromPublicPort): void => {
    if (service === null) early.push(from)
    else service.accept?.(from)
  }
  let stopWhenStarted: () => Promise<void> = () => Promise.resolve()
  let leave: () => Promise<void> = () => Promise.resolve()
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

  const start = async (): Promise<Service> => {
    const defined = await define({ node, distribution, groups, log })
    const status = defineStatus({ node, distribution, groups, name, service: defined })
    await ensureAllStarted(node, status, { type: 'permanent' })
    leave = defined.leave ?? leave
    await defined.begin?.()
    return defined
  }
  const started = start()
  // Asked to stop while it starts, it stops once it has started: there is no half-started service to clean up.
  stopWhenStarted = () =>
    started.catch(() => null).then(() => drain({ leave: () => leave(), groups, distribution, node }))
  service = await started
  void node.exited('@agner/applications').then(async (reason) => {
    if (stopping) return
    log.error(`the applications ended: ${describeReason(reason)}`, { kind: 'stopped' })
    await node.stop()
    process.exit(1)
  })
  for (const from of early) service.accept?.(from)
  const url = service.url?.()
  log.info(`${settings.name} is up`, { kind: 'started' })
  // The launcher may be gone by now; then this node is told to stop, too.
  process.send?.({ type: 'ready', ...(url === undefined ? {} : { url }) } satisfies FromNode, () => {})
}

interface Draining {
  readonly leave: () => Promise<void>
  readonly groups: Groups
  readonly distribution: Distribution
  readonly node: Node
}

/** The others know first, then the applications go, while the cluster can still be reached. */
async function drain({ leave, groups, distribution, node }: Draining): Promise<void> {
  await leave().catch(() => null)
  await distribution.drain({ timeoutMs: drainLimitMs })
  for (const { name } of (await whichApplications(node)).toReversed()) await stopApplication(node, name)
  groups.stop()
  await distribution.stop()
  await node.stop({ timeoutMs: 2000 })
}
