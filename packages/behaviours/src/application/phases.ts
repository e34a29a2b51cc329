/**
 * Start phases: which callbacks run, and in which order (application_starter). Pure.
 *
 *     top has the phases init, go; it includes a, which has go; a includes b, which has go
 *     init of top, go of top, go of a, go of b
 */
import type { AnyApplication } from './definition.ts'
import { allIncluded } from './start-order.ts'

export interface PhaseStep {
  readonly phase: string
  readonly application: AnyApplication
}

export function phaseSteps(top: AnyApplication): PhaseStep[] {
  const parts = [top, ...allIncluded(top)]
  return Object.keys(top.definition.startPhases ?? {}).flatMap((phase) =>
    parts
      .filter(({ definition }) => definition.startPhases?.[phase] !== undefined)
      .map((application) => ({ phase, application })),
  )
}
