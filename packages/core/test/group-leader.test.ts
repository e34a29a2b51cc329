import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import type { Process } from '../src/index.ts'
import { createCluster } from './cluster.ts'
import { createWorld } from './world.ts'

const still = async (self: Process<unknown>): Promise<void> => void (await self.receive(() => false))

describe('the group leader', () => {
  test('is inherited by what is spawned, from a leader or in a group', async () => {
    const { inProcess } = createWorld()
    await inProcess<unknown>(async (self) => {
      expect(self.groupLeader).toBeNull()
      const leader = self.spawn(
        async (me) => {
          expect(me.groupLeader).toBe(me.pid)
          const child = me.spawn(async (each: Process<unknown>) => {
            each.send(self.pid, each.groupLeader)
            each.spawn(async (grandchild) => grandchild.send(self.pid, grandchild.groupLeader))
          })
          void child
        },
        { leads: true },
      )
      expect([await self.receive(), await self.receive()]).toEqual([leader, leader])
    })
  })

  test('can be set, for itself and for another: for what is spawned from then on', async () => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<unknown>(async (self) => {
        const leader = self.spawn(still)
        const spawner = self.spawn(async (me: Process<string>) => {
          for (;;) {
            await me.receive()
            me.send(self.pid, me.spawn(still))
          }
        })
        self.send(spawner, 'one')
        self.setGroupLeader(spawner, leader)
        self.send(spawner, 'two')
        expect(self.processInfo(spawner, ['groupLeader'])).toEqual({ groupLeader: leader })
        const [before, after] = [await self.receive(), await self.receive()]
        expect(self.processInfo(before as typeof leader)).toMatchObject({ parent: spawner })
        expect(self.processInfo(after as typeof leader)).toMatchObject({ groupLeader: leader })
        self.setGroupLeader(self.pid, leader)
        expect(self.groupLeader).toBe(leader)
        self.setGroupLeader(self.pid, null)
        expect(self.groupLeader).toBeNull()
      })
    })
  })

  test('is a signal in order: what was sent before it is handled before it', async () => {
    const { inProcess } = createWorld()
    await inProcess<unknown>(async (self) => {
      const seen: unknown[] = []
      const pid = self.spawn({
        init: () => null,
        message: (me: Process<string>) => {
          seen.push(me.groupLeader)
          return null
        },
      })
      await self.sleep(1)
      self.send(pid, 'before')
      self.setGroupLeader(pid, self.pid)
      self.send(pid, 'after')
      await self.sleep(1)
      expect(seen).toEqual([null, self.pid])
    })
  })

  test('is inherited on other nodes, whoever it is', async () => {
    const { a, b } = createCluster()
    const there = b.node.spawn(still)
    await a.inProcess<unknown>(async (self) => {
      for (const leader of [null, self.pid, there]) {
        self.setGroupLeader(self.pid, leader)
        await self.spawnAt('b@sim', 'm', 'led', self.pid)
        expect(await self.receive()).toBe(leader)
      }
    })
  })

  test('may be dead, or on another node; the process to move may not', async () => {
    const { a, b } = createCluster()
    const there = b.node.spawn(still)
    const dead = a.node.spawn(async () => {})
    await a.exited(dead)
    await a.inProcess(async (self) => {
      for (const leader of [there, dead]) {
        self.setGroupLeader(self.pid, leader)
        expect(self.groupLeader).toBe(leader)
      }
      for (const pid of [there, dead])
        expect(() => self.setGroupLeader(pid, self.pid)).toThrow(expect.objectContaining({ code: 'leader.no_process' }))
      expect(() => self.setGroupLeader(self.pid, 'x' as never)).toThrow(expect.objectContaining({ code: 'pid.bad' }))
    })
  })
})
