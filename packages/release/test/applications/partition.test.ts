import { eachSeed } from '@agner/testing'
import { expect, test } from 'vitest'
import { Stage, full } from './stage.ts'

test('each side of a partition runs it; at the heal all but the one that the table names first stop', async () => {
  await eachSeed({ seeds: 2 }, async (runtime) => {
    const stage = await Stage.start({ runtime })
    await stage.start()
    stage.take()
    stage.cluster.partition(['n1'], ['n2', 'n3'])
    await stage.run(10_000)
    expect(stage.running()).toEqual(['n1', 'n2'])
    expect(stage.where()).toEqual({ n1: 'n1', n2: 'n2', n3: 'n2' })
    stage.take()
    stage.cluster.heal()
    await stage.run(10_000)
    expect(stage.take()).toEqual(['n2 prepareStop app', 'n2 stop app'])
    expect(stage.where()).toEqual({ n1: 'n1', n2: 'n1', n3: 'n1' })
    expect(stage.reports('n2').filter((text) => text.includes('which were not connected'))).toHaveLength(1)
    // The same again, and what was stopped is there for the next time.
    stage.crash('n1')
    await stage.run(3000)
    expect(stage.running()).toEqual(['n2'])
  })
})

test('of three sides one is left', async () => {
  const stage = await Stage.start()
  await stage.start()
  stage.cluster.partition(['n1'], ['n2'], ['n3'])
  await stage.run(10_000)
  expect(stage.running()).toEqual(['n1', 'n2', 'n3'])
  stage.cluster.heal('n2', 'n3')
  await stage.run(20_000)
  expect(stage.running()).toEqual(['n1', 'n2'])
  stage.cluster.heal()
  await stage.run(20_000)
  expect(stage.running()).toEqual(['n1'])
})

test('a node that has lost only the link to the one that runs it hears from the others that it lives', async () => {
  const stage = await Stage.start()
  await stage.start()
  stage.take()
  stage.cluster.cut('n1', 'n2')
  await stage.run(10_000)
  expect(stage.take()).toEqual([])
  expect(stage.where()).toEqual({ n1: 'n1', n2: 'n1', n3: 'n1' })
  stage.crash('n1')
  await stage.run(2500)
  expect(stage.running()).toEqual(['n2'])
})

test('a takeover that is cut off in the middle ends with one of them', async () => {
  await eachSeed({ seeds: 2 }, async (runtime) => {
    const stage = await Stage.start({ runtime, later: ['n1'], nodes: ['n2', 'n3'] })
    await stage.start()
    await stage.cluster.start('n1')
    await stage.run(3000)
    void stage.on('n1').start('app')
    await stage.run(runtime.random() * 4)
    stage.cluster.partition(['n1'], ['n2', 'n3'])
    await stage.run(10_000)
    stage.cluster.heal()
    await stage.run(10_000)
    expect(stage.running()).toEqual(['n1'])
    expect(stage.where()).toEqual({ n1: 'n1', n2: 'n1', n3: 'n1' })
  })
})

test('nodes that meet while they both start it go on with the first', async () => {
  const stage = await Stage.start()
  stage.cluster.partition(['n1'], ['n2', 'n3'])
  await stage.run(20_000)
  await stage.start()
  expect(stage.running()).toEqual(['n1', 'n2'])
  stage.cluster.heal()
  await stage.run(20_000)
  expect(stage.running()).toEqual(['n1'])
  expect(stage.on('n3').where('app')).toMatchObject({ node: full('n1'), token: null })
})
