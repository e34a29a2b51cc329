/** Start phases (A07), included applications (A08), libraries, and the longest time of an application. */
import { describe, expect, test } from 'vitest'
import {
  defineApplication,
  getApplication,
  getEnv,
  startApplication,
  stopApplication,
  whichApplications,
  whichChildren,
} from '../src/index.ts'
import { phaseSteps } from '../src/application/phases.ts'
import { logged, setUp } from './applications.ts'
import { failure } from './world.ts'

describe('start phases', () => {
  test('run in order once the tree is up, and the start is over when they are', async () => {
    const { world, family, node, run, list, log, runtime } = setUp()
    const app = logged(world, family, 'app', {
      env: { ms: 30 },
      startPhases: {
        warm: async ({ self, env }) => {
          const [info] = await whichApplications(node)
          log.push(`warm ${info?.name} ${info?.state}`)
          await self.sleep((env as { ms: number }).ms)
        },
        open: ({ self }) => void log.push(`open ${getApplication(node, self.pid)} at ${runtime.nowMs()}`),
      },
    })
    await run(startApplication(node, app))
    expect(family.happened()).toEqual(['start app', 'warm app starting', 'open app at 30'])
    expect(await list()).toEqual(['app running'])
  })

  test('that fail are a failed start, and take the tree down again', async () => {
    const { world, family, node, run, list } = setUp()
    const stray = () => new Promise<never>(() => {})
    const app = logged(world, family, 'app', {
      startPhases: {
        warm: ({ self }) => void self.spawn(stray, { name: 'stray' }),
        open: () => Promise.reject(new Error('no port')),
        never: () => void world.log.push('never'),
      },
    })
    expect(await failure(run(startApplication(node, app)))).toMatchObject({
      code: 'application.failed',
      reason: { message: 'no port' },
    })
    expect(family.happened()).toEqual(['start app', 'end app'])
    expect(node.whereis('stray')).toBeUndefined()
    expect(await list()).toEqual([])
  })

  test('of included ones run after those of the including one, phase by phase', () => {
    const { world, family } = setUp()
    const phases = (...names: string[]) => Object.fromEntries(names.map((name) => [name, () => {}]))
    const c = logged(world, family, 'c', { startPhases: phases('go') })
    const b = logged(world, family, 'b', { startPhases: phases('stop', 'go'), includedApplications: [c] })
    const d = logged(world, family, 'd')
    const a = logged(world, family, 'a', {
      startPhases: phases('init', 'go', 'stop'),
      includedApplications: [b, d],
    })
    expect(phaseSteps(a).map(({ phase, application: { name } }) => `${phase} ${name}`)).toEqual([
      'init a',
      'go a',
      'go b',
      'go c',
      'stop a',
      'stop b',
    ])
  })

  test('are checked when they are defined', () => {
    const { world, family } = setUp()
    const define = (more: object) => () => logged(world, family, 'app', more)
    const part = logged(world, family, 'part', { startPhases: { go: () => {} } })
    expect(define({ includedApplications: [part] })).toThrow(
      'part has the start phase go, which it does not have itself',
    )
    expect(define({ startPhases: { 1: () => {} } })).toThrow('must not be named by a number')
    expect(define({ startPhases: { go: 1 } })).toThrow('the start phase go must be a function')
    expect(() => defineApplication({ name: 'x', version: '1', startPhases: { go: () => {} } })).toThrow('no start')
  })
})

describe('included applications', () => {
  test('are a branch of the tree, belong to the including one, and stop with it', async () => {
    const { world, family, node, run, list, log } = setUp()
    const part = logged(world, family, 'part', { env: { port: 7 } })
    const app = logged(world, family, 'app', {
      includedApplications: [part],
      start: () => ({ children: [family.child('app'), part.child({ restart: 'temporary' })] }),
    })
    await run(startApplication(node, app))
    expect(family.happened()).toEqual(['start app', 'start part'])
    expect(await list()).toEqual(['app running'])
    expect(getApplication(node, node.whereis('part')!)).toBe('app')
    expect(getEnv(node, 'part', 'port')).toBe(7)
    const [{ supervisor } = { supervisor: null }] = await run(whichApplications(node))
    expect(await run(whichChildren(node, supervisor!))).toMatchObject([
      { id: 'part', type: 'supervisor', restart: 'temporary' },
      { id: 'app' },
    ])
    await run(stopApplication(node, app))
    expect(log.splice(0)).toEqual(['prepareStop app', 'end part', 'end app', 'stop app'])
    await run(startApplication(node, part))
    expect(await list()).toEqual(['part running'])
  })

  test('that are not named as such, or fail, fail the start', async () => {
    const { world, family, node, run } = setUp()
    const part = logged(world, family, 'part')
    const forgetful = logged(world, family, 'forgetful', { start: () => ({ children: [part.child()] }) })
    expect(await failure(run(startApplication(node, forgetful)))).toMatchObject({
      reason: { shutdown: { failedToStartChild: { id: 'part', reason: { code: 'application.not_loaded' } } } },
    })
    const library = defineApplication({ name: 'library', version: '1' })
    const bad = logged(world, family, 'bad', { start: () => Promise.reject(new Error('no')) })
    const app = logged(world, family, 'app', {
      includedApplications: [library, bad],
      start: () => ({ children: [library.child(), bad.child()] }),
    })
    expect(await failure(run(startApplication(node, app)))).toMatchObject({
      reason: { shutdown: { failedToStartChild: { id: 'bad', reason: { message: 'no' } } } },
    })
  })

  test('bring their dependencies with them', async () => {
    const { world, family, node, run } = setUp()
    const base = logged(world, family, 'base')
    const part = logged(world, family, 'part', { dependencies: [base] })
    const twin = logged(world, family, 'twin', { dependencies: [part] })
    const app = logged(world, family, 'app', { includedApplications: [part, twin] })
    expect(await failure(run(startApplication(node, app)))).toMatchObject({ details: { dependency: 'base' } })
    await run(startApplication(node, base))
    await run(startApplication(node, app))
  })
})

test('a library has no process, and is running all the same', async () => {
  const { world, family, node, run, list } = setUp()
  const library = defineApplication({ name: 'library', version: '2', description: 'words', env: { size: 1 } })
  await run(startApplication(node, library, { type: 'permanent' }))
  await run(startApplication(node, logged(world, family, 'app', { dependencies: [library] })))
  expect(await run(whichApplications(node))).toMatchObject([
    { name: 'library', description: 'words', version: '2', supervisor: null, state: 'running' },
    { name: 'app' },
  ])
  await run(stopApplication(node, library))
  expect(await list()).toEqual(['app running'])
  await run(startApplication(node, library))
  await run(node.stop())
})

test('an application ends with normal when its time is over', async () => {
  const { world, family, node, run, list, runtime } = setUp()
  await run(startApplication(node, logged(world, family, 'app', { maxTimeMs: 100 }), { type: 'transient' }))
  family.happened()
  await runtime.advance(99)
  expect(await list()).toEqual(['app running'])
  await runtime.advance(1)
  expect(family.happened()).toEqual(['prepareStop app', 'end app', 'stop app'])
  expect(await list()).toEqual([])
  expect(world.notices('application', 'info').at(-1)!.text).toBe('app ended (transient): normal')
})
