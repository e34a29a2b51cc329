import { describe, expect, it } from 'vitest'
import { findLayerViolations, findManifestViolations } from '../lint/layers.ts'

const root = ['', '/package.json']
const entryPoints = {
  core: [...root, '/kernel'],
  behaviours: root,
  distribution: root,
  consensus: root,
  global: root,
  groups: root,
  release: root,
  testing: root,
}

const found = (path: string, text: string): string[] =>
  findLayerViolations([{ path, text }], entryPoints).map(({ line, message }) => `${line}: ${message}`)

describe('the layers', () => {
  it.each([
    ['packages/core/src/a.ts', `import { x } from '@agner/behaviours'`, '@agner/behaviours is not below @agner/core'],
    ['packages/behaviours/src/a.ts', `import { x } from '@agner/distribution'`, '@agner/distribution is not below'],
    ['packages/distribution/src/a.ts', `export * from '@agner/behaviours'`, '@agner/behaviours is not below'],
    ['packages/global/src/a.ts', `export { x } from '@agner/groups'`, '@agner/groups is not below'],
    ['packages/consensus/src/a.ts', `await import('@agner/global')`, '@agner/global is not below'],
    ['packages/groups/src/a.ts', `const x = require('@agner/release')`, '@agner/release is not below'],
    ['packages/core/src/a.ts', `import type { X } from '@agner/global'`, '@agner/global is not below'],
    ['packages/core/src/a.ts', `let x: import('@agner/global').X`, '@agner/global is not below'],
    ['packages/core/src/a.ts', `import '@agner/groups'`, '@agner/groups is not below'],
    ['packages/core/test/a.test.ts', `import { x } from '@agner/behaviours'`, '@agner/behaviours is not below'],
    ['packages/testing/src/a.ts', `import { x } from '@agner/behaviours'`, '@agner/behaviours is not below'],
    ['packages/core/src/a.ts', `import { x } from '@agner/testing'`, '@agner/testing is imported by tests alone'],
    ['packages/groups/src/a.ts', `import { x } from '@agner/testing'`, '@agner/testing is imported by tests alone'],
    ['apps/http/src/a.ts', `import { x } from '@agner/testing'`, '@agner/testing is imported by tests alone'],
    ['apps/cluster/src/a.ts', `import { x } from '@agner/testing'`, '@agner/testing is imported by tests alone'],
    ['apps/cluster/src/a.ts', `import { x } from './chaos/site.ts'`, 'a source does not import a test'],
    ['packages/global/src/a.ts', `import { x } from '@agner-chat/http'`, 'a package does not import an app'],
    ['packages/behaviours/src/a.ts', `import { x } from '@agner/core/src/node.ts'`, 'is not exported by @agner/core'],
    ['apps/http/src/a.ts', `import { x } from '@agner/nothing'`, 'there is no package @agner/nothing'],
    ['packages/behaviours/src/a.ts', `import { x } from '../../core/src/node.ts'`, 'leaves packages/behaviours/'],
    ['apps/http/src/deep/a.ts', `import { x } from '../../../log/src/log.ts'`, 'leaves apps/http/'],
    ['packages/core/src/a.ts', `import { x } from '../test/world.ts'`, 'a source does not import a test'],
    ['packages/core/src/a.ts', `import { x } from '../../../tooling/x.ts'`, 'leaves packages/core/'],
    ['packages/groups/src/a.ts', `import { x } from '../../global/test/cluster.ts'`, 'leaves packages/groups/'],
    ['packages/core/test/a.test.ts', `import { x } from '../../global/test/cluster.ts'`, 'leaves packages/core/'],
    ['packages/groups/test/a.test.ts', `import { x } from '../../global/src/table.ts'`, 'leaves packages/groups/'],
    ['packages/core/src/a.ts', `import { encode } from 'cbor-x'`, '@agner/core may not depend on cbor-x'],
    ['packages/core/src/a.ts', `import fs from 'fs'`, 'may not depend on fs'],
    ['packages/storage/src/a.ts', `import { x } from '@agner/core'`, '@agner/storage has no place in the layers'],
  ])('refuse in %s: %s', (path, text, message) => {
    expect(found(path, `\n${text}`)).toEqual([expect.stringContaining(message)])
    expect(found(path, `\n${text}`)[0]).toMatch(/^2: /)
  })

  it.each([
    ['packages/behaviours/src/a.ts', `import { x } from '@agner/core'`],
    ['packages/behaviours/src/a.ts', `import { x } from '@agner/core/kernel'`],
    ['packages/groups/src/a.ts', `import { x } from '@agner/global'; import { y } from './b.ts'`],
    ['packages/distribution/src/a.ts', `import { x } from 'cbor-x'; import fs from 'node:fs'`],
    ['packages/core/test/a.test.ts', `import { x } from '@agner/testing'; import { y } from '../src/index.ts'`],
    ['packages/core/test/a.test.ts', `import { x } from '@agner/core'; import fc from 'fast-check'`],
    ['packages/groups/test/a.test.ts', `import { x } from '../../global/test/cluster.ts'`],
    ['packages/core/tsup.config.ts', `import { library } from '../../tooling/build/tsup.ts'`],
    [
      'apps/http/src/a.ts',
      `import { x } from '@agner/groups'; import { y } from '@agner-chat/database/api'; import 'fastify'`,
    ],
    ['apps/http/test/a.test.ts', `import { x } from '@agner/testing'`],
    ['apps/cluster/src/chaos/a.ts', `import { x } from '@agner/testing'; import { y } from './b.ts'`],
    ['apps/cluster/src/chaos/planted/a.ts', `import { x } from '../a.ts'; import { y } from '../../b.ts'`],
    ['packages/core/src/a.ts', `// import { x } from '@agner/global'\nconst s = "import '@agner/global'"`],
    ['tooling/bench/a.ts', `import { x } from '../../packages/core/src/index.ts'`],
  ])('allow in %s: %s', (path, text) => {
    expect(found(path, text)).toEqual([])
  })
})

describe('manifests', () => {
  const inManifest = (name: string, manifest: object): string[] =>
    findManifestViolations([{ path: `packages/${name}/package.json`, text: JSON.stringify(manifest, null, 2) }]).map(
      ({ line, message }) => `${line}: ${message}`,
    )

  it('bring along only what lies below, core as a peer, and no dependency but the known', () => {
    expect(inManifest('core', { dependencies: { 'left-pad': '1' } })).toEqual([
      '3: @agner/core may not depend on left-pad',
    ])
    expect(inManifest('core', { peerDependencies: { '@agner/global': '1' } })).toEqual([
      '3: @agner/global is not below @agner/core',
    ])
    expect(inManifest('behaviours', { dependencies: { '@agner/core': '1' } })).toEqual([
      '3: core is a peer: two copies in one program would be strangers',
    ])
    expect(inManifest('global', { dependencies: { '@agner/testing': '1' } })).toEqual([
      '3: @agner/testing is not below @agner/global',
    ])
    const fine = {
      dependencies: { 'cbor-x': '1' },
      peerDependencies: { '@agner/core': '1' },
      devDependencies: { vitest: '1' },
    }
    expect(inManifest('distribution', fine)).toEqual([])
    // A program brings its own.
    expect(inManifest('cli', { dependencies: { '@agner/core': '1' } })).toEqual([])
    expect(inManifest('cli', { dependencies: { '@agner/groups': '1' } })).toHaveLength(1)
  })
})
