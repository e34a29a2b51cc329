import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { timedOut, type AnyPid, type Exit, type Process } from '../src/index.ts'
import { createWorld } from './world.ts'

/** Waits for a reason to end with. */
const waiter = async (self: Process<string>): Promise<void> => self.exit(await self.receive())

describe('links', () => {
  test('are a set: linked twice and unlinked once is not linked', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<Exit>(async (self) => {
      self.trapExits(true)
      const other = self.spawn(waiter)
      self.link(other)
      self.link(other)
      expect(node.processInfo(self.pid)!.links).toEqual([other])
      expect(node.processInfo(other)!.links).toEqual([self.pid])
      self.unlink(other)
      expect(node.processInfo(self.pid)!.links).toEqual([])
      expect(node.processInfo(other)!.links).toEqual([])
      self.sendExit(other, 'kill')
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
  })

  test('both sides may link; one exit comes', async () => {
    const { inProcess } = createWorld()
    await inProcess<Exit>(async (self) => {
      self.trapExits(true)
      const other = self.spawn(async (me: Process<string>) => {
        me.link(self.pid)
        me.exit(await me.receive())
      })
      self.link(other)
      await self.sleep(1)
      self.send(other, 'bye')
      expect(await self.receive()).toEqual({ type: 'exit', from: other, reason: 'bye' })
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
  })

  test('to itself is nothing', async () => {
    const { inProcess, node } = createWorld()
    await inProcess(async (self) => {
      self.link(self.pid)
      self.unlink(self.pid)
      expect(node.processInfo(self.pid)!.links).toEqual([])
    })
  })

  test('to the dead: noproc, as a message to who traps, as the end of who does not', async () => {
    const { inProcess, exited, node } = createWorld()
    const dead = node.spawn(async () => {})
    await exited(dead)
    await inProcess<Exit>(async (self) => {
      self.trapExits(true)
      self.link(dead)
      expect(await self.receive()).toEqual({ type: 'exit', from: dead, reason: 'noproc' })
      expect(node.processInfo(self.pid)!.links).toEqual([])
    })
    const ends = node.spawn(async (self) => {
      self.link(dead)
      await self.sleep(1)
    })
    expect(await exited(ends)).toBe('noproc')
  })

  test('few or many: each is there once, in the order of linking, on both sides', async () => {
    await eachSeed({ seeds: 50 }, async (runtime) => {
      const { inProcess, node } = createWorld({ runtime })
      await inProcess<Exit>(async (self) => {
        self.trapExits(true)
        const others = Array.from({ length: 6 }, () => self.spawn(waiter))
        const linked = new Set<AnyPid>()
        for (let step = 0; step < 80; step++) {
          const other = others[Math.floor(runtime.random() * others.length)]!
          if (runtime.random() < 0.5) {
            self.link(other)
            linked.add(other)
          } else {
            self.unlink(other)
            linked.delete(other)
          }
          if (runtime.random() < 0.1) await self.sleep(0)
          expect(node.processInfo(self.pid)!.links).toEqual([...linked])
        }
        for (const other of others) expect(node.processInfo(other)!.links).toEqual(linked.has(other) ? [self.pid] : [])
        for (const other of others) self.send(other, 'bye')
        const heard = new Set<unknown>()
        for (let n = 0; n < linked.size; n++) heard.add((await self.receive()).from)
        expect(heard).toEqual(linked)
        expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
        expect(node.processInfo(self.pid)!.links).toEqual([])
      })
    })
  })

  test('spawnLink leaves no moment in which a death goes unseen', async () => {
    await eachSeed({ seeds: 50 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<Exit>(async (self) => {
        self.trapExits(true)
        const children = [
          self.spawnLink(() => Promise.reject(new Error('at once'))),
          self.spawnLink(async (me) => me.exit('early')),
          self.spawnLink(async () => {}),
        ]
        const reasons = new Map<AnyPid | null, unknown>()
        for (let n = 0; n < 3; n++) {
          const exit = await self.receive()
          reasons.set(exit.from, exit.reason)
        }
        expect(children.map((child) => reasons.get(child))).toEqual([
          expect.objectContaining({ message: 'at once' }),
          'early',
          'normal',
        ])
      })
    })
  })

  test('after unlink no exit arrives; one that was in the mailbox stays there', async () => {
    await eachSeed({ seeds: 200 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<Exit>(async (self) => {
        self.trapExits(true)
        const other = self.spawnLink(waiter)
        self.send(other, 'bye')
        for (let hops = Math.floor(runtime.random() * 5); hops > 0; hops--) await self.sleep(0)
        self.unlink(other)
        const inMailbox = await self.receive({ timeoutMs: 0 })
        if (inMailbox !== timedOut) expect(inMailbox).toEqual({ type: 'exit', from: other, reason: 'bye' })
        expect(await self.receive({ timeoutMs: 1000 })).toBe(timedOut)
      })
    })
  })

  test('unlinking and linking again at once: the link holds, on both sides', async () => {
    await eachSeed({ seeds: 100 }, async (runtime) => {
      const { inProcess, node } = createWorld({ runtime })
      await inProcess<Exit>(async (self) => {
        self.trapExits(true)
        const other = self.spawnLink(waiter)
        for (let round = Math.floor(runtime.random() * 4); round >= 0; round--) {
          if (runtime.random() < 0.5) self.spawn(async (me) => me.sleep(0))
          self.unlink(other)
          self.link(other)
          if (runtime.random() < 0.5) await self.sleep(0)
        }
        await self.sleep(1)
        expect(node.processInfo(other)!.links).toEqual([self.pid])
        self.send(other, 'bye')
        expect(await self.receive({ timeoutMs: 10 })).toEqual({ type: 'exit', from: other, reason: 'bye' })
      })
    })
  })

  test('linking to one that has died since: noproc, and not the exit of the link that was taken away', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<Exit>(async (self) => {
      self.trapExits(true)
      const other = self.spawnLink(waiter)
      self.sendExit(other, 'kill')
      expect(self.isAlive(other)).toBe(false)
      self.unlink(other)
      self.link(other)
      self.link(other)
      expect(await self.receive()).toEqual({ type: 'exit', from: other, reason: 'noproc' })
      expect(node.processInfo(self.pid)!.links).toEqual([])
      self.link(other)
      self.unlink(other)
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
  })

  test('both unlink and link as they like: in the end both sides agree', async () => {
    await eachSeed({ seeds: 300 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const pids: AnyPid[] = []
      for (const which of [0, 1]) {
        pids.push(
          node.spawn(async (self) => {
            await self.sleep(0)
            for (let round = 0; round < 10; round++) {
              const other = pids[1 - which]!
              if (runtime.random() < 0.5) self.link(other)
              else self.unlink(other)
              if (runtime.random() < 0.6) await self.sleep(runtime.random() < 0.5 ? 0 : 1)
            }
            await self.sleep(1e6)
          }),
        )
      }
      await runtime.advance(1000)
      const [one, other] = pids.map((pid) => node.processInfo(pid)!.links.length)
      expect(one).toBe(other)
    })
  })

  test('a chain of deaths with a busy mailbox in between reaches everyone, with the first reason', async () => {
    await eachSeed({ seeds: 30 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const pids = Array.from({ length: 20 }, () => node.spawn(waiter))
      const ends = Promise.all(pids.map((pid) => node.exited(pid)))
      // A body of its own links each pair, since only a process itself can link.
      const linked = pids.map((pid, index) => {
        const next = pids[index + 1]
        return next === undefined
          ? null
          : node.spawn(async (self) => {
              self.link(pid)
              self.link(next)
              await self.sleep(1e9)
            })
      })
      await runtime.settle()
      node.send(pids[7]!, 'first')
      expect(new Set(await runtime.runUntil(ends))).toEqual(new Set(['first']))
      await runtime.settle()
      expect(linked.filter((pid) => pid !== null && node.isAlive(pid))).toEqual([])
    })
  })
})
