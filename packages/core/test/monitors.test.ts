import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { timedOut, type Down, type Process, type Ref } from '../src/index.ts'
import { createWorld } from './world.ts'

const waiter = async (self: Process<string>): Promise<void> => self.exit(await self.receive())

describe('monitors', () => {
  test('N monitors of one process: N refs, N DOWNs, each once', async () => {
    const { inProcess } = createWorld()
    await inProcess<Down>(async (self) => {
      const target = self.spawn(waiter)
      const refs = Array.from({ length: 5 }, () => self.monitor(target))
      expect(new Set(refs).size).toBe(5)
      self.send(target, 'done')
      const seen = new Set<Ref>()
      for (let n = 0; n < 5; n++) {
        const down = await self.receive()
        expect(down).toEqual({ type: 'down', ref: down.ref, process: target, reason: 'done' })
        seen.add(down.ref)
      }
      expect(seen).toEqual(new Set(refs))
      expect(await self.receive({ timeoutMs: 1000 })).toBe(timedOut)
    })
  })

  test('of the dead, of a name that nobody has: noproc, at once', async () => {
    const { inProcess, node, exited, runtime } = createWorld()
    const dead = node.spawn(async () => {})
    await exited(dead)
    await inProcess<Down>(async (self) => {
      for (const target of [dead, 'nobody', { name: 'nobody', node: node.name }]) {
        const ref = self.monitor(target)
        const process = target === 'nobody' ? { name: 'nobody', node: node.name } : target
        expect(await self.receive()).toEqual({ type: 'down', ref, process, reason: 'noproc' })
      }
      expect(runtime.nowMs()).toBe(0)
    })
  })

  test('of itself: a ref, and never a message', async () => {
    const { inProcess, node, exited } = createWorld()
    await inProcess<Down>(async (self) => {
      self.register('me')
      expect(self.monitor(self.pid)).not.toBe(self.monitor('me'))
      expect(self.demonitor(self.monitor(self.pid))).toBe(false)
      expect(node.processInfo(self.pid)!.monitors).toEqual([])
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
    })
    expect(await exited(node.spawn(async (self) => void self.monitor(self.pid)))).toBe('normal')
  })

  test('by name: DOWN names it so; the name is looked up once, and who takes it next is not watched', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<Down>(async (self) => {
      const first = self.spawn(waiter, { name: 'server' })
      const ref = self.monitor('server')
      node.unregisterName('server')
      const second = self.spawn(waiter, { name: 'server' })
      self.send(second, 'not this one')
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
      self.send(first, 'this one')
      expect(await self.receive()).toEqual({
        type: 'down',
        ref,
        process: { name: 'server', node: node.name },
        reason: 'this one',
      })
    })
  })

  test('demonitor: no DOWN comes after it; it says whether there was a monitor', async () => {
    await eachSeed({ seeds: 200 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<Down>(async (self) => {
        const target = self.spawn(waiter)
        const ref = self.monitor(target)
        self.send(target, 'bye')
        for (let hops = Math.floor(runtime.random() * 5); hops > 0; hops--) await self.sleep(0)
        const removed = self.demonitor(ref)
        expect(self.demonitor(ref)).toBe(false)
        const inMailbox = await self.receive({ timeoutMs: 0 })
        expect(inMailbox === timedOut).toBe(removed)
        expect(await self.receive({ timeoutMs: 1000 })).toBe(timedOut)
      })
    })
  })

  test('demonitor with flush leaves none in the mailbox either, and no other message is touched', async () => {
    await eachSeed({ seeds: 100 }, async (runtime) => {
      const { inProcess, node } = createWorld({ runtime })
      await inProcess<Down | string>(async (self) => {
        const target = self.spawn(waiter)
        const other = self.monitor(target)
        const ref = self.monitor(target)
        self.send(self.pid, 'a')
        self.send(target, 'bye')
        for (let hops = Math.floor(runtime.random() * 5); hops > 0; hops--) await self.sleep(0)
        self.send(self.pid, 'b')
        const watches = () => node.processInfo(self.pid)!.monitors.length
        const before = watches()
        expect(self.demonitor(ref, { flush: true })).toBe(watches() < before)
        await self.sleep(10)
        const left: unknown[] = []
        for (
          let message = await self.receive({ timeoutMs: 0 });
          message !== timedOut;
          message = await self.receive({ timeoutMs: 0 })
        )
          left.push(message)
        expect(left).toHaveLength(3)
        expect(left.filter((message) => typeof message === 'string')).toEqual(['a', 'b'])
        expect(left).toContainEqual({ type: 'down', ref: other, process: target, reason: 'bye' })
      })
    })
  })

  test("demonitor of a ref that is no monitor, or another process's, does nothing", async () => {
    const { inProcess, node } = createWorld()
    await inProcess<Down | Ref>(async (self) => {
      const target = self.spawn(waiter)
      expect(self.demonitor(self.makeRef())).toBe(false)
      self.spawn(async (me) => {
        self.send(self.pid, me.monitor(target))
        await me.sleep(1e6)
      })
      const foreign = (await self.receive()) as Ref
      expect(self.demonitor(foreign)).toBe(false)
      expect(node.processInfo(target)!.monitoredBy).toHaveLength(1)
    })
  })

  test('spawnMonitor leaves no moment in which a death goes unseen', async () => {
    await eachSeed({ seeds: 50 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<Down>(async (self) => {
        const { pid, ref } = self.spawnMonitor(() => Promise.reject(new Error('at once')))
        expect(await self.receive()).toEqual({
          type: 'down',
          ref,
          process: pid,
          reason: expect.objectContaining({ message: 'at once' }) as unknown,
        })
      })
    })
  })

  test('messages sent before the end come before the DOWN, by pid, name and alias alike', async () => {
    await eachSeed({ seeds: 100 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<number | Down>(async (self) => {
        self.register('watcher')
        const alias = self.alias()
        self.spawnMonitor(async (me) => {
          const ways = [self.pid, 'watcher', alias, { name: 'watcher', node: me.node.name }] as const
          for (let n = 0; n < 40; n++) {
            me.send(ways[Math.floor(runtime.random() * 4)]!, n)
            if (runtime.random() < 0.2) await me.sleep(0)
          }
        })
        for (let n = 0; n < 40; n++) expect(await self.receive()).toBe(n)
        expect(await self.receive()).toMatchObject({ type: 'down', reason: 'normal' })
      })
    })
  })

  test('a dead watcher hears nothing and holds nothing', async () => {
    const { node, runtime, exited } = createWorld()
    const target = node.spawn(waiter)
    const watcher = node.spawn(async (self: Process<Down>) => {
      self.monitor(target)
      self.monitor(target)
    })
    await exited(watcher)
    expect(node.processInfo(target)!.monitoredBy).toEqual([])
    node.send(target, 'bye')
    await runtime.settle()
    expect(node.processCount()).toBe(0)
  })

  test('two that watch each other: the first death is told, the second has nobody left', async () => {
    const { inProcess } = createWorld()
    await inProcess<Down>(async (self) => {
      const other = self.spawn(async (me: Process<string | Down>) => {
        me.monitor(self.pid)
        await me.receive()
      })
      const ref = self.monitor(other)
      await self.sleep(1)
      self.send(other, 'end')
      expect(await self.receive()).toMatchObject({ ref, reason: 'normal' })
    })
  })

  test('processInfo shows both sides, as far as they are there', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<Down>(async (self) => {
      const target = self.spawn(waiter, { name: 'target' })
      const ref = self.monitor(target)
      self.monitor('target')
      expect(node.processInfo(self.pid)!.monitors).toEqual([target, { name: 'target', node: node.name }])
      expect(node.processInfo(target)!.monitoredBy).toEqual([self.pid, self.pid])
      self.demonitor(ref)
      expect(node.processInfo(target)!.monitoredBy).toEqual([self.pid])
    })
  })
})

