/**
 * Bridges (V21).
 */
import { describeReason, type Exit } from '@agner/core'
import { expect, test } from 'vitest'
import {
  countChildren,
  defineSupervisorBridge,
  getChildSpec,
  ignore,
  startSupervisor,
  startSupervisorBridge,
  stop,
  whichChildren,
} from '../src/index.ts'
import { createWorld, failure } from './world.ts'

const idle = { init: () => null, message: () => null }

test('a bridge stops what is behind it, in its turn among its siblings', async () => {
  const world = createWorld()
  const Bridge = defineSupervisorBridge({
    init: async (self) => ({ pid: self.spawn(idle), state: 'the subsystem' }),
    terminate: async (reason, state, self) => {
      await self.sleep(20)
      world.log.push(`${describeReason(reason)} ${state}`)
    },
  })
  const sup = await world.run(
    startSupervisor(world.node, { children: [Bridge.child({ id: 'bridge', name: 'bridge' })] }),
  )
  expect(await world.run(whichChildren(world.node, sup))).toMatchObject([{ id: 'bridge', type: 'supervisor' }])
  expect(await world.run(whichChildren(world.node, 'bridge'))).toEqual([])
  expect(await world.run(countChildren(world.node, 'bridge'))).toMatchObject({ active: 1 })
  expect((await failure(world.run(getChildSpec(world.node, 'bridge', 'x')))).code).toBe('supervisor.bridge')
  await world.run(world.node.stop())
  expect(world.log).toEqual(['shutdown the subsystem'])
})

test('a bridge ends with what is behind it, for the same reason, and stops nothing then', async () => {
  const world = createWorld()
  await world.inProcess<Exit>(async (self) => {
    self.trapExits(true)
    const behind = self.spawn<string>(async (me) => me.exit(await me.receive()))
    const definition = { init: () => ({ pid: behind, state: 0 }), terminate: () => void world.log.push('stopped') }
    const bridge = await startSupervisorBridge(self, definition)
    self.send(behind, 'odd')
    expect(await self.receive()).toMatchObject({ from: bridge, reason: 'odd' })
    expect(world.log).toEqual([])
    expect(world.notices('supervisor', 'error')).toMatchObject([{ details: { context: 'childTerminated' } }])
  })
})

test('a bridge may have nothing to run, or fail to start; a terminate that throws is told', async () => {
  const world = createWorld()
  const { node, run } = world
  const terminate = (): void => {
    throw new Error('stuck')
  }
  const start = (init: () => never) => startSupervisorBridge(node, { init, terminate })
  expect((await failure(run(start(() => ignore() as never)))).code).toBe('start.ignored')
  expect((await failure(run(start(() => stop('no') as never)))).reason).toBe('no')
  await run(startSupervisorBridge(node, { init: (self) => ({ pid: self.spawn(idle), state: 0 }), terminate }))
  await run(node.stop())
  expect(world.notices('supervisor', 'error')).toMatchObject([
    { details: { context: 'shutdownError', reason: { message: 'stuck' } } },
  ])
})
