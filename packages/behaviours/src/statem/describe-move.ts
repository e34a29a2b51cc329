/**
 * What a trace tells of what a callback gave: of a step its name, where it leads and why; the data stay behind.
 */
import { Step, describeStep } from '../server/steps.ts'
import { Move } from './steps.ts'

export function describeMove(given: unknown): unknown {
  if (given instanceof Step) return describeStep(given)
  if (!(given instanceof Move)) return given
  const { kind, state, reason, actions } = given
  const done = actions.map((action) => action.kind)
  if (kind === 'stop') return { kind, reason, actions: done }
  return kind === 'next' || kind === 'begin' ? { kind, state, actions: done } : { kind, actions: done }
}
