/**
 * Each package as a user gets it: its tarball in an empty project, installed with npm together with what it
 * needs and nothing else; imported as ESM and by `require`; no deep path reachable; and the programs of its
 * README run. In one more project all of them together, their declarations checked by a strict compiler that
 * skips nothing.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { chainsOf, readPage, type Program } from '../docs-blocks/programs.ts'
import type { Check } from './check.ts'
import { inLanes, run } from './command.ts'
import { closureOf, type Published, publishedPackages } from './published.ts'

const programTimeoutMs = 30_000

export const installs: Check = {
  name: 'installs',
  needs: ['pack'],
  run: async (root) => {
    const packages = publishedPackages(root)
    const projects = [...packages.map((one) => () => alone(root, one, packages)), () => together(root, packages)]
    const output = (await inLanes(projects, 2, (project) => project())).flat()
    return { ok: output.length === 0, output: output.join('\n'), summary: `${packages.length} packages` }
  },
}

async function inProject(name: string, work: (project: string) => Promise<(string | undefined)[]>): Promise<string[]> {
  const project = mkdtempSync(join(tmpdir(), `agner-install-${name}-`))
  try {
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'a-user', private: true, type: 'module' }))
    const problems = await work(project)
    return problems.filter((problem) => problem !== undefined).map((problem) => `${name}: ${problem}`)
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}

function alone(root: string, one: Published, packages: readonly Published[]): Promise<string[]> {
  return inProject(one.name, async (project) => {
    const programs = chainsOf(readPage(join(one.folder, 'README.md'), `packages/${one.name}/README.md`)).programs
    const failure = await install(root, project, closureOf([one.manifest.name, ...namedIn(programs)], packages))
    if (failure) return [failure]
    if (programs.length === 0 && !one.manifest.private) return ['its README shows no program']
    const ended = await inLanes(programs, 1, (program) => ran(project, program))
    return [await importedBothWays(project, one), ...ended]
  })
}

function together(root: string, packages: readonly Published[]): Promise<string[]> {
  return inProject('all together', async (project) => {
    const failure = await install(root, project, packages)
    return [failure ?? (await compiled(root, project, packages))]
  })
}

/** What a README tells its reader to install beside the package. */
function namedIn(programs: readonly Program[]): string[] {
  const texts = programs.flatMap(({ files }) => files).map(({ text }) => text)
  return texts.flatMap((text) => [...text.matchAll(/['"](@agner\/[a-z]+)/g)].map((match) => match[1] ?? ''))
}

async function install(root: string, project: string, packages: readonly Published[]): Promise<string | undefined> {
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline', '--loglevel=error']
  const tarballs = packages.map(({ tarball }) => join(root, tarball))
  const { code, output } = await run('npm', ['install', ...quiet, ...tarballs], {
    cwd: project,
    env: userEnvironment(),
  })
  return code === 0 ? undefined : `npm install failed\n${output}`
}

/** What our own scripts set must not reach a user's program. */
function userEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([key]) => !/^(NODE_OPTIONS|NODE_ENV|AGNER_.*|VITEST.*|npm_config_(dry_run|package_lock))$/i.test(key),
    ),
  )
}

function write(project: string, path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true })
  writeFileSync(join(project, path), text)
}

function entriesOf({ manifest }: Published): string[] {
  const keys = Object.keys(manifest.exports ?? {}).filter((key) => key !== './package.json')
  return keys.map((key) => manifest.name + key.slice(1))
}

async function importedBothWays(project: string, one: Published): Promise<string | undefined> {
  write(
    project,
    'imported.cjs',
    `const entries = ${JSON.stringify(entriesOf(one))}
     void (async () => {
       for (const entry of entries) {
         const required = Object.keys(require(entry)).sort().join()
         const imported = Object.keys(await import(entry)).sort().join()
         if (required !== imported) throw new Error(entry + ' gives [' + required + '] to require and [' + imported + '] to import')
       }
       const deep = await import('${one.manifest.name}/dist/index.js').then(() => true, (error) => error.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED')
       if (deep) throw new Error('a deep path is reachable')
     })()`,
  )
  const { code, output } = await run('node', ['imported.cjs'], {
    cwd: project,
    env: userEnvironment(),
    timeoutMs: programTimeoutMs,
  })
  return code === 0 && output === '' ? undefined : `import and require: ${output}`
}

async function compiled(root: string, project: string, packages: readonly Published[]): Promise<string | undefined> {
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  }
  const imports = packages
    .flatMap(entriesOf)
    .map((entry, index) => `import * as all${index} from '${entry}'\nvoid all${index}\n`)
  write(project, 'compiled.ts', imports.join(''))
  write(project, 'tsconfig.json', JSON.stringify({ compilerOptions, files: ['compiled.ts'] }))
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { code, output } = await run('node', [compiler, '-p', project], { cwd: project })
  return code === 0 ? undefined : `the declarations do not compile in a user's project:\n${output}`
}

async function ran(project: string, { files, entry, origin, expectedOutput }: Program): Promise<string | undefined> {
  for (const { path, text } of files) write(project, path, text)
  const { code, output } = await run('node', [entry], {
    cwd: project,
    env: userEnvironment(),
    timeoutMs: programTimeoutMs,
  })
  if (code !== 0) return `${origin} failed with exit code ${code}:\n${output}`
  if (expectedOutput !== undefined && output.trim() !== expectedOutput.trim())
    return `${origin} printed:\n${output}\nnot:\n${expectedOutput}`
  return undefined
}
