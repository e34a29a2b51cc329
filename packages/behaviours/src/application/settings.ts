/**
 * Settings: plain data by key, frozen, so that every process of a node may read the same ones. Pure.
 */
import { immutable } from '@agner/core'
import { behavioursError } from '../errors.ts'

export type Settings = Readonly<Record<string, unknown>>

/**
 * A frozen copy.
 *
 * @throws `application.bad_setting` for what is no plain data: functions, class instances, Maps, dates.
 */
export function settingsOf(application: string, settings: object): Settings {
  for (const [key, value] of Object.entries(settings)) checkSetting(application, key, value)
  return immutable(plainCopy(settings)) as Settings
}

function checkSetting(application: string, key: string, value: unknown): void {
  try {
    immutable(plainCopy(value))
  } catch (error) {
    throw behavioursError('application.bad_setting', { name: application, key, problem: (error as Error).message })
  }
}

/** What is neither an array nor a plain object is passed on, for `immutable` to refuse or to take. */
function plainCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainCopy)
  if (typeof value !== 'object' || value === null) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plainCopy(part)]))
}

/** Later ones win. */
export function merge(...layers: readonly (Settings | undefined)[]): Settings {
  return Object.freeze(Object.assign({}, ...layers) as Settings)
}

export interface SettingsChange {
  readonly changed: Settings
  readonly added: Settings
  readonly removed: readonly string[]
}

/** Null if nothing has changed. Values are compared by what they hold. */
export function difference(before: Settings, now: Settings): SettingsChange | null {
  const changed = Object.entries(now).filter(([key, value]) => Object.hasOwn(before, key) && !same(before[key], value))
  const added = Object.entries(now).filter(([key]) => !Object.hasOwn(before, key))
  const removed = Object.keys(before).filter((key) => !Object.hasOwn(now, key))
  if (changed.length + added.length + removed.length === 0) return null
  return { changed: Object.fromEntries(changed), added: Object.fromEntries(added), removed }
}

/** Of frozen plain data. */
function same(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const keys = Object.keys(one)
  if (keys.length !== Object.keys(other).length) return false
  if (keys.length === 0) return Object.getPrototypeOf(one) === Object.getPrototypeOf(other)
  return keys.every(
    (key) =>
      Object.hasOwn(other, key) && same((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]),
  )
}
