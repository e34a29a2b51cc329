import { eachSeed } from '@agner/testing'
import { expect, test } from 'vitest'
import { Stage, codeOf, full, named } from './stage.ts'

test('the scenario of the talk: each node that dies is replaced by the next, and the first takes over when it is back', async () => {
  const stage = await Stage.start()
  expect(await stage.start()).toEqual(['ok', 'ok', 'ok'])
  expect(stage.take()).toEqual(['n1 start app normal', 'n1 phase app normal'])
  expect(stage.where()).toEqual({ n1: 'n1', n2: 'n1', n3: 'n1' })
  stage.crash('n1')
  await stage.run(1900)
  expect(stage.take()).toEqual([])
  await stage.run(300)
  expect(stage.take()).toEqual(['n2 start app failover n1', 'n2 phase app failover n1'])
  stage.crash('n2')
  await stage.run(2200)
  expect(stage.take()).toEqual(['n3 start app failover n2', 'n3 phase app failover n2'])
  await stage.restart('n1')
  expect(await stage.start('n1')).toEqual(['ok'])
  await stage.run(500)
  expect(stage.take()).toEqual([
    'n1 start app takeover n3',
    'n1 phase app takeover n3',
    'n3 prepareStop app',
    'n3 stop app',
  ])
  expect(stage.running()).toEqual(['n1'])
  await stage.cluster.stop()
})

test('a node that is back in time starts it again in its place, as a first start; the others stand by', async () => {
  const stage = await Stage.start({ table: (on) => [on.talk({ timeoutMs: 8000 })] })
  await stage.start()
  stage.take()
  stage.crash('n1')
  await stage.run(100)
  expect(stage.on('n2').info()[0]).toMatchObject({ standing: 'lost', at: null })
  await stage.restart('n1')
  expect(await stage.start('n1')).toEqual(['ok'])
  expect(stage.take()).toEqual(['n1 start app normal', 'n1 phase app normal'])
  await stage.run(10_000)
  expect(stage.take()).toEqual([])
  expect(stage.on('n2').info()[0]).toMatchObject({ standing: 'standby' })
})

test('one that is back in time has no right to it while a better node is up: that one starts it when the time is over', async () => {
  const stage = await Stage.start({ nodes: ['n1', 'n2'], table: (on) => [on.talk({ timeoutMs: 20_000 })] })
  await stage.start()
  expect(await stage.cluster.until(codeOf(stage.on('n2').takeover('app')))).toBe('ok')
  await stage.run(1000)
  stage.take()
  stage.crash('n2')
  await stage.run(1000)
  await stage.restart('n2')
  const started = stage.begin('n2')
  await stage.run(15_000)
  expect([stage.take(), stage.where()]).toEqual([[], { n1: null, n2: null }])
  expect(await stage.cluster.until(started)).toEqual(['ok'])
  expect(stage.take()[0]).toBe('n1 start app failover n2')
  await stage.run(20_000)
  expect(stage.running()).toEqual(['n1'])
})

test('so does one of equals, before the others have their turn', async () => {
  const table = (on: Stage) => [on.talk({ nodes: [named(['n1', 'n2', 'n3'])], timeoutMs: 8000 })]
  const stage = await Stage.start({ table })
  await stage.start()
  expect(stage.take()[0]).toBe('n1 start app normal')
  stage.crash('n1')
  await stage.restart('n1')
  expect(await stage.start('n1')).toEqual(['ok'])
  expect(stage.take()[0]).toBe('n1 start app normal')
  expect(stage.cluster.runtime.nowMs()).toBeLessThan(15_000)
})

test('a node that is back and does not start it has had its chance, and is waited for until it does', async () => {
  const stage = await Stage.start()
  await stage.start()
  stage.take()
  stage.crash('n1')
  await stage.restart('n1', 500)
  await stage.run(5000)
  expect(stage.running()).toEqual([])
  expect(stage.on('n2').info()[0]).toMatchObject({ standing: 'waiting' })
  expect(await stage.start('n1')).toEqual(['ok'])
  expect(stage.running()).toEqual(['n1'])
  await stage.run(100)
  expect(stage.where()).toEqual({ n1: 'n1', n2: 'n1', n3: 'n1' })
})

test('without start phases a failover is a first start, as in Erlang; Infinity waits for ever', async () => {
  const stage = await Stage.start({
    table: (on) => [
      on.talk({ application: on.application('app', false) }),
      on.talk({ application: on.application('other'), timeoutMs: Infinity }),
    ],
  })
  await stage.start()
  await stage.cluster.until(Promise.all(['n1', 'n2', 'n3'].map((name) => stage.on(name).start('other'))))
  stage.take()
  stage.crash('n1')
  await stage.run(60_000)
  expect(stage.take()).toEqual(['n2 start app normal'])
  expect(stage.on('n2').info()[1]).toMatchObject({ standing: 'lost' })
})

