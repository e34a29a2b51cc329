/**
 * The order in which applications start: each after those that it depends on. Pure.
 */
import { behavioursError } from '../errors.ts'
import type { AnyApplication } from './definition.ts'

/** What stands behind a name: a loaded application, if it is one. */
export type Resolve = (name: string) => AnyApplication | undefined

/**
 * Every application that the wanted ones need, and these, each once and after those that it needs.
 *
 * @throws `application.cycle`
 */
export function startOrder(
  wanted: AnyApplication | readonly AnyApplication[],
  resolve: Resolve = () => undefined,
): AnyApplication[] {
  const order: AnyApplication[] = []
  const visit = (application: AnyApplication, path: readonly AnyApplication[]) => {
    if (path.includes(application)) {
      const circle = [...path.slice(path.indexOf(application)), application]
      throw behavioursError('application.cycle', { path: circle.map(({ name }) => name).join(' → ') })
    }
    if (order.includes(application)) return
    for (const dependency of startedBefore(application, resolve)) visit(dependency, [...path, application])
    order.push(application)
  }
  for (const application of 'name' in wanted ? [wanted] : wanted) visit(application, [])
  return order
}

/** Those that are started before `application` where that can be done from here. */
export function startedBefore(application: AnyApplication, resolve: Resolve): AnyApplication[] {
  return needs(application, true)
    .map((dependency) => (typeof dependency === 'string' ? resolve(dependency) : dependency))
    .filter((dependency) => dependency !== undefined)
}

/** The names that must be running when `application` starts. */
export function namesNeeded(application: AnyApplication): string[] {
  return needs(application, false).map((dependency) => (typeof dependency === 'string' ? dependency : dependency.name))
}

/** Everything that an application includes, and what that includes, in the order of their start phases. */
export function allIncluded({ definition }: AnyApplication): AnyApplication[] {
  return (definition.includedApplications ?? []).flatMap((included) => [included, ...allIncluded(included)])
}

/** What an included application depends on must run for the including one, too. */
function needs(application: AnyApplication, withOptional: boolean): (AnyApplication | string)[] {
  const parts = [application, ...allIncluded(application)]
  const own = new Set(parts.map(({ name }) => name))
  return parts
    .flatMap(({ dependencies, definition }) => [
      ...dependencies,
      ...(withOptional ? (definition.optionalDependencies ?? []) : []),
    ])
    .filter(
      (needed) =>
        needed === application ||
        needed === application.name ||
        !own.has(typeof needed === 'string' ? needed : needed.name),
    )
}
