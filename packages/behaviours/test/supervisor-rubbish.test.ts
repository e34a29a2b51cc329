/**
 * What nobody should send to a supervisor: it answers with a refusal, and its children never hear of it.
 */
import type { Node } from '@agner/core'
import { expect, test } from 'vitest'
import {
  countChildren,
  defineDynamicSupervisor,
  startDynamicChild,
  startDynamicSupervisor,
  startSupervisor,
  type ChildSpec,
  type SupervisorPid,
} from '../src/index.ts'
import { createWorld } from './world.ts'

const idle = { init: () => 0, message: (_self: unknown, _message: unknown, state: number) => state }
const child: ChildSpec = { id: 'idle', start: async (supervisor) => supervisor.spawnLink(idle) }

const starts: Readonly<Record<string, (node: Node) => Promise<SupervisorPid>>> = {
  static: (node) => startSupervisor(node, { children: [child] }),
  dynamic: async (node) => {
    const dynamic = defineDynamicSupervisor({ module: '@test/dynamic', children: child })
    const pid = await startDynamicSupervisor(node, dynamic)
    await startDynamicChild(node, pid)
    return pid as unknown as SupervisorPid
  },
}

const rubbish = [undefined, null, 5, 'x', {}, [], { spec: 'x' }, { spec: -1 }, { left: {} }]
const questions = ['startChild', 'terminateChild', 'restartChild', 'deleteChild', 'getChildSpec']

test.each(Object.entries(starts))('a %s supervisor refuses rubbish', async (_kind, start) => {
  const { node, run } = createWorld()
  const supervisor = await run(start(node))
  for (const question of questions)
    for (const arg of rubbish) {
      const answer = await run(node.request(supervisor as never, { call: question, arg } as never))
      expect(answer, `${question} ${JSON.stringify(arg)}`).toHaveProperty('refused')
    }
  expect(await run(countChildren(node, supervisor))).toMatchObject({ active: 1 })
})
