/**
 * The environment: the settings of applications (application:get_env/3 and its like).
 *
 *     definition's env  <  configure(node, …)  <  startApplication(…, { env })  <  setEnv
 *
 * Reading asks nobody and is never stale. What is read is frozen.
 */
import type { Node } from '@agner/core'
import type { AnyApplication, Application } from './definition.ts'
import { merge, settingsOf, type Settings } from './settings.ts'
import { tableOf } from './table.ts'

/**
 * A setting of an application; `fallback` where there is none, or it is undefined: null is a value. Of one that is not
 * loaded: as it was set, else what it would be after loading. By name, without the types: undefined then.
 */
export function getEnv<Env, Key extends keyof Env & string>(
  node: Node,
  application: Application<Env>,
  key: Key,
): Env[Key]
export function getEnv<Env, Key extends keyof Env & string>(
  node: Node,
  application: Application<Env>,
  key: Key,
  fallback: Exclude<NoInfer<Env>[Key], undefined>,
): Exclude<Env[Key], undefined>
export function getEnv(node: Node, application: string, key: string, fallback?: unknown): unknown
export function getEnv(node: Node, application: AnyApplication | string, key: string, fallback?: unknown): unknown {
  const settings = allSettings(node, application)
  const value = Object.hasOwn(settings, key) ? settings[key] : undefined
  return value === undefined ? fallback : value
}

/** All settings of an application. */
export function getAllEnv<Env>(node: Node, application: Application<Env>): Env
export function getAllEnv(node: Node, application: string): Settings
export function getAllEnv(node: Node, application: AnyApplication | string): unknown {
  return allSettings(node, application)
}

function allSettings(node: Node, application: AnyApplication | string): Settings {
  const table = tableOf(node)
  if (typeof application === 'string') return table.settings.get(application) ?? {}
  const settings = table.settings.get(application.name)
  return table.loaded.has(application.name) ? (settings ?? {}) : merge(table.configured(application), settings)
}

export interface SetEnvOptions {
  /** It becomes a part of the node's configuration, and outlives unloading. Default false. */
  readonly persistent?: boolean
}

/**
 * Changes a setting, for all to see at once. Nobody is told: `configure` tells.
 *
 * @throws `application.bad_setting`
 */
export function setEnv<Env, Key extends keyof Env & string>(
  node: Node,
  application: Application<Env>,
  key: Key,
  value: NoInfer<Env>[Key],
  options?: SetEnvOptions,
): void
export function setEnv(node: Node, application: string, key: string, value: unknown, options?: SetEnvOptions): void
export function setEnv(
  node: Node,
  application: AnyApplication | string,
  key: string,
  value: unknown,
  { persistent = false }: SetEnvOptions = {},
): void {
  const name = nameOf(application)
  const table = tableOf(node)
  const setting = settingsOf(name, { [key]: value })
  table.settings.set(name, merge(table.settings.get(name), setting))
  if (persistent) table.config = { ...table.config, [name]: merge(table.config[name], setting) }
}

/** Takes a setting away. `persistent` takes it out of the node's configuration, too. */
export function unsetEnv<Env>(
  node: Node,
  application: Application<Env>,
  key: keyof Env & string,
  options?: SetEnvOptions,
): void
export function unsetEnv(node: Node, application: string, key: string, options?: SetEnvOptions): void
export function unsetEnv(
  node: Node,
  application: AnyApplication | string,
  key: string,
  { persistent = false }: SetEnvOptions = {},
): void {
  const name = nameOf(application)
  const table = tableOf(node)
  table.settings.set(name, without(table.settings.get(name), key))
  if (persistent) table.config = { ...table.config, [name]: without(table.config[name], key) }
}

function without(settings: Settings = {}, key: string): Settings {
  const { [key]: _, ...left } = settings
  return Object.freeze(left)
}

function nameOf(application: { readonly name: string } | string): string {
  return typeof application === 'string' ? application : application.name
}
