/**
 * An application's master: the process that starts its top supervisor, and is there when it ends (application_master).
 *
 *     controller ── spawn (linked) ──► master ── start(), startSupervisor (linked) ──► top
 *     controller ◄─ started ────────── master
 *     controller ── stop ────────────► master: prepareStop, shutdown to top, wait; kill what is left; stop; exit normal
 *                                      master: top ended by itself; kill what is left; stop; exit with its reason
 *     controller ◄─ EXIT ───────────── master
 *
 * A start that fails is the master's exit reason.
 */
import { describeReason, type AnyPid, type Exit, type ExitReason, type Process } from '@agner/core'
import { StartError } from '../errors.ts'
import { startSupervisor } from '../supervisor/supervisor.ts'
import type { ApplicationContext, ApplicationDefinition } from './definition.ts'
import { endGroup } from './leftovers.ts'

export type MasterMessage = Exit | { readonly type: 'stop' }

export interface MasterOptions {
  readonly definition: ApplicationDefinition<object>
  readonly env: object
  readonly controller: AnyPid
  /** Runs on the master's turn once the tree is up. */
  readonly started: (self: Process<MasterMessage>, top: AnyPid) => void
}

export async function master(
  self: Process<MasterMessage>,
  { definition, env, controller, started }: MasterOptions,
): Promise<void> {
  self.label(`application ${definition.name}`)
  const context: ApplicationContext<object> = { self, node: self.node, env }
  const top = await startTop(self, definition, context)
  started(self, top)
  const message = await self.receive(
    (each) => each.type === 'stop' || each.from === top || each.from === controller || each.from === null,
  )
  const ended = message.type === 'exit' && message.from === top
  if (!ended) await callback(self, definition, 'prepareStop', context)
  if (!ended) await stopTop(self, top)
  await endGroup(self)
  await callback(self, definition, 'stop', context)
  if (ended) self.exit(message.reason)
}

async function startTop(
  self: Process<MasterMessage>,
  definition: ApplicationDefinition<object>,
  context: ApplicationContext<object>,
): Promise<AnyPid> {
  try {
    const tree = await self.wait(Promise.resolve(definition.start(context)))
    return await startSupervisor(self, tree)
  } catch (error) {
    // The tree's own failure was reported by its supervisor; the master has nothing to add to it.
    if (error instanceof StartError) self.exit(error.reason)
    throw error
  }
}

/** Waits for ever: the supervisors below have time limits of their own. */
async function stopTop(self: Process<MasterMessage>, top: AnyPid): Promise<void> {
  self.sendExit(top, 'shutdown')
  await self.receive((message) => message.type === 'exit' && message.from === top)
}

async function callback(
  self: Process<MasterMessage>,
  definition: ApplicationDefinition<object>,
  name: 'prepareStop' | 'stop',
  context: ApplicationContext<object>,
): Promise<void> {
  try {
    await self.wait(Promise.resolve(definition[name]?.(context)))
  } catch (error) {
    self.node.report({
      type: 'notice',
      level: 'error',
      source: 'application',
      text: `${name} of ${definition.name} failed: ${describeReason(error as ExitReason)}`,
      details: { application: definition.name, callback: name, reason: error },
    })
  }
}
