/**
 * What a client carries: one that imports a protocol and calls it has none of the servers' code in its bundle.
 *
 *     from the sources     which modules have a byte in the bundle: those of behaviours/src/protocol, and no other
 *     from the tarballs    how many bytes, and that no server's error is among them
 */
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Check } from './check.ts'
import { closureOf, publishedPackages } from './published.ts'
import { inProject, install } from './user-project.ts'

/** Minified, of `@agner/behaviours`; `@agner/core` is there anyway. docs/types.md says the number. */
export const clientLimitBytes = 3500

const client = `
import { call, cast, info, protocol } from '@agner/behaviours'
import type { Process } from '@agner/core'

interface CounterApi {
  calls: { add(by: number): number }
  casts: { reset(): void }
  info: { type: 'tick' }
}
const counter = protocol<CounterApi>('@acme/counter')

export async function client(self: Process<never>): Promise<number> {
  cast(self, counter, 'reset')
  info(self, counter, { type: 'tick' })
  return call(self, counter, 'add', 3)
}
`

export const bundle: Check = {
  name: 'bundle',
  needs: ['pack'],
  run: async (root) => {
    const fromSources = await bundled(join(root, 'docs'), ['@agner/source'])
    const strangers = fromSources.modules.filter((path) => !path.includes('behaviours/src/protocol/'))
    const problems = strangers.map((path) => `a client's bundle holds ${path}`)
    let bytes = 0
    const packed = await inProject('a client', async (project) => {
      const failure = await install(root, project, closureOf(['@agner/behaviours'], publishedPackages(root)))
      if (failure !== undefined) return [failure]
      const fromTarballs = await bundled(project, [])
      bytes = fromTarballs.bytes
      const found = /['"`](server|supervisor|statem|application|start|registry|task)\.[a-z_]+['"`]/.exec(
        fromTarballs.text,
      )
      return [
        found ? `its bundle holds the error ${found[0]}` : undefined,
        bytes > clientLimitBytes ? `it weighs ${bytes} bytes; its limit is ${clientLimitBytes}` : undefined,
      ]
    })
    const output = [...problems, ...packed]
    return { ok: output.length === 0, output: output.join('\n'), summary: `a client weighs ${bytes} bytes` }
  },
}

interface Bundled {
  readonly bytes: number
  readonly text: string
  /** Those with a byte in it. */
  readonly modules: readonly string[]
}

async function bundled(folder: string, conditions: string[]): Promise<Bundled> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: client, resolveDir: folder, sourcefile: 'client.ts', loader: 'ts' },
    absWorkingDir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: ['@agner/core', '@agner/core/*'],
    conditions,
    metafile: true,
    write: false,
  })
  const [output] = Object.values(metafile.outputs)
  const [file] = outputFiles
  if (output === undefined || file === undefined) throw new Error('esbuild gave no bundle')
  const modules = Object.entries(output.inputs)
    .filter(([path, { bytesInOutput }]) => bytesInOutput > 0 && path !== 'client.ts')
    .map(([path]) => path)
  return { bytes: output.bytes, text: file.text, modules }
}
