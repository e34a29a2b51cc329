// What each root script runs, after the toolchain and the dependencies are there. A task is a list of commands;
// a quiet one speaks only when it fails.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Workspace packages resolve to their sources: nothing needs a build to run here. */
const fromSource = '--conditions=@agner/source'

const node = (...args) => ({ command: 'node', args })
const source = (file, args) => node(fromSource, file, ...args)
const vitest = (...args) => node('node_modules/vitest/vitest.mjs', ...args)
const fuzz = (...args) => source('tooling/fuzz/main.ts', args)
const chaos = (root, args) => [...web(root), source('apps/cluster/src/chaos/main.ts', args)]
const turbo = (...args) => node('node_modules/turbo/bin/turbo', 'run', ...args)

export const tasks = {
  start: ({ root, args }) => [...web(root), source('apps/cluster/src/main.ts', args)],
  restart: ({ root, args }) => [...web(root), source('apps/cluster/src/restart.ts', args)],
  chaos: ({ root, args }) => chaos(root, args),
  bench: ({ args }) => [source('tooling/bench/main.ts', args)],
  test: ({ root, args }) => [...web(root), vitest('run', ...args)],
  'test:unit': ({ args }) => [vitest('run', '--project', 'unit', ...args)],
  'test:watch': ({ args }) => [vitest('--project', 'unit', ...args)],
  deep: ({ root, args }) => [
    source('tooling/deep/main.ts', args),
    ...(args.length === 0 ? [fuzz('--frames', '10000000'), ...chaos(root, ['--plant', 'all'])] : []),
  ],
  fuzz: ({ args }) => [fuzz(...args)],
  experiment: ({ args }) => [source('tooling/experiments/main.ts', args)],
  conformance: ({ args }) => [source('tooling/conformance/main.ts', args)],
  build: ({ args }) => [turbo('build', 'build:web', '--output-logs=new-only', ...args)],
  check: ({ args }) => [source('tooling/check/main.ts', args)],
  lint: () => [source('tooling/check/main.ts', ['lint', 'layers'])],
  format: ({ args }) => [node('node_modules/oxfmt/bin/oxfmt', ...args)],
  types: () => [source('tooling/check/main.ts', ['types'])],
}

/** The web page is the one thing that has to be built; turbo answers from its cache when it is unchanged. */
function web(root) {
  const manifest = join(root, 'apps/http/package.json')
  if (!existsSync(manifest) || !JSON.parse(readFileSync(manifest, 'utf8')).scripts?.['build:web']) return []
  return [{ ...turbo('build:web', '--output-logs=errors-only'), quiet: true }]
}