describe('many monitors', () => {
  test('taken away in any order, the lists of both sides stay in the order of setting', async () => {
    await eachSeed({ seeds: 50 }, async (runtime) => {
      const { inProcess, node } = createWorld({ runtime })
      await inProcess<Down>(async (self) => {
        const targets = [self.spawn(waiter), self.spawn(waiter), self.spawn(waiter)]
        const set: { readonly ref: Ref; readonly target: (typeof targets)[number] }[] = []
        for (let step = 0; step < 60; step++) {
          if (set.length === 0 || runtime.random() < 0.6) {
            const target = targets[Math.floor(runtime.random() * 3)]!
            set.push({ ref: self.monitor(target), target })
          } else {
            const [gone] = set.splice(Math.floor(runtime.random() * set.length), 1)
            expect(self.demonitor(gone!.ref)).toBe(true)
          }
          if (runtime.random() < 0.1) await self.sleep(0)
          expect(node.processInfo(self.pid)!.monitors).toEqual(set.map(({ target }) => target))
        }
        for (const target of targets) {
          const here = set.filter((each) => each.target === target)
          expect(node.processInfo(target)!.monitoredBy).toHaveLength(here.length)
          self.send(target, 'bye')
          for (const { ref } of here) expect(await self.receive()).toMatchObject({ ref, reason: 'bye' })
        }
        expect(node.processInfo(self.pid)!.monitors).toEqual([])
        expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
      })
    })
  })

  test('of many watchers, some die before the watched one: those who live are told, once', async () => {
    await eachSeed({ seeds: 50 }, async (runtime) => {
      const { inProcess, node } = createWorld({ runtime })
      await inProcess<string>(async (self) => {
        const target = self.spawn(waiter)
        const watchers = Array.from({ length: 10 }, (_, index) =>
          self.spawn(async (me: Process<Down>) => {
            me.monitor(target)
            me.monitor(target)
            if (index % 3 === 0) await me.sleep(Math.floor(runtime.random() * 3))
            else {
              for (let n = 0; n < 2; n++) await me.receive()
              me.send(self.pid, `${index} told twice`)
              await me.receive()
            }
          }),
        )
        await self.sleep(Math.floor(runtime.random() * 4))
        self.send(target, 'bye')
        await self.sleep(10)
        const told: unknown[] = []
        for (let n = 0; n < 6; n++) told.push(await self.receive())
        expect(new Set(told).size).toBe(6)
        expect(watchers.filter((pid) => node.isAlive(pid))).toHaveLength(6)
      })
    })
  })
})

describe('node.exited', () => {
  test('resolves for code outside any process: the reason, or noproc', async () => {
    const { node, runtime, exited } = createWorld()
    const pid = node.spawn(waiter, { name: 'w' })
    const both = Promise.all([node.exited(pid), node.exited('w'), node.exited({ name: 'w', node: node.name })])
    node.send(pid, 'bye')
    expect(await runtime.runUntil(both)).toEqual(['bye', 'bye', 'bye'])
    expect(await exited(pid)).toBe('noproc')
    expect(await runtime.runUntil(node.exited('w'))).toBe('noproc')
  })
})
