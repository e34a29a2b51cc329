/**
 * Loading: an application becomes known to a node, with its settings and those that it includes (application:load/1).
 */
import type { Node } from '@agner/core'
import { behavioursError } from '../errors.ts'
import type { AnyApplication } from './definition.ts'
import { merge } from './settings.ts'
import { tableOf } from './table.ts'

/**
 * Makes an application known: its settings can be read and set, its modules are registered, and it can be started by
 * name. What it includes is loaded, too. Starting an application loads it.
 *
 * @throws `application.already_loaded`, `application.clash`, `application.registered_clash`, `module.clash`
 */
export function loadApplication(node: Node, application: AnyApplication): void {
  if (tableOf(node).loaded.get(application.name) === application)
    throw behavioursError('application.already_loaded', { name: application.name })
  ensureLoaded(node, application)
}

/** @throws as {@link loadApplication}, except for one that is loaded. */
export function ensureLoaded(node: Node, application: AnyApplication): void {
  const table = tableOf(node)
  const { name, definition } = application
  const present = table.loaded.get(name)
  if (present === application) return
  if (present !== undefined) throw behavioursError('application.clash', { name })
  for (const other of table.loaded.values()) {
    const taken = other.definition.registered?.find((each) => definition.registered?.includes(each))
    if (taken !== undefined)
      throw behavioursError('application.registered_clash', { name, registered: taken, other: other.name })
  }
  for (const module of definition.modules ?? []) node.register(module)
  table.loaded.set(name, application)
  // What was set for it before it was loaded stays where neither the definition nor the configuration speaks of it.
  table.settings.set(name, merge(table.settings.get(name), table.configured(application)))
  for (const included of definition.includedApplications ?? []) ensureLoaded(node, included)
}

/**
 * Forgets an application that is not running, its settings, and what it includes (application:unload/1). Modules stay
 * registered.
 *
 * @throws `application.not_loaded`, `application.running`
 */
export function unloadApplication(node: Node, application: AnyApplication | string): void {
  const name = typeof application === 'string' ? application : application.name
  const table = tableOf(node)
  const loaded = table.loaded.get(name)
  if (loaded === undefined) throw behavioursError('application.not_loaded', { name })
  if (table.active.has(name)) throw behavioursError('application.running', { name })
  table.forget(loaded)
}

/** An application as it is listed. */
export interface LoadedApplication {
  readonly name: string
  readonly description: string
  readonly version: string
}

/** All that are loaded, running or not (application:loaded_applications/0). */
export function loadedApplications(node: Node): LoadedApplication[] {
  return [...tableOf(node).loaded.values()].map(({ name, version, definition }) => ({
    name,
    description: definition.description ?? '',
    version,
  }))
}