test('a node that stops in order stops its applications first; the time of the others counts from when it is gone', async () => {
  const stage = await Stage.start()
  await stage.start()
  stage.take()
  await stage.cluster.stop('n1')
  expect(stage.take()).toEqual(['n1 prepareStop app', 'n1 stop app'])
  await stage.run(1900)
  expect(stage.take()).toEqual([])
  await stage.run(300)
  expect(stage.take()[0]).toBe('n2 start app failover n1')
})

test('a node that leaves hands over first, and nobody waits', async () => {
  const stage = await Stage.start()
  await stage.start()
  stage.take()
  await stage.cluster.until(stage.on('n1').leave())
  expect(stage.take()).toEqual([
    'n2 start app takeover n1',
    'n2 phase app takeover n1',
    'n1 prepareStop app',
    'n1 stop app',
  ])
  await stage.cluster.stop('n1')
  await stage.run(5000)
  expect(stage.take()).toEqual([])
  await stage.cluster.until(Promise.all(['n3', 'n2'].map((name) => stage.on(name).leave())))
  expect(stage.take()).toEqual(['n2 prepareStop app', 'n2 stop app'])
})

test('what nobody takes over and does not stop is killed when a node has waited to leave', async () => {
  const stage = await Stage.start({ nodes: ['n1'] })
  await stage.start()
  stage.holdsItsStop.add('n1')
  const left = stage.on('n1').leave({ timeoutMs: 700 })
  await stage.run(600)
  expect(stage.running()).toEqual([])
  await stage.cluster.until(left)
  expect(stage.cluster.runtime.nowMs()).toBeLessThan(10_000)
  expect(stage.on('n1').node.isAlive(stage.on('n1').pid)).toBe(false)
})

test('what nobody takes over in time is stopped in order before its node leaves', async () => {
  const stage = await Stage.start({ nodes: ['n1', 'n2'] })
  await stage.start()
  stage.take()
  stage.hangs.add('n2')
  const left = stage.on('n1').leave({ timeoutMs: 1000 })
  await stage.run(900)
  expect(stage.running()).toEqual(['n1'])
  await stage.cluster.until(left)
  expect(stage.take()).toEqual(['n2 start app takeover n1', 'n1 prepareStop app', 'n1 stop app'])
})

test('a node that dies while it starts it is replaced at once, and one that dies while it claims, too', async () => {
  const stage = await Stage.start()
  stage.hangs.add('n1')
  const others = Promise.all(['n2', 'n3'].map((name) => stage.on(name).start('app')))
  void stage.on('n1').start('app')
  await stage.run(1000)
  expect(stage.take()).toEqual(['n1 start app normal'])
  stage.crash('n1')
  await stage.cluster.until(others)
  expect(stage.take()[0]).toBe('n2 start app normal')
})

test('a crash that nobody is told of is found out, and replaced', async () => {
  await eachSeed({ seeds: 1 }, async (runtime) => {
    const stage = await Stage.start({ runtime })
    await stage.start()
    stage.take()
    stage.crash('n1', 'silence')
    await stage.run(40_000)
    const running = stage.running()
    expect(running).toHaveLength(1)
    expect(stage.where()).toEqual({ n2: running[0], n3: running[0] })
  })
})

test('two applications of equal nodes do not both go to the same one', async () => {
  const nodes = ['n1', ['n2', 'n3']].map(named)
  const stage = await Stage.start({
    table: (on) => ['one', 'two'].map((name) => on.talk({ application: on.application(name), nodes })),
  })
  for (const name of ['one', 'two'])
    await stage.cluster.until(Promise.all(['n1', 'n2', 'n3'].map((each) => stage.on(each).start(name))))
  expect([stage.running('one'), stage.running('two')]).toEqual([['n1'], ['n1']])
  stage.crash('n1')
  await stage.run(3000)
  expect([...stage.running('one'), ...stage.running('two')].toSorted()).toEqual(['n2', 'n3'])
})

test('a node that stops it just before another is lost has no part in it, and keeps nobody from failing over', async () => {
  await eachSeed({ seeds: 4 }, async (runtime) => {
    const stage = await Stage.start({ runtime, table: (self) => [self.talk({ nodes: ['n1', 'n2', 'n3'].map(full) })] })
    await stage.start()
    await stage.cluster.until(codeOf(stage.on('n2').stop('app')))
    stage.crash('n1')
    await stage.run(4000)
    expect(stage.running()).toEqual(['n3'])
    await stage.cluster.stop()
  })
})
