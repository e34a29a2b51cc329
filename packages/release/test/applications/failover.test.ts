import { expect, test } from 'vitest'
import { Stage } from './stage.ts'

test('the scenario of the talk: each node that dies is replaced by the next, and the first takes over when it is back', async () => {
  const stage = await Stage.start()
  expect(await stage.start()).toEqual(['ok', 'ok', 'ok'])
  expect(stage.take()).toEqual(['n1 start app normal', 'n1 phase app normal'])
  expect(stage.where()).toEqual({ n1: 'n1', n2: 'n1', n3: 'n1' })
  await stage.crash('n1')
  await stage.run(1900)
  expect(stage.take()).toEqual([])
  await stage.run(300)
  expect(stage.take()).toEqual(['n2 start app failover n1', 'n2 phase app failover n1'])
  await stage.crash('n2')
  await stage.run(2200)
  expect(stage.take()).toEqual(['n3 start app failover n2', 'n3 phase app failover n2'])
  await stage.cluster.restart('n1')
  await stage.run(3000)
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
