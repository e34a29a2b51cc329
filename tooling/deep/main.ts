/**
 * `npm run deep [-- WORD… --seeds N --from N --minutes M --list]`: the properties and model tests with many seeds each.
 *
 * In CI each of them tries some hundreds. Here it is 2,000, 10,000 or 100,000 (`--list` says for which), or as many
 * as `--seeds` says, from seed 1 on or from `--from`. Words choose files by a part of their path. A file with many seeds is played in
 * pieces, two at a time; `--minutes` begins no piece after that time. One line for each file as it ends; a failure names its seed and the
 * command that plays it again, and ends its piece alone. The exit code is 1 then.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { inLanes, run } from '../check/command.ts'
import { inPieces, type Piece } from './pieces.ts'
import { Progress } from './progress.ts'
import { describeFailure, readReport, type FileReport } from './report.ts'
import { seededFiles } from './select.ts'

const lanes = 2
const dayMs = 86_400_000
const heartbeatMs = 60_000
const root = join(import.meta.dirname, '..', '..')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    minutes: { type: 'string', default: 'Infinity' },
    list: { type: 'boolean', default: false },
  },
})

/** Where it is not the usual number. */
const seedsOfFolders: readonly (readonly [folder: string, seeds: number])[] = [
  ['packages/behaviours/', 10_000],
  ['apps/database/', 200],
  ['packages/consensus/test/simulation/', 100_000],
  ['packages/global/test/pg/', 10_000],
  ['packages/global/test/names/', 10_000],
  ['packages/groups/test/model/', 100_000],
  ['packages/release/test/simulation/', 5000],
]
const usualSeeds = 2000
const from = readCount('from', values.from)
const wantedSeeds = values.seeds === undefined ? null : readCount('seeds', values.seeds)

function readCount(option: string, text: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count > 0) return count
  console.error(`deep: --${option} takes an integer from 1 up; got ${text}.`)
  process.exit(2)
}

function seedsOf(path: string): number {
  const ofFolder = seedsOfFolders.find(([folder]) => path.startsWith(folder))
  return wantedSeeds ?? ofFolder?.[1] ?? usualSeeds
}

async function play({ path, from, seeds }: Piece, folder: string, index: number): Promise<FileReport> {
  const file = join(folder, `${index}.json`)
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    'unit',
    path,
    '--reporter=json',
    `--outputFile=${file}`,
  ]
  const env = { ...process.env, AGNER_SEEDS: String(seeds), AGNER_SEEDS_FROM: String(from) }
  const { output } = await run('node', args, { cwd: root, env, timeoutMs: dayMs })
  try {
    return readReport(readFileSync(file, 'utf8'))
  } catch {
    return { passed: 0, failures: [{ test: 'the file itself', seed: null, message: output }] }
  }
}

async function deep(paths: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'agner-deep-'))
  const startedMs = performance.now()
  const seconds = (): string => `${((performance.now() - startedMs) / 1000).toFixed(0)} s`
  const files = new Map(paths.map((path) => [path, new Progress(seedsOf(path))]))
  const playing = new Set<Progress>()
  const heartbeat = setInterval(() => {
    const lines = [...files].filter(([, progress]) => playing.has(progress)).map(([path, at]) => `${path} (${at.text})`)
    console.log(`… ${seconds()}: ${lines.join(', ')}`)
  }, heartbeatMs)
  let done = 0
  try {
    const pieces = paths.flatMap((path) => inPieces(path, from, seedsOf(path), lanes))
    await inLanes([...pieces.entries()], lanes, async ([index, piece]) => {
      if (performance.now() - startedMs > Number(values.minutes) * 60_000) return
      const progress = files.get(piece.path)!
      playing.add(progress)
      const { passed, failures } = await play(piece, folder, index)
      const descriptions = failures.map((failure) => describeFailure(piece.path, failure))
      progress.played(piece.seeds, passed, descriptions)
      // At once: a run of hours is not waited for to hear of what is wrong.
      for (const description of descriptions) console.log(`  ${description}`)
      if (!progress.isDone) return
      playing.delete(progress)
      const count = `[${String(++done).padStart(String(paths.length).length)}/${paths.length}]`
      console.log(
        `${count} ${progress.isGreen ? '✓' : '✗'} ${piece.path} × ${progress.seeds} seeds, after ${seconds()}`,
      )
    })
  } finally {
    clearInterval(heartbeat)
    rmSync(folder, { recursive: true, force: true })
  }
  const all = [...files.values()]
  for (const [path, progress] of files)
    if (!progress.isDone) console.log(`no time for all of ${path}: ${progress.text}`)
  const passed = all.reduce((sum, progress) => sum + progress.passed, 0)
  const failed = all.reduce((sum, progress) => sum + progress.failed, 0)
  console.log(`${passed} passed, ${failed} failed, in ${seconds()}`)
  return failed === 0 && passed > 0 ? 0 : 1
}

const paths = seededFiles(root, positionals)
if (values.list) for (const path of paths) console.log(`${path} × ${seedsOf(path)}`)
else process.exitCode = await deep(paths)
