/** The environment of applications (A09), and what is known of them (A01). */
import { defineModule } from '@agner/core'
import { describe, expect, test } from 'vitest'
import {
  configure,
  defineApplication,
  ensureAllStarted,
  getAllEnv,
  getAllKeys,
  getApplication,
  getEnv,
  getKey,
  loadApplication,
  loadedApplications,
  setEnv,
  startApplication,
  stopApplication,
  unloadApplication,
  unsetEnv,
} from '../src/index.ts'
import { logged, setUp } from './applications.ts'
import { failure } from './world.ts'

interface WebEnv {
  port: number
  host?: string
  paths: readonly string[]
}
const tree = () => ({ children: [] })
const web = () =>
  defineApplication({
    name: 'web',
    version: '1',
    env: { port: 80, paths: ['/'] } as WebEnv,
    start: tree,
  })

describe('settings', () => {
  test('are those of the definition, over them the configuration, over them those of the start, over them what is set', async () => {
    const { node, run } = setUp()
    const app = web()
    expect(getEnv(node, app, 'port')).toBe(80)
    await configure(node, app.config({ port: 81, host: 'here' }))
    expect(getAllEnv(node, app)).toEqual({ port: 81, host: 'here', paths: ['/'] })
    await run(startApplication(node, app, { env: { port: 82 } }))
    expect(getEnv(node, app, 'port')).toBe(82)
    setEnv(node, app, 'port', 83)
    expect(getEnv(node, 'web', 'port')).toBe(83)
    unsetEnv(node, app, 'host')
    expect(getEnv(node, app, 'host', 'nowhere')).toBe('nowhere')
    await run(configure(node, { web: { host: 'there' }, nobody: { x: 1 } }))
    expect(getAllEnv(node, app)).toEqual({ port: 82, host: 'there', paths: ['/'] })
    expect(getEnv(node, 'nobody', 'x')).toBeUndefined()
  })

  test('are what they are: null is one, and no key of every object is', () => {
    const { node } = setUp()
    const app = defineApplication({
      name: 'x',
      version: '1',
      env: { proxy: null as string | null, host: undefined as string | undefined },
    })
    loadApplication(node, app)
    const proxy: string | null = getEnv(node, app, 'proxy', 'fallback')
    const host: string = getEnv(node, app, 'host', 'fallback')
    expect([proxy, host]).toEqual([null, 'fallback'])
    expect(getEnv(node, 'x', 'proxy', 'fallback')).toBeNull()
    for (const key of ['toString', 'constructor', '__proto__']) {
      expect(getEnv(node, 'x', key)).toBeUndefined()
      expect(getEnv(node, 'x', key, 'fallback')).toBe('fallback')
    }
  })

  test('outlive a stop, and an unload only where they are persistent', async () => {
    const { node, run } = setUp()
    const app = web()
    await run(startApplication(node, app, { env: { port: 1 } }))
    setEnv(node, app, 'host', 'kept', { persistent: true })
    setEnv(node, app, 'paths', ['/lost'])
    await run(stopApplication(node, app))
    expect(getAllEnv(node, app)).toEqual({ port: 1, host: 'kept', paths: ['/lost'] })
    unloadApplication(node, app)
    expect(getAllEnv(node, 'web')).toEqual({})
    loadApplication(node, app)
    expect(getAllEnv(node, app)).toEqual({ port: 80, host: 'kept', paths: ['/'] })
    unsetEnv(node, app, 'host', { persistent: true })
    unloadApplication(node, app)
    loadApplication(node, app)
    expect(getEnv(node, app, 'host')).toBeUndefined()
  })

  test('are frozen copies', async () => {
    const { node } = setUp()
    const paths = ['/a']
    const app = defineApplication({ name: 'x', version: '1', env: { paths, deep: { list: [1] } }, start: tree })
    paths.push('/b')
    expect(getEnv(node, app, 'paths')).toEqual(['/a'])
    expect(() => (getEnv(node, app, 'deep').list as number[]).push(2)).toThrow(TypeError)
    const list = [3]
    setEnv(node, app, 'deep', { list })
    list.push(4)
    expect(getEnv(node, app, 'deep')).toEqual({ list: [3] })
  })

  test('are plain data, or refused with their path', async () => {
    const { node, run } = setUp()
    const bad = { code: 'application.bad_setting', message: expect.stringContaining('$.b') }
    const define = () => defineApplication({ name: 'x', version: '1', env: { a: { b: () => 1 } }, start: tree })
    expect(define).toThrow('The setting a of the application x is no plain data: ')
    const app = web()
    expect(() => setEnv(node, app, 'paths', new Map() as never)).toThrow('is no plain data')
    expect(
      await failure(run(startApplication(node, app, { env: { paths: { b: new Date() } as never } }))),
    ).toMatchObject(bad)
    expect(await failure(run(configure(node, { web: { a: { b: Symbol('no') } } })))).toMatchObject(bad)
    expect(loadedApplications(node)).toEqual([])
  })
})

