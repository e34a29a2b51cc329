/**
 * The log's files, on a real disk.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { levels } from '@agner/behaviours'
import type { LogEvent } from '@agner-chat/cluster/log'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { EventFiles } from '../../src/event-files.ts'

let folder: string
let file: string
let nowMs: number
let said: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agner-log-'))
  file = join(folder, 'events.jsonl')
  nowMs = 0
  said = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const event = { at: '2026-01-02T03:04:05.678Z', node: 'a@b', service: 'http', kind: 'notice', text: 'x' }
const texts = (...all: string[]): LogEvent[] => all.map((text) => ({ ...event, level: 'info', text }))
const open = (at = folder): EventFiles =>
  new EventFiles(at, { nowMs: () => nowMs, say: (level, text) => said.push(`${level} ${text}`) })
const lines = (): unknown[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

it('hold one JSON object for each event, of every level, also of one that only a newer node knows', async () => {
  const files = open()
  files.write(levels.map((level) => ({ ...event, level })))
  files.write([{ ...event, level: 'whisper' as never, details: { process: '<0.1.0>' } }])
  await files[Symbol.asyncDispose]()
  expect(lines()).toEqual([
    ...levels.map((level) => ({ ...event, level })),
    { ...event, level: 'notice', details: { process: '<0.1.0>' } },
  ])
  expect(said).toEqual([])
})

it('are opened again after a while when something else has their name; it is said once, and what is lost is counted', async () => {
  mkdirSync(file)
  const files = open()
  files.write(texts('lost 1', 'lost 2'))
  await expect.poll(() => said).toHaveLength(1)
  files.write(texts('lost 3'))
  nowMs += 2000
  // The second attempt fails, too.
  files.write(texts('lost 4'))
  await expect.poll(() => files.dropped).toBe(4)
  files.write(texts('lost 5'))
  rmdirSync(file)
  nowMs += 2000
  files.write(texts('kept'))
  await expect.poll(() => said).toHaveLength(2)
  expect(said).toEqual([
    expect.stringMatching(/^error The log's files in .* cannot be written: .* not a file/),
    expect.stringMatching(/^notice The log's files in .* are written again; 5 events are not in them$/),
  ])
  await files[Symbol.asyncDispose]()
  expect(lines()).toEqual([{ ...event, level: 'info', text: 'kept' }])
})

it('are opened again when a stream that worked fails', async () => {
  const history = `${file}.txt`
  mkdirSync(history)
  const files = open()
  // With the last of them the file is full, and cannot be put aside: what it keeps of that in is no file.
  for (let n = 0; n < 11; n++) files.write(texts('x'.repeat(1_000_000)))
  await expect.poll(() => said).toEqual([expect.stringMatching(/^error .* EISDIR/)])
  rmdirSync(history)
  nowMs += 2000
  files.write(texts('kept'))
  await expect.poll(() => said).toHaveLength(2)
  await files[Symbol.asyncDispose]()
  expect(lines()).toEqual([{ ...event, level: 'info', text: 'kept' }])
})

it('whose folder cannot be made are no reason to end, nor to wait when the log ends', async () => {
  writeFileSync(join(folder, 'taken'), '')
  const files = open(join(folder, 'taken', 'log'))
  files.write(texts('lost'))
  await expect.poll(() => said).toHaveLength(1)
  await files[Symbol.asyncDispose]()
})
