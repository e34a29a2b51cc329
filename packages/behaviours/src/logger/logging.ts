/**
 * The logging of a node: its settings, and the way of an event through them.
 *
 *     logger(self).info(…) ─┐
 *     node.report(…) ───────┴─► level ─► metadata ─► primary filters ─► each handler: level ─► filters ─► log
 *
 * All of it happens in the turn of whoever logs (logger of OTP: the client process), and nothing of it can hurt them: a
 * filter or handler that throws is taken out, and that is reported as an event of its own.
 */
import { describeReason, type AnyPid, type ExitReason, type Node, type Report } from '@agner/core'
import { getApplication } from '../application/queries.ts'
import type { EventMetadata, LogEvent, LogMessage, Metadata } from './event.ts'
import { applyFilters, type Filter, type FilterDefault, type FilterFailure } from './filters.ts'
import { singleLine, type Formatter } from './formatters.ts'
import { isAllowed, type Level, type LevelSetting } from './levels.ts'
import type { LogHandler } from './log-handler.ts'
import { fromReport } from './node-reports.ts'
import { standardHandler } from './protected-handler.ts'
import {
  allows,
  changeHandler,
  checkLevel,
  mergeMetadata,
  withFilter,
  withHandler,
  withoutFilter,
  withoutHandler,
  type HandlerSettings,
  type Settings,
} from './settings.ts'

export interface HandlerOptions {
  /** Default `all`: what passed the primary level. */
  readonly level?: LevelSetting
  /** By id, asked in that order. */
  readonly filters?: Readonly<Record<string, Filter>>
  /** What becomes of an event on which no filter has an opinion. Default `log`. */
  readonly filterDefault?: FilterDefault
  /** Default `singleLine()`. */
  readonly formatter?: Formatter
}

export interface LoggingOptions {
  /** What is let through at all. Default `notice`. */
  readonly level?: LevelSetting
  /** Every event has these, unless its process or itself says otherwise. */
  readonly metadata?: Metadata
  readonly filters?: Readonly<Record<string, Filter>>
  readonly filterDefault?: FilterDefault
  /** By id. Default: one called `default`, that writes lines to stderr. */
  readonly handlers?: Readonly<Record<string, LogHandler | (HandlerOptions & { readonly handler: LogHandler })>>
}

export type { HandlerSettings, Settings }

export class Logging {
  #settings: Settings
  readonly #bind: (node: Node, logging: Logging) => void
  #node: Node | null = null
  readonly #ofProcess = new WeakMap<AnyPid, Metadata>()
  /** A filter or handler that fails while that is reported is taken out in silence: no failure leads to another without end. */
  #isReporting = false

