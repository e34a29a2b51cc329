/**
 * The way of a log event: levels, metadata, filters, handlers; and that nothing of it hurts who logs.
 */
import { createNode } from '@agner/core'
import { createVirtualRuntime } from '@agner/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareLevels,
  createLogging,
  domainFilter,
  isAllowed,
  levelFilter,
  levels,
  logger,
  loggingOf,
  progressFilter,
  startSupervisor,
  type LogEvent,
  type LogHandler,
} from '../src/index.ts'
import { collector, createLoggingWorld } from './logging-world.ts'

describe('levels', () => {
  it('let through themselves and what is graver', () => {
    fc.assert(
      fc.property(fc.constantFrom(...levels), fc.constantFrom(...levels), (one, setting) => {
        expect(isAllowed(one, setting)).toBe(compareLevels(one, setting) <= 0)
        expect(isAllowed(one, 'all')).toBe(true)
        expect(isAllowed(one, 'none')).toBe(false)
      }),
    )
  })

  it('are notice by default, and may be changed', () => {
    const { node, logging, told } = createLoggingWorld()
    const log = logger(node)
    for (const level of levels) log[level](`a ${level}`)
    expect(told()).toEqual(levels.slice(0, 6).map((level) => `${level} a ${level}`))
    logging.setLevel('critical')
    for (const level of levels) log[level](`a ${level}`)
    expect(told()).toHaveLength(3)
    expect(() => logging.setLevel('loud' as never)).toThrow(expect.objectContaining({ code: 'logger.bad_option' }))
  })

  it('of a module go before those of its application, and these before the primary one', () => {
    const { node, logging, told } = createLoggingWorld()
    const log = logger(node, { module: '@acme/m', application: 'shop' })
    logging.setApplicationLevel('shop', 'info')
    log.info('by application')
    logging.setModuleLevel('@acme/m', 'error')
    log.info('not by module')
    logging.unsetModuleLevel('@acme/m')
    log.info('again')
    logging.unsetApplicationLevel('shop')
    log.info('not by primary')
    logging.setModuleLevel('@acme/m', 'debug')
    log.debug('by module')
    logger(node).debug('not by another')
    expect(told()).toEqual(['info by application', 'info again', 'debug by module'])
  })

  it('that are off cost no message', () => {
    const { node, told } = createLoggingWorld()
    let made = 0
    logger(node).debug(() => `${++made}`)
    logger(node).notice(() => ({ made: ++made }))
    logger(node).notice(() => {
      throw new Error('oh')
    })
    expect(told()).toEqual(['notice made: 1', 'notice LAZY MESSAGE FAILED: Error: oh'])
  })
})

describe('metadata', () => {
  it('is of the event before the process before the primary; and always who, when and where', async () => {
    const { node, events, inProcess } = createLoggingWorld({ metadata: { a: 1, b: 1, c: 1 } })
    await inProcess((self) => {
      const log = logger(self)
      log.setProcessMetadata({ b: 2, c: 2 })
      log.updateProcessMetadata({ d: 2 })
      log.notice('inside', { c: 3 })
      const [{ meta }] = events as [LogEvent]
      expect(meta).toMatchObject({ a: 1, b: 2, c: 3, d: 2, pid: self.pid, node: node.name })
      expect(meta.timeMs).toBe(node.systemTimeMs())
    })
    logger(node).notice('outside')
    expect(events[1]!.meta).toEqual({ a: 1, b: 1, c: 1, pid: null, node: node.name, timeMs: node.systemTimeMs() })
  })

  it('of a process is in its crash report, too', async () => {
    const { node, events, run } = createLoggingWorld()
    const pid = node.spawn(async (self) => {
      logger(self).setProcessMetadata({ order: 17 })
      throw new Error('lost')
    })
    await run(node.exited(pid))
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ level: 'error', meta: { order: 17, pid, domain: ['agner', 'crash'] } })
  })

  it('of a logger is added to all its events', () => {
    const { node, events } = createLoggingWorld()
    logger(node, { a: 1, b: 1 }).with({ b: 2 }).notice('x', { c: 3 })
    expect(events[0]!.meta).toMatchObject({ a: 1, b: 2, c: 3 })
  })
})

