import { startApplication, whichApplications } from '@agner/behaviours'
import { startDistributedApplications } from '@agner/release'
import { expect, test } from 'vitest'
import { Stage, codeOf, full, named } from './stage.ts'

test('a better node that has not yet said that it starts it is waited for', async () => {
  const stage = await Stage.start()
  const others = stage.begin('n2', 'n3')
  await stage.run(5000)
  expect(stage.take()).toEqual([])
  expect(await stage.start('n1')).toEqual(['ok'])
  expect(await stage.cluster.until(others)).toEqual(['ok', 'ok'])
  expect(stage.running()).toEqual(['n1'])
  expect(await stage.start('n1')).toEqual(['release.already_started'])
  expect(await stage.start('n2')).toEqual(['release.already_started'])
  expect(stage.faults()).toEqual([])
})

test('several who start it at once wait for the same start', async () => {
  const stage = await Stage.start({ nodes: ['n1'] })
  stage.holdsItsStart.add('n1')
  const all = Promise.all([stage.begin(), stage.begin()])
  await stage.run(100)
  stage.release()
  expect(await stage.cluster.until(all)).toEqual([['ok'], ['ok']])
  expect(stage.take()).toHaveLength(2)
})

test('of equal nodes the one with fewer applications starts it', async () => {
  const stage = await Stage.start({ table: (on) => [on.talk({ nodes: [named(['n2', 'n3'])] })] })
  const { node } = stage.cluster.node('n2')
  await stage.cluster.until(startApplication(node, stage.application('busy')))
  stage.take()
  await stage.start()
  expect(stage.take()[0]).toBe('n3 start app normal')
})

test('a start that fails fails on every node that waits for it, and can be repeated', async () => {
  const stage = await Stage.start()
  stage.fails.add('n1')
  expect(await stage.start()).toEqual(Array.from({ length: 3 }, () => 'release.start_failed'))
  await stage.run(5000)
  expect(stage.take()).toEqual(['n1 start app normal'])
  const failure = await stage.cluster.until(
    stage
      .on('n1')
      .start('app')
      .catch((error: unknown) => error),
  )
  expect(failure).toMatchObject({ message: expect.stringContaining('no luck'), details: { node: full('n1') } })
  stage.fails.clear()
  await stage.run(100)
  expect(await stage.start()).toEqual(['ok', 'ok', 'ok'])
  expect(stage.running()).toEqual(['n1'])
})

test('a failover that fails goes on to the next node; each is tried once, until it runs again', async () => {
  const stage = await Stage.start()
  await stage.start()
  stage.take()
  stage.fails.add('n2')
  stage.crash('n1')
  await stage.run(5000)
  expect(stage.take()).toEqual(['n2 start app failover n1', 'n3 start app failover n1', 'n3 phase app failover n1'])
  expect(stage.on('n2').info()[0]!.problem).toContain('no luck')
  stage.fails.clear()
  stage.crash('n3')
  await stage.run(5000)
  expect(stage.running()).toEqual(['n2'])
})

test('when it ends by itself it runs nowhere, until it is started again, there or elsewhere', async () => {
  const stage = await Stage.start()
  await stage.start()
  stage.take()
  const end = (name: string) => {
    const { node } = stage.cluster.node(name)
    node.sendExit(node.whereis('app')!, 'kill')
    return stage.run(5000)
  }
  await end('n1')
  expect(stage.take()).toEqual(['n1 prepareStop app', 'n1 stop app'])
  expect(stage.where()).toEqual({ n1: null, n2: null, n3: null })
  // Whoever was told to start it before has a part in it again; of equals the first takes it.
  expect(await stage.start('n3')).toEqual(['ok'])
  expect(stage.running()).toEqual(['n2'])
  await stage.run(100)
  await end('n2')
  expect(await stage.start('n1')).toEqual(['ok'])
  expect(stage.running()).toEqual(['n1'])
})

test('a permanent one takes its node down when it ends, and another node starts it', async () => {
  const stage = await Stage.start()
  const start = ['n1', 'n2', 'n3'].map((name) => stage.on(name).start('app', { type: 'permanent' }))
  await stage.cluster.until(Promise.all(start))
  stage.take()
  const { node, distribution } = stage.cluster.node('n1')
  node.sendExit(node.whereis('app')!, 'kill')
  await stage.run(100)
  expect(node.isStopped).toBe(true)
  await stage.cluster.until(distribution.stop())
  await stage.run(5000)
  expect(stage.take()).toEqual([
    'n1 prepareStop app',
    'n1 stop app',
    'n2 start app failover n1',
    'n2 phase app failover n1',
  ])
})

test('stop is for the node that it is called on: where it ran it is stopped, and then it runs nowhere', async () => {
  const stage = await Stage.start()
  expect(await stage.cluster.until(codeOf(stage.on('n1').stop('app')))).toBe('release.not_started')
  await stage.start()
  stage.take()
  expect(await stage.cluster.until(codeOf(stage.on('n3').stop('app')))).toBe('ok')
  expect(await stage.cluster.until(codeOf(stage.on('n1').stop('app')))).toBe('ok')
  expect(stage.take()).toEqual(['n1 prepareStop app', 'n1 stop app'])
  await stage.run(100)
  stage.crash('n1')
  await stage.run(5000)
  expect(stage.running()).toEqual([])
  // Who has stopped it takes no part any more; who has not may start it.
  expect(await stage.start('n2')).toEqual(['ok'])
  stage.crash('n2')
  await stage.run(5000)
  expect(stage.running()).toEqual([])
  expect(await stage.start('n3')).toEqual(['ok'])
})

