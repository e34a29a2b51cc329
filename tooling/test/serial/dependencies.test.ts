import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Ended, Workspace } from '../workspace.ts'

/** Stands where pnpm does: says a version, writes its calls down, takes a moment, makes node_modules. */
const plantedPnpm = (exitCode: number): string => `#!/usr/bin/env node
const { appendFileSync, mkdirSync } = require('node:fs')
if (process.argv[2] === '--version') { console.log('12.21.0'); process.exit(0) }
appendFileSync('installs', process.argv.slice(2).join(' ') + '\\n')
mkdirSync('node_modules', { recursive: true })
console.log('ERR_PLANTED: the lockfile is out of date')
setTimeout(() => process.exit(${exitCode}), 300)
`

let workspace: Workspace
beforeEach(() => {
  workspace = new Workspace()
  workspace.write('pnpm-lock.yaml', 'one')
  workspace.write('pnpm-workspace.yaml', 'packages: []')
  workspace.write('apps/cluster/src/main.ts', `console.log('it ran')`)
  workspace.write('bin/package.json', '{"type":"commonjs"}')
  workspace.write('bin/pnpm', plantedPnpm(0), 0o755)
})
afterEach(() => workspace[Symbol.asyncDispose]())

const start = (): Promise<Ended> =>
  workspace.run('node', ['tooling/bootstrap/run.js', 'start'], {
    PATH: [join(workspace.root, 'bin'), process.env.PATH].join(delimiter),
  }).ended
const installs = (): string[] => workspace.read('installs').trim().split('\n')

describe('dependencies', () => {
  it('are installed once per lockfile, with a line that says so', async () => {
    const first = await start()
    expect(first.output).toContain('agner: installing dependencies (pnpm install --frozen-lockfile)')
    expect(first.output).not.toContain('ERR_PLANTED')
    const second = await start()
    expect(second.output).not.toContain('installing')
    expect(second.output).toContain('it ran')
    expect(installs()).toHaveLength(1)
    expect(installs()[0]).toContain('--frozen-lockfile')

    workspace.write('pnpm-lock.yaml', 'two')
    await start()
    expect(installs()).toHaveLength(2)
  })

  it('are installed by one of two runs that start at once', async () => {
    const ended = await Promise.all([start(), start()])
    expect(ended.map(({ code }) => code)).toEqual([0, 0])
    expect(installs()).toHaveLength(1)
  })

  it('that cannot be installed stop the run with what pnpm said, and are tried again', async () => {
    workspace.write('bin/pnpm', plantedPnpm(1), 0o755)
    const { code, output } = await start()
    expect(code).toBe(1)
    expect(output).toContain('agner: pnpm install failed:\nERR_PLANTED: the lockfile is out of date')
    expect(output).not.toContain('it ran')
    await start()
    expect(installs()).toHaveLength(2)
  })
})
