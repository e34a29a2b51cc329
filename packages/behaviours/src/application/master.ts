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
  type AnyPid,
  type AnyProcess,
  type Exit,
  type ExitReason,
  type Process,
} from '@agner/core'
import { StartError } from '../errors.ts'
import { startSupervisor } from '../supervisor/supervisor.ts'
import type { ConfigAnswer, ConfigOrder } from './config.ts'
import { contextOf } from './context.ts'
import type { AnyApplication, ApplicationTree } from './definition.ts'
import { endGroup } from './leftovers.ts'
import { phaseSteps } from './phases.ts'
import { allIncluded } from './start-order.ts'

type ConfigRequest = Request<ConfigOrder, ConfigAnswer>
export type MasterMessage = Exit | { readonly type: 'stop' } | { readonly type: 'maxTime' } | ConfigRequest

export interface MasterOptions {
  readonly application: AnyApplication
  readonly controller: AnyPid
  /** Runs on the master's turn once the application is up. */
  readonly started: (self: Process<MasterMessage>, top: AnyPid) => void
}

/** The tree of an application that is up. */
interface Up {
  readonly top: AnyPid
  readonly state: unknown
}

export async function master(
  self: Process<MasterMessage>,
  { application, controller, started }: MasterOptions,
): Promise<void> {
  const { name, definition } = application
  self.label(`application ${name}`)
  const { top, state } = await bringUp(self, application)
  const { maxTimeMs = Infinity } = definition
  if (maxTimeMs !== Infinity) self.sendAfter(maxTimeMs, self.pid, { type: 'maxTime' })
  started(self, top)
  const reason = await serve(self, application, top, controller)
  const prepared = await callback(self, application, 'prepareStop', state)
  if (reason === null) await stopTop(self, top)
  await callback(self, application, 'stop', prepared ?? state)
  await endGroup(self)
  if (reason !== null) self.exit(reason)
}

/** Until it is to stop (null), or has ended by itself (its reason). */
async function serve(
  self: Process<MasterMessage>,
  application: AnyApplication,
  top: AnyPid,
  controller: AnyPid,
): Promise<ExitReason | null> {
  for (;;) {
    const message = await self.receive()
    if (message instanceof Request) reply(message, await changeConfig(self, application, message.payload))
    else if (message.type !== 'exit') return null
    else if (message.from === top) return message.reason
    // An exit signal of the node has no sender. Others are of processes that were linked to the master on their own.
    else if (message.from === controller || message.from === null) return null
  }
}

/** What fails here takes down all that was started for it. */
async function bringUp(self: Process<MasterMessage>, application: AnyApplication): Promise<Up> {
  try {
    const up = await startTop(self, application)
    for (const step of phaseSteps(application)) {
      const run = step.application.definition.startPhases![step.phase]!
      await self.wait(Promise.resolve(run(contextOf(self, step.application))))
    }
    return up
  } catch (error) {
    await endGroup(self, 'shutdown')
    // The tree's own failure was reported by its supervisor; the master has nothing to add to it.
    if (error instanceof StartError) self.exit(error.reason)
    throw error
  }
}

async function startTop(self: Process<MasterMessage>, application: AnyApplication): Promise<Up> {
  const start = application.definition.start!
  const tree: ApplicationTree<unknown> = await self.wait(Promise.resolve(start(contextOf(self, application))))
  return { top: await startSupervisor(self, tree), state: tree.state }
}

/** Waits for ever: the supervisors below have time limits of their own. */
async function stopTop(self: Process<MasterMessage>, top: AnyPid): Promise<void> {
  self.sendExit(top, 'shutdown')
  await self.receive((message) => !(message instanceof Request) && message.type === 'exit' && message.from === top)
}

async function changeConfig(
  self: AnyProcess,
  application: AnyApplication,
  { name, change }: ConfigOrder,
): Promise<ConfigAnswer> {
  const concerned = [application, ...allIncluded(application)].find((each) => each.name === name)
  if (concerned?.definition.configChange === undefined) return null
  try {
    // What the tree does meanwhile waits for it; what the node knows is new already.
    await self.wait(Promise.resolve(concerned.definition.configChange(contextOf(self, concerned), change)))
    return null
  } catch (error) {
    return { failed: error }
  }
}

async function callback(
  self: AnyProcess,
  application: AnyApplication,
  name: 'prepareStop' | 'stop',
  state: unknown,
): Promise<unknown> {
  try {
    return await self.wait(Promise.resolve(application.definition[name]?.(contextOf(self, application), state)))
  } catch (error) {
    self.node.report({
      type: 'notice',
      level: 'error',
      source: 'application',
      text: `${name} of ${application.name} failed: ${describeReason(error as ExitReason)}`,
      details: { application: application.name, callback: name, reason: error },
    })
    return undefined
  }
}
