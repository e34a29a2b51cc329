/**
 * The launcher: brings the cluster up, keeps it up, takes it down.
 *
 *     start: bind the port, start the nodes, wait until all are ready
 *     stop:  the http nodes drain first, since they hold the users; then the rest, the database last but for the log
 *     rollingRestart: one node after the other, as rolling-restart.ts says
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { createNode, type Node } from '@agner/core'
import { nodes, type NodePlan, type ServiceName } from '../topology.ts'
import type { NodeSettings } from './ipc.ts'
import { KeptNode } from './kept-node.ts'
import { keep, stop } from './os-process.ts'
import { addressesOf, commandOf, type NodeCommand, type Placement } from './place.ts'
import { PublicPort } from './public-port.ts'
import { restartAll, stepWithinMs, type Look } from './rolling-restart.ts'

export interface LauncherOptions extends Placement {
  /** 0 picks a free one. */
  readonly port: number
  readonly dataFolder: string
  /** Told of starts, ends and of being ready; one line each. */
  readonly say: (line: string) => void
}

const stopOrder: readonly ServiceName[] = ['http', 'analytics', 'reporting', 'database', 'log']

const lookLimitMs = 3000

export class Launcher {
  /** Resolves when every node is ready; rejects when one of them cannot be started. */
  readonly ready: Promise<void>
  readonly #node: Node = createNode({ name: 'launcher@localhost' })
  readonly #port: PublicPort
  readonly #kept = new Map<string, KeptNode>()
  readonly #say: (line: string) => void
  #stopping: Promise<void> | null = null
  #restarting: Promise<void> | null = null
  #allReady: () => void = () => {}
  #cannotStart: (error: Error) => void = () => {}

  private constructor(port: PublicPort, say: (line: string) => void) {
    this.#port = port
    this.#say = say
    this.ready = new Promise((resolve, reject) => {
      this.#allReady = resolve
      this.#cannotStart = reject
    })
    // Whoever does not wait for it must not be ended by its rejection.
    this.ready.catch(() => {})
  }

  /** Binds the port and starts the nodes; `ready` tells when they can be used. @throws if the port is taken, or the data folder cannot be written. */
  static async start({ port, dataFolder, say, ...placement }: LauncherOptions): Promise<Launcher> {
    const folder = resolve(dataFolder)
    await mkdir(folder, { recursive: true })
    const cookie = await cookieOf(folder)
    const publicPort = await PublicPort.bind(port)
    const launcher = new Launcher(publicPort, say)
    const portMapperPort = await freePort()
    await tellWhere(folder, { portMapperPort, url: publicPort.url })
    const shared = { cookie, dataFolder: folder, portMapperPort, addresses: addressesOf(placement, nodes) }
    for (const plan of nodes) launcher.#keep(plan, commandOf(placement, plan), { name: plan.name, ...shared })
    return launcher
  }

  get url(): string {
    return this.#port.url
  }

  /** The OS processes that live now, by node name. */
  get osPids(): ReadonlyMap<string, number> {
    const pids = new Map<string, number>()
    for (const { plan, child } of this.#kept.values()) if (child?.pid !== undefined) pids.set(plan.name, child.pid)
    return pids
  }

  #keep(plan: NodePlan, command: NodeCommand, settings: NodeSettings): void {
    const kept = new KeptNode(plan)
    this.#kept.set(plan.name, kept)
    const body = keep(plan, command, settings, {
      started: (_, child) => kept.started(child),
      ready: (_, child) => {
        if (!kept.isOf(child)) return
        this.#say(`${plan.name} is up (pid ${child.pid})`)
        if (plan.service === 'http') this.#port.add(child)
        kept.ready()
        if ([...this.#kept.values()].every((one) => one.isReady)) this.#allReady()
      },
      ended: (_, child, how) => {
        if (child !== null) this.#port.remove(child)
        const failure = kept.ended(how)
        if (this.#stopping !== null) return
        if (failure !== null) this.#cannotStart(failure)
        this.#say(`${plan.name} ended (${how}); starting it again`)
      },
      isOver: () => this.#stopping !== null,
    })
    this.#node.spawn(body, { name: plan.name })
  }

  /** Drains and stops everything. Calling it twice waits for the same stop. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  /**
   * Drains one node and starts it again. Resolves when its next life is ready, or this launcher stops.
   *
   * @throws Error that says why when it is not ready in time, or ends again and again without being so: its keeper goes on trying, whoever waits
   * here does not. Or when there is no such node.
   */
  async restart(name: string, withinMs: number = stepWithinMs): Promise<void> {
    const kept = this.#kept.get(name)
    if (kept === undefined) throw new Error(`there is no node ${name}`)
    const { child } = kept
    // Waited for from now on: that it does not even end is counted, too.
    const next = kept.nextLife(withinMs)
    if (this.#stopping !== null) kept.release()
    else if (child !== null) {
      // It closes its own listener; what is accepted here must not be passed to it either.
      this.#port.remove(child)
      void stop(child)
    }
    return next
  }

  /**
   * Restarts every node, one at a time, while the others serve. Calling it again meanwhile waits for the same.
   *
   * @param withinMs for each step: until a node is ready again, and until the cluster is whole
   * @throws Error that says what is missing when a step takes longer; no further node is restarted then.
   */
  rollingRestart(withinMs: number = stepWithinMs): Promise<void> {
    const tools = {
      look: () => this.#look(),
      restart: (name: string) => this.restart(name, withinMs),
      isOver: () => this.#stopping !== null,
      say: this.#say,
    }
    this.#restarting ??= restartAll(tools, withinMs).finally(() => {
      this.#restarting = null
    })
    return this.#restarting
  }

  /** As anybody sees the cluster. */
  async #look(): Promise<Look | null> {
    try {
      const answer = await fetch(`${this.url}/api/cluster`, { signal: AbortSignal.timeout(lookLimitMs) })
      return answer.ok ? ((await answer.json()) as Look) : null
    } catch {
      return null
    }
  }

  async #stop(): Promise<void> {
    for (const kept of this.#kept.values()) kept.release()
    for (const service of stopOrder)
      await Promise.all(
        [...this.#kept.values()].filter(({ plan }) => plan.service === service).map((kept) => this.#stopOne(kept)),
      )
    this.#port.close()
    await this.#node.stop()
  }

  async #stopOne({ plan, child }: KeptNode): Promise<void> {
    // The keeper goes first, or it would start the node again.
    const keeper = this.#node.whereis(plan.name)
    if (keeper !== undefined) this.#node.sendExit(keeper, 'kill')
    if (child !== null) await stop(child)
  }
}

/** The cluster's shared secret, made on the first start and kept with the data. */
async function cookieOf(folder: string): Promise<string> {
  const file = join(folder, 'cookie')
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const cookie = randomBytes(24).toString('base64url')
    await writeFile(file, `${cookie}\n`, { mode: 0o600 })
    return cookie
  }
}

/**
 * Where `npx agner top` and `npm run restart` find this cluster. The cookie stands in a file of its own, which only its owner can read.
 */
async function tellWhere(folder: string, at: { portMapperPort: number; url: string }): Promise<void> {
  const told = {
    portMapper: `127.0.0.1:${at.portMapperPort}`,
    cookieFile: 'cookie',
    url: at.url,
    launcherOsPid: process.pid,
  }
  await writeFile(join(folder, 'agner-cluster.json'), `${JSON.stringify(told)}\n`)
}

/** A port for the cluster's own port mapper, so that two clusters on one host do not meet. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}
