/**
 * What is known of a loaded application, and whose a process is (application:get_key/2, get_application/1).
 */
import { Pid, type AnyPid, type Node } from '@agner/core'
import type { AnyApplication } from './definition.ts'
import type { Settings } from './settings.ts'
import { tableOf } from './table.ts'

/** The keys of an application's definition; others than it are told by their names. */
export interface ApplicationKeys {
  readonly description: string
  readonly version: string
  readonly modules: readonly string[]
  readonly registered: readonly string[]
  readonly dependencies: readonly string[]
  readonly optionalDependencies: readonly string[]
  readonly includedApplications: readonly string[]
  /** As they are now, not the defaults. */
  readonly env: Settings
  /** In their order. */
  readonly startPhases: readonly string[]
  readonly maxTimeMs: number
  readonly shutdownMs: number
}

/** One key; undefined if the application is not loaded. */
export function getKey<Key extends keyof ApplicationKeys>(
  node: Node,
  application: AnyApplication | string,
  key: Key,
): ApplicationKeys[Key] | undefined {
  return getAllKeys(node, application)?.[key]
}

/** All keys; undefined if the application is not loaded. */
export function getAllKeys(node: Node, application: AnyApplication | string): ApplicationKeys | undefined {
  const name = nameOf(application)
  const table = tableOf(node)
  const loaded = table.loaded.get(name)
  if (loaded === undefined) return undefined
  const { definition, version, dependencies } = loaded
  return {
    description: definition.description ?? '',
    version,
    modules: (definition.modules ?? []).map(({ module }) => module),
    registered: definition.registered ?? [],
    dependencies: dependencies.map(nameOf),
    optionalDependencies: (definition.optionalDependencies ?? []).map(nameOf),
    includedApplications: (definition.includedApplications ?? []).map(nameOf),
    env: table.settings.get(name) ?? {},
    startPhases: Object.keys(definition.startPhases ?? {}),
    maxTimeMs: definition.maxTimeMs ?? Infinity,
    shutdownMs: definition.shutdownMs ?? Infinity,
  }
}

/**
 * The name of the application that a process of this node belongs to, by its group leader, or that lists a module.
 * Processes of an included application belong to the one that includes it. Undefined if there is none.
 */
export function getApplication(node: Node, of: AnyPid | string): string | undefined {
  const table = tableOf(node)
  if (!(of instanceof Pid)) {
    for (const { name, definition } of table.loaded.values())
      if (definition.modules?.some(({ module }) => module === of) === true) return name
    return undefined
  }
  if (of.node !== node.name) return undefined
  return table.led(node.processInfo(of, ['groupLeader'])?.groupLeader ?? null)
}

function nameOf(application: { readonly name: string } | string): string {
  return typeof application === 'string' ? application : application.name
}
