/**
 * What a supervisor is made from.
 */
import { behavioursError } from '../errors.ts'
import type { AutoShutdown } from './after-exit.ts'
import { checkSignificant, completeSpec, type ChildSpec, type ChildStarted, type FullSpec } from './child-spec.ts'
import { oneForAll } from './strategies/one-for-all.ts'
import { oneForOne } from './strategies/one-for-one.ts'
import type { Strategy } from './strategies/plan.ts'
import { restForOne } from './strategies/rest-for-one.ts'

export type StrategyName = 'oneForOne' | 'oneForAll' | 'restForOne'

export const strategies: Readonly<Record<StrategyName, Strategy>> = { oneForOne, oneForAll, restForOne }

/** When a supervisor gives up, whatever its children are. */
export interface SupervisorFlags {
  /**
   * More restarts than this within `periodMs`, of all children together, end the supervisor with `shutdown`. Default 1.
   */
  readonly intensity?: number
  /** Milliseconds. Default 5,000. */
  readonly periodMs?: number
  /** Whether the end by themselves of significant children ends the supervisor. Default `never`. */
  readonly autoShutdown?: AutoShutdown
}

/** What a supervisor that can be replaced at run time says of itself. */
export interface SupervisorModule {
  /** The name to register it under in its node, for `changeCode`. Default `@agner/supervisor`, for all that have none. */
  readonly module?: string
  /** Default `0.0.0`. */
  readonly version?: string
}

export interface SupervisorDefinition extends SupervisorFlags, SupervisorModule {
  /** Default `oneForOne`. */
  readonly strategy?: StrategyName
  /** Started in this order, each when the one before is ready; stopped in reverse. */
  readonly children: readonly ChildSpec<ChildStarted>[]
}

export type FullFlags = Required<SupervisorFlags>

/** A definition with every default filled in. */
export interface FullDefinition extends FullFlags {
  readonly strategy: StrategyName
  readonly children: readonly FullSpec[]
}

/** @throws `supervisor.bad_definition`, `supervisor.bad_child`, `supervisor.duplicate_child` */
export function completeDefinition(definition: SupervisorDefinition): FullDefinition {
  const { strategy = 'oneForOne', children } = definition
  if (!Object.hasOwn(strategies, strategy))
    throw badDefinition(`strategy must be ${Object.keys(strategies).join(', ')}; got ${String(strategy)}`)
  const flags = completeFlags(definition)
  return { ...flags, strategy, children: completeSpecs(children, flags.autoShutdown) }
}

/** @throws `supervisor.bad_definition` */
export function completeFlags({ intensity = 1, periodMs = 5000, autoShutdown = 'never' }: SupervisorFlags): FullFlags {
  if (!Number.isInteger(intensity) || intensity < 0)
    throw badDefinition(`intensity must be a whole number from 0 up; got ${String(intensity)}`)
  if (!(typeof periodMs === 'number' && periodMs > 0))
    throw badDefinition(`periodMs must be milliseconds above 0; got ${String(periodMs)}`)
  if (autoShutdown !== 'never' && autoShutdown !== 'anySignificant' && autoShutdown !== 'allSignificant')
    throw badDefinition(`autoShutdown must be never, anySignificant or allSignificant; got ${String(autoShutdown)}`)
  return { intensity, periodMs, autoShutdown }
}

function completeSpecs(children: readonly ChildSpec<ChildStarted>[], autoShutdown: AutoShutdown): FullSpec[] {
  if (!Array.isArray(children)) throw badDefinition('children must be an array of child specifications')
  const ids = new Ids()
  return (children as readonly ChildSpec<ChildStarted>[]).map((child) => {
    const spec = completeSpec(child)
    checkSignificant(autoShutdown, spec)
    ids.add(spec.id)
    return spec
  })
}

/** The ids of one supervisor's children. */
export class Ids {
  readonly #known = new Set<string>()

  /** @throws `supervisor.duplicate_child` */
  add(id: string): void {
    if (this.#known.has(id)) throw behavioursError('supervisor.duplicate_child', { id })
    this.#known.add(id)
  }
}

/**
 * Looks whether specifications would be taken, and starts nothing (supervisor:check_childspecs).
 *
 * @param autoShutdown of the supervisor that they are for; left out, significant children are not looked at.
 * @throws `supervisor.bad_child` (`details.why`), `supervisor.duplicate_child`, `supervisor.bad_definition`
 */
export function checkChildSpecs(children: readonly ChildSpec<ChildStarted>[], autoShutdown?: AutoShutdown): void {
  completeSpecs(children, autoShutdown ?? 'anySignificant')
}

export function badDefinition(problem: string): Error {
  return behavioursError('supervisor.bad_definition', { problem })
}
