import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { inPieces } from '../deep/pieces.ts'
import { Progress } from '../deep/progress.ts'
import { describeFailure, readReport } from '../deep/report.ts'
import { seededFiles } from '../deep/select.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'agner-deep-test-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function file(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), text)
}

describe('which files are played', () => {
  test('those with seeds, of packages and apps, but none with real sockets', () => {
    file('packages/b/test/model.test.ts', 'await eachSeed({ seeds: 3 }, run)')
    file('packages/a/test/program.test.ts', 'await eachProgram(programs, 3, run)')
    file('packages/a/test/plain.test.ts', 'test("one", () => {})')
    file('packages/a/test/serial/far.test.ts', 'await eachSeed({ seeds: 3 }, run)')
    file('apps/c/test/own.test.ts', "Number(process.env['AGNER_SEEDS'] ?? 10)")
    expect(seededFiles(root, [])).toEqual([
      'apps/c/test/own.test.ts',
      'packages/a/test/program.test.ts',
      'packages/b/test/model.test.ts',
    ])
    expect(seededFiles(root, ['packages/b', 'own'])).toEqual([
      'apps/c/test/own.test.ts',
      'packages/b/test/model.test.ts',
    ])
  })
})

describe('a file in pieces', () => {
  test.each([
    { seeds: 1, count: 1 },
    { seeds: 999, count: 1 },
    { seeds: 2000, count: 2 },
    { seeds: 2345, count: 2 },
    { seeds: 100_000, count: 20 },
  ])('$seeds seeds are $count pieces, and each is played once', ({ seeds, count }) => {
    const pieces = inPieces('a.test.ts', 7, seeds, 2)
    expect(pieces).toHaveLength(count)
    const played = pieces.flatMap(({ from, seeds: size }) => Array.from({ length: size }, (_, index) => from + index))
    expect(played).toEqual(Array.from({ length: seeds }, (_, index) => 7 + index))
  })

  test('the file is done when all of them are, and green if each was', () => {
    const progress = new Progress(1000)
    progress.played(500, 3, [])
    expect(progress).toMatchObject({ isDone: false, isGreen: true, text: '500 of 1000 seeds' })
    progress.played(500, 2, ['seed 700 fails'])
    expect(progress).toMatchObject({ isDone: true, isGreen: false, passed: 3, failed: 1 })
  })
})

describe('what a report says', () => {
  const report = (assertionResults: object[], message = ''): string =>
    JSON.stringify({ testResults: [{ message, assertionResults }] })

  test('a failure has its seed and the command that plays it again', () => {
    const failureMessages = [
      "Error: Under seed 4711 (replay it with AGNER_SEED=4711): 'a' is not 'b'\n    at file.ts:1",
    ]
    const { passed, failures } = readReport(
      report([
        { fullName: ' holds', status: 'passed' },
        { fullName: " it's kept", status: 'failed', failureMessages },
      ]),
    )
    expect(passed).toBe(1)
    expect(failures).toMatchObject([{ test: "it's kept", seed: '4711' }])
    const text = describeFailure('packages/a/test/x.test.ts', failures[0]!)
    expect(text).toContain("again: AGNER_SEED=4711 pnpm test packages/a/test/x.test.ts -t 'it.s kept'")
  })

  test('a file that cannot be loaded has failed, too', () => {
    const { failures } = readReport(report([], 'SyntaxError: no'))
    expect(failures).toEqual([{ test: 'the file itself', seed: null, message: 'SyntaxError: no' }])
  })
})
