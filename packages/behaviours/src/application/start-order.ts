/**
 * The order in which applications start: each after those that it depends on. Pure.
 */
import { behavioursError } from '../errors.ts'
import type { AnyApplication } from './definition.ts'

/**
 * Every application that `wanted` needs, and it last; each once.
 *
 * @throws `application.cycle`
 */
export function startOrder(wanted: AnyApplication): AnyApplication[] {
  const order: AnyApplication[] = []
  const visit = (application: AnyApplication, path: readonly AnyApplication[]) => {
    if (path.includes(application)) {
      const circle = [...path.slice(path.indexOf(application)), application]
      throw behavioursError('application.cycle', { path: circle.map(({ name }) => name).join(' → ') })
    }
    if (order.includes(application)) return
    for (const dependency of application.dependencies)
      if (typeof dependency !== 'string') visit(dependency, [...path, application])
    order.push(application)
  }
  visit(wanted, [])
  return order
}

/** The names that must be running when `application` starts. */
export function namesNeeded(application: AnyApplication): string[] {
  return application.dependencies.map((dependency) => (typeof dependency === 'string' ? dependency : dependency.name))
}
