import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import type { Down, Exit, Process } from '../src/index.ts'
import { createWorld } from './world.ts'

const forever = async (self: Process<never>): Promise<void> => self.sleep(1e9)

describe('local names', () => {
  test('one name a process, one process a name', async () => {
    const { inProcess, node } = createWorld()
    await inProcess(async (self) => {
      self.register('mine')
      expect(self.whereis('mine')).toBe(self.pid)
      expect(() => self.register('second')).toThrow(expect.objectContaining({ code: 'name.process_has_name' }))
      expect(() => self.register('mine')).toThrow(expect.objectContaining({ code: 'name.taken' }))
      const other = self.spawn(forever)
      expect(() => node.registerName('mine', other)).toThrow(
        expect.objectContaining({ code: 'name.taken', details: expect.objectContaining({ pid: self.pid }) as unknown }),
      )
      node.registerName('theirs', other)
      expect(node.registeredNames()).toEqual(['mine', 'theirs'])
      self.unregister('theirs')
      self.unregister('mine')
      expect(() => self.unregister('mine')).toThrow(expect.objectContaining({ code: 'name.unknown' }))
      self.register('another')
      expect(node.processInfo(self.pid)).toMatchObject({ name: 'another' })
    })
    expect(node.registeredNames()).toEqual([])
  })

  test.each(['', 'x'.repeat(256), 5, null, undefined, {}])('%j is no name', (name) => {
    const { node } = createWorld()
    const pid = node.spawn(forever)
    expect(() => node.registerName(name as string, pid)).toThrow(expect.objectContaining({ code: 'name.bad' }))
    if (name !== undefined)
      expect(() => node.spawn(forever, { name: name as string })).toThrow(expect.objectContaining({ code: 'name.bad' }))
    expect(node.processCount()).toBe(1)
  })

  test('odd names are names like others', () => {
    const { node } = createWorld()
    for (const name of ['__proto__', 'constructor', 'toString', ' ', '👍']) {
      expect(node.whereis(name)).toBeUndefined()
      expect(node.whereis(name)).toBe(undefined)
      const pid = node.spawn(forever, { name })
      expect(node.whereis(name)).toBe(pid)
    }
  })

  test('a dead or foreign process cannot be named', async () => {
    const { node, runtime, exited } = createWorld()
    const stranger = createWorld({ runtime }).node.spawn(forever)
    const dead = node.spawn(async () => {})
    await exited(dead)
    for (const pid of [dead, stranger])
      expect(() => node.registerName('n', pid)).toThrow(expect.objectContaining({ code: 'name.dead_process' }))
    expect(node.whereis('n')).toBeUndefined()
  })

  test('spawn with a name that is taken makes no process', () => {
    const { node } = createWorld()
    node.spawn(forever, { name: 'taken' })
    expect(() => node.spawn(forever, { name: 'taken' })).toThrow(expect.objectContaining({ code: 'name.taken' }))
    expect(node.processCount()).toBe(1)
  })

  test('a name is looked up when a message is sent; one that nobody has is an error here, and silence with a node', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<string>(async (self) => {
      self.register('r')
      self.send('r', 'by name')
      self.send({ name: 'r', node: node.name }, 'by name and node')
      self.unregister('r')
      expect([await self.receive(), await self.receive()]).toEqual(['by name', 'by name and node'])
      expect(() => self.send('r', 'nobody')).toThrow(expect.objectContaining({ code: 'send.no_such_name' }))
      expect(() => node.send('r', 'nobody')).toThrow(expect.objectContaining({ code: 'send.no_such_name' }))
      self.send({ name: 'r', node: node.name }, 'nobody')
      self.send({ name: 'r', node: 'nowhere@x' }, 'nobody')
    })
  })

  test('whoever hears of a death finds the name free: by DOWN, by exit, by a failed call', async () => {
    await eachSeed({ seeds: 100 }, async (runtime) => {
      const { inProcess, node } = createWorld({ runtime })
      await inProcess<Down | Exit>(async (self) => {
        self.trapExits(true)
        const start = () => self.spawn(async (me: Process<unknown>) => void (await me.receive()), { name: 'service' })
        for (let life = 0; life < 5; life++) {
          const pid = start()
          const way = Math.floor(runtime.random() * 3)
          if (way === 0) self.monitor(pid)
          else if (way === 1) self.link(pid)
          if (way === 2)
            await expect(self.request('service', 'die of this')).rejects.toMatchObject({ code: 'call.exited' })
          else {
            self.send(pid as never, 'die' as never)
            await self.receive()
          }
          expect(node.whereis('service')).toBeUndefined()
          expect(node.isAlive(pid)).toBe(false)
        }
      })
    })
  })
})
