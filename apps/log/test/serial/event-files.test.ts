/**
 * The log's files, on a real disk.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { levels } from '@agner/behaviours'
import { expect, it } from 'vitest'
import { EventFiles } from '../../src/event-files.ts'

it('hold one JSON object for each event, of every level, also of one that only a newer node knows', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agner-log-'))
  try {
    await using files = new EventFiles(folder)
    const event = { at: '2026-01-02T03:04:05.678Z', node: 'a@b', service: 'http', kind: 'notice', text: 'x' }
    files.write(levels.map((level) => ({ ...event, level })))
    files.write([{ ...event, level: 'whisper' as never, details: { process: '<0.1.0>' } }])
    await files[Symbol.asyncDispose]()
    const lines = readFileSync(join(folder, 'events.jsonl'), 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      ...levels.map((level) => ({ ...event, level })),
      { ...event, level: 'notice', details: { process: '<0.1.0>' } },
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
