/**
 * Events handed to the libraries that people have: pino and winston, as they are.
 */
import { Writable } from 'node:stream'
import type { Process } from '@agner/core'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import winston from 'winston'
import { logger, pinoHandler, streamSink, winstonHandler } from '../src/index.ts'
import { createLoggingWorld } from './logging-world.ts'

function lines() {
  const written: string[] = []
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      written.push(...String(chunk).trim().split('\n'))
      done()
    },
  })
  return { stream, parsed: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

it('pino gets level, text and metadata', () => {
  const { stream, parsed } = lines()
  const { node } = createLoggingWorld({
    level: 'all',
    handlers: { pino: pinoHandler(pino({ level: 'debug' }, stream)) },
  })
  logger(node).critical('on fire', { room: 7 })
  logger(node).notice({ what: 'sold' })
  expect(parsed()).toMatchObject([
    { level: 60, msg: 'on fire', room: 7, node: node.name },
    { level: 30, msg: 'what: sold', report: { what: 'sold' } },
  ])
})

it('pino keeps its own pid: no key stands twice in a line, and the process has one of its own', async () => {
  const written: string[] = []
  const { node } = createLoggingWorld({
    handlers: { pino: pinoHandler(pino({}, { write: (line: string) => void written.push(line) })) },
  })
  await node.exited(node.spawn(async (self: Process<never>) => logger(self).notice('open')))
  logger(node).notice('closed')
  expect(written.map((line) => line.match(/"pid":/g)?.length)).toEqual([1, 1])
  expect(written.map((line) => JSON.parse(line) as object)).toMatchObject([
    { pid: process.pid, process: expect.stringMatching(/^<.*>$/) },
    { pid: process.pid, process: null },
  ])
})

it('winston gets its own names for levels: those of npm, and those of syslog', () => {
  for (const [levels, expected] of [
    [winston.config.npm.levels, ['error', 'warn', 'info']],
    [winston.config.syslog.levels, ['crit', 'warning', 'notice']],
  ] as const) {
    const { stream, parsed } = lines()
    const target = winston.createLogger({
      levels,
      level: 'debug',
      format: winston.format.json(),
      transports: [new winston.transports.Stream({ stream })],
    })
    const { node } = createLoggingWorld({ handlers: { winston: winstonHandler(target) } })
    logger(node).critical('on fire', { room: 7 })
    logger(node).warning('smoke')
    logger(node).notice('dust')
    expect(parsed().map(({ level }) => level)).toEqual(expected)
    expect(parsed()[0]).toMatchObject({ message: 'on fire', room: 7, node: node.name })
  }
})

it('a stream that is full is waited for, and one that breaks holds nobody up', async () => {
  const taken: string[] = []
  let goOn: () => void = () => {}
  const stream = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _, done) => {
      taken.push(String(chunk))
      goOn = done
    },
  })
  stream.on('error', () => {})
  const sink = streamSink(stream)
  let isWritten = false
  const first = Promise.resolve(sink.write('one')).then(() => (isWritten = true))
  await Promise.resolve()
  expect(isWritten).toBe(false)
  goOn()
  await first
  const second = Promise.resolve(sink.write('two'))
  stream.destroy(new Error('disk'))
  await second
  expect(taken).toEqual(['one', 'two'])
})
