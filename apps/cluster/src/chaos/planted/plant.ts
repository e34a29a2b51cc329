/**
 * How a chaos run gets its nodes to have a bug: by another program in place of the service's own.
 */
import { join } from 'node:path'
import type { Placement } from '../../launcher/place.ts'
import { bugs, type Bug } from './bugs.ts'

export const bugNames: readonly string[] = Object.keys(bugs)

/** @throws Error when there is no such bug. */
export function bugCalled(name: string): Bug {
  const bug = bugs[name]
  if (bug === undefined) throw new Error(`there is no bug "${name}" to plant; there are: ${bugNames.join(', ')}`)
  return bug
}

/** From now on what this OS process starts in place of a service has the bug. */
export function plant(name: string): NonNullable<Placement['mainOf']> {
  const { services } = bugCalled(name)
  process.env['PLANTED_BUG'] = name
  return (service) => (services.includes(service) ? join(import.meta.dirname, 'main.ts') : null)
}
