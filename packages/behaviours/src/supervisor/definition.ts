/**
 * What a supervisor is made from.
 */
import { behavioursError } from '../errors.ts'
import type { AutoShutdown } from './after-exit.ts'
import { completeSpec, type ChildSpec, type FullSpec } from './child-spec.ts'
import { oneForAll } from './strategies/one-for-all.ts'
import { oneForOne } from './strategies/one-for-one.ts'
import type { Strategy } from './strategies/plan.ts'
import { restForOne } from './strategies/rest-for-one.ts'

export type StrategyName = 'oneForOne' | 'oneForAll' | 'restForOne'

export const strategies: Readonly<Record<StrategyName, Strategy>> = { oneForOne, oneForAll, restForOne }

export interface SupervisorDefinition {
  /** Default `oneForOne`. */
  readonly strategy?: StrategyName
  /**
   * More restarts than this within `periodMs`, of all children together, end the supervisor with `shutdown`. Default 1.
   */
  readonly intensity?: number
  /** Milliseconds. Default 5,000. */
  readonly periodMs?: number
  /** Whether the end by themselves of significant children ends the supervisor. Default `never`. */
  readonly autoShutdown?: AutoShutdown
  /** Started in this order, each when the one before is ready; stopped in reverse. */
  readonly children: readonly ChildSpec[]
}

/** A definition with every default filled in. */
export interface FullDefinition {
  readonly strategy: StrategyName
  readonly intensity: number
  readonly periodMs: number
  readonly autoShutdown: AutoShutdown
  readonly children: readonly FullSpec[]
}

/** @throws `supervisor.bad_definition`, `supervisor.bad_child`, `supervisor.duplicate_child` */
export function completeDefinition(definition: SupervisorDefinition): FullDefinition {
  const { strategy = 'oneForOne', intensity = 1, periodMs = 5000, autoShutdown = 'never' } = definition
  const bad = (problem: string) => behavioursError('supervisor.bad_definition', { problem })
  if (!Object.hasOwn(strategies, strategy))
    throw bad(`strategy must be ${Object.keys(strategies).join(', ')}; got ${String(strategy)}`)
  if (!Number.isInteger(intensity) || intensity < 0)
    throw bad(`intensity must be a whole number from 0 up; got ${String(intensity)}`)
  if (!(typeof periodMs === 'number' && periodMs > 0))
    throw bad(`periodMs must be milliseconds above 0; got ${String(periodMs)}`)
  if (autoShutdown !== 'never' && autoShutdown !== 'anySignificant' && autoShutdown !== 'allSignificant')
    throw bad(`autoShutdown must be never, anySignificant or allSignificant; got ${String(autoShutdown)}`)
  if (!Array.isArray(definition.children)) throw bad('children must be an array of child specifications')
  const ids = new Set<string>()
  const children = definition.children.map((child) => {
    const spec = completeSpec(child)
    checkSignificant(autoShutdown, spec)
    if (ids.has(spec.id)) throw behavioursError('supervisor.duplicate_child', { id: spec.id })
    ids.add(spec.id)
    return spec
  })
  return { strategy, intensity, periodMs, autoShutdown, children }
}

/** @throws `supervisor.bad_child` */
export function checkSignificant(autoShutdown: AutoShutdown, { id, significant }: FullSpec): void {
  if (significant && autoShutdown === 'never')
    throw behavioursError('supervisor.bad_child', {
      id: `"${id}"`,
      problem: 'it is significant, but the supervisor has autoShutdown never',
    })
}
