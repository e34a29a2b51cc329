/**
 * Child specifications: how a supervisor starts, restarts and stops a child.
 */
import type { AnyPid, AnyProcess } from '@agner/core'
import { behavioursError } from '../errors.ts'

/** `permanent`: always restarted. `transient`: only after a crash. `temporary`: never, and forgotten when it ends. */
export type Restart = 'permanent' | 'transient' | 'temporary'

export interface ChildSpec {
  /** Unique within the supervisor. */
  readonly id: string
  /**
   * Starts the child **linked to the supervisor** and resolves when it is ready: `(supervisor) =>
   * startServer(supervisor, Counter, 0)`. The supervisor waits for it. Null says that there is nothing to run
   * (`ignore`).
   */
  readonly start: (supervisor: AnyProcess) => Promise<AnyPid | null>
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

/** What the specification of a server's child may say. */
export type ChildOptions<Arg> = ChildSettings & (undefined extends Arg ? { readonly arg?: Arg } : { readonly arg: Arg })

export interface ChildSettings {
  /** Default: the module's name. */
  readonly id?: string
  /** A local name to register the child under. */
  readonly name?: string
  readonly restart?: Restart
  readonly shutdownMs?: number | 'kill'
  readonly significant?: boolean
}

/** A specification with every default filled in. */
export type FullSpec = Required<ChildSpec>

/** @throws `supervisor.bad_child` */
export function completeSpec(spec: ChildSpec): FullSpec {
  const id = typeof spec?.id === 'string' && spec.id !== '' ? spec.id : undefined
  const bad = (problem: string) =>
    behavioursError('supervisor.bad_child', { id: id === undefined ? 'specification' : `"${id}"`, problem })
  if (id === undefined) throw bad('it needs an id, a non-empty string')
  const { start, restart = 'permanent', type = 'worker', significant = false } = spec
  const { shutdownMs = type === 'worker' ? 5000 : Infinity } = spec
  if (typeof start !== 'function') throw bad('start must be a function (supervisor) => Promise of a pid')
  if (restart !== 'permanent' && restart !== 'transient' && restart !== 'temporary')
    throw bad(`restart must be permanent, transient or temporary; got ${String(restart)}`)
  if (type !== 'worker' && type !== 'supervisor') throw bad(`type must be worker or supervisor; got ${String(type)}`)
  if (shutdownMs !== 'kill' && !(typeof shutdownMs === 'number' && shutdownMs >= 0))
    throw bad(`shutdownMs must be milliseconds from 0 up, Infinity or "kill"; got ${String(shutdownMs)}`)
  if (significant && restart === 'permanent')
    throw bad('a permanent child cannot be significant, since it never ends by itself')
  return { id, start, restart, shutdownMs, type, significant }
}
