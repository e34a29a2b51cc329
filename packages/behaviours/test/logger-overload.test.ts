/**
 * A handler that gets more than it can handle: it slows down, drops, throws away, ends and begins anew; and goes on.
 */
import type { Process } from '@agner/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { logger, protectedHandler, type OverloadOptions } from '../src/index.ts'
import { decide, defaultLimits, noLoad, problemOf, type Load } from '../src/logger/overload.ts'
import { createLoggingWorld } from './logging-world.ts'

const limits = { ...defaultLimits, syncLength: 2, dropLength: 4, flushLength: 8, burstLimit: Infinity }

describe('the decision', () => {
  it('goes by how many wait', () => {
    const of = (waiting: number) => {
      const { load, action } = decide({ ...limits, killLength: 20 }, noLoad(0), waiting, 1)
      return `${load.mode} ${action}`
    }
    expect([0, 1, 2, 3, 4, 7, 8, 20, 21].map(of)).toEqual([
      'async write',
      'async write',
      'sync write',
      'sync write',
      'drop write',
      'drop write',
      'async flush',
      'async flush',
      'async kill',
    ])
  })

  it('is told when events are dropped, and when that is over', () => {
    const dropping = decide(limits, noLoad(0), 4, 1)
    expect(dropping.changed).toEqual({ from: 'async', to: 'drop' })
    expect(decide(limits, dropping.load, 5, 1).changed).toBeNull()
    expect(decide(limits, dropping.load, 3, 1).changed).toEqual({ from: 'drop', to: 'sync' })
    expect(decide(limits, dropping.load, 9, 1).changed).toEqual({ from: 'drop', to: 'async' })
  })

  it('never leaves a handler with nothing to do in mode drop', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 12 })), (before) => {
        let load: Load = noLoad(0)
        for (const waiting of [...before, 0]) load = decide(limits, load, waiting, 1).load
        expect(load.mode).toBe('async')
      }),
    )
  })

  it('writes no more than the burst limit within a window, and again after it', () => {
    const burst = { ...limits, burstLimit: 3, burstWindowMs: 100 }
    let load = noLoad(0)
    const write = (nowMs: number) => {
      const { load: next, action } = decide(burst, load, 0, nowMs)
      load = next
      return action
    }
    expect([1, 2, 3, 50, 99].map(write)).toEqual(['write', 'write', 'write', 'skip', 'skip'])
    expect([120, 121, 122, 123, 124].map(write)).toEqual(['write', 'write', 'write', 'write', 'skip'])
    expect(write(300)).toBe('write')
  })

  it('refuses limits that make no sense', () => {
    expect(problemOf(defaultLimits)).toBeNull()
    expect(problemOf({ ...defaultLimits, syncLength: 300 })).toContain('syncLength')
    expect(problemOf({ ...defaultLimits, burstLimit: -1 })).toContain('burstLimit')
    expect(() => protectedHandler({ write: () => {} }, { dropLength: 1 })).toThrow(
      expect.objectContaining({ code: 'logger.bad_option' }),
    )
  })
})

function overloaded(options: OverloadOptions = {}) {
  const lines: string[] = []
  let release: () => void = () => {}
  let isStuck = true
  const sink = {
    write: (line: string) => {
      lines.push(...line.trimEnd().split('\n'))
      return isStuck ? new Promise<void>((resolve) => (release = resolve)) : undefined
    },
  }
  const handler = protectedHandler(sink, { ...limits, ...options })
  const world = createLoggingWorld({
    handlers: { slow: { handler, formatter: ({ message }) => `${'text' in message ? message.text : ''}\n` } },
  })
  const settle = () => world.run(world.node.exited(world.node.spawn((self: Process<never>) => self.sleep(1))))
  return {
    ...world,
    handler,
    lines,
    settle,
    letGo: () => {
      isStuck = false
      release()
    },
  }
}

