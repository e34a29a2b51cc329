import { expect, test } from 'vitest'
import { Stage, codeOf, full, named } from './stage.ts'

const until = (stage: Stage, promise: Promise<unknown>) => stage.cluster.until(codeOf(promise))

test('by hand any node of the table takes it over, and has it until that is lost', async () => {
  const stage = await Stage.start()
  expect(await until(stage, stage.on('n3').takeover('app'))).toBe('release.not_started')
  await stage.start()
  stage.take()
  expect(await until(stage, stage.on('n1').takeover('app'))).toBe('release.runs_here')
  expect(await until(stage, stage.on('n3').takeover('app', 'permanent'))).toBe('ok')
  await stage.run(100)
  expect(stage.take()).toEqual([
    'n3 start app takeover n1',
    'n3 phase app takeover n1',
    'n1 prepareStop app',
    'n1 stop app',
  ])
  await stage.run(10_000)
  expect(stage.running()).toEqual(['n3'])
  stage.crash('n3')
  await stage.run(2500)
  expect(stage.take()[0]).toBe('n1 start app failover n3')
})

test('a permanent one can be moved and stopped like any other: its node stays up', async () => {
  const stage = await Stage.start()
  const start = ['n1', 'n2', 'n3'].map((name) => stage.on(name).start('app', { type: 'permanent' }))
  await stage.cluster.until(Promise.all(start))
  for (const name of ['n2', 'n1', 'n3', 'n1']) {
    expect(await until(stage, stage.on(name).takeover('app'))).toBe('ok')
    await stage.run(200)
    expect(stage.running()).toEqual([name])
  }
  expect(await until(stage, stage.on('n1').stop('app'))).toBe('ok')
  expect(stage.cluster.up.map(({ node }) => node.isStopped)).toEqual([false, false, false])
  expect(await stage.start('n1')).toEqual(['ok'])
})

test('what cannot be taken over is said', async () => {
  const stage = await Stage.start({ nodes: ['n1', 'n2', 'n3', 'n4'] })
  await stage.start()
  expect(await until(stage, stage.on('n4').takeover('app'))).toBe('release.not_among_nodes')
  await until(stage, stage.on('n2').permit('app', false))
  expect(await until(stage, stage.on('n2').takeover('app'))).toBe('release.not_permitted')
  expect(await until(stage, stage.on('n1').stop('app'))).toBe('ok')
  await stage.run(100)
  expect(await until(stage, stage.on('n3').takeover('app'))).toBe('release.runs_nowhere')
  expect(
    await until(
      stage,
      Promise.resolve().then(() => stage.on('n3').takeover('none')),
    ),
  ).toBe('release.unknown_application')
  expect(stage.where()).toEqual({ n1: null, n2: null, n3: null, n4: null })
})

test('a takeover that fails leaves it where it runs', async () => {
  const stage = await Stage.start()
  await stage.start()
  stage.take()
  stage.fails.add('n2')
  expect(await until(stage, stage.on('n2').takeover('app'))).toBe('release.start_failed')
  await stage.run(5000)
  expect(stage.take()).toEqual(['n2 start app takeover n1'])
  expect(stage.where()).toEqual({ n1: 'n1', n2: 'n1', n3: 'n1' })
  expect(stage.on('n1').own('app')?.isHeld()).toBe(true)
  stage.fails.clear()
  expect(await until(stage, stage.on('n2').takeover('app'))).toBe('ok')
})

test('so does one that fails when a better node begins; when it is started again it takes over', async () => {
  const stage = await Stage.start({ nodes: ['n2', 'n3'], later: ['n1'] })
  await stage.start()
  await stage.cluster.start('n1')
  await stage.run(3000)
  stage.fails.add('n1')
  expect(await stage.start('n1')).toEqual(['release.start_failed'])
  await stage.run(3000)
  expect(stage.running()).toEqual(['n2'])
  stage.fails.clear()
  expect(await stage.start('n1')).toEqual(['ok'])
  await stage.run(100)
  expect(stage.running()).toEqual(['n1'])
})

test('while it is taken over both run, and a third waits its turn', async () => {
  const stage = await Stage.start()
  await stage.start()
  stage.take()
  stage.hangs.add('n2')
  void stage
    .on('n2')
    .takeover('app')
    .catch(() => undefined)
  await stage.run(100)
  const third = codeOf(stage.on('n3').takeover('app'))
  await stage.run(2000)
  expect(stage.take()).toEqual(['n2 start app takeover n1'])
  expect(stage.running()).toEqual(['n1'])
  expect(stage.where()).toEqual({ n1: 'n1', n2: 'n1', n3: 'n1' })
  stage.crash('n2')
  expect(await stage.cluster.until(third)).toBe('ok')
  await stage.run(100)
  expect(stage.running()).toEqual(['n3'])
})

