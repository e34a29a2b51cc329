/**
 * The logger: a handler that emits what it gets, in the process of the client.
 */
import type { Process } from '../../../packages/core/src/index.ts'
import {
  createLogging,
  domainFilter,
  levelFilter,
  levels,
  logger,
  protectedHandler,
  singleLine,
  type Filter,
  type LogEvent,
  type Logger,
  type LogHandler,
  type Logging,
  type Metadata,
  type OverloadOptions,
} from '../../../packages/behaviours/src/index.ts'
import type { Scenario, Topic } from '../scenario.ts'
import type { Stage } from '../stage.ts'

interface Set {
  readonly self: Process<unknown>
  readonly t: Stage
  readonly logging: Logging
  readonly log: Logger
  /** A handler that emits under that name. */
  readonly handler: (id: string) => LogHandler
}

function scenario(about: Pick<Scenario, 'items' | 'faults'>, play: (set: Set) => unknown): Scenario {
  return {
    ...about,
    play: async (self, t) => {
      const handler = (id: string): LogHandler => ({ log: (event) => emitEvent(t, id, event) })
      const logging = createLogging({ handlers: { h: handler('h') } }).attach(self.node)
      await play({ self, t, logging, log: logger(self), handler })
    },
  }
}

/** In whoever's name it was logged. What the logger itself says is Agner's own. */
function emitEvent(t: Stage, id: string, { level, message, meta }: LogEvent): void {
  if (meta.domain?.[0] === 'agner') return
  const { timeMs: _timeMs, node: _node, pid, ...own } = meta
  const text = 'text' in message ? message.text : message.report
  t.emit({ pid: pid! }, id, [level, text, ...(Object.keys(own).length === 0 ? [] : [own])])
}

const isText = ({ message }: LogEvent, text: string): boolean => 'text' in message && message.text === text
const secrets: Filter = (event) => (isText(event, 'secret') ? 'stop' : 'ignore')
const renames: Filter = (event) => (isText(event, 'old') ? { ...event, message: { text: 'new' } } : 'ignore')

/** A handler that writes to a list; `lines` are those that the scenario logged, and whether there are others. */
function withProtection(
  about: Pick<Scenario, 'items' | 'faults'>,
  options: OverloadOptions,
  play: (set: Protected) => Promise<void>,
): Scenario {
  return {
    ...about,
    play: async (self, t) => {
      const all: string[] = []
      const handler = protectedHandler({ write: (text) => void all.push(...text.trimEnd().split('\n')) }, options)
      const formatter = ({ message }: LogEvent): string => `${'text' in message ? message.text : ''}\n`
      createLogging({ handlers: { h: { handler, formatter } } }).attach(self.node)
      const lines = async (): Promise<unknown> => {
        await self.sleep(5)
        const own = all.filter((line) => line.startsWith('n '))
        return [own, all.length > own.length]
      }
      const hold = (body: () => void): void => {
        const pid = self.whereis('@agner/logger/h')!
        self.suspend(pid)
        body()
        self.resume(pid)
      }
      await self.sleep(1)
      await play({ self, t, log: logger(self), lines, hold })
    },
  }
}

interface Protected {
  readonly self: Process<unknown>
  readonly t: Stage
  readonly log: Logger
  readonly lines: () => Promise<unknown>
  /** The handler's process does nothing meanwhile. */
  readonly hold: (body: () => void) => void
}

const six = [1, 2, 3, 4, 5, 6]

