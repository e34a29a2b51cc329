/**
 * Type checks in whole programs, side by side: packages with declarations that need no inference, everything
 * else that runs on Node (apps, tests, type tests, tooling), and the web page with the DOM's types.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Check } from './check.ts'
import { inLanes, run } from './command.ts'

const programs = ['tooling/tsconfig/packages.json', 'tsconfig.json', 'apps/http/web/tsconfig.json']
const cache = 'node_modules/.cache/agner'

export const types: Check = {
  name: 'types',
  run: async (root) => {
    mkdirSync(join(root, cache), { recursive: true })
    const present = programs.filter((program) => existsSync(join(root, program)))
    const finished = await inLanes(present, 2, (program) => {
      const state = `${cache}/${program.replaceAll('/', '-')}.tsbuildinfo`
      const args = [
        'tooling/node_modules/typescript-7/bin/tsc',
        '-p',
        program,
        '--noEmit',
        '--incremental',
        '--tsBuildInfoFile',
        state,
      ]
      return run('node', args, { cwd: root })
    })
    const output = finished.map(({ output }) => output).join('')
    return { ok: finished.every(({ code }) => code === 0), output, summary: `${present.length} programs` }
  },
}