describe('a handler', () => {
  it('writes lines in order', async () => {
    const { node, lines, letGo, settle } = overloaded()
    letGo()
    for (let n = 0; n < 4; n++) logger(node).notice(`${n}`)
    await settle()
    expect(lines).toEqual(['0', '1', '2', '3'])
  })

  it('holds up a process that logs much, until its line is written', async () => {
    const { node, lines, letGo, settle, run } = overloaded({ dropLength: 100, flushLength: 100 })
    for (let n = 0; n < 4; n++) logger(node).notice(`${n}`)
    await settle()
    expect(lines).toEqual(['0'])
    let steps = 0
    const client = node.spawn(async (self: Process<never>) => {
      for (; steps < 3; steps++) {
        logger(self).notice(`mine ${steps}`)
        await self.sleep(1)
      }
    })
    await settle()
    await settle()
    await settle()
    expect(steps).toBe(0)
    expect(node.isAlive(client)).toBe(true)
    letGo()
    await run(node.exited(client))
    expect(lines.slice(4)).toEqual(['mine 0', 'mine 1', 'mine 2'])
  })

  it('holds nobody up for ever, though its sink is stuck', async () => {
    const { node, settle, run } = overloaded({ dropLength: 100, flushLength: 100, syncTimeoutMs: 300 })
    for (let n = 0; n < 4; n++) logger(node).notice(`${n}`)
    await settle()
    const client = node.spawn(async (self: Process<never>) => logger(self).notice('mine'))
    const began = node.monotonicTimeMs()
    const slow = node.spawn(async (self: Process<never>) => {
      logger(self).notice('mine, too')
      await self.sleep(1)
    })
    await run(node.exited(client))
    await run(node.exited(slow))
    expect(node.monotonicTimeMs() - began).toBeGreaterThanOrEqual(300)
  })

  it('throws away what is too much, tells how much, and goes on', async () => {
    const { node, lines, letGo, settle, handler } = overloaded()
    for (let n = 0; n < 20; n++) logger(node).notice(`${n}`)
    letGo()
    await settle()
    expect(lines[0]).toMatch(/threw 20 events away/)
    logger(node).notice('after')
    await settle()
    expect(lines.at(-1)).toBe('after')
    expect(handler.counts()).toMatchObject({ flushed: 20, written: 1 })
  })

  it('lets clients drop what it cannot take, and tells when that is over', async () => {
    const { node, lines, letGo, settle, handler } = overloaded()
    for (let n = 0; n < 6; n++) logger(node).notice(`${n}`)
    await settle()
    expect(lines).toEqual(['the log handler "slow" went from mode async to mode drop', '0'])
    for (let n = 0; n < 5; n++) logger(node).notice('lost')
    expect(handler.counts().dropped).toBe(5)
    letGo()
    await settle()
    logger(node).notice('after')
    await settle()
    expect(lines.slice(2)).toEqual([
      '1',
      'the log handler "slow" went from mode drop to mode sync',
      '2',
      '3',
      '4',
      '5',
      'after',
    ])
  })

  it('ends when even that is not enough, and begins anew', async () => {
    const { node, lines, letGo, settle, run, handler } = overloaded({ killLength: 30, restartAfterMs: 1000 })
    letGo()
    for (let n = 0; n < 50; n++) logger(node).notice(`${n}`)
    await settle()
    expect(lines).toEqual([])
    logger(node).notice('at once')
    expect(lines).toEqual(['at once'])
    await run(node.exited(node.spawn((self: Process<never>) => self.sleep(1000))))
    logger(node).notice('by the process')
    await settle()
    expect(lines.slice(1)).toEqual([
      'the log handler "slow" was overloaded or crashed, and begins anew',
      'by the process',
    ])
    expect(handler.counts().restarts).toBe(1)
  })

  it('writes what was logged before the node stops, and after it', async () => {
    const { node, lines, letGo, run } = overloaded()
    letGo()
    logger(node).notice('before')
    await run(node.stop())
    logger(node).notice('after')
    expect(lines).toEqual(['before', 'after'])
  })

  it('closes its sink when it is removed, after what was logged before', async () => {
    const closed: string[] = []
    const handler = protectedHandler({
      write: (line) => void closed.push(line),
      close: () => void closed.push('closed'),
    })
    const { node, logging, run } = createLoggingWorld({ handlers: { h: { handler, formatter: () => 'line' } } })
    logger(node).notice('x')
    logging.removeHandler('h')
    await run(node.exited(node.spawn((self: Process<never>) => self.sleep(1))))
    expect(closed).toEqual(['line', 'closed'])
  })
})
