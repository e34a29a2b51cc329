import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('a second copy of the package in one program is an error that says so', async () => {
  const source = `
    await import('@agner/core')
    const first = import.meta.resolve('@agner/core')
    await import(first.replace('index.ts', 'identity/realm.ts') + '?another-copy').then(
      () => console.log('nothing was said'),
      (error) => console.log(error.code, error.message),
    )
  `
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@agner/source', '--input-type=module', '-e', source],
    { cwd: new URL('../..', import.meta.url) },
  )
  expect(stdout).toContain('core.second_copy')
  expect(stdout).toContain('npm ls @agner/core')
})
