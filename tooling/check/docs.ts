/**
 * Runs what the pages show: each program in a process of its own against the workspace's sources, fragments
 * through the compiler only. READMEs of packages are compiled here and run from tarballs (installs.ts).
 */
import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { chainsOf, type Program, readPage } from '../docs-blocks/programs.ts'
import { portMapper, type Check } from './check.ts'
import { inLanes, run } from './command.ts'

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/*.md',
  'docs/guide/*.md',
  'packages/*/*.md',
  'apps/*/*.md',
  'tooling/*/*.md',
]
/** Below a workspace package that depends on everything that pages import. */
const workFolder = 'docs/.tmp/blocks'
const programTimeoutMs = 30_000

interface Placed {
  readonly folder: string
  readonly program: Program
  readonly runs: boolean
}

export const docs: Check = {
  name: 'docs',
  alone: portMapper,
  run: async (root) => {
    rmSync(join(root, workFolder), { recursive: true, force: true })
    const placed = globSync(pages, { cwd: root })
      .toSorted()
      .flatMap((path) => place(root, path))
    if (placed.length === 0) return { ok: true, output: '', summary: 'no blocks' }

    const compiled = await compile(root, placed)
    const runnable = placed.filter(({ runs }) => runs)
    // Pages name their nodes without regard to each other: two programs may not have the port mapper at once.
    const lanes = [runnable.filter(hasNodes), runnable.filter((one) => !hasNodes(one))]
    const problems = await inLanes(lanes, 2, (lane) => inLanes(lane, 1, (one) => failureOf(root, one)))
    const output = [compiled, ...problems.flat()].filter((problem) => problem !== undefined)
    return {
      ok: output.length === 0,
      output: output.join('\n'),
      summary: `${placed.length} blocks, ${runnable.length} run`,
    }
  },
}

function hasNodes({ program }: Placed): boolean {
  return program.files.some(({ text }) => text.includes("'@agner/distribution'"))
}

function place(root: string, path: string): Placed[] {
  const { programs, fragments } = chainsOf(readPage(join(root, path), path))
  const folder = join(workFolder, path.replaceAll(/[^\w]+/g, '-'))
  const runsHere = !path.startsWith('packages/')
  const all = [
    ...programs.map((program) => ({ folder, program, runs: runsHere })),
    ...fragments.map((program) => ({ folder, program, runs: false })),
  ]
  for (const { program } of all) {
    for (const file of program.files) {
      const target = join(root, folder, file.path)
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, file.text)
    }
  }
  return all
}

async function compile(root: string, placed: readonly Placed[]): Promise<string | undefined> {
  const config = {
    extends: '../../../tooling/tsconfig/base.json',
    compilerOptions: { paths: { '@agner/*': ['../../../packages/*/src/index.ts'] } },
    include: ['.'],
  }
  writeFileSync(join(root, workFolder, 'tsconfig.json'), JSON.stringify(config))
  const { code, output } = await run('node', ['tooling/node_modules/typescript-7/bin/tsc', '-p', workFolder], {
    cwd: root,
  })
  return code === 0 ? undefined : `${output}\n${origins(placed)}`
}

/** A compiler names files of the work folder: this says which line of which page each came from. */
function origins(placed: readonly Placed[]): string {
  const lines = placed.map(({ folder, program }) => `${join(folder, program.entry)} is ${program.origin}`)
  return [...new Set(lines)].join('\n')
}

async function failureOf(root: string, { folder, program }: Placed): Promise<string | undefined> {
  const args = ['--conditions=@agner/source', program.entry]
  const { code, output } = await run('node', args, { cwd: join(root, folder), timeoutMs: programTimeoutMs })
  if (code !== 0) return `${program.origin} failed with exit code ${code}:\n${output}`
  const { expectedOutput } = program
  if (expectedOutput === undefined || output.trim() === expectedOutput.trim()) return undefined
  return `${program.origin} printed:\n${output}\nnot, as the page says:\n${expectedOutput}`
}
