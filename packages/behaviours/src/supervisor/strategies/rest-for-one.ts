/**
 * rest_for_one: those that were started after the one that ended are stopped, newest first; then it and they are
 * started again, in order. For children that depend on those before them.
 */
import { restartGroup, type Strategy } from './plan.ts'

export const restForOne: Strategy = (children, ended) => {
  const all = children()
  return restartGroup(all.slice(all.findIndex(({ id }) => id === ended)), ended)
}
