/**
 * one_for_one: only the child that ended is restarted. For children that do not depend on each other.
 */
import type { Strategy } from './plan.ts'

export const oneForOne: Strategy = (_children, ended) => ({ stop: [], start: [ended] })
