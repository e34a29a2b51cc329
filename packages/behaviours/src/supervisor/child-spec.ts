/**
 * Child specifications: how a supervisor starts, restarts and stops a child.
 */
import type { AnyPid, AnyProcess } from '@agner/core'
import { behavioursError } from '../errors.ts'
import type { ServerName } from '../gen/name.ts'
import type { AutoShutdown } from './after-exit.ts'

/** `permanent`: always restarted. `transient`: only after a crash. `temporary`: never, and forgotten when it ends. */
export type Restart = 'permanent' | 'transient' | 'temporary'

/** What a start gives: the child's pid, with something that its starter is told, or null: there is nothing to run. */
export type ChildStarted = AnyPid | null | { readonly pid: AnyPid; readonly info: unknown }

/** What is known of a child before it runs, apart from how it is started. */
export interface ChildManners {
  /** Default `permanent`. */
  readonly restart?: Restart
  /**
   * Milliseconds that the child has to end after `shutdown` before it is killed; `kill` kills at once. Default 5,000
   * for a worker, Infinity for a supervisor.
   */
  readonly shutdownMs?: number | 'kill'
  /** Default `worker`. */
  readonly type?: 'worker' | 'supervisor'
  /** Its end by itself may end the supervisor (see `autoShutdown`). Not for permanent children. Default false. */
  readonly significant?: boolean
}

/** A child; `Started` is what its start gives, and `startChild` with it. */
export interface ChildSpec<out Started extends ChildStarted = AnyPid | null> extends ChildManners {
  /** Unique within the supervisor. */
  readonly id: string
  /**
   * Starts the child **linked to the supervisor** and resolves when it is ready: `(supervisor) =>
   * startServer(supervisor, Counter, 0)`. The supervisor waits for it. Null says that there is nothing to run
   * (`ignore`). `{ pid, info }` tells who called `startChild` more than the pid; it must be sendable.
   */
  readonly start: (supervisor: AnyProcess) => Promise<Started>
}

/** What all children of a dynamic supervisor have in common. Each is started with an argument of its own. */
export interface ChildTemplate<in Arg, out Started extends ChildStarted = AnyPid | null> extends ChildManners {
  /** As reports call it. */
  readonly id?: string
  /** As the `start` of a {@link ChildSpec}, with the argument of the child: a restart gets the same. */
  readonly start: (supervisor: AnyProcess, arg: Arg) => Promise<Started>
}

/** What the specification of a server's child may say. */
export type ChildOptions<Arg> = ChildSettings & (undefined extends Arg ? { readonly arg?: Arg } : { readonly arg: Arg })

export interface ChildSettings extends Pick<ChildManners, 'restart' | 'shutdownMs' | 'significant'> {
  /** Default: the module's name. */
  readonly id?: string
  /** A name to register the child under: a local one, or one in a registry. */
  readonly name?: ServerName
}

/** What the template of a server's children may say. */
export type TemplateSettings = Pick<ChildSettings, 'id' | 'restart' | 'shutdownMs' | 'significant'>

/** What is known of every child, with every default filled in. */
export interface FullManners extends Required<ChildManners> {
  /** Null for a dynamic child without one. */
  readonly id: string | null
}

/** A specification with every default filled in. */
export type FullSpec = Required<ChildSpec<ChildStarted>>

export interface FullTemplate extends FullManners {
  readonly start: (supervisor: AnyProcess, arg: unknown) => Promise<ChildStarted>
}

/** What is wrong with a specification, by the name that OTP has for it. */
export type BadChild =
  | 'missingId'
  | 'missingStart'
  | 'invalidRestartType'
  | 'invalidChildType'
  | 'invalidShutdown'
  | 'invalidSignificant'
  | 'badCombination'

/** @throws `supervisor.bad_child` (`details.why` is a {@link BadChild}) */
export function completeSpec(spec: ChildSpec<ChildStarted>): FullSpec {
  if (typeof spec?.id !== 'string' || spec.id === '') throw bad(null, 'missingId', 'it needs an id, a non-empty string')
  const { id, start } = spec
  if (typeof start !== 'function')
    throw bad(id, 'missingStart', 'start must be a function (supervisor) => Promise of a pid')
  const { restart, shutdownMs, type, significant } = completeManners(id, spec)
  return { id, start, restart, shutdownMs, type, significant }
}

/** @throws `supervisor.bad_child` */
export function completeTemplate(template: ChildTemplate<never, ChildStarted>): FullTemplate {
  const { id = null, start } = template
  if (typeof start !== 'function')
    throw bad(id, 'missingStart', 'start must be a function (supervisor, arg) => Promise of a pid')
  return { ...completeManners(id, template), start: start as FullTemplate['start'] }
}

function completeManners(id: string | null, manners: ChildManners): FullManners {
  const { restart = 'permanent', type = 'worker', significant = false } = manners
  const { shutdownMs = type === 'worker' ? 5000 : Infinity } = manners
  if (restart !== 'permanent' && restart !== 'transient' && restart !== 'temporary')
    throw bad(id, 'invalidRestartType', `restart must be permanent, transient or temporary; got ${String(restart)}`)
  if (type !== 'worker' && type !== 'supervisor')
    throw bad(id, 'invalidChildType', `type must be worker or supervisor; got ${String(type)}`)
  if (shutdownMs !== 'kill' && !(typeof shutdownMs === 'number' && shutdownMs >= 0)) {
    const problem = `shutdownMs must be milliseconds from 0 up, Infinity or "kill"; got ${String(shutdownMs)}`
    throw bad(id, 'invalidShutdown', problem)
  }
  if (typeof significant !== 'boolean')
    throw bad(id, 'invalidSignificant', `significant must be true or false; got ${String(significant)}`)
  if (significant && restart === 'permanent')
    throw bad(id, 'badCombination', 'a permanent child cannot be significant, since it never ends by itself')
  return { id, restart, shutdownMs, type, significant }
}

/** A significant child is no use where nothing comes of its end. @throws `supervisor.bad_child` */
export function checkSignificant(autoShutdown: AutoShutdown, { id, significant }: FullManners): void {
  if (significant && autoShutdown === 'never')
    throw bad(id, 'badCombination', 'it is significant, but the supervisor has autoShutdown never')
}

function bad(id: string | null, why: BadChild, problem: string): Error {
  return behavioursError('supervisor.bad_child', {
    id: id === null ? 'specification' : `"${String(id)}"`,
    why,
    problem,
  })
}
