/**
 * An application's master: the process that starts its top supervisor, leads the group of all its processes, and is
 * there when it ends (application_master).
 *
 *     controller ── spawn (linked) ──► master ── start(), startSupervisor (linked) ──► top
 *                                      master: the start phases
 *     controller ◄─ started ────────── master
 *     controller ── stop ────────────► master: prepareStop; shutdown to top, wait; stop; kill what is left; exit normal
 *                                      master: top ended by itself: prepareStop; stop; kill what is left; exit with its reason
 *     controller ◄─ EXIT ───────────── master
 *
 * A start that fails is the master's exit reason; nothing of the application is left then.
 */
import {
  describeReason,
  reply,
  Request,
  timedOut,
  type AnyPid,
  type AsyncBody,
  type Exit,
  type ExitReason,
  type Process,
} from '@agner/core'
import { StartError } from '../errors.ts'
import { startSupervisor } from '../supervisor/supervisor.ts'
import type { ConfigAnswer, ConfigOrder } from './config.ts'
import { contextOf } from './context.ts'
import type { AnyApplication } from './definition.ts'
import { endGroup } from './leftovers.ts'
import { phaseSteps } from './phases.ts'
import { allIncluded } from './start-order.ts'
import { tableOf } from './table.ts'

type ConfigRequest = Request<ConfigOrder, ConfigAnswer>
export type MasterMessage = Exit | { readonly type: 'stop' } | { readonly type: 'maxTime' } | ConfigRequest

interface OfType {
  readonly exit: Exit
  readonly stop: object
  readonly maxTime: object
  readonly config: ConfigOrder
}

/** Whoever knows its pid may send it anything. */
function isOfType<Type extends keyof OfType>(message: unknown, type: Type): message is OfType[Type] {
  return typeof message === 'object' && message !== null && (message as { readonly type?: unknown }).type === type
}

function isConfigRequest(message: MasterMessage): message is ConfigRequest {
  return message instanceof Request && isOfType(message.payload, 'config')
}

/** The body of a master. @param started runs on its turn once the application is up. */
export function master(
  application: AnyApplication,
  controller: AnyPid,
  started: (self: Process<MasterMessage>, top: AnyPid) => void,
): AsyncBody<MasterMessage> {
  return async (self) => {
    self.label(`application ${application.name}`)
    const live = new Master(self, application)
    await live.bringUp()
    started(self, live.top)
    const reason = await live.serve(controller)
    await live.prepareStop()
    if (reason === null) await live.stopTree()
    await live.stop()
    await live.killLeftovers()
    if (reason !== null) self.exit(reason)
  }
}

export class Master {
  readonly #self: Process<MasterMessage>
  readonly #application: AnyApplication
  #top: AnyPid | null = null
  /** What `start` gave for `prepareStop` and `stop`. */
  #state: unknown = undefined

  constructor(self: Process<MasterMessage>, application: AnyApplication) {
    this.#self = self
    this.#application = application
  }

  get top(): AnyPid {
    return this.#top!
  }

  /** What fails here takes down all that was started for it. */
  async bringUp(): Promise<void> {
    const self = this.#self
    try {
      await this.#startTree()
      await this.runPhases()
    } catch (error) {
      if (this.#top !== null) await this.stopTree()
      await endGroup(self)
      this.failed(error)
    }
    const { maxTimeMs = Infinity } = this.#application.definition
    if (maxTimeMs !== Infinity) self.sendAfter(maxTimeMs, self.pid, { type: 'maxTime' })
  }

  failed(error: unknown): never {
    // The tree's own failure was reported by its supervisor; the master has nothing to add to it.
    if (error instanceof StartError) this.#self.exit(error.reason)
    throw error
  }

  async #startTree(): Promise<void> {
    const self = this.#self
    const start = this.#application.definition.start!
    const tree = await self.wait(Promise.resolve(start(contextOf(self, this.#application))))
    this.#state = tree.state
    this.#top = await startSupervisor(self, tree)
  }

  async runPhases(): Promise<void> {
    for (const { phase, application } of phaseSteps(this.#application)) {
      const run = application.definition.startPhases![phase]!
      await this.#self.wait(Promise.resolve(run(contextOf(this.#self, application))))
    }
  }

  /** Until it is to stop (null), or has ended by itself (its reason). */
  async serve(controller: AnyPid): Promise<ExitReason | null> {
    const { running } = tableOf(this.#self.node)
    running.set(this.#self.pid, 'serves')
    const reason = await this.#untilOver(controller)
    running.delete(this.#self.pid)
    await this.#releaseTellers()
    return reason
  }

  /** What is not for a master is dropped. */
  async #untilOver(controller: AnyPid): Promise<ExitReason | null> {
    for (;;) {
      const message: unknown = await this.#self.receive()
      if (message instanceof Request) {
        if (isOfType(message.payload, 'config'))
          reply(message as ConfigRequest, await this.#changeConfig(message.payload))
      } else if (isOfType(message, 'exit')) {
        if (message.from === this.#top) return message.reason
        // An exit signal of the node has no sender. Others are of processes that were linked to the master on their own.
        if (message.from === controller || message.from === null) return null
      } else if (isOfType(message, 'stop') || isOfType(message, 'maxTime')) return null
    }
  }

  /** Who tells of a new configuration does not wait for the end: that may take long, or be waiting for it. */
  async #releaseTellers(): Promise<void> {
    for (;;) {
      const order = await this.#self.receive(isConfigRequest, { timeoutMs: 0 })
      if (order === timedOut) return
      reply(order, null)
    }
  }

  async #changeConfig({ name, change }: ConfigOrder): Promise<ConfigAnswer> {
    const concerned = [this.#application, ...allIncluded(this.#application)].find((each) => each.name === name)
    if (concerned?.definition.configChange === undefined) return null
    const { running } = tableOf(this.#self.node)
    running.set(this.#self.pid, 'changesConfig')
    try {
      const context = contextOf(this.#self, concerned)
      await this.#self.wait(Promise.resolve(concerned.definition.configChange(context, change)))
      return null
    } catch (error) {
      return { failed: error }
    } finally {
      running.set(this.#self.pid, 'serves')
    }
  }

  async prepareStop(): Promise<void> {
    const prepared = await this.#callback('prepareStop')
    if (prepared !== undefined) this.#state = prepared
  }

  /** Waits for ever: the supervisors below have time limits of their own. */
  async stopTree(): Promise<void> {
    this.#self.sendExit(this.top, 'shutdown')
    await this.#self.receive((message) => isOfType(message, 'exit') && message.from === this.#top)
  }

  async stop(): Promise<void> {
    await this.#callback('stop')
  }

  killLeftovers(): Promise<void> {
    return endGroup(this.#self)
  }

  async #callback(name: 'prepareStop' | 'stop'): Promise<unknown> {
    const { definition } = this.#application
    const context = contextOf(this.#self, this.#application)
    try {
      return await this.#self.wait(Promise.resolve(definition[name]?.(context, this.#state)))
    } catch (error) {
      this.#self.node.report({
        type: 'notice',
        level: 'error',
        source: 'application',
        text: `${name} of ${this.#application.name} failed: ${describeReason(error as ExitReason)}`,
        details: { application: this.#application.name, callback: name, reason: error },
      })
      return undefined
    }
  }
}
