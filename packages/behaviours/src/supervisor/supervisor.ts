/**
 * Supervisors, as their users see them: start one, nest one (supervisor(3)). Its children at run time: `requests.ts`.
 */
import type { Module } from '@agner/core'
import { functionsOf } from '../gen/code.ts'
import type { ServerName } from '../gen/name.ts'
import { startGen, startGenChild, type Starter } from '../gen/start.ts'
import { heardBy } from '../protocol/heard.ts'
import { supervisor, type SupervisorPid } from './api.ts'
import type { ChildSettings, ChildSpec } from './child-spec.ts'
import { toCode } from './code.ts'
import { remember } from './definition-of.ts'
import { completeDefinition, type SupervisorDefinition, type SupervisorModule } from './definition.ts'

export interface SupervisorOptions {
  /** A local name, or a name in a registry; registered before the first child starts. */
  readonly name?: ServerName
  /** Milliseconds without a message after which it gives back what memory it can do without. Default: never. */
  readonly hibernateAfterMs?: number
}

/**
 * Starts a supervisor and its children, in order, each when the one before is ready; resolves when all are
 * (supervisor:start_link).
 *
 * It is linked to a process that starts it, and stops its children in reverse order when that ends. If a child does not
 * start, those before it are stopped in reverse order, and it rejects with a `StartError` whose reason is `{ shutdown:
 * { failedToStartChild: { id, reason } } }`.
 *
 * Also rejects with `supervisor.bad_definition`, `supervisor.bad_child`, `supervisor.duplicate_child`.
 */
export function startSupervisor(
  parent: Starter,
  definition: SupervisorDefinition,
  options: SupervisorOptions = {},
): Promise<SupervisorPid> {
  const start = async (): Promise<SupervisorPid> => {
    const code = toCode(completeDefinition(definition), nameOf(definition))
    return (await startGen(parent, code, undefined, options)) as SupervisorPid
  }
  return heardBy(parent, start())
}

/**
 * A supervisor that can be started on its own, or nested in another one; and a module: registered in its node under a
 * name, another version of it takes the place of the running one (`changeCode`), whose children it does not touch.
 */
export interface Supervisor extends Omit<SupervisorDefinition, keyof Module>, Module {
  /**
   * A child specification: `type` is supervisor, and `shutdownMs` Infinity, so that it has time for its own children.
   */
  child(settings: ChildSettings & { readonly id: string }): ChildSpec<SupervisorPid | null>
}

/**
 * Defines a supervisor for reuse and for nesting.
 *
 * @throws `supervisor.bad_definition`, `supervisor.bad_child`, `supervisor.duplicate_child`
 */
export function defineSupervisor(definition: SupervisorDefinition): Supervisor {
  const full = completeDefinition(definition)
  const name = nameOf(definition)
  const code = toCode(full, name)
  const made: Supervisor = Object.freeze({
    ...definition,
    ...name,
    functions: functionsOf(code),
    child: ({ name, ...settings }: ChildSettings & { readonly id: string }): ChildSpec<SupervisorPid | null> => ({
      type: 'supervisor',
      ...settings,
      start: (above) =>
        startGenChild(above, code, undefined, name === undefined ? {} : { name }) as Promise<SupervisorPid | null>,
    }),
  })
  remember(made, full)
  return made
}

function nameOf({ module = supervisor.module, version = '0.0.0' }: SupervisorModule): Required<SupervisorModule> {
  return { module, version }
}
