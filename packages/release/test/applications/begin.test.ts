/** What is left behind when distributed applications do not begin, or end: nothing, so that they can begin again. */
import { call, defineServer, protocol, reply, startServer, type Protocol } from '@agner/behaviours'
import type { Node, Process } from '@agner/core'
import {
  startApplicationClient,
  startDistributedApplications,
  startGate,
  type DistributedApplicationsOptions,
} from '@agner/release'
import { eachSeed } from '@agner/testing'
import { expect, test } from 'vitest'
import { keeperProtocol } from '../../src/applications/keeper.api.ts'
import { gateProtocol } from '../../src/calling/gate.api.ts'
import { Stage, codeOf, full } from './stage.ts'

const counter: Protocol<{ calls: { count(): number } }> = protocol('@agner/release/test/counter')
const counterServer = defineServer(counter, {
  init: () => 0,
  calls: { count: (count) => reply(count + 1, count + 1) },
})

/** n1 has nothing yet; `begin` begins there. */
async function prepare(runtime?: Parameters<typeof Stage.start>[0]) {
  const stage = await Stage.start({ nodes: ['n1', 'n2'], without: ['n1'], ...runtime })
  const { node, distribution } = stage.cluster.node('n1')
  const begin = (more: Partial<DistributedApplicationsOptions> = {}) =>
    startDistributedApplications(node, distribution, { applications: [stage.talk()], ...more })
  const isLeft = () => [keeperProtocol, gateProtocol].filter(({ module }) => node.whereis(module) !== undefined)
  return { stage, node, begin, isLeft }
}

/** A gate of somebody else's, for as long as that process lives. */
async function otherGate(stage: Stage, node: Node): Promise<() => Promise<void>> {
  const owner = node.spawn(async (self: Process<never>) => self.receive())
  await stage.cluster.until(startGate({ node, pid: owner }, { running: () => null }))
  return async () => {
    node.sendExit(owner, 'kill')
    await stage.run(100)
  }
}

test('where a node has a gate they do not begin, and nothing is left of them but that; without it they do', async () => {
  const { stage, node, begin, isLeft } = await prepare()
  const end = await otherGate(stage, node)
  for (let turn = 0; turn < 2; turn++) {
    const beforeMs = stage.cluster.runtime.nowMs()
    expect(await stage.cluster.until(codeOf(begin({ optional: [full('n3')] })))).toBe('start.already_started')
    // It is said at once, and not when all nodes have been waited for.
    expect(stage.cluster.runtime.nowMs() - beforeMs).toBeLessThan(100)
    expect(isLeft()).toEqual([gateProtocol])
  }
  await stage.run(100)
  expect(stage.on('n2').info()[0]!.peers).toEqual([])
  await end()
  const applications = await stage.cluster.until(begin())
  expect(await stage.cluster.until(codeOf(applications.start('app')))).toBe('ok')
  expect(stage.running()).toEqual(['n1'])
  expect(stage.faults()).toEqual([])
})

test('a keeper that ends while others are waited for ends all of it', async () => {
  const { stage, node, begin, isLeft } = await prepare()
  const begun = codeOf(begin({ mandatory: [full('n3')] }))
  await stage.run(1000)
  expect(isLeft()).toHaveLength(2)
  node.sendExit(node.whereis(keeperProtocol.module)!, 'kill')
  expect(await stage.cluster.until(begun)).toBe('call.exited')
  expect(isLeft()).toEqual([])
  expect(await stage.cluster.until(codeOf(begin()))).toBe('ok')
})

test('mandatory nodes are waited for as long as was said, also for longer than a call usually takes', async () => {
  const { stage, begin, isLeft } = await prepare()
  const beforeMs = stage.cluster.runtime.nowMs()
  const begun = codeOf(begin({ mandatory: [full('n3')], syncTimeoutMs: 60_000 }))
  expect(await stage.cluster.until(begun)).toBe('release.mandatory_missing')
  expect(stage.cluster.runtime.nowMs() - beforeMs).toBeGreaterThanOrEqual(60_000)
  expect(isLeft()).toEqual([])
})

test('who leaves has left when the gate, too, is gone, though it has much to do', async () => {
  const { stage, node, begin, isLeft } = await prepare()
  const applications = await stage.cluster.until(begin())
  const question = { application: 'app', atLeast: 0 }
  const asked = Array.from({ length: 5000 }, () => codeOf(call(node, gateProtocol, 'where', question)))
  const left = applications.leave().then(isLeft)
  expect(await stage.cluster.until(left)).toEqual([])
  expect(await stage.cluster.until(codeOf(begin()))).toBe('ok')
  expect(new Set(await stage.cluster.until(Promise.all(asked)))).toEqual(new Set(['ok']))
})

test('they can begin again at once where they have ended, or did not begin, whatever goes first', async () => {
  await eachSeed({ seeds: 20 }, async (runtime) => {
    const { stage, begin, isLeft } = await prepare({ runtime })
    const life = async () => {
      const applications = await begin()
      await applications.start('app')
      await applications.leave()
      expect(isLeft()).toEqual([])
      expect(await codeOf(begin({ mandatory: [full('n3')], syncTimeoutMs: 10 }))).toBe('release.mandatory_missing')
      expect(isLeft()).toEqual([])
      return begin()
    }
    expect(await stage.cluster.until(codeOf(life()))).toBe('ok')
    await stage.cluster.stop()
  })
})

const gateReports = (stage: Stage) => stage.reports('n1').filter((text) => text.includes('(release.gate_ended)')).length

test('a gate that ends is reported, and begun anew after a rest; those who call meanwhile wait', async () => {
  const { stage, node, begin, isLeft } = await prepare()
  const applications = await stage.cluster.until(begin())
  await stage.cluster.until(applications.start('app'))
  const from = stage.cluster.node('n2').node
  const client = await stage.cluster.until(startApplicationClient(from, { application: 'app', nodes: [node.name] }))
  const ask = () => codeOf(client.call(from, counter, 'count', undefined, { timeoutMs: 5000 }))
  await stage.cluster.until(startServer(node, counterServer, undefined, { name: counter.module }))
  for (let times = 1; times <= 3; times++) {
    expect(await stage.cluster.until(ask())).toBe('ok')
    node.sendExit(node.whereis(gateProtocol.module)!, 'kill')
    await stage.run(10)
    expect(node.whereis(gateProtocol.module)).toBeUndefined()
    expect(gateReports(stage)).toBe(times)
    expect(await stage.cluster.until(ask())).toBe('ok')
  }
  expect(stage.running()).toEqual(['n1'])
  await stage.cluster.until(applications.leave())
  await stage.run(5000)
  expect([isLeft(), gateReports(stage)]).toEqual([[], 3])
})

test('where somebody else has begun a gate meanwhile it is looked again, and none is begun after the keeper has ended', async () => {
  const { stage, node, begin, isLeft } = await prepare()
  const applications = await stage.cluster.until(begin())
  node.sendExit(node.whereis(gateProtocol.module)!, 'kill')
  await stage.run(10)
  const end = await otherGate(stage, node)
  const other = node.whereis(gateProtocol.module)
  await stage.run(5000)
  expect([node.whereis(gateProtocol.module), gateReports(stage)]).toEqual([other, 1])
  await end()
  await stage.run(1000)
  const own = node.whereis(gateProtocol.module)!
  expect(own).not.toBe(other)
  node.sendExit(own, 'kill')
  await stage.run(10)
  await stage.cluster.until(applications.leave())
  await stage.run(5000)
  expect(isLeft()).toEqual([])
})
