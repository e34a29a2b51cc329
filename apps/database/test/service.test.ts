/** The server of the messages has trouble of its own, on nodes that are well. */
import { createVirtualRuntime } from '@agner/testing'
import { expect, it } from 'vitest'
import { database } from '../src/database.api.ts'
import { MessageCluster } from './log/message-cluster.ts'

const message = { room: 'lobby', user: 'ann', text: 'hello', key: 'k' }
const again = { timeoutMs: 20_000, repeat: 'safe' } as const

const start = async (seed: number): Promise<MessageCluster> => {
  const all = await MessageCluster.start({ runtime: createVirtualRuntime({ seed }) })
  await append(all)
  await until(all, 100, () => all.client.where() === 'db1@cluster')
  return all
}

const until = async (all: MessageCluster, stepMs: number, holds: () => boolean): Promise<void> => {
  for (let left = 5000; !holds(); left--) {
    if (left === 0) throw new Error('it does not come to that')
    await all.cluster.run(stepMs)
  }
}

const append = (all: MessageCluster): Promise<unknown> =>
  all.cluster.until(all.client.call(all.cluster.node('http').node, database, 'append', message, again))

it('one that crashes too often takes its node down: another serves, and this one again when it is back', async () => {
  const all = await start(21)
  const { node } = all.cluster.node('db1')
  await until(all, 100, () => {
    const server = node.whereis(database.module)
    if (server !== undefined) node.sendExit(server, 'kill')
    return node.isStopped
  })
  // With the node its operating-system process ends.
  all.crash('db1')
  expect(await append(all)).toMatchObject({ ok: { id: 1 } })
  expect(all.client.where()).toBe('db2@cluster')
  await all.up('db1')
  await until(all, 100, () => all.cluster.node('db1').node.whereis(database.module) !== undefined)
  expect(await append(all)).toMatchObject({ ok: { id: 1 } })
  expect(all.client.where()).toBe('db1@cluster')
  await all.cluster.stop()
})

it('one that loses its majority while it starts takes no node down', async () => {
  const all = await start(22)
  all.crash('db1')
  const { node } = all.cluster.node('db2')
  await until(all, 1, () => node.whereis(database.module) !== undefined)
  all.cluster.cut('db2', 'log')
  await all.cluster.run(15_000)
  expect(node.isStopped).toBe(false)
  all.cluster.heal()
  expect(await append(all)).toMatchObject({ ok: { id: 1 } })
  await all.cluster.stop()
})
