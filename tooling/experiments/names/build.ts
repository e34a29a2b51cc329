/**
 * What the nodes of the measured clusters run: names_node.erl compiled, and agner-node.ts with all it imports in one file, since each of a
 * hundred processes would read and strip some hundreds of sources, which takes a second of a core.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const here = import.meta.dirname
const esbuild = join(here, '..', '..', 'node_modules', '.bin', 'esbuild')

export interface Built extends Disposable {
  /** A folder with names_node.beam. */
  readonly beams: string
  /** The file that a node of Agner runs. */
  readonly program: string
}

/** @throws Error where there is no Erlang, or something does not compile. */
export function build(): Built {
  const folder = mkdtempSync(join(tmpdir(), 'agner-names-'))
  const program = join(folder, 'agner-node.mjs')
  const built = { beams: folder, program, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
  const require =
    "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);"
  try {
    run('erlc', ['-Werror', '-o', folder, join(here, 'names_node.erl')])
    run(esbuild, [
      join(here, 'agner-node.ts'),
      '--bundle',
      '--platform=node',
      '--format=esm',
      '--target=node24',
      '--conditions=@agner/source',
      `--banner:js=${require}`,
      `--outfile=${program}`,
      '--log-level=warning',
    ])
    return built
  } catch (error) {
    built[Symbol.dispose]()
    throw error
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, stdout, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? `${stdout}${stderr}`}`)
}
