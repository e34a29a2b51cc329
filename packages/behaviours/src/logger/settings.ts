/**
 * How a node logs, as data, and what may be changed of it. Pure: a change makes new settings.
 */
import { behavioursError } from '../errors.ts'
import type { Metadata } from './event.ts'
import type { Filter, FilterDefault, Filters } from './filters.ts'
import type { Formatter } from './formatters.ts'
import { isAllowed, isLevelSetting, type Level, type LevelSetting } from './levels.ts'
import type { LogHandler } from './log-handler.ts'

export interface PrimarySettings {
  readonly level: LevelSetting
  readonly metadata: Metadata
  readonly filters: Filters
  readonly filterDefault: FilterDefault
}

export interface HandlerSettings {
  readonly handler: LogHandler
  readonly level: LevelSetting
  readonly filters: Filters
  readonly filterDefault: FilterDefault
  readonly formatter: Formatter
}

export interface Settings {
  readonly primary: PrimarySettings
  /** The newest first: so events come to them. */
  readonly handlers: ReadonlyMap<string, HandlerSettings>
  readonly modules: ReadonlyMap<string, LevelSetting>
  readonly applications: ReadonlyMap<string, LevelSetting>
}

/** The level for one who logs: that of its module, else of its application, else the primary one. */
export function levelFor(
  { primary, modules, applications }: Settings,
  { module, application }: Pick<Metadata, 'module' | 'application'>,
): LevelSetting {
  if (modules.size === 0 && applications.size === 0) return primary.level
  return (
    (module === undefined ? undefined : modules.get(module)) ??
    (application === undefined ? undefined : applications.get(application)) ??
    primary.level
  )
}

export function allows(settings: Settings, level: Level, meta: Pick<Metadata, 'module' | 'application'>): boolean {
  return isAllowed(level, levelFor(settings, meta))
}

/** @throws `logger.bad_option` */
export function checkLevel(level: unknown): LevelSetting {
  if (isLevelSetting(level)) return level
  throw behavioursError('logger.bad_option', { option: 'level', value: String(level) })
}

/** @throws `logger.exists` */
export function withHandler(settings: Settings, id: string, handler: HandlerSettings): Settings {
  if (settings.handlers.has(id)) throw behavioursError('logger.exists', { what: 'handler', id })
  return { ...settings, handlers: new Map([[id, handler], ...settings.handlers]) }
}

export function withoutHandler(settings: Settings, id: string): Settings {
  const handlers = new Map(settings.handlers)
  handlers.delete(id)
  return { ...settings, handlers }
}

/** @throws `logger.unknown_handler` */
export function changeHandler(
  settings: Settings,
  id: string,
  change: (handler: HandlerSettings) => HandlerSettings,
): Settings {
  const handler = settings.handlers.get(id)
  if (handler === undefined) throw behavioursError('logger.unknown_handler', { id })
  return { ...settings, handlers: new Map([...settings.handlers, [id, change(handler)]]) }
}

/** @throws `logger.exists` */
export function withFilter(filters: Filters, id: string, filter: Filter): Filters {
  if (filters.some(([each]) => each === id)) throw behavioursError('logger.exists', { what: 'filter', id })
  return [...filters, [id, filter]]
}

export function withoutFilter(filters: Filters, id: string): Filters {
  return filters.filter(([each]) => each !== id)
}

/** Primary, then the process's, then the event's: the later goes before. */
export function mergeMetadata<Own extends Metadata>(primary: Metadata, ofProcess: Metadata | undefined, own: Own): Own {
  return { ...primary, ...ofProcess, ...own }
}
