/**
 * Whether a definition can be right at all. Pure.
 */
import { behavioursError } from '../errors.ts'
import type { ApplicationDefinition } from './definition.ts'

const callbacks = ['start', 'prepareStop', 'stop', 'configChange'] as const

/** @throws `application.bad_definition` */
export function checkDefinition(definition: ApplicationDefinition<object, unknown>): void {
  const { name, version, startPhases = {}, includedApplications = [], maxTimeMs, shutdownMs } = definition
  const bad = (problem: string) => behavioursError('application.bad_definition', { name: `"${String(name)}"`, problem })
  if (typeof name !== 'string' || name === '') throw bad('it needs a name, a non-empty string')
  if (typeof version !== 'string' || version === '') throw bad('it needs a version, a non-empty string')
  for (const callback of callbacks)
    if (definition[callback] !== undefined && typeof definition[callback] !== 'function')
      throw bad(`${callback} must be a function`)
  for (const [key, timeMs] of Object.entries({ maxTimeMs, shutdownMs }))
    if (timeMs !== undefined && !(typeof timeMs === 'number' && timeMs >= 0))
      throw bad(`${key} must be milliseconds from 0 up; got ${String(timeMs)}`)
  const phases = Object.entries(startPhases)
  if (definition.start === undefined && phases.length > 0) throw bad('it has start phases, and no start')
  for (const [phase, run] of phases) {
    // Such keys come first in any object, whatever their place in the source.
    if (/^\d+$/.test(phase)) throw bad(`a start phase must not be named by a number; got ${phase}`)
    if (typeof run !== 'function') throw bad(`the start phase ${phase} must be a function`)
  }
  for (const included of includedApplications) {
    const stray = Object.keys(included.definition.startPhases ?? {}).find((phase) => !(phase in startPhases))
    if (stray !== undefined)
      throw bad(`its included application ${included.name} has the start phase ${stray}, which it does not have itself`)
  }
}