test('one that is stopped while it starts is stopped once it is up, and its starters hear of it', async () => {
  const stage = await Stage.start()
  stage.holdsItsStart.add('n1')
  const started = stage.begin('n1')
  await stage.run(500)
  const stopped = codeOf(stage.on('n1').stop('app'))
  await stage.run(500)
  expect(await stage.cluster.until(started)).toEqual(['release.stopped'])
  stage.release()
  expect(await stage.cluster.until(stopped)).toBe('ok')
  expect(stage.running()).toEqual([])
})

test('a node outside of the table may start it, too, and knows where it runs', async () => {
  const stage = await Stage.start({ nodes: ['n1', 'n2', 'n3', 'n4'] })
  const fourth = stage.begin('n4')
  await stage.run(1000)
  expect(stage.take()).toEqual([])
  await stage.start('n1', 'n2')
  expect(await stage.cluster.until(fourth)).toEqual(['ok'])
  expect(stage.on('n4').where('app')).toEqual(stage.on('n1').where('app'))
  expect(stage.on('n4').own('app')).toBeNull()
  stage.crash('n1')
  await stage.run(100)
  expect(stage.where()).toEqual({ n2: null, n3: null, n4: null })
  expect(stage.on('n4').info()[0]).toMatchObject({ standing: 'idle', timeoutMs: 2000, arbiter: null })
})

test('without its mandatory nodes a node does not begin; without optional ones it does', async () => {
  const stage = await Stage.start({ nodes: ['n1', 'n2'], without: ['n1'] })
  const { node, distribution } = stage.cluster.node('n1')
  const begin = (more: object) =>
    startDistributedApplications(node, distribution, { applications: [stage.talk()], syncTimeoutMs: 1500, ...more })
  const nowMs = () => stage.cluster.runtime.nowMs()
  const beforeMs = nowMs()
  expect(await stage.cluster.until(codeOf(begin({ mandatory: [full('n3')] })))).toBe('release.mandatory_missing')
  expect(nowMs() - beforeMs).toBeGreaterThanOrEqual(1500)
  const all = await stage.cluster.until(begin({ mandatory: [full('n2')] }))
  expect(all.info()[0]!.peers.map((peer) => peer.node)).toEqual([full('n2')])
  expect(nowMs() - beforeMs).toBeLessThan(2500)
  await stage.cluster.until(all.leave())
  const again = await stage.cluster.until(begin({ optional: [full('n2'), full('n3')] }))
  expect(nowMs() - beforeMs).toBeLessThan(4500)
  expect(await stage.cluster.until(codeOf(begin({})))).toBe('start.already_started')
  await stage.cluster.until(again.leave())
  expect(await stage.cluster.until(codeOf(again.start('app')))).toBe('release.stopped')
  expect(await stage.cluster.until(codeOf(again.leave()))).toBe('ok')
})

test('a node with another table is refused: nothing is started while it is there, and what runs goes on', async () => {
  const differs = (on: Stage, name: string) => [on.talk(name === 'n3' ? { timeoutMs: 1 } : {})]
  const stage = await Stage.start({ nodes: ['n1', 'n2'], later: ['n3'], table: differs })
  await stage.start()
  await stage.cluster.start('n3')
  await stage.run(3000)
  const refused = await stage.cluster.until(
    stage
      .on('n3')
      .start('app')
      .catch((error: unknown) => error),
  )
  expect(refused).toMatchObject({ code: 'release.table_mismatch', message: expect.stringContaining('"1"') })
  expect(stage.running()).toEqual(['n1'])
  expect(stage.reports('n1').filter((text) => text.includes('release.table_mismatch'))).toHaveLength(1)
  expect(
    stage
      .on('n1')
      .info()[0]!
      .peers.find((peer) => peer.node === full('n3')),
  ).toMatchObject({ differs: true })
  stage.crash('n1')
  await stage.run(5000)
  expect(stage.running()).toEqual([])
  stage.crash('n3')
  await stage.run(1000)
  expect(stage.running()).toEqual(['n2'])
})

test('what is wrong with a table is said at once', async () => {
  const stage = await Stage.start({ nodes: ['n1'], without: ['n1'] })
  const { node, distribution } = stage.cluster.node('n1')
  const entry = stage.talk()
  const { application } = entry
  const begin = (table: readonly unknown[], more: object = {}) =>
    stage.cluster.until(
      codeOf(startDistributedApplications(node, distribution, { applications: table as never, ...more })),
    )
  for (const wrong of [
    [{}],
    [null],
    [undefined],
    ['app'],
    ...[[null], [5], [{}], ['n1@h', null]].map((nodes) => [{ application, nodes }]),
    [{ application }],
    [{ application, nodes: [] }],
    [{ application, nodes: [[]] }],
    [{ application, nodes: ['n1'] }],
    [{ application, nodes: ['n1@h', ['n1@h']] }],
    [{ ...entry, timeoutMs: -1 }],
    [{ ...entry, lostMs: Number.NaN }],
    ...['30000', null, [30_000], true].flatMap((ms) => [[{ ...entry, timeoutMs: ms }], [{ ...entry, lostMs: ms }]]),
    [entry, entry],
    [{ ...entry, application: stage.application('__proto__') }],
  ])
    expect(await begin(wrong)).toBe('release.bad_table')
  for (const more of [
    { mandatory: ['x'] },
    { syncTimeoutMs: -1 },
    { syncTimeoutMs: '5000' },
    { syncTimeoutMs: null },
    { permissions: { other: true } },
    { limits: { peers: 0 } },
  ])
    expect(await begin([entry], more)).toBe('release.bad_option')
  for (const applications of [undefined, null, {}, 'app', 5])
    expect(await begin(applications as never)).toBe('release.bad_option')
  expect(await whichApplications(node)).toEqual([])
})
