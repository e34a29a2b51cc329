/** A habitual `npm install`: one line that names the right command, and nothing changes. */
import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Workspace } from '../workspace.ts'

const repository = join(import.meta.dirname, '../../..')
const line =
  /^Nothing to install with npm here: `npm start` and `npm test` fetch .*; with Node .* use `pnpm install`\.$/gm

it('prints one line, succeeds, and touches nothing', async () => {
  await using workspace = new Workspace()
  for (const file of ['package.json', '.npmrc']) copyFileSync(join(repository, file), join(workspace.root, file))
  const installed = workspace.write('node_modules/left/package.json', '{"name":"left","version":"1.0.0"}')
  const { code, output } = await workspace.run('npm', ['install']).ended
  expect(output.match(line)).toHaveLength(1)
  expect(code).toBe(0)
  expect(existsSync(installed)).toBe(true)
  expect(existsSync(join(workspace.root, 'package-lock.json'))).toBe(false)
})

it('says nothing under pnpm', async () => {
  await using workspace = new Workspace()
  const underPnpm = { npm_config_user_agent: 'pnpm/12.21.0 npm/? node/v24.21.0 linux x64' }
  const run = workspace.run('node', ['tooling/bootstrap/only-pnpm.js'], underPnpm)
  expect(await run.ended).toMatchObject({ code: 0, output: '' })
})
