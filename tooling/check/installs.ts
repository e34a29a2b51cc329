/**
 * Each package as a user gets it: its tarball in an empty project, installed with npm together with what it
 * needs and nothing else; imported as ESM and by `require`; no deep path reachable; and the programs of its
 * README run. What their declarations say is looked at by consumer-types.ts.
 */
import { join } from 'node:path'
import { chainsOf, readPage, type Program } from '../docs-blocks/programs.ts'
import { portMapper, type Check } from './check.ts'
import { inLanes, oneAtATime, run } from './command.ts'
import { closureOf, type Published, publishedPackages } from './published.ts'
import { entriesOf, inProject, install, userEnvironment, write } from './user-project.ts'

const programTimeoutMs = 30_000

export const installs: Check = {
  name: 'installs',
  needs: ['pack'],
  alone: portMapper,
  run: async (root) => {
    const packages = publishedPackages(root)
    // Each page names its nodes without regard to the others, and they have one port mapper.
    const inTurn = oneAtATime()
    const output = (await inLanes(packages, 2, (one) => alone(root, one, packages, inTurn))).flat()
    return { ok: output.length === 0, output: output.join('\n'), summary: `${packages.length} packages` }
  },
}

function alone(
  root: string,
  one: Published,
  packages: readonly Published[],
  inTurn: ReturnType<typeof oneAtATime>,
): Promise<string[]> {
  return inProject(one.name, async (project) => {
    const programs = chainsOf(readPage(join(one.folder, 'README.md'), `packages/${one.name}/README.md`)).programs
    const failure = await install(root, project, closureOf([one.manifest.name, ...namedIn(programs)], packages))
    if (failure) return [failure]
    if (programs.length === 0 && !one.manifest.private) return ['its README shows no program']
    const ended = await inLanes(programs, 1, (program) => inTurn(() => ran(project, program)))
    return [await importedBothWays(project, one), ...ended]
  })
}

/** What a README tells its reader to install beside the package. */
function namedIn(programs: readonly Program[]): string[] {
  const texts = programs.flatMap(({ files }) => files).map(({ text }) => text)
  return texts.flatMap((text) => [...text.matchAll(/['"](@agner\/[a-z]+)/g)].map((match) => match[1] ?? ''))
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
