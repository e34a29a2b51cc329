import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { Pid, type Process, type Ref } from '../src/index.ts'
import { createWorld } from './world.ts'

describe('spawn', () => {
  test('returns at once; the body runs on a turn of its own', async () => {
    const { inProcess, node, runtime } = createWorld()
    const said: string[] = []
    node.spawn(async () => void said.push('outside'))
    said.push('after')
    await runtime.settle()
    expect(said).toEqual(['after', 'outside'])
    await inProcess(async (self) => {
      self.spawn(async () => void said.push('inside'))
      self.spawnLink(async () => void said.push('linked'))
      self.spawnMonitor(async () => void said.push('monitored'))
      said.push('parent first')
      await self.sleep(1)
    })
    expect(said.slice(2)).toEqual(['parent first', 'inside', 'linked', 'monitored'])
  })

  test('sets name, limits, trapping and parent before the body runs', async () => {
    const { inProcess, node } = createWorld()
    await inProcess(async (self) => {
      const child = self.spawn(async (me) => me.sleep(1e6), { name: 'child', trapExits: true })
      expect(node.whereis('child')).toBe(child)
      expect(node.processInfo(child)).toEqual(
        expect.objectContaining({
          pid: child,
          name: 'child',
          label: null,
          parent: self.pid,
          mailboxLength: 0,
          links: [],
          monitors: [],
          monitoredBy: [],
          trapsExits: true,
        }),
      )
    })
    expect(node.processInfo(node.spawn(async () => {}))).toMatchObject({ parent: null })
  })

  test('a label is shown', async () => {
    const { node, runtime } = createWorld()
    const pid = node.spawn(async (self) => {
      self.label('connection 7')
      await self.sleep(1e6)
    })
    await runtime.settle()
    expect(node.processInfo(pid)).toMatchObject({ label: 'connection 7' })
  })
})

describe('pids and refs', () => {
  test('are values: equal only to themselves, usable as keys, readable', async () => {
    const { node, inProcess } = createWorld({ name: 'n@host' })
    const pids = Array.from({ length: 100 }, () => node.spawn(async () => {}))
    expect(new Set(pids).size).toBe(100)
    const table = new Map(pids.map((pid, index) => [pid, index]))
    expect(pids.every((pid, index) => table.get(pid) === index)).toBe(true)
    expect(String(pids[0])).toMatch(/^<n@host\.\d+>$/)
    expect(pids[0]).toBeInstanceOf(Pid)
    await inProcess<Pid<never> | Ref>(async (self) => {
      const ref = self.makeRef()
      expect(String(ref)).toMatch(/^#Ref<n@host\.\d+>$/)
      self.send(self.pid, self.pid)
      self.send(self.pid, ref)
      expect(await self.receive()).toBe(self.pid)
      expect(await self.receive()).toBe(ref)
      expect([self.pid.node, self.pid.incarnation]).toEqual([node.name, node.incarnation])
    })
  })

  test('a pid of a dead process never names another one', async () => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const dead: Pid<string>[] = []
      const got: string[] = []
      for (let round = 0; round < 30; round++) {
        const pid = node.spawn(async (self: Process<string>) => void got.push(await self.receive()))
        expect(dead).not.toContain(pid)
        await runtime.settle()
        node.sendExit(pid, 'kill')
        await runtime.settle()
        dead.push(pid)
        for (const each of dead) node.send(each, 'to the dead')
      }
      await runtime.settle()
      expect(got).toEqual([])
    })
  })
})
