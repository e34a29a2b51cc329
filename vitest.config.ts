// Two kinds of tests. `unit` is pure or virtual: many files share a process, nothing sleeps. `serial` has real
// sockets, processes, threads and browsers: one file at a time, each in a process of its own.
//
// Workspace packages resolve to their sources, also in processes and workers that a test starts.
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const sourceCondition = '@agner/source'
const conditions = [sourceCondition, 'module', 'node', 'development|production']
const serial = [
  '{packages,apps}/*/test/serial/**/*.test.ts',
  'tooling/test/serial/**/*.test.ts',
  'docs/test/serial/**/*.test.ts',
]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: 'forks',
    execArgv: [`--conditions=${sourceCondition}`],
    env: { NODE_OPTIONS: `--conditions=${sourceCondition}` },
    // core and distribution cannot name testing in their package.json: it depends on them.
    alias: { '@agner/testing': fileURLToPath(new URL('packages/testing/src/index.ts', import.meta.url)) },
    dangerouslyIgnoreUnhandledErrors: false,
    passWithNoTests: false,
    allowOnly: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{packages,apps}/*/test/**/*.test.ts', 'tooling/test/**/*.test.ts', 'docs/test/**/*.test.ts'],
          exclude: [...serial, '**/node_modules/**'],
          isolate: false,
          maxWorkers: Math.min(3, Math.max(2, availableParallelism())),
          // In virtual time nothing waits: this is for a machine that does other things, too. A deep run takes as long as it takes.
          testTimeout: process.env['AGNER_SEEDS'] === undefined ? 60_000 : 0,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'serial',
          include: serial,
          isolate: true,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
