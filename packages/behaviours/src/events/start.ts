/**
 * Event managers: what they are defined by, and how they are started.
 *
 * A manager has no callbacks of its own: its protocol says which events it takes, and handlers do the rest. The handlers
 * that it is defined with are there again after each restart; those that were added later are gone, so who needs them
 * adds them as their owner, and again when told that the manager ended.
 */
import type { Module } from '@agner/core'
import { functionsOf, type GenCode, type GenFunctions } from '../gen/code.ts'
import { startGen, startGenChild, type Starter, type StartOptions } from '../gen/start.ts'
import { heardBy } from '../protocol/heard.ts'
import type { Protocol, ServerPid } from '../protocol/protocol.ts'
import { unlessEmpty } from '../protocol/schemas.ts'
import type { ChildSettings, ChildSpec } from '../supervisor/child-spec.ts'
import type { HandlerWithArg } from './definition.ts'
import { EventManaging } from './running.ts'

export interface EventManagerDefinition<Api> {
  /** The version that the module is registered under. Default `0.0.0`. */
  readonly version?: string
  /**
   * Handlers that it begins with, in the order in which they are told of events: `[Journal.with([]), Alarm.with()]`. One
   * that cannot begin fails the start.
   */
  readonly handlers?: readonly HandlerWithArg<Api>[]
}

/** An event manager that can be started, supervised, and registered as a module of a node. */
export interface EventManager<in out Api> extends Module {
  /** Exists in the types only. */
  readonly '~types'?: Api
  readonly protocol: Protocol<Api>
  readonly functions: GenFunctions
  /** A child specification for a supervisor. */
  child(options?: ChildSettings): ChildSpec<ServerPid<Api> | null>
}

const codes = new WeakMap<object, GenCode>()

/** Defines an event manager (gen_event) for the events of a protocol. */
export function defineEventManager<Api>(
  protocol: Protocol<Api>,
  { version = '0.0.0', handlers = [] }: EventManagerDefinition<NoInfer<Api>> = {},
): EventManager<Api> {
  const { module } = protocol
  const schemas = unlessEmpty(protocol.schemas)
  const initial = [...handlers] as unknown as HandlerWithArg<never>[]
  const code: GenCode = {
    module,
    version,
    trapExits: true,
    make: (self, beginning) => new EventManaging({ module, version, schemas }, initial, self, beginning),
  }
  const manager: EventManager<Api> = Object.freeze({
    module,
    protocol,
    version,
    functions: functionsOf(code),
    child: ({ id = module, name, ...settings }: ChildSettings = {}): ChildSpec<ServerPid<Api> | null> => ({
      id,
      type: 'worker',
      ...settings,
      start: (supervisor) =>
        startGenChild(
          supervisor,
          code,
          undefined,
          name === undefined ? {} : { name },
        ) as Promise<ServerPid<Api> | null>,
    }),
  })
  codes.set(manager, code)
  return manager
}

/**
 * Starts an event manager (gen_event:start_link; from a node gen_event:start). A process that starts it is linked to it and
 * is its parent; when the parent exits, the handlers are told to `stop` and the manager ends.
 *
 * Rejects as {@link startServer}.
 */
export function startEventManager<Api>(
  parent: Starter,
  manager: EventManager<Api>,
  options: StartOptions = {},
): Promise<ServerPid<Api>> {
  const code = codes.get(manager)!
  return heardBy(parent, startGen(parent, code, undefined, options) as Promise<ServerPid<Api>>)
}
