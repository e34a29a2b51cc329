/**
 * Each package as a user gets it: its tarball in an empty project, installed with npm together with what it
 * needs and nothing else; imported as ESM and by `require`; no deep path reachable; its declarations checked
 * by a strict compiler that skips nothing; and the programs of its README run.
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
    const problems = await inLanes(packages, 2, (one) => problemsOf(root, one, packages))
    const output = packages.flatMap(({ manifest }, index) =>
      (problems[index] ?? []).map((problem) => `${manifest.name}: ${problem}`),
    )
    return { ok: output.length === 0, output: output.join('\n'), summary: `${packages.length} packages` }
  },
}

async function problemsOf(root: string, one: Published, packages: readonly Published[]): Promise<string[]> {
  const project = mkdtempSync(join(tmpdir(), `agner-install-${one.name}-`))
  try {
    const programs = chainsOf(readPage(join(one.folder, 'README.md'), `packages/${one.name}/README.md`)).programs
    const failure = await install(root, project, one, programs, packages)
    if (failure) return [failure]
    const results = [
      await importedBothWays(project, one),
      await compiled(root, project, one),
      ...(await inLanes(programs, 1, (program) => ran(project, program))),
    ]
    return results.filter((result) => result !== undefined)
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}

/** Only what the package needs, and what its README tells a reader to install beside it. */
async function install(
  root: string,
  project: string,
  one: Published,
  programs: readonly Program[],
  packages: readonly Published[],
): Promise<string | undefined> {
  const named = programs
    .flatMap(({ files }) => files)
    .flatMap(({ text }) => [...text.matchAll(/['"](@agner\/[a-z]+)/g)].map((match) => match[1] ?? ''))
  const closure = closureOf([one.manifest.name, ...named], packages)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'a-user', private: true, type: 'module' }))
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline', '--loglevel=error']
  const tarballs = closure.map(({ tarball }) => join(root, tarball))
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
      ([key]) => !/^(NODE_OPTIONS|NODE_ENV|AGNER_.*|VITEST.*|npm_(?!config_registry).*)$/i.test(key),
    ),
  )
}

function write(project: string, path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true })
  writeFileSync(join(project, path), text)
}

async function importedBothWays(project: string, { manifest }: Published): Promise<string | undefined> {
  const entries = Object.keys(manifest.exports ?? {})
    .filter((key) => key !== './package.json')
    .map((key) => manifest.name + key.slice(1))
  write(
    project,
    'imported.cjs',
    `const entries = ${JSON.stringify(entries)}
     void (async () => {
       for (const entry of entries) {
         const required = Object.keys(require(entry)).sort().join()
         const imported = Object.keys(await import(entry)).sort().join()
         if (required !== imported) throw new Error(entry + ' gives [' + required + '] to require and [' + imported + '] to import')
       }
       const deep = await import('${manifest.name}/dist/index.js').then(() => true, (error) => error.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED')
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

async function compiled(root: string, project: string, { manifest }: Published): Promise<string | undefined> {
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
  write(project, 'compiled.ts', `import * as all from '${manifest.name}'\nexport const names = Object.keys(all)\n`)
  write(project, 'tsconfig.json', JSON.stringify({ compilerOptions, files: ['compiled.ts'] }))
  const { code, output } = await run('node', [join(root, 'node_modules/typescript/bin/tsc'), '-p', project], {
    cwd: project,
  })
  return code === 0 ? undefined : `its declarations do not compile in a user's project:\n${output}`
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