test('the one that is taken over from dies meanwhile: it runs where it was to', async () => {
  const stage = await Stage.start({ nodes: ['n2', 'n3'], later: ['n1'] })
  await stage.start()
  await stage.cluster.start('n1')
  await stage.run(3000)
  stage.hangs.add('n1')
  void stage.begin('n1')
  await stage.run(10)
  stage.crash('n2')
  await stage.run(4000)
  // It hangs, and nobody else starts it: a start that is under way is waited for.
  expect(stage.running()).toEqual([])
  stage.crash('n1')
  await stage.run(4000)
  expect(stage.running()).toEqual(['n3'])
})

test('a better node that has only heard of it takes it over when it meets the one that runs it', async () => {
  const stage = await Stage.start({ nodes: ['n2', 'n3'], later: ['n1'] })
  await stage.start()
  await stage.cluster.start('n1')
  stage.cluster.cut('n1', 'n2')
  await stage.run(20_000)
  expect(stage.cluster.node('n1').distribution.nodes()).toEqual([full('n3')])
  // It runs, and is not waited for: by hand it cannot be had yet either.
  expect(await stage.start('n1')).toEqual(['ok'])
  expect(stage.where()).toEqual({ n1: 'n2', n2: 'n2', n3: 'n2' })
  expect(await until(stage, stage.on('n1').takeover('app'))).toBe('release.runs_nowhere')
  stage.cluster.heal('n1', 'n2')
  await stage.run(5000)
  expect(stage.running()).toEqual(['n1'])
  expect(stage.take().slice(-4)).toEqual([
    'n1 start app takeover n2',
    'n1 phase app takeover n2',
    'n2 prepareStop app',
    'n2 stop app',
  ])
})

test('what it had heard of and what runs there when they meet must be the same: one that was moved meanwhile stays', async () => {
  const stage = await Stage.start({ nodes: ['n2', 'n3'], later: ['n1'] })
  await stage.start()
  await stage.cluster.start('n1')
  stage.cluster.cut('n1', 'n2')
  await stage.run(20_000)
  expect(await stage.start('n1')).toEqual(['ok'])
  for (const name of ['n3', 'n2']) {
    expect(await until(stage, stage.on(name).takeover('app'))).toBe('ok')
    await stage.run(100)
  }
  stage.cluster.heal('n1', 'n2')
  await stage.run(5000)
  expect(stage.running()).toEqual(['n2'])
})

test('a better node that may not run it, or was told to stop, or fails, when they meet leaves it there', async () => {
  for (const what of ['permit', 'stop', 'fail'] as const) {
    const stage = await Stage.start({ nodes: ['n2', 'n3'], later: ['n1'] })
    await stage.start()
    await stage.cluster.start('n1')
    stage.cluster.cut('n1', 'n2')
    await stage.run(20_000)
    expect(await stage.start('n1')).toEqual(['ok'])
    if (what === 'fail') stage.fails.add('n1')
    else if (what === 'stop') expect(await until(stage, stage.on('n1').stop('app'))).toBe('ok')
    else expect(await until(stage, stage.on('n1').permit('app', false))).toBe('ok')
    stage.cluster.heal('n1', 'n2')
    await stage.run(5000)
    expect(stage.running()).toEqual(['n2'])
    expect(stage.take().filter((note) => note.startsWith('n1'))).toHaveLength(what === 'fail' ? 1 : 0)
    stage.crash('n2')
    await stage.run(5000)
    expect(stage.running()).toEqual(['n3'])
  }
})

test('an equal node takes nothing over; one that comes later in the list neither', async () => {
  const table = (on: Stage) => [on.talk({ nodes: [named(['n1', 'n2']), full('n3')] })]
  const stage = await Stage.start({ nodes: ['n2'], later: ['n1', 'n3'], table })
  await stage.start()
  for (const name of ['n1', 'n3']) {
    await stage.cluster.start(name)
    await stage.run(3000)
    expect(await stage.start(name)).toEqual(['ok'])
  }
  expect(stage.take()).toEqual(['n2 start app normal', 'n2 phase app normal'])
})

test('watchers hear each change as their node sees it', async () => {
  const stage = await Stage.start({ more: () => ({ limits: { watchers: 1 } }) })
  const changes = stage.watch('n3')
  expect(() => stage.watch('n3')).toThrow(expect.objectContaining({ code: 'release.too_many_watchers' }))
  await stage.start()
  await until(stage, stage.on('n2').takeover('app'))
  await stage.run(1000)
  const seen = changes.map(({ at, standing }) => `${standing} ${at === null ? '-' : at.node}`)
  expect(seen).toEqual(['idle -', 'waiting -', `standby ${full('n1')}`, `standby ${full('n2')}`])
  const instances = changes.flatMap(({ at }) => (at === null ? [] : [at.instance]))
  expect(instances[1]).toBeGreaterThan(instances[0]!)
})
