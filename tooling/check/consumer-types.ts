/**
 * The declarations as a consumer's compiler sees them: from the tarballs, with `skipLibCheck: false`, on every
 * compiler of compilers.ts.
 *
 *     every entry, imported by a project that resolves as Node does, and by one that resolves as bundlers do
 *     the type tests of the packages, right use and wrong: what must not compile does not compile there, either
 *     wrong uses, one by one: the error stands on what is wrong, and says it (wrong-uses.ts)
 */
import { globSync, readFileSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Check } from './check.ts'
import { inLanes, run, type Finished } from './command.ts'
import { compilers } from './compilers.ts'
import { type Published, publishedPackages } from './published.ts'
import { entriesOf, inProject, install, write } from './user-project.ts'
import { misplaced, wrongProgram } from './wrong-uses.ts'

interface Program {
  readonly config: string
  readonly what: string
  /** What is wrong with how it compiled. */
  readonly verdict: (compiled: Finished) => string | undefined
}

const compiles: Program['verdict'] = ({ code, output }) => (code === 0 ? undefined : output)

export const consumerTypes: Check = {
  name: 'consumer-types',
  needs: ['pack'],
  run: async (root) => {
    const packages = publishedPackages(root)
    const output = await inProject('a consumer', async (project) => {
      const failure = await install(root, project, packages)
      if (failure !== undefined) return [failure]
      const programs = [
        ...importers(root, project, packages),
        typeTests(root, project, packages),
        errors(root, project),
      ]
      const runs = compilers.flatMap((compiler) => programs.map((program) => ({ compiler, program })))
      return inLanes(runs, 2, async ({ compiler, program }) => {
        const compiled = await run('node', [join(root, compiler.program), '-p', program.config], { cwd: project })
        const problem = program.verdict(compiled)
        return problem === undefined ? undefined : `${program.what}, on ${compiler.label}:\n${problem}`
      })
    })
    const summary = `${compilers.map(({ label }) => label).join(', ')}`
    return { ok: output.length === 0, output: output.join('\n'), summary }
  },
}

const strict = {
  target: 'es2024',
  lib: ['es2024', 'esnext.disposable'],
  strict: true,
  skipLibCheck: false,
  noEmit: true,
  types: ['node'],
}

function config(project: string, name: string, options: object, files: readonly string[]): string {
  write(project, name, JSON.stringify({ compilerOptions: { ...strict, ...options }, files }))
  return name
}

function importers(root: string, project: string, packages: readonly Published[]): Program[] {
  const imports = packages
    .flatMap(entriesOf)
    .map((entry, index) => `import * as all${index} from '${entry}'\nvoid all${index}\n`)
  write(project, 'imports.ts', imports.join(''))
  const typeRoots = [join(root, 'node_modules/@types')]
  const asNode = { module: 'nodenext', exactOptionalPropertyTypes: true, typeRoots }
  const asBundler = { module: 'esnext', moduleResolution: 'bundler', typeRoots }
  return [
    {
      what: 'the declarations as Node resolves them',
      verdict: compiles,
      config: config(project, 'node.json', asNode, ['imports.ts']),
    },
    { what: 'as bundlers do', verdict: compiles, config: config(project, 'bundler.json', asBundler, ['imports.ts']) },
  ]
}

function typeTests(root: string, project: string, packages: readonly Published[]): Program {
  const files: string[] = []
  for (const one of packages) {
    for (const path of globSync('test/**/*.test-d.ts', { cwd: one.folder })) {
      const file = `${one.name}-${basename(path)}`.replace('.test-d.ts', '.ts')
      write(project, file, fromOutside(readFileSync(join(one.folder, path), 'utf8'), one, path))
      files.push(file)
    }
  }
  // What the tests import beside our packages comes from the workspace.
  for (const name of ['valibot', 'vitest', 'zod'])
    symlinkSync(join(root, 'packages/behaviours/node_modules', name), join(project, 'node_modules', name))
  const options = {
    module: 'nodenext',
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    typeRoots: [join(root, 'node_modules/@types')],
  }
  return { what: 'the type tests', verdict: compiles, config: config(project, 'tests.json', options, files) }
}

function errors(root: string, project: string): Program {
  write(project, 'wrong.ts', wrongProgram())
  const options = {
    module: 'nodenext',
    exactOptionalPropertyTypes: true,
    typeRoots: [join(root, 'node_modules/@types')],
  }
  return {
    what: 'what errors say',
    config: config(project, 'wrong.json', options, ['wrong.ts']),
    verdict: ({ output }) => {
      const problems = misplaced(output)
      return problems.length === 0 ? undefined : problems.join('\n')
    },
  }
}

/** A type test imports sources of its package; a consumer has the entries. */
function fromOutside(text: string, { manifest }: Published, path: string): string {
  const entries = new Map(
    Object.entries(manifest.exports ?? {}).map(([key, target]) => [
      sourceOf(target)?.replace('./', '../'),
      manifest.name + key.slice(1),
    ]),
  )
  return text.replaceAll(/from '(\.[^']*)'/g, (_, source: string) => {
    const entry = entries.get(source)
    if (entry === undefined) throw new Error(`${manifest.name}: ${path} imports ${source}, which no consumer can`)
    return `from '${entry}'`
  })
}

function sourceOf(target: unknown): string | undefined {
  return typeof target === 'object' && target !== null && '@agner/source' in target
    ? String(target['@agner/source'])
    : undefined
}