describe('a new configuration', () => {
  test('is told to those whose settings change, also to included ones', async () => {
    const { world, family, node, run } = setUp()
    const told: unknown[] = []
    const teller = (name: string) => ({
      env: { port: 1, same: { deep: [1] } },
      configChange: ({ env }: { readonly env: object }, change: object) => void told.push([name, env, change]),
    })
    const part = logged(world, family, 'part', teller('part'))
    const app = logged(world, family, 'app', {
      ...teller('app'),
      includedApplications: [part],
      start: () => ({ children: [part.child()] }),
    })
    const other = logged(world, family, 'other', teller('other'))
    const quiet = logged(world, family, 'quiet', { env: { port: 1 } })
    const stopped = logged(world, family, 'stopped', teller('stopped'))
    loadApplication(node, stopped)
    await run(ensureAllStarted(node, [app, other, quiet]))
    const same = { same: { deep: [1] } }
    await run(
      configure(node, {
        app: { port: 2, more: 1 },
        part: { port: 3 },
        other: same,
        quiet: { port: 2 },
        stopped: { port: 2 },
      }),
    )
    expect(told.splice(0)).toEqual([
      ['app', { port: 2, more: 1, ...same }, { changed: { port: 2 }, added: { more: 1 }, removed: [] }],
      ['part', { port: 3, ...same }, { changed: { port: 3 }, added: {}, removed: [] }],
    ])
    await run(configure(node, {}))
    expect(told).toMatchObject([
      ['app', {}, { changed: { port: 1 }, added: {}, removed: ['more'] }],
      ['part', {}, { changed: { port: 1 } }],
    ])
  })

  test('is there for all, also when the callback of one fails', async () => {
    const { world, family, node, run, list } = setUp()
    const bad = logged(world, family, 'bad', {
      env: { x: 1 },
      configChange: () => {
        throw new Error('no such port')
      },
    })
    const hangs = logged(world, family, 'hangs', { env: { x: 1 }, configChange: () => new Promise<never>(() => {}) })
    await run(ensureAllStarted(node, bad))
    expect(await failure(run(configure(node, { bad: { x: 2 } })))).toMatchObject({
      code: 'application.config_change_failed',
      details: { failures: [{ name: 'bad', reason: { message: 'no such port' } }] },
    })
    expect(getEnv(node, bad as never, 'x' as never)).toBe(2)
    expect(await list()).toEqual(['bad running'])
    await run(startApplication(node, hangs))
    const configured = configure(node, { bad: { x: 2 }, hangs: { x: 2 } })
    await world.runtime.settle()
    // The application's end answers who waits for it.
    node.sendExit(node.processInfo(node.whereis('hangs')!, ['groupLeader'])!.groupLeader!, 'kill')
    await run(configured)
  })
})

describe('what is known', () => {
  test('are the keys of a loaded application (A01)', () => {
    const { world, family, node } = setUp()
    const Code = defineModule('@acme/code', '1.0.0', { run: async () => {} })
    const part = logged(world, family, 'part')
    const app = logged(world, family, 'app', {
      description: 'what it is for',
      modules: [Code],
      registered: ['front'],
      dependencies: ['base'],
      optionalDependencies: [part],
      includedApplications: [part],
      startPhases: { init: () => {}, go: () => {} },
      maxTimeMs: 70,
      shutdownMs: 10,
      env: { port: 1 },
    })
    expect(getKey(node, app, 'version')).toBeUndefined()
    loadApplication(node, app)
    expect(getAllKeys(node, 'app')).toEqual({
      description: 'what it is for',
      version: '1.0.0',
      modules: ['@acme/code'],
      registered: ['front'],
      dependencies: ['base'],
      optionalDependencies: ['part'],
      includedApplications: ['part'],
      env: { port: 1 },
      startPhases: ['init', 'go'],
      maxTimeMs: 70,
      shutdownMs: 10,
    })
    expect(getKey(node, 'part', 'maxTimeMs')).toBe(Infinity)
    expect(loadedApplications(node)).toEqual([
      { name: 'app', description: 'what it is for', version: '1.0.0' },
      { name: 'part', description: '', version: '1.0.0' },
    ])
    expect(node.modules()).toContain(Code)
    expect(getApplication(node, '@acme/code')).toBe('app')
    expect(getApplication(node, '@acme/other')).toBeUndefined()
  })

  test('is whose a process is', async () => {
    const { world, family, node, run } = setUp()
    const app = logged(world, family, 'app')
    await run(startApplication(node, app))
    expect(getApplication(node, node.whereis('app')!)).toBe('app')
    const outside = node.spawn(() => new Promise<never>(() => {}))
    expect(getApplication(node, outside)).toBeUndefined()
    const other = setUp()
    expect(getApplication(other.node, node.whereis('app')!)).toBeUndefined()
    const dead = node.whereis('app')!
    await run(stopApplication(node, app))
    expect(getApplication(node, dead)).toBeUndefined()
  })

  test('loading twice, unloading what runs, and strangers of the same name are refused', async () => {
    const { world, family, node, run } = setUp()
    const part = logged(world, family, 'part')
    const app = logged(world, family, 'app', { registered: ['x'], includedApplications: [part] })
    loadApplication(node, app)
    expect(() => loadApplication(node, app)).toThrow('is loaded already')
    expect(() => loadApplication(node, logged(world, family, 'app'))).toThrow('Another application is loaded as app')
    expect(() => loadApplication(node, logged(world, family, 'two', { registered: ['x', 'y'] }))).toThrow(
      'registers the name "x", and so does app',
    )
    await run(startApplication(node, app))
    expect(() => unloadApplication(node, app)).toThrow('is running')
    await run(stopApplication(node, app))
    await run(startApplication(node, 'part'))
    unloadApplication(node, 'app')
    expect(() => unloadApplication(node, 'app')).toThrow('is not loaded')
    expect(loadedApplications(node).map(({ name }) => name)).toEqual(['part'])
    expect((await failure(run(startApplication(node, 'app')))).code).toBe('application.not_loaded')
  })
})
