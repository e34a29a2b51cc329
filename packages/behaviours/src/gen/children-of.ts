/**
 * How a supervisor starts a behaviour: its specification as a child (child_spec), and as a template of many.
 */
import type { ServerPid } from '../protocol/protocol.ts'
import type { ChildOptions, ChildSpec, ChildTemplate, TemplateSettings } from '../supervisor/child-spec.ts'
import { ownArgument } from './argument.ts'
import type { GenCode } from './code.ts'
import { startGenChild } from './start.ts'

/** What a behaviour offers to supervisors. */
export interface Supervisable<in out Api, in out Arg> {
  /** A child specification for a supervisor (child_spec). */
  child(
    ...options: undefined extends Arg ? [options?: ChildOptions<Arg>] : [options: ChildOptions<Arg>]
  ): ChildSpec<ServerPid<Api> | null>
  /** A template for a dynamic supervisor: each child is started with an argument of its own. */
  children(settings?: TemplateSettings): ChildTemplate<Arg, ServerPid<Api> | null>
}

export function childrenOf<Api, Arg>(code: GenCode): Supervisable<Api, Arg> {
  const { module } = code
  type Started = Promise<ServerPid<Api> | null>
  return {
    child: (options: Partial<ChildOptions<Arg>> = {}): ChildSpec<ServerPid<Api> | null> => {
      const { id = module, arg, name, ...settings } = options as ChildOptions<unknown>
      const named = name === undefined ? undefined : { name }
      // Once, and now: each start has it as it is here, whatever becomes of it meanwhile.
      const own = ownArgument(arg)
      return {
        id,
        type: 'worker',
        ...settings,
        start: (supervisor) => startGenChild(supervisor, code, own, named) as Started,
      }
    },
    children: (settings: TemplateSettings = {}): ChildTemplate<Arg, ServerPid<Api> | null> => ({
      id: module,
      type: 'worker',
      ...settings,
      start: (supervisor, arg) => startGenChild(supervisor, code, arg) as Started,
    }),
  }
}
