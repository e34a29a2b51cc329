/**
 * Dynamic supervisors: children that come and go, one kind of them, each started with an argument of its own
 * (simple_one_for_one of supervisor(3), DynamicSupervisor of Elixir).
 *
 *     export const Sessions = defineDynamicSupervisor({
 *       children: Session.children({ restart: 'temporary' }),        a server's; its start argument is typed
 *       maxChildren: 10_000,
 *     })
 *     Sessions.child({ id: 'sessions', name: 'sessions' })            under a static supervisor
 *     await startDynamicChild(self, Sessions.at('sessions'), { user: 'ann' })
 *
 * Who starts children from elsewhere needs no code of the server: `dynamicSupervisorAt<Arg, ServerPid<Api>>('sessions')`.
 */
import { Pid, type AnyPid, type Module, type Node } from '@agner/core'
import { copy } from '@agner/core/kernel'
import { functionsOf, type GenCode } from '../../gen/code.ts'
import { ownArgument } from '../../gen/argument.ts'
import { startGen, startGenChild, type Starter } from '../../gen/start.ts'
import { call, nodeOf, resolve, type Caller } from '../../protocol/client.ts'
import { heardBy } from '../../protocol/heard.ts'
import type { Address, ServerAddress } from '../../protocol/protocol.ts'
import {
  leftArguments,
  supervisor,
  type Outcome,
  type StartRequest,
  type SupervisorApi,
  type SupervisorPid,
} from '../api.ts'
import type { ChildSettings, ChildSpec, ChildStarted } from '../child-spec.ts'
import { ask, isHere } from '../requests.ts'
import type { SupervisorOptions } from '../supervisor.ts'
import { completeDynamic, type DynamicSupervisorDefinition } from './definition.ts'
import { rememberDynamic } from './definition-of.ts'
import { RunningDynamic } from './running.ts'

/** Exists in the types only: what children of a dynamic supervisor are started with, and what a start gives. */
export interface Starts<in Arg, out Started extends ChildStarted> {
  readonly '~starts'?: (arg: Arg) => Started
}

export type DynamicSupervisorPid<Arg, Started extends ChildStarted = AnyPid> = SupervisorPid & Starts<Arg, Started>

export type DynamicSupervisorAddress<Arg, Started extends ChildStarted = AnyPid> = Address<SupervisorApi> &
  Starts<Arg, Started>

/** Whatever a child may be started under. */
export type DynamicTarget<Arg, Started extends ChildStarted> =
  | DynamicSupervisorPid<Arg, Started>
  | DynamicSupervisorAddress<Arg, Started>

/** A dynamic supervisor that can be started on its own, or under another one. */
export interface DynamicSupervisor<in out Arg, out Started extends ChildStarted> extends Module {
  readonly definition: DynamicSupervisorDefinition<Arg, Started>
  /** A child specification: `type` is supervisor, and `shutdownMs` Infinity. */
  child(settings: ChildSettings & { readonly id: string }): ChildSpec<DynamicSupervisorPid<Arg, Started> | null>
  /** The running one, to start children under. Nothing is looked up until then. */
  at(process: ServerAddress): DynamicSupervisorAddress<Arg, Started>
}

const defaultModule = '@agner/dynamic_supervisor'

/**
 * Defines a dynamic supervisor.
 *
 * @throws `supervisor.bad_definition`, `supervisor.bad_child`
 */
export function defineDynamicSupervisor<Arg, Started extends ChildStarted>(
  definition: DynamicSupervisorDefinition<Arg, Started>,
): DynamicSupervisor<Arg, Started> {
  const full = completeDynamic(definition)
  const { module = defaultModule, version = '0.0.0' } = definition
  const code: GenCode = {
    module,
    version,
    trapExits: true,
    make: (self, beginning) => new RunningDynamic({ module, version }, self, beginning, full),
  }
  type Running = DynamicSupervisorPid<Arg, Started>
  const made: DynamicSupervisor<Arg, Started> = Object.freeze({
    module,
    version,
    definition,
    functions: functionsOf(code),
    child: ({ name, ...settings }: ChildSettings & { readonly id: string }): ChildSpec<Running | null> => ({
      type: 'supervisor',
      ...settings,
      start: (above) =>
        startGenChild(above, code, undefined, name === undefined ? {} : { name }) as Promise<Running | null>,
    }),
    at: (process: ServerAddress) => dynamicSupervisorAt<Arg, Started>(process),
  })
  rememberDynamic(made, full)
  codes.set(made, code)
  return made
}

const codes = new WeakMap<object, GenCode>()

/** A dynamic supervisor that runs somewhere, for who has not its code: `Arg` is what its children are started with. */
export function dynamicSupervisorAt<Arg, Started extends ChildStarted = AnyPid>(
  process: ServerAddress,
): DynamicSupervisorAddress<Arg, Started> {
  return supervisor.at(process)
}

/**
 * Starts a dynamic supervisor, without children (DynamicSupervisor.start_link).
 *
 * Rejects with `supervisor.bad_definition`, `supervisor.bad_child`, `start.already_started`.
 */
export function startDynamicSupervisor<Arg, Started extends ChildStarted>(
  parent: Starter,
  definition: DynamicSupervisor<Arg, Started> | DynamicSupervisorDefinition<Arg, Started>,
  options: SupervisorOptions = {},
): Promise<DynamicSupervisorPid<Arg, Started>> {
  const start = async (): Promise<DynamicSupervisorPid<Arg, Started>> => {
    const made = 'functions' in definition ? definition : defineDynamicSupervisor(definition)
    return (await startGen(parent, codes.get(made)!, undefined, options)) as DynamicSupervisorPid<Arg, Started>
  }
  return heardBy(parent, start())
}

/**
 * Starts a child with an argument; resolves with what its start gave when it is ready (supervisor:start_child of a
 * simple_one_for_one). A restart gets the same argument. To a supervisor on this node it may be anything, sockets and
 * functions among it; to one on another node it must be sendable.
 *
 * Rejects with `supervisor.child_failed` (a `StartError` with the reason), `supervisor.full`, `supervisor.static`.
 */
export function startDynamicChild<Arg, Started extends ChildStarted>(
  from: Caller,
  of: DynamicTarget<Arg, Started>,
  ...[arg]: undefined extends Arg ? [arg?: NoInfer<Arg>] : [arg: NoInfer<Arg>]
): Promise<Started> {
  const address = of instanceof Pid ? of : resolve(from, of.process)
  const node = nodeOf(from)
  const start = (): Promise<Outcome<ChildStarted>> => {
    const at = supervisor.at(address)
    const send = (request: StartRequest) => call(from, at, 'startChild', request)
    return isHere(node, address) && !isSendable(arg) ? withLeft(node, arg, send) : send({ arg })
  }
  return ask(from, 'that was asked for', start) as Promise<Started>
}

async function withLeft(
  node: Node,
  arg: unknown,
  send: (request: StartRequest) => Promise<Outcome<ChildStarted>>,
): Promise<Outcome<ChildStarted>> {
  const ticket = leftArguments.leave(node, { arg: ownArgument(arg) })
  try {
    return await send({ left: ticket })
  } finally {
    leftArguments.take(node, ticket)
  }
}

function isSendable(arg: unknown): boolean {
  if (typeof arg !== 'object' || arg === null) return typeof arg !== 'function' && typeof arg !== 'symbol'
  try {
    copy(arg)
    return true
  } catch {
    return false
  }
}