  /** @internal See `createLogging`. */
  constructor(bind: (node: Node, logging: Logging) => void, options: LoggingOptions) {
    this.#bind = bind
    const { level = 'notice', metadata = {}, filters = {}, filterDefault = 'log' } = options
    const { handlers = { default: standardHandler() } } = options
    this.#settings = {
      primary: { level: checkLevel(level), metadata, filters: Object.entries(filters), filterDefault },
      handlers: new Map(),
      modules: new Map(),
      applications: new Map(),
    }
    for (const [id, given] of Object.entries(handlers)) {
      if ('handler' in given) this.addHandler(id, given.handler, given)
      else this.addHandler(id, given)
    }
  }

  /** What a node reports becomes log events: `createNode({ report: logging.report })`. */
  readonly report = (report: Report): void => {
    const { level, message, meta } = fromReport(report)
    const pid = (meta['pid'] as AnyPid | undefined) ?? null
    if (this.allows(level, meta, pid)) this.write(level, message, meta, pid)
  }

  /** Makes it the logging of a node, which may have one only, and starts its handlers there. @throws `logger.attached` */
  attach(node: Node): this {
    this.#bind(node, this)
    this.#node = node
    for (const [id, { handler }] of this.#settings.handlers) handler.attach?.(node, id)
    return this
  }

  /** What is set, as plain data; not to be changed. */
  get settings(): Settings {
    return this.#settings
  }

  // — the way of an event —

  /** Whether an event of that level would be let through to the filters. */
  allows(level: Level, meta: Pick<Metadata, 'module' | 'application'> = {}, pid: AnyPid | null = null): boolean {
    if (this.#settings.applications.size === 0 || meta.application !== undefined || pid === null)
      return allows(this.#settings, level, meta)
    const application = this.#node === null ? undefined : getApplication(this.#node, pid)
    return allows(this.#settings, level, application === undefined ? meta : { ...meta, application })
  }

  /** @internal The level was asked for. */
  write(level: Level, message: LogMessage, own: Metadata, pid: AnyPid | null): void {
    const node = this.#node
    const always = { timeMs: node === null ? 0 : node.systemTimeMs(), pid, node: node === null ? '' : node.name }
    const { primary } = this.#settings
    const ofProcess = pid === null ? undefined : this.#ofProcess.get(pid)
    const meta: EventMetadata = { ...always, ...mergeMetadata(primary.metadata, ofProcess, own) }
    this.#pass({ level, message, meta })
  }

  #pass(event: LogEvent): void {
    const { primary, handlers } = this.#settings
    const { event: passed, failure } = applyFilters(event, primary.filters, primary.filterDefault)
    if (failure !== null) this.#filterFailed(null, failure)
    if (passed === null) return
    for (const [id, handler] of handlers) this.#hand(id, handler, passed)
  }

  #hand(id: string, { handler, level, filters, filterDefault, formatter }: HandlerSettings, event: LogEvent): void {
    if (!isAllowed(event.level, level)) return
    const { event: passed, failure } = applyFilters(event, filters, filterDefault)
    if (failure !== null) this.#filterFailed(id, failure)
    if (passed === null) return
    try {
      handler.log(passed, formatter)
    } catch (error) {
      this.removeHandler(id)
      this.#tell(`the log handler "${id}" failed and was removed: ${describeReason(error as ExitReason)}`, {
        handler: id,
        error,
      })
    }
  }

  #filterFailed(handler: string | null, { id, error }: FilterFailure): void {
    if (handler === null) this.removeFilter(id)
    else this.removeHandlerFilter(handler, id)
    const where = handler === null ? 'the primary filters' : `the log handler "${handler}"`
    this.#tell(`the log filter "${id}" of ${where} failed and was removed: ${describeReason(error as ExitReason)}`, {
      handler,
      filter: id,
      error,
    })
  }

  #tell(text: string, details: Metadata): void {
    if (this.#isReporting) return
    this.#isReporting = true
    try {
      this.write('error', { text }, { ...details, domain: ['agner', 'logger'] }, null)
    } finally {
      this.#isReporting = false
    }
  }

  // — settings —

  get level(): LevelSetting {
    return this.#settings.primary.level
  }

  /** @throws `logger.bad_option` */
  setLevel(level: LevelSetting): void {
    this.#settings = { ...this.#settings, primary: { ...this.#settings.primary, level: checkLevel(level) } }
  }

  /** Goes before the primary level for who logs as that module. @throws `logger.bad_option` */
  setModuleLevel(module: string, level: LevelSetting): void {
    this.#settings = { ...this.#settings, modules: new Map([...this.#settings.modules, [module, checkLevel(level)]]) }
  }

  unsetModuleLevel(module: string): void {
    this.#settings = { ...this.#settings, modules: removed(this.#settings.modules, module) }
  }

  /**
   * The same for an application: for its processes, and for who names it in the metadata; a module's own level goes before
   * it. @throws `logger.bad_option`
   */
  setApplicationLevel(application: string, level: LevelSetting): void {
    const applications = new Map([...this.#settings.applications, [application, checkLevel(level)]])
    this.#settings = { ...this.#settings, applications }
  }

  unsetApplicationLevel(application: string): void {
    this.#settings = { ...this.#settings, applications: removed(this.#settings.applications, application) }
  }

  /** Replaces the primary metadata. */
  setMetadata(metadata: Metadata): void {
    this.#settings = { ...this.#settings, primary: { ...this.#settings.primary, metadata } }
  }

  /** Metadata of one process, for all that it logs, and for its crash report (logger:set_process_metadata/1). Null takes it away. */
  setProcessMetadata(pid: AnyPid, metadata: Metadata | null): void {
    if (metadata === null) this.#ofProcess.delete(pid)
    else this.#ofProcess.set(pid, metadata)
  }

  processMetadata(pid: AnyPid): Metadata | undefined {
    return this.#ofProcess.get(pid)
  }

  /** After those that are there. @throws `logger.exists` */
  addFilter(id: string, filter: Filter): void {
    const { primary } = this.#settings
    this.#settings = {
      ...this.#settings,
      primary: { ...primary, filters: withFilter(primary.filters, id, filter) },
    }
  }

  removeFilter(id: string): void {
    const { primary } = this.#settings
    this.#settings = { ...this.#settings, primary: { ...primary, filters: withoutFilter(primary.filters, id) } }
  }

  /** @throws `logger.exists`, `logger.bad_option` */
  addHandler(id: string, handler: LogHandler, options: HandlerOptions = {}): void {
    const { level = 'all', filters = {}, filterDefault = 'log', formatter = singleLine() } = options
    const settings = { handler, level: checkLevel(level), filters: Object.entries(filters), filterDefault, formatter }
    this.#settings = withHandler(this.#settings, id, settings)
    if (this.#node !== null) handler.attach?.(this.#node, id)
  }

  /** Does nothing if it is not there. */
  removeHandler(id: string): void {
    const known = this.#settings.handlers.get(id)
    this.#settings = withoutHandler(this.#settings, id)
    known?.handler.detach?.()
  }

  /** Level, default or formatter of a handler; what is not named stays. @throws `logger.unknown_handler`, `logger.bad_option` */
  updateHandler(id: string, change: Omit<HandlerOptions, 'filters'>): void {
    if (change.level !== undefined) checkLevel(change.level)
    this.#settings = changeHandler(this.#settings, id, (handler) => ({ ...handler, ...change }))
  }

  /** @throws `logger.unknown_handler`, `logger.exists` */
  addHandlerFilter(handler: string, id: string, filter: Filter): void {
    this.#settings = changeHandler(this.#settings, handler, (known) => ({
      ...known,
      filters: withFilter(known.filters, id, filter),
    }))
  }

  /** @throws `logger.unknown_handler` */
  removeHandlerFilter(handler: string, id: string): void {
    this.#settings = changeHandler(this.#settings, handler, (known) => ({
      ...known,
      filters: withoutFilter(known.filters, id),
    }))
  }
}

function removed(levels: ReadonlyMap<string, LevelSetting>, key: string): ReadonlyMap<string, LevelSetting> {
  return new Map([...levels].filter(([each]) => each !== key))
}