export const logging: Topic = {
  primary_level: scenario({ items: ['O01'], faults: ['logger.levels_are_ignored'] }, ({ logging: its, log }) => {
    const all = (text: string) => levels.forEach((level) => log.log(level, text))
    all('by default')
    its.setLevel('error')
    all('error')
    its.setLevel('none')
    all('none')
    its.setLevel('all')
    all('all')
  }),

  handler_levels: scenario(
    { items: ['O01'], faults: ['logger.handler_levels_are_ignored'] },
    ({ logging: its, log, handler }) => {
      its.updateHandler('h', { level: 'warning' })
      its.addHandler('g', handler('g'), { level: 'debug' })
      for (const level of levels) log.log(level, 'text')
    },
  ),

  filters: scenario(
    { items: ['O01'], faults: ['logger.filter_default_is_ignored', 'logger.filters_are_not_removed'] },
    ({ self, t, logging: its, log }) => {
      const all = () => ['secret', 'old', 'other'].forEach((text) => log.error(text))
      its.addFilter('stop', secrets)
      its.addHandlerFilter('h', 'change', renames)
      all()
      its.updateHandler('h', { filterDefault: 'stop' })
      all()
      its.removeFilter('stop')
      its.updateHandler('h', { filterDefault: 'log' })
      all()
      const again = t.attempt(() => its.addHandlerFilter('h', 'change', renames))
      t.emit(self, 'again', JSON.stringify(again) === '{"raised":"logger.exists"}' ? 'exists' : again)
    },
  ),

  domains: scenario({ items: ['O01'], faults: ['logger.filter_default_is_ignored'] }, ({ logging: its, log }) => {
    const about = (...domain: string[]) => log.error('text', { domain })
    const filter = (name: string, which: Filter) => {
      its.removeHandlerFilter('h', name)
      its.addHandlerFilter('h', name, which)
    }
    its.updateHandler('h', { filterDefault: 'stop' })
    filter('shop', domainFilter('log', 'sub', ['shop']))
    about('shop')
    about('shop', 'till')
    about('other')
    log.error('none')
    filter('shop', domainFilter('log', 'super', ['shop', 'till']))
    about('shop')
    about('shop', 'till')
    about('shop', 'till', 'drawer')
    log.error('none')
    filter('shop', domainFilter('log', 'not_equal', ['shop']))
    about('shop')
    about('shop', 'till')
    log.error('none')
    filter('level', levelFilter('stop', 'lt', 'critical'))
    its.removeHandlerFilter('h', 'shop')
    its.updateHandler('h', { filterDefault: 'log' })
    log.error('less')
    log.alert('more')
  }),

  module_levels: scenario(
    { items: ['O02'], faults: ['logger.modules_have_no_level'] },
    ({ self, logging: its, log }) => {
      const shop: Metadata = { application: 'shop' }
      // What an event says of itself is left out where Erlang's does not have it.
      its.updateHandler('h', { filterDefault: 'log' })
      its.addHandlerFilter('h', 'bare', (event) => {
        const { module: _module, application: _application, ...meta } = event.meta
        return { ...event, meta }
      })
      void self
      const till = log.with({ ...shop, module: 'till' })
      const drawer = log.with({ ...shop, module: 'drawer' })
      till.info('nobody')
      its.setApplicationLevel('shop', 'info')
      till.info('by application')
      drawer.info('by application')
      its.setModuleLevel('till', 'error')
      till.notice('not by module')
      drawer.info('by application')
      its.setModuleLevel('till', 'debug')
      till.debug('by module')
      log.with({ module: 'other' }).info('nobody')
      its.unsetModuleLevel('till')
      its.unsetApplicationLevel('shop')
      till.debug('nobody')
    },
  ),

  lazy_messages: scenario({ items: ['O07'], faults: ['logger.levels_are_ignored'] }, ({ self, t, log }) => {
    const make = (text: string) => () => {
      t.emit(self, 'made')
      return text
    }
    log.debug(make('debug'))
    log.error(make('error'))
  }),

  a_filter_that_fails: scenario(
    { items: ['O03'], faults: ['logger.failing_filters_stay'] },
    ({ self, t, logging: its, log }) => {
      // What the logger says of itself is not asked about.
      const asked = (event: LogEvent, what: string): boolean => {
        if (event.meta.domain?.[0] === 'agner') return false
        t.emit(self, 'asked', what)
        return true
      }
      its.addFilter('bad', (event) => {
        if (asked(event, 'bad')) throw new Error('oops')
        return 'ignore'
      })
      log.error('one')
      log.error('two')
      its.addHandlerFilter('h', 'worse', (event) => (asked(event, 'worse') ? ('perhaps' as never) : 'ignore'))
      log.error('three')
      log.error('four')
    },
  ),

  a_handler_that_fails: scenario(
    { items: ['O03'], faults: ['logger.failing_handlers_stay'] },
    ({ self, t, logging: its, log }) => {
      const handlers = () => t.emit(self, 'handlers', [...its.settings.handlers.keys()].toSorted())
      its.addHandler('bad', {
        log: () => {
          throw new Error('full')
        },
      })
      handlers()
      log.error('one')
      handlers()
      log.error('two')
    },
  ),

  metadata: scenario({ items: ['O04'], faults: ['logger.primary_metadata_wins'] }, ({ logging: its, log }) => {
    its.setMetadata({ a: 1, b: 1, c: 1 })
    log.setProcessMetadata({ b: 2, c: 2 })
    log.error('one', { c: 3 })
    log.updateProcessMetadata({ d: 2 })
    log.error('two')
    log.setProcessMetadata(null)
    log.error('three')
  }),

  formatting: scenario(
    { items: ['O05'], faults: ['logger.formatters_are_ignored'] },
    ({ self, t, logging: its, log }) => {
      const lines: string[] = []
      const format = (run: () => void, charsLimit = 1000): unknown => {
        its.removeHandler('f')
        its.addHandler(
          'f',
          { log: (event, formatter) => void lines.push(formatter(event)) },
          { formatter: singleLine({ charsLimit }) },
        )
        its.removeHandler('h')
        run()
        return /^\S+ error \S+ (.*)\n$/.exec(lines.at(-1) ?? '')?.[1]
      }
      t.emit(
        self,
        'lines',
        format(() => log.error(' a\n  b,\nc\n')),
      )
      t.emit(
        self,
        'short',
        format(() => log.error('a long text it is'), 10),
      )
      t.emit(
        self,
        'report',
        format(() => log.error({ what: 'sold', count: 3 })),
      )
      const formatReport = (report: object) => `${(report as { count: number }).count} sold`
      t.emit(
        self,
        'own',
        format(() => log.error({ count: 3 }, { formatReport })),
      )
    },
  ),

  burst_limit: withProtection(
    { items: ['O06'], faults: ['logger.nothing_is_too_much'] },
    { burstLimit: 3, burstWindowMs: 60_000 },
    async ({ self, t, log, lines }) => {
      for (const n of [1, 2, 3, 4, 5]) log.error(`n ${n}`)
      t.emit(self, 'written', await lines())
    },
  ),

  flushing: withProtection(
    { items: ['O06'], faults: ['logger.nothing_is_too_much'] },
    { syncLength: 2, dropLength: 3, flushLength: 4 },
    async ({ self, t, log, lines, hold }) => {
      hold(() => six.forEach((n) => log.error(`n ${n}`)))
      t.emit(self, 'written', await lines())
      log.error('n after')
      t.emit(self, 'written', await lines())
    },
  ),

  dropping: withProtection(
    { items: ['O06'], faults: ['logger.nothing_is_too_much'] },
    { syncLength: 2, dropLength: 3, flushLength: 100 },
    async ({ self, t, log, lines, hold }) => {
      hold(() => six.forEach((n) => log.error(`n ${n}`)))
      t.emit(self, 'written', await lines())
      log.error('n after')
      t.emit(self, 'written', await lines())
    },
  ),
}
