/**
 * The simulator finds wrong bookkeeping of who is connected: each of these within ten seeds.
 */
import { expect, it } from 'vitest'
import type { NodeEvent } from '../../packages/distribution/src/status/node-change.ts'
import { NodeMonitors } from '../../packages/distribution/src/status/node-monitors.ts'
import { NodeWatch } from '../../packages/distribution/src/status/node-watch.ts'
import { createVirtualRuntime } from '../../packages/testing/src/index.ts'
import { randomStatus } from '../../packages/testing/test/network/random-status.ts'
import { patch, type Fault } from '../conformance/faults/patch.ts'

const bugs: { readonly [name: string]: readonly [Fault, RegExp] } = {
  'a nodedown that is lost when the peer comes again': [
    patch(
      NodeWatch.prototype,
      'tell',
      (tell) =>
        function (this: NodeWatch, event) {
          const { change } = event
          if (change.type === 'nodeup' || change.reason !== 'replaced') tell.call(this, event)
        },
    ),
    /told twice/,
  ],
  'a nodeup that is told late': [
    patch(NodeWatch.prototype, 'tell', (tell) => {
      const held = new WeakMap<NodeWatch, NodeEvent>()
      return function (this: NodeWatch, event) {
        const before = held.get(this)
        held.delete(this)
        if (before !== undefined) tell.call(this, before)
        if (event.change.type === 'nodeup') held.set(this, event)
        else tell.call(this, event)
      }
    }),
    /which was not up|too early|in place of/,
  ],
  'a monitor of a node that is told once for all': [
    patch(
      NodeMonitors.prototype,
      'add',
      (add) =>
        function (this: NodeMonitors, pid, name) {
          while (this.remove(pid, name));
          return add.call(this, pid, name)
        },
    ),
    /and not [23]/,
  ],
}

async function firstWrong(): Promise<string> {
  for (let seed = 1; seed <= 10; seed++) {
    try {
      await randomStatus(createVirtualRuntime({ seed }), seed)
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
  return 'nothing in 10 seeds'
}

it.each(Object.entries(bugs))('%s is found', { timeout: 60_000 }, async (_name, [plant, wrong]) => {
  const undo = plant()
  try {
    expect(await firstWrong()).toMatch(wrong)
  } finally {
    undo()
  }
})
