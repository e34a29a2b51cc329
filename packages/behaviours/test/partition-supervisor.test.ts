/**
 * Partitioned supervisors, and the partition of a key.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  call,
  countPartitions,
  definePartitionSupervisor,
  defineServer,
  partition,
  partitionFor,
  protocol,
  reply,
  startPartitionSupervisor,
  startServer,
  startSupervisor,
  terminateChild,
  whereisPartition,
  whichChildren,
  type Protocol,
} from '../src/index.ts'
import { createWorld, failure } from './world.ts'

const shard: Protocol<{ calls: { number(): number } }> = protocol('@test/shard')
const Shard = defineServer(shard, {
  init: (number: number): number => number,
  calls: { number: (state) => reply(state, state) },
})
const child = (index: number) => Shard.child({ arg: index })

describe('the partition of a key', () => {
  test('is one of them, and always the same', () => {
    const keys = fc.oneof(fc.string(), fc.integer(), fc.bigInt(), fc.boolean(), fc.double({ noNaN: true }))
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 1000 }), (key, partitions) => {
        const index = partitionFor(key, partitions)
        expect(Number.isInteger(index) && index >= 0 && index < partitions).toBe(true)
        expect(partitionFor(key, partitions)).toBe(index)
      }),
    )
  })

  test('goes round for integers, and spreads names', () => {
    expect([0, 1, 2, 3, 4, -1].map((n) => partitionFor(n, 4))).toEqual([0, 1, 2, 3, 0, 1])
    const loads = Array.from({ length: 8 }, () => 0)
    for (let n = 0; n < 8000; n++) loads[partitionFor(`user-${n}`, 8)]!++
    for (const load of loads) expect(Math.abs(load - 1000)).toBeLessThan(150)
  })
})

describe('a partitioned supervisor', () => {
  test('leads a key to its partition, also after a restart', async () => {
    const world = createWorld()
    const { node, run } = world
    const sup = await run(startPartitionSupervisor(node, { partitions: 4, child }, { name: 'shards' }))
    expect(countPartitions(node, 'shards')).toBe(4)
    expect((await run(whichChildren(node, sup))).map(({ id }) => id)).toEqual(['3', '2', '1', '0'])
    const index = partitionFor('ann', 4)
    const at = shard.at(partition('shards', 'ann'))
    expect(await run(call(node, at, 'number'))).toBe(index)
    node.sendExit(whereisPartition(node, sup, 'ann')!, 'kill')
    await world.runtime.settle()
    expect(await run(call(node, at, 'number'))).toBe(index)
  })

  test('leads a key to no other while its own is still to start, at first and after a restart', async () => {
    const world = createWorld()
    const { node, run, runtime } = world
    const Slow = defineServer(shard, {
      init: async (number: number, { self }): Promise<number> => {
        await self.sleep(10)
        return number
      },
      calls: { number: (state) => reply(state, state) },
    })
    const partitions = { partitions: 4, child: (index: number) => Slow.child({ arg: index }) }
    const at = (key: number) => shard.at(partition('shards', key))
    /** Who answers for each of 4 keys, while one partition after the other starts. */
    const answers = async () => {
      const keys = [0, 1, 2, 3].map((key) => call(node, at(key), 'number').catch((error) => error.code as string))
      return Promise.all(keys)
    }
    const starts = async () => {
      for (let running = 0; running < 4; running++) {
        await runtime.advance(1)
        expect(countPartitions(node, 'shards')).toBe(4)
        const none = 'call.no_process'
        expect(await run(answers())).toEqual([0, 1, 2, 3].map((key) => (key < running ? key : none)))
        await runtime.advance(9)
      }
      expect(await run(answers())).toEqual([0, 1, 2, 3])
    }
    const Shards = definePartitionSupervisor(partitions)
    const top = startSupervisor(node, { children: [Shards.child({ id: 'shards', name: 'shards' })] })
    await starts()
    await run(top)
    node.sendExit(node.whereis('shards')!, 'kill')
    await starts()
  })

  test('that is not there, or a partition that is not, has nobody to call', async () => {
    const world = createWorld()
    const { node, run } = world
    expect(() => whereisPartition(node, 'shards', 1)).toThrow('no partitioned supervisor')
    expect((await failure(run(call(node, shard.at(partition('shards', 1)), 'number')))).code).toBe('call.no_process')
    await run(startPartitionSupervisor(node, { partitions: 2, child }, { name: 'shards' }))
    await run(terminateChild(node, 'shards', '1'))
    expect((await failure(run(call(node, shard.at(partition('shards', 1)), 'number')))).code).toBe('call.no_process')
    expect(await run(call(node, shard.at(partition('shards', 2)), 'number'))).toBe(0)
    const named = startServer(node, Shard, 1, { name: partition('shards', 1) })
    expect((await failure(run(named))).message).toContain('A partition is given by its key')
  })

  test('nests, and refuses what cannot be', async () => {
    const world = createWorld()
    const Shards = definePartitionSupervisor({ partitions: 2, child })
    await world.run(startSupervisor(world.node, { children: [Shards.child({ id: 'shards', name: 'shards' })] }))
    expect(await world.run(call(world.node, shard.at(partition('shards', 1)), 'number'))).toBe(1)
    for (const partitions of [0, 1.5, 65_537])
      expect(() => definePartitionSupervisor({ partitions, child })).toThrow('partitions must be')
    expect(() => definePartitionSupervisor({ partitions: 1, child: null as never })).toThrow('child must be a function')
  })
})

test('a partition that is stopped is nowhere', async () => {
  const { node, run } = createWorld()
  const supervisor = await run(startPartitionSupervisor(node, { partitions: 1, child }, { name: 'shards' }))
  const pid = whereisPartition(node, 'shards', 0)
  expect(pid).toBeDefined()
  await run(terminateChild(node, supervisor, '0'))
  expect(whereisPartition(node, 'shards', 0)).toBeUndefined()
})
