/**
 * Significant children of which all have to end (`allSignificant`): one whose restart is tried again has not ended.
 */
import type { AnyProcess, Node, Pid } from '@agner/core'
import { describe, expect, test } from 'vitest'
import {
  startDynamicChild,
  startDynamicSupervisor,
  startSupervisor,
  terminateChild,
  whichChildren,
  type SupervisorPid,
} from '../src/index.ts'
import { createWorld } from './world.ts'

const body = { init: () => null, message: (self: AnyProcess, reason: string) => self.exit(reason) }
const manners = { restart: 'transient', significant: true } as const
const flags = { autoShutdown: 'allSignificant', intensity: 1000, periodMs: 60_000 } as const

/** Children by their names; while one of them is `ill`, its start fails after a while. */
type Starts = (supervisor: AnyProcess, name: string) => Promise<Pid<string>>

const kinds: Readonly<Record<string, (node: Node, starts: Starts) => Promise<SupervisorPid>>> = {
  static: (node, starts) =>
    startSupervisor(node, {
      ...flags,
      children: ['a', 'b'].map((id) => ({ id, ...manners, start: (supervisor) => starts(supervisor, id) })),
    }),
  dynamic: async (node, starts) => {
    const supervisor = await startDynamicSupervisor(node, { ...flags, children: { ...manners, start: starts } })
    for (const id of ['a', 'b']) await startDynamicChild(node, supervisor, id)
    return supervisor
  },
}

/** `a` was killed, cannot start again, and is restarted over and over. */
async function restartingOne(kind: (typeof kinds)[string]) {
  const world = createWorld()
  const { node, runtime, run } = world
  let ill: string | null = null
  const starts: Starts = async (supervisor, name) => {
    if (name === ill) {
      await supervisor.sleep(5)
      throw new Error('not yet')
    }
    return supervisor.spawnLink(body, { name }) as Pid<string>
  }
  const supervisor = await run(kind(node, starts))
  const before = node.whereis('a')!
  ill = 'a'
  node.sendExit(before, 'kill')
  await runtime.advance(7)
  const shown = (await run(whichChildren(node, supervisor))).filter(({ pid }) => pid === 'restarting')
  expect(shown).toHaveLength(1)
  return {
    supervisor,
    lives: () => node.isAlive(supervisor),
    end: async (name: string) => {
      node.send({ name, node: node.name } as never, 'normal' as never)
      await runtime.advance(20)
    },
    recover: async () => {
      ill = null
      await runtime.advance(20)
    },
    /** A dynamic one knows it by the pid that it had. */
    terminate: () => run(terminateChild(node, supervisor, shown[0]!.id ?? before)),
  }
}

describe.each(Object.entries(kinds))('a %s supervisor', (_kind, kind) => {
  test('goes on while a significant child is restarted, and ends when that has ended', async () => {
    const { lives, end, recover } = await restartingOne(kind)
    await end('b')
    expect(lives()).toBe(true)
    await recover()
    expect(lives()).toBe(true)
    await end('a')
    expect(lives()).toBe(false)
  })

  test('does not wait for one that was terminated by hand while it was restarted', async () => {
    const { lives, end, terminate } = await restartingOne(kind)
    await terminate()
    expect(lives()).toBe(true)
    await end('b')
    expect(lives()).toBe(false)
  })

  test('is not ended by hand, as in Erlang: not by terminating the last one while it is restarted', async () => {
    const { lives, end, terminate } = await restartingOne(kind)
    await end('b')
    await terminate()
    expect(lives()).toBe(true)
  })
})