describe('filters', () => {
  it('stop, change and ignore; the default decides when none has an opinion', () => {
    const { node, logging, told } = createLoggingWorld({
      filters: {
        secrets: (event) => ('text' in event.message && event.message.text.includes('secret') ? 'stop' : 'ignore'),
        rename: (event) =>
          'text' in event.message && event.message.text === 'old' ? { ...event, message: { text: 'new' } } : 'ignore',
      },
    })
    const log = logger(node)
    log.notice('a secret')
    log.notice('old')
    log.notice('other')
    expect(told()).toEqual(['notice new', 'notice other'])
    logging.removeFilter('secrets')
    log.notice('a secret')
    expect(told()).toEqual(['notice a secret'])
    expect(() => logging.addFilter('rename', () => 'stop')).toThrow(expect.objectContaining({ code: 'logger.exists' }))
  })

  it('of a handler are its own, with a default of its own', () => {
    const events: LogEvent[] = []
    const { node, told } = createLoggingWorld({
      handlers: {
        grave: { handler: collector(events), level: 'error' },
        shop: {
          handler: collector(events),
          filterDefault: 'stop',
          filters: { shop: domainFilter('log', 'sub', ['shop']) },
        },
      },
    })
    const log = logger(node)
    log.notice('n')
    log.error('e')
    log.notice('s', { domain: ['shop', 'till'] })
    expect(events.map(({ message }) => message)).toEqual([{ text: 'e' }, { text: 's' }])
    expect(told()).toEqual([])
  })

  it('that are ready go by domain, level and progress', async () => {
    const domain = (its?: readonly string[]) =>
      ({ level: 'info', message: { text: '' }, meta: { domain: its } }) as never
    const ask = (compare: Parameters<typeof domainFilter>[1], its?: readonly string[]) =>
      domainFilter('stop', compare, ['a', 'b'])(domain(its)) === 'stop'
    expect([ask('sub', ['a', 'b', 'c']), ask('sub', ['a', 'b']), ask('sub', ['a'])]).toEqual([true, true, false])
    expect([ask('super', ['a']), ask('super', ['a', 'b']), ask('super', ['a', 'b', 'c'])]).toEqual([true, true, false])
    expect([ask('equal', ['a', 'b']), ask('not_equal', ['a']), ask('not_equal')]).toEqual([true, true, true])
    expect([ask('undefined'), ask('undefined', ['x'])]).toEqual([true, false])
    const less = levelFilter('stop', 'lt', 'error')
    expect(levels.map((level) => less({ level, message: { text: '' }, meta: {} as never }) === 'stop')).toEqual([
      ...Array.from({ length: 4 }, () => false),
      ...Array.from({ length: 4 }, () => true),
    ])
    const { node, told, run } = createLoggingWorld({ level: 'all', filters: { progress: progressFilter('stop') } })
    await run(startSupervisor(node, { children: [] }))
    expect(told()).toEqual([])
  })
})

describe('what fails', () => {
  it('as a filter is removed and reported, and the event goes on', () => {
    const { node, logging, told } = createLoggingWorld()
    logging.addFilter('bad', () => {
      throw new Error('no')
    })
    logging.addHandlerFilter('collector', 'worse', () => 'perhaps' as never)
    logger(node).notice('one')
    expect(told()).toEqual([
      'error the log filter "bad" of the primary filters failed and was removed: Error: no',
      'error the log filter "worse" of the log handler "collector" failed and was removed: TypeError: a filter returns an event, \'stop\' or \'ignore\', and not a string',
      'notice one',
    ])
    logger(node).notice('two')
    expect(told()).toEqual(['notice two'])
  })

  it('as a handler is removed and reported by the others', () => {
    const { node, logging, told } = createLoggingWorld()
    const bad: LogHandler = {
      log: () => {
        throw new Error('full')
      },
    }
    logging.addHandler('bad', bad)
    logger(node).notice('one')
    expect([...logging.settings.handlers.keys()]).toEqual(['collector'])
    expect(told()).toEqual(['error the log handler "bad" failed and was removed: Error: full', 'notice one'])
  })

  it('may throw whatever it wants to', () => {
    const { node, logging, told } = createLoggingWorld()
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    for (const thrown of [Object.create(null) as unknown, proxy, undefined, Symbol('odd')]) {
      const bad = (): never => {
        // oxlint-disable-next-line typescript/only-throw-error -- what users may do
        throw thrown
      }
      logging.addHandler('bad', { log: bad })
      logging.addFilter('worse', bad)
      logger(node).notice(bad)
      const lines = told()
      expect(lines.filter((line) => line.includes('failed and was removed: '))).toHaveLength(2)
      expect(lines.at(-1)).toContain('LAZY MESSAGE FAILED: ')
    }
    expect([...logging.settings.handlers.keys()]).toEqual(['collector'])
  })

  it('as everything at once does not go round and round', () => {
    const bad: LogHandler = {
      log: () => {
        throw new Error('full')
      },
    }
    const { node, logging } = createLoggingWorld({ handlers: { a: bad, b: bad, c: bad } })
    logger(node).notice('one')
    expect(logging.settings.handlers.size).toBe(0)
  })
})

describe('a node', () => {
  it('has a logging of its own', () => {
    const one = createLoggingWorld()
    const other = createLoggingWorld()
    logger(one.node).notice('here')
    expect(one.told()).toEqual(['notice here'])
    expect(other.told()).toEqual([])
    expect(loggingOf(one.node)).toBe(one.logging)
    expect(() => createLogging().attach(one.node)).toThrow(expect.objectContaining({ code: 'logger.attached' }))
  })

  it('gets one when it has none', () => {
    const node = createNode({ runtime: createVirtualRuntime() })
    logger(node).debug('nobody sees this')
    expect([...loggingOf(node).settings.handlers.keys()]).toEqual(['default'])
  })
})
