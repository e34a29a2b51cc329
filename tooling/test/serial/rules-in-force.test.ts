/** The rules as the repository runs them, on planted violations: a rule that is configured away fails here. */
import { cpSync, mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../check/command.ts'

const repository = join(import.meta.dirname, '../../..')
let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'agner-rules-'))
  for (const path of ['.oxlintrc.json', '.oxfmtrc.json', 'tsconfig.json', 'tooling/tsconfig', 'tooling/lint']) {
    cpSync(join(repository, path), join(root, path), { recursive: true })
  }
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
  write(
    'packages/core/package.json',
    JSON.stringify({ name: '@agner/core', type: 'module', exports: { '.': './src/index.ts' } }),
  )
  write('apps/http/package.json', '{"type":"module"}')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
const node = (...args: string[]): ReturnType<typeof run> => run('node', args, { cwd: root })
const lint = (...more: string[]): ReturnType<typeof run> =>
  node('node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings', ...more)

describe('lint', () => {
  it('refuses what the house does not want, each with its rule', async () => {
    const planted = {
      'no-floating-promises': 'async function f(): Promise<void> {}\nf()\n',
      'no-misused-promises': '[1].forEach(async () => { await Promise.resolve() })\n',
      'no-explicit-any': 'export const f = (a: any): unknown => a\n',
      'ban-ts-comment': '// @ts-ignore\nexport const n: number = 1\n',
      'consistent-type-imports': `import { Stats } from 'node:fs'\nexport type S = Stats\n`,
      'no-console': `console.log('x')\n`,
    }
    for (const [rule, text] of Object.entries(planted)) write(`packages/core/src/${rule}.ts`, text)
    const extending = { extends: '../../tooling/tsconfig/library.json', include: ['src'] }
    write('packages/core/tsconfig.json', JSON.stringify(extending))
    const { code, output } = await lint('--format=unix')
    for (const rule of Object.keys(planted)) expect(output).toMatch(new RegExp(`${rule}\\.ts:.*\\(${rule}\\)`))
    expect(code).toBe(1)
  })

  it('passes code that awaits, or says that it does not', async () => {
    write('apps/http/src/main.ts', `async function f(): Promise<void> {}\nawait f()\nvoid f()\nconsole.log('ready')\n`)
    write('apps/http/tsconfig.json', JSON.stringify({ extends: '../../tooling/tsconfig/base.json', include: ['src'] }))
    expect(await lint()).toMatchObject({ code: 0 })
  })
})

describe('the house rules', () => {
  it('fail on a violation, with file and line, and pass without', async () => {
    write('packages/core/src/index.ts', `export const one = 1\n`)
    expect(await node('tooling/lint/main.ts')).toEqual({ code: 0, output: 'house rules: 2 files, 0 violations\n' })
    write('packages/core/src/index.ts', `import '@agner-chat/http'\n\nexport const now = () => Date.now()\n`)
    const { code, output } = await node('tooling/lint/main.ts')
    expect(output.split('\n').slice(0, 2)).toEqual([
      'packages/core/src/index.ts:1: a package does not import an app',
      'packages/core/src/index.ts:3: Date.now is ambient: take it from the injected runtime',
    ])
    expect(code).toBe(1)
  })
})

describe('format', () => {
  it('fails on what it would write otherwise', async () => {
    write('packages/core/src/index.ts', `export const one = "1";\n`)
    expect(await node('node_modules/oxfmt/bin/oxfmt', '--check', 'packages')).toMatchObject({ code: 1 })
    write('packages/core/src/index.ts', `export const one = '1'\n`)
    expect(await node('node_modules/oxfmt/bin/oxfmt', '--check', 'packages/core/src')).toMatchObject({ code: 0 })
  })
})
