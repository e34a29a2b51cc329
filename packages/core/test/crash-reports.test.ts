import { createVirtualRuntime } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import {
  createNode,
  defineModule,
  formatReport,
  type AnyPid,
  type Down,
  type Node,
  type Pid,
  type Process,
} from '../src/index.ts'
import { ancestorLimit, dictionaryLimit, linkLimit, neighbourLimit } from '../src/kernel/crash-report.ts'
import { createCluster } from './cluster.ts'
import { createWorld } from './world.ts'

const still = async (self: Process<unknown>): Promise<void> => void (await self.receive(() => false))

describe('a crash report', () => {
  test('says what the process was, and what it was about', async () => {
    const modules = [
      defineModule('@acme/m', '1', {
        start: async (self: Process<unknown>) => {
          self.register('worker')
          self.label({ job: 7 })
          self.trapExits(true)
          self.dictionary.put('socket', new AbortController())
          await self.receive()
          throw new Error('boom')
        },
      }),
    ]
    const { node, inProcess, reports } = createWorld({ modules })
    await inProcess(async (self) => {
      self.register('parent')
      self.trapExits(true)
      const { pid } = await self.spawnAt(node.name, '@acme/m', 'start', null, { link: true })
      await self.sleep(1)
      for (const each of ['secret', 'two', 'three']) self.send(pid, each as never)
      await self.sleep(1)
    })
    expect(reports.crashes).toHaveLength(1)
    const [{ pid, parent, ...rest }] = reports.crashes as [(typeof reports.crashes)[0]]
    expect([pid.node, parent?.node]).toEqual([node.name, node.name])
    expect(rest).toEqual({
      type: 'crash',
      name: 'worker',
      label: { job: 7 },
      reason: expect.objectContaining({ message: 'boom' }),
      ancestors: [{ pid: parent, name: 'parent' }],
      initialCall: '@acme/m@1:start',
      lastMessage: 'secret',
      mailboxLength: 2,
      trapsExits: true,
      links: [parent],
      linkCount: 1,
      dictionary: new Map([['socket', expect.any(AbortController)]]),
      dictionarySize: 1,
      neighbours: [],
    })
    const text = formatReport(reports.crashes[0]!)
    expect(text).toContain('"worker" crashed:\nError: boom')
    expect(text).not.toContain('secret')
  })

  test('ancestors: up to one that is dead, or on another node', async () => {
    const { a, b } = createCluster()
    let dead: AnyPid | undefined
    await a.inProcess(async (self) => {
      const top = self.spawnMonitor(async (grandparent) => {
        dead = grandparent.pid
        grandparent.spawn(async (parent) => {
          parent.spawn(async (child) => {
            await child.sleep(10)
            throw new Error('a')
          })
          await parent.sleep(100)
        })
      })
      expect(top.pid).toBeDefined()
      await self.spawnAt('b@sim', 'm', 'fails', null)
      await self.sleep(200)
    })
    const [crash] = a.reports.crashes
    expect(crash!.ancestors).toEqual([
      { pid: crash!.parent, name: null },
      { pid: dead, name: null },
    ])
    expect(b.reports.crashes[0]!.ancestors).toEqual([{ pid: b.reports.crashes[0]!.parent, name: null }])
  })

  test('neighbours: linked and not trapping, theirs too, the nearest first', async () => {
    const { inProcess, reports } = createWorld()
    await inProcess(async (self) => {
      const linkedTo = (pid: AnyPid | null, trapExits = false) =>
        self.spawn(
          async (me: Process<unknown>) => {
            if (pid !== null) me.link(pid)
            await still(me)
          },
          { trapExits },
        )
      const far = self.spawn(still, { name: 'far' })
      const near = linkedTo(far)
      const guard = linkedTo(null, true)
      const hidden = linkedTo(guard)
      await self.sleep(1)
      self.spawn(async (me) => {
        for (const pid of [guard, near]) me.link(pid)
        throw new Error('boom')
      })
      await self.sleep(1)
      expect(reports.crashes[0]).toMatchObject({ links: [guard, near], linkCount: 2 })
      expect(reports.crashes[0]!.neighbours).toMatchObject([
        { pid: near, name: null, status: 'waiting', mailboxLength: 0 },
        { pid: far, name: 'far', initialCall: 'still' },
      ])
      expect([near, far].map((pid) => self.isAlive(pid))).toEqual([false, false])
      expect([guard, hidden].map((pid) => self.isAlive(pid))).toEqual([true, true])
    })
  })

  test('stays small, however large the process was', async () => {
    const { inProcess, reports } = createWorld()
    await inProcess(async (self) => {
      const deep = (depth: number): ((me: Process<never>) => Promise<void>) => {
        return async (me) => {
          if (depth > 0) me.spawn(deep(depth - 1))
          else {
            for (let count = 0; count < 500; count++) {
              me.link(self.spawn(still))
              me.dictionary.put(count, count)
            }
            throw new Error('boom')
          }
          await me.sleep(100)
        }
      }
      self.spawn(deep(30))
      await self.sleep(1)
    })
    const [crash] = reports.crashes
    expect(crash!.ancestors).toHaveLength(ancestorLimit)
    expect([crash!.links.length, crash!.linkCount]).toEqual([linkLimit, 500])
    expect([crash!.dictionary.size, crash!.dictionarySize]).toEqual([dictionaryLimit, 500])
    expect(crash!.neighbours).toHaveLength(neighbourLimit)
    const text = formatReport({ ...crash!, reason: 'boom' })
    expect(text.length).toBeLessThan(3000)
    expect(text).toContain('and 484 more')
  })

  test('putting it together runs no code of anybody', async () => {
    const { inProcess, reports } = createWorld()
    await inProcess(async (self) => {
      let guards = 0
      const neighbour: Pid<string> = self.spawn(async (me: Process<string>) => {
        await me.receive((message) => {
          guards++
          return message === 'never'
        })
      })
      const crashing = self.spawn(async (me: Process<string>) => {
        me.link(neighbour)
        await me.receive()
        me.send(neighbour, 'hello')
        expect(guards).toBe(0)
        throw new Error('boom')
      })
      await self.sleep(1)
      self.send(crashing, 'go')
      await self.sleep(1)
      expect(reports.crashes[0]!.neighbours).toMatchObject([{ pid: neighbour }])
    })
  })

  test('whoever is told may look at who crashed, while more exits of it are on their way: it dies once', async () => {
    const runtime = createVirtualRuntime()
    const seen: unknown[] = []
    const node: Node = createNode({
      runtime,
      report: (report) => {
        if (report.type !== 'crash') return
        seen.push([report.pid, node.isAlive(report.pid), node.processInfo(report.pid), node.processCount()])
      },
    })
    const body = {
      init: () => null,
      message: (self: Process<{ link: AnyPid } | string>, message: { link: AnyPid } | string) => {
        if (typeof message === 'string') throw new Error('boom')
        self.link(message.link)
        return null
      },
    }
    const [one, other, third] = [node.spawn(body), node.spawn(body), node.spawn(body)]
    const downs: AnyPid[] = []
    node.spawn(async (self: Process<Down>) => {
      for (const pid of [one, other, third]) self.monitor(pid)
      for (;;) downs.push((await self.receive()).process as AnyPid)
    })
    await runtime.settle()
    node.send(one, { link: other })
    await runtime.settle()
    // Over the link each hears of the other's end when it crashes itself; the third one is killed as well.
    for (const pid of [one, other, third]) node.send(pid, 'boom')
    node.sendExit(third, 'kill')
    await runtime.settle()
    expect(seen).toEqual([
      [one, false, undefined, 4],
      [other, false, undefined, 3],
      [third, false, undefined, 2],
    ])
    expect([downs, node.processCount(), node.processes().length]).toEqual([[one, other, third], 1, 1])
    const born = Array.from({ length: 4 }, () => node.spawn(still))
    expect(new Set(born.map(String)).size).toBe(4)
    await runtime.runUntil(node.stop())
    expect(node.processCount()).toBe(0)
  })

  test('an exit, and an exit signal, are reported by nobody', async () => {
    const { inProcess, reports } = createWorld()
    await inProcess(async (self) => {
      self.spawn(async (me) => me.exit('bye'))
      self.sendExit(self.spawn(still), 'kill')
      self.spawn(async (me) => me.exit(new Error('said so') as never))
      await self.sleep(1)
    })
    expect(reports.all).toEqual([])
  })
})
