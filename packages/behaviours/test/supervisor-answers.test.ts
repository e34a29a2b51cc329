/**
 * What the start of a child gives besides its pid: what is meant for who asked goes to him, and what no message can
 * carry is no end of a supervisor.
 */
import type { AnyPid, AnyProcess, Node } from '@agner/core'
import { depthLimit } from '@agner/core/kernel'
import { describe, expect, test } from 'vitest'
import {
  StartError,
  startChild,
  startDynamicChild,
  startDynamicSupervisor,
  startSupervisor,
  whichChildren,
  type ChildStarted,
  type SupervisorPid,
} from '../src/index.ts'
import { createWorld, failure } from './world.ts'

const idle = { init: () => null, message: () => null }
type Given = (pid: AnyPid) => ChildStarted

const kinds: Readonly<
  Record<
    string,
    {
      readonly start: (node: Node) => Promise<SupervisorPid>
      readonly add: (node: Node, supervisor: SupervisorPid, given: Given) => Promise<ChildStarted>
    }
  >
> = {
  static: {
    start: (node) => startSupervisor(node, { children: [] }),
    add: (node, supervisor, given) =>
      startChild(node, supervisor, { id: 'a', start: async (above) => given(above.spawnLink(idle)) }),
  },
  dynamic: {
    start: (node) =>
      startDynamicSupervisor(node, {
        children: { start: async (above: AnyProcess, given: Given) => given(above.spawnLink(idle)) },
      }),
    add: (node, supervisor, given) => startDynamicChild(node, supervisor as never, given as never),
  },
}

/** As deep as a value on its own may be: one that holds it may not be sent. */
function deepest(): unknown {
  let value: unknown = 1
  for (let depth = 0; depth <= depthLimit; depth++) value = [value]
  return value
}

describe.each(Object.entries(kinds))('a %s supervisor', (_kind, { start, add }) => {
  test('tells the pid and the info of a child, and nothing else that its start gave', async () => {
    const { node, run } = createWorld()
    const supervisor = await run(start(node))
    const session = (pid: AnyPid) => ({ pid, info: 'ready', close() {} })
    const started = (await run(add(node, supervisor, session))) as { readonly pid: AnyPid }
    expect(started).toEqual({ pid: started.pid, info: 'ready' })
    expect((await run(whichChildren(node, supervisor))).map(({ pid }) => pid)).toEqual([started.pid])
  })

  test('refuses who asked where the answer cannot be sent, and goes on with its children', async () => {
    const { node, run } = createWorld()
    const supervisor = await run(start(node))
    const first = await run(add(node, supervisor, (pid) => ({ pid, info: deepest() }))).catch((error) => error)
    expect(first).toMatchObject({ code: 'supervisor.unsendable', message: expect.stringContaining('did what it was') })
    expect(await run(whichChildren(node, supervisor))).toHaveLength(1)
  })

  test('refuses who asked where the reason of a failed start cannot be sent', async () => {
    const { node, run } = createWorld()
    const supervisor = await run(start(node))
    const odd = (): never => {
      throw new StartError('start.failed', 'no', { close: () => {} } as never)
    }
    expect((await failure(run(add(node, supervisor, odd)))).code).toBe('supervisor.child_failed')
    expect(await run(whichChildren(node, supervisor))).toEqual([])
  })
})
