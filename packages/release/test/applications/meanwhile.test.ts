/** What is lost, asked or begun while something else is under way: it runs all the same, and whoever asked has an answer. */
import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { Stage, codeOf, full } from './stage.ts'

const two = { nodes: ['n1', 'n2'], table: (stage: Stage) => [stage.talk({ nodes: ['n1', 'n2'].map(full) })] }

describe('its node is lost', () => {
  test('and another knew of it by a node alone that may not run it', async () => {
    await eachSeed({ seeds: 8 }, async (runtime) => {
      const stage = await Stage.start({
        runtime,
        more: (_, name) => (name === 'n2' ? { permissions: { app: false } } : {}),
      })
      await stage.start()
      stage.crash('n1')
      await stage.run(6000)
      expect(stage.where()).toEqual({ n2: 'n3', n3: 'n3' })
      expect(stage.running()).toEqual(['n3'])
      await stage.cluster.stop()
    })
  })

  test('while the one that it took it over from still stops', async () => {
    const stage = await Stage.start(two)
    await stage.start()
    stage.crash('n1')
    await stage.run(6000)
    stage.holdsItsStop.add('n2')
    await stage.restart('n1')
    expect(await stage.start('n1')).toEqual(['ok'])
    await stage.run(500)
    expect(stage.on('n2').info()[0]!.standing).toBe('stopping')
    stage.take()
    stage.crash('n1')
    await stage.run(500)
    stage.release()
    await stage.run(2500)
    expect(stage.take()).toEqual(['n2 start app failover n1', 'n2 phase app failover n1'])
  })

  test('and is back, in another life, before the one that it took it over from has stopped', async () => {
    const stage = await Stage.start({ ...two, table: (on) => [on.talk({ nodes: ['n2', 'n1'].map(full) })] })
    await stage.start()
    stage.holdsItsStop.add('n2')
    await stage.cluster.until(stage.on('n1').takeover('app'))
    await stage.run(500)
    stage.crash('n1')
    await stage.restart('n1')
    expect(stage.on('n2').info()[0]!.standing).toBe('stopping')
    stage.release()
    await stage.run(3000)
    expect(stage.running()).toEqual(['n2'])
  })

  test('while another stops that ran it too, behind a cut', async () => {
    const stage = await Stage.start(two)
    await stage.start()
    stage.cluster.partition(['n1'], ['n2'])
    await stage.run(20_000)
    expect(stage.running()).toEqual(['n1', 'n2'])
    stage.holdsItsStop.add('n2')
    stage.cluster.heal()
    await stage.run(8000)
    expect(stage.on('n2').info()[0]!.standing).toBe('stopping')
    stage.crash('n1')
    await stage.run(200)
    stage.release()
    await stage.run(6000)
    expect(stage.running()).toEqual(['n2'])
  })

  test('while another takes it over, and fails to', async () => {
    const stage = await Stage.start(two)
    await stage.start()
    stage.holdsItsStart.add('n2')
    const taken = codeOf(stage.on('n2').takeover('app'))
    await stage.run(500)
    stage.crash('n1')
    stage.fails.add('n2')
    await stage.run(1000)
    stage.release()
    expect(await stage.cluster.until(taken)).toBe('release.start_failed')
    stage.fails.clear()
    stage.holdsItsStart.clear()
    await stage.run(3000)
    expect(stage.running()).toEqual(['n2'])
  })
})

describe('two take it over at the same time', () => {
  const table = (stage: Stage) => [stage.talk({ nodes: ['n1', 'n2', 'n3'].map(full) })]

  test('from a node with a worse place than both: the better has it', async () => {
    await eachSeed({ seeds: 8 }, async (runtime) => {
      const stage = await Stage.start({ runtime, nodes: ['n3'], later: ['n1', 'n2'], table })
      await stage.start()
      for (const name of ['n1', 'n2']) await stage.cluster.start(name)
      await stage.run(3000)
      expect(await stage.start('n2', 'n1')).toEqual(['ok', 'ok'])
      await stage.run(1000)
      expect(stage.where()).toEqual({ n1: 'n1', n2: 'n1', n3: 'n1' })
      await stage.cluster.stop()
    })
  })

  test('by hand: both are answered, and one has it', async () => {
    await eachSeed({ seeds: 8 }, async (runtime) => {
      const stage = await Stage.start({ runtime })
      await stage.start()
      const both = ['n2', 'n3'].map((name) => codeOf(stage.on(name).takeover('app')))
      expect(await stage.cluster.until(Promise.all(both))).toEqual(['ok', 'ok'])
      await stage.run(1000)
      const running = stage.running()
      expect(running).toHaveLength(1)
      expect(stage.where()).toEqual({ n1: running[0], n2: running[0], n3: running[0] })
      await stage.cluster.stop()
    })
  })
})

test('started on a node that has forgotten what ran in its life before, it starts', async () => {
  const stage = await Stage.start(two)
  await stage.start()
  await stage.cluster.until(stage.on('n2').takeover('app'))
  await stage.run(1000)
  await stage.cluster.until(stage.on('n2').stop('app'))
  stage.crash('n2')
  await stage.restart('n2', 5000)
  expect(await stage.start('n2')).toEqual(['ok'])
  expect(stage.running()).toEqual(['n1'])
})

test('started again while it still stops: who stopped it is answered when it has, and it starts', async () => {
  const stage = await Stage.start()
  await stage.start()
  stage.holdsItsStop.add('n1')
  const stopped = codeOf(stage.on('n1').stop('app'))
  await stage.run(500)
  const started = codeOf(stage.on('n1').start('app'))
  await stage.run(500)
  stage.take()
  stage.release()
  expect(await stage.cluster.until(Promise.all([stopped, started]))).toEqual(['ok', 'ok'])
  expect(stage.take()).toEqual(['n1 start app normal', 'n1 phase app normal'])
})
