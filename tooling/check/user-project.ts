/** An empty project as a user has it, with our tarballs installed by npm and nothing of the workspace in reach. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from './command.ts'
import type { Published } from './published.ts'

/** Makes one, lets `work` happen in it, and removes it. The problems come back with the project's name before them. */
export async function inProject(
  name: string,
  work: (project: string) => Promise<(string | undefined)[]>,
): Promise<string[]> {
  const project = mkdtempSync(join(tmpdir(), `agner-user-${name.replaceAll(' ', '-')}-`))
  try {
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'a-user', private: true, type: 'module' }))
    const problems = await work(project)
    return problems.filter((problem) => problem !== undefined).map((problem) => `${name}: ${problem}`)
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}

/** What went wrong, if anything did. */
export async function install(
  root: string,
  project: string,
  packages: readonly Published[],
): Promise<string | undefined> {
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline', '--loglevel=error']
  const tarballs = packages.map(({ tarball }) => join(root, tarball))
  const { code, output } = await run('npm', ['install', ...quiet, ...tarballs], {
    cwd: project,
    env: userEnvironment(),
  })
  return code === 0 ? undefined : `npm install failed\n${output}`
}

/** What our own scripts set must not reach a user's program. */
export function userEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([key]) =>
        !/^(NODE_OPTIONS|NODE_ENV|NODE_COMPILE_CACHE|AGNER_.*|VITEST.*|npm_config_(dry_run|package_lock))$/i.test(key),
    ),
  )
}

export function write(project: string, path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true })
  writeFileSync(join(project, path), text)
}

/** The import paths that a package offers. */
export function entriesOf({ manifest }: Published): string[] {
  const keys = Object.keys(manifest.exports ?? {}).filter((key) => key !== './package.json')
  return keys.map((key) => manifest.name + key.slice(1))
}
