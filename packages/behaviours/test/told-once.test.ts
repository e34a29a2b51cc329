/**
 * A start that fails since the new process exits itself, or is killed: it cannot take its link back, and is told to
 * its starter by the rejection alone all the same.
 */
import { describeReason, timedOut, type Exit } from '@agner/core'
import { describe, expect, test } from 'vitest'
import { call, defineServer, noreply, protocol, reply, startProcess, startServer, type Protocol } from '../src/index.ts'
import { createWorld, failure, type World } from './world.ts'

const failing = protocol<{ calls: { none(): null } }>('@test/failing')
const Failing = defineServer(failing, {
  init: async (how: 'exit' | 'hang', { self }): Promise<null> => {
    if (how === 'exit') self.exit('bad')
    await self.sleep(1_000_000)
    return null
  },
  calls: { none: (state) => reply(null, state) },
})

const ways = ['exit', 'hang'] as const
const reasons = { exit: 'bad', hang: 'killed' } as const

/** Kills what is still starting under the name after a while. */
function killLater({ node }: World): void {
  node.spawn(async (self) => {
    await self.sleep(50)
    const pid = self.whereis('failing')
    if (pid !== undefined) self.sendExit(pid, 'kill')
  })
}

describe.each(ways)('a start whose init ends in %s', (how) => {
  const reason = reasons[how]

  test('leaves no exit with a process that traps exits', async () => {
    const world = createWorld()
    killLater(world)
    await world.inProcess<Exit>(async (self) => {
      self.trapExits(true)
      const other = self.spawnLink(async (own) => own.exit('another matter'))
      expect(await failure(startServer(self, Failing, how, { name: 'failing' }))).toMatchObject({ reason })
      expect(await self.receive()).toEqual({ type: 'exit', from: other, reason: 'another matter' })
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
    })
  })

  test('leaves none with one that starts a hand-written process', async () => {
    const world = createWorld()
    killLater(world)
    await world.inProcess<Exit>(async (self) => {
      self.trapExits(true)
      const started = startProcess(
        self,
        async (own, _init) => {
          if (how === 'exit') own.exit('bad')
          await own.sleep(1_000_000)
        },
        { name: 'failing' },
      )
      expect(await failure(started)).toMatchObject({ reason })
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
    })
  })

  test('leaves none with a server that traps exits; others come to it', async () => {
    const world = createWorld()
    const { node, run, runtime } = world
    const starting: Protocol<{ calls: { start(how: 'exit' | 'hang'): unknown }; info: Exit }> =
      protocol('@test/starting')
    const Starting = defineServer(starting, {
      trapExits: true,
      init: () => null,
      calls: {
        start: async (state, wanted, { self }) => {
          self.spawnLink(async (own) => own.exit('another matter'))
          return reply((await failure(startServer(self, Failing, wanted, { name: 'failing' }))).reason, state)
        },
      },
      info: {
        exit: (state, { reason: left }) => {
          world.log.push(describeReason(left))
          return noreply(state)
        },
      },
    })
    const pid = await run(startServer(node, Starting))
    killLater(world)
    expect(await run(call(node, pid, 'start', how))).toBe(reason)
    await runtime.settle()
    expect(world.log).toEqual(['another matter'])
  })

  test('ends a process that traps none, and is linked to it', async () => {
    const world = createWorld()
    killLater(world)
    const starter = world.node.spawn(async (self) => {
      await startServer(self, Failing, how, { name: 'failing' }).catch(() => undefined)
      await self.sleep(1_000_000)
    })
    expect(await world.exited(starter)).toBe(reason)
  })
})
