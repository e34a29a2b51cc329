/**
 * `npm run deep [-- WORD… --seeds N --minutes M --list]`: the properties and model tests with many seeds each.
 *
 * In CI each of them tries some hundreds. Here it is 2,000, 10,000 or 100,000 (`--list` says for which), or as many
 * as `--seeds` says. Words choose files by a part of their path. `--minutes` begins no file after that time. One line
 * for each file as it ends; a failure names its seed and the command that plays it again. The exit code is 1 then.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { inLanes, run } from '../check/command.ts'
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

function seedsOf(path: string): number {
  const ofFolder = seedsOfFolders.find(([folder]) => path.startsWith(folder))
  return Number(values.seeds ?? ofFolder?.[1] ?? usualSeeds)
}

async function play(path: string, folder: string, index: number): Promise<FileReport> {
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
  const env = { ...process.env, AGNER_SEEDS: String(seedsOf(path)) }
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
  const playing = new Set<string>()
  const heartbeat = setInterval(() => console.log(`… ${seconds()}: ${[...playing].join(', ')}`), heartbeatMs)
  let [done, passed, leftOut] = [0, 0, 0]
  const failed: string[] = []
  try {
    await inLanes([...paths.entries()], lanes, async ([index, path]) => {
      if (performance.now() - startedMs > Number(values.minutes) * 60_000) return void leftOut++
      playing.add(path)
      const { passed: here, failures } = await play(path, folder, index)
      playing.delete(path)
      passed += here
      const descriptions = failures.map((failure) => describeFailure(path, failure))
      failed.push(...descriptions)
      const count = `[${String(++done).padStart(String(paths.length).length)}/${paths.length}]`
      console.log(`${count} ${failures.length === 0 ? '✓' : '✗'} ${path} × ${seedsOf(path)} seeds, after ${seconds()}`)
      for (const description of descriptions) console.log(`  ${description}`)
    })
  } finally {
    clearInterval(heartbeat)
    rmSync(folder, { recursive: true, force: true })
  }
  if (leftOut > 0) console.log(`no time for ${leftOut} files`)
  console.log(`${passed} passed, ${failed.length} failed, in ${seconds()}`)
  return failed.length === 0 && passed > 0 ? 0 : 1
}

const paths = seededFiles(root, positionals)
if (values.list) for (const path of paths) console.log(`${path} × ${seedsOf(path)}`)
else process.exitCode = await deep(paths)
