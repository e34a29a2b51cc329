/** All checks, cheap ones first; each is one line of `npm run check` and counts as one in CI. */
import { checkHouseRules } from '../lint/main.ts'
import type { Check, Verdict } from './check.ts'
import { run } from './command.ts'
import { bundle } from './bundle.ts'
import { consumerTypes } from './consumer-types.ts'
import { docs } from './docs.ts'
import { installs } from './installs.ts'
import { attw, pack, publint } from './tarballs.ts'
import { typeBudget } from './type-budget.ts'
import { types } from './types.ts'

/** A tool that says by its exit code whether all is well. */
function tool(name: string, program: string, args: readonly string[], needs: readonly string[] = []): Check {
  return {
    name,
    needs,
    run: async (root) => {
      const { code, output } = await run('node', [program, ...args], { cwd: root })
      return { ok: code === 0, output }
    },
  }
}

const layers: Check = {
  name: 'layers',
  run: async (root): Promise<Verdict> => {
    const { violations, fileCount } = checkHouseRules(root)
    const output = violations.map(({ path, line, message }) => `${path}:${line}: ${message}`).join('\n')
    return { ok: violations.length === 0, output, summary: `${fileCount} files` }
  },
}

export const checks: readonly Check[] = [
  tool('format', 'node_modules/oxfmt/bin/oxfmt', ['--list-different']),
  layers,
  tool('lint', 'node_modules/oxlint/bin/oxlint', ['--type-aware', '--deny-warnings']),
  types,
  tool('knip', 'node_modules/knip/bin/knip.js', ['--no-progress', '--no-config-hints']),
  tool('build', 'node_modules/turbo/bin/turbo', ['run', 'build', 'build:web', '--output-logs=errors-only']),
  pack,
  publint,
  attw,
  installs,
  consumerTypes,
  typeBudget,
  bundle,
  docs,
  tool('test', 'node_modules/vitest/vitest.mjs', ['run', '--reporter=dot'], ['build']),
]
