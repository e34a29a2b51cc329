/**
 * Included applications: their trees are branches of the one that includes them.
 */
import type { AnyPid, AnyProcess } from '@agner/core'
import { behavioursError } from '../errors.ts'
import type { ChildSpec } from '../supervisor/child-spec.ts'
import { startSupervisor } from '../supervisor/supervisor.ts'
import { contextOf } from './context.ts'
import type { AnyApplication } from './definition.ts'
import { tableOf } from './table.ts'

/** What the specification of an included application may say. */
export type IncludedSettings = Pick<ChildSpec, 'restart' | 'shutdownMs' | 'significant'>

export function includedChild(application: AnyApplication, settings: IncludedSettings): ChildSpec {
  return {
    type: 'supervisor',
    ...settings,
    id: application.name,
    start: (above) => startIncluded(above, application),
  }
}

/** Rejects with `application.not_loaded`: an application is loaded with the one that names it in `includedApplications`. */
async function startIncluded(above: AnyProcess, application: AnyApplication): Promise<AnyPid | null> {
  const { name, definition } = application
  if (tableOf(above.node).loaded.get(name) !== application) throw behavioursError('application.not_loaded', { name })
  if (definition.start === undefined) return null
  const tree = await above.wait(Promise.resolve(definition.start(contextOf(above, application))))
  return startSupervisor(above, tree)
}
