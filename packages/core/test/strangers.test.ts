import { createVirtualRuntime } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { timedOut, type Down, type Exit, type Process, type Ref } from '../src/index.ts'
import { kernelOf } from '../src/node.ts'
import { createWorld, type World } from './world.ts'

/** Two nodes of one OS process, one clock, no network between them. */
function twoWorlds(): [World, World] {
  const runtime = createVirtualRuntime()
  return [createWorld({ name: 'a@sim', runtime }), createWorld({ name: 'b@sim', runtime })]
}

describe('nodes in one OS process are strangers', () => {
  test('a pid of the other node reaches nobody', async () => {
    const [a, b] = twoWorlds()
    const got: unknown[] = []
    const there = b.node.spawn(
      async (self: Process<string | Exit>) => {
        for (;;) got.push(await self.receive())
      },
      { name: 'service', trapExits: true },
    )
    await a.inProcess<Down | Exit>(async (self) => {
      self.trapExits(true)
      self.send(there, 'by pid')
      self.send({ name: 'service', node: 'b@sim' }, 'by name')
      self.sendExit(there, 'kill')
      self.link(there)
      const ref = self.monitor(there)
      await expect(self.request(there, 1)).rejects.toMatchObject({ code: 'call.no_connection' })
      const seen = [await self.receive(), await self.receive()]
      expect(seen).toContainEqual({ type: 'exit', from: there, reason: 'noconnection' })
      expect(seen).toContainEqual({ type: 'down', ref, process: there, reason: 'noconnection' })
      expect(self.isAlive(there)).toBe(false)
      expect(self.whereis('service')).toBeUndefined()
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
    a.node.send(there, 'from outside')
    a.node.sendExit(there, 'kill')
    await expect(a.runtime.runUntil(a.node.request(there, 1))).rejects.toMatchObject({ code: 'call.no_connection' })
    expect(await a.exited(there)).toBe('noconnection')
    expect(() => a.node.processInfo(there)).toThrow(expect.objectContaining({ code: 'info.not_local' }))
    await a.runtime.settle()
    expect(got).toEqual([])
    expect(b.node.isAlive(there)).toBe(true)
    expect(b.node.processInfo(there)).toMatchObject({ links: [], monitoredBy: [], mailboxLength: 0 })
  })

  test('its refs are no timers, monitors or aliases of ours', async () => {
    const [a, b] = twoWorlds()
    let timer: Ref | null = null
    let alias: Ref | null = null
    const got: unknown[] = []
    b.node.spawn(async (self: Process<string>) => {
      timer = self.sendAfter(1000, self.pid, 'on time')
      alias = self.alias()
      for (;;) got.push(await self.receive())
    })
    await a.runtime.settle()
    await a.inProcess(async (self) => {
      expect(self.cancelTimer(timer!)).toBe(false)
      expect(self.readTimer(timer!)).toBe(false)
      expect(self.demonitor(timer!)).toBe(false)
      expect(self.unalias(alias as never)).toBe(false)
      self.send(alias as never, 'x' as never)
    })
    expect(kernelOf(b.node).timers.size).toBe(1)
    await a.runtime.advance(1000)
    expect(got).toEqual(['on time'])
    expect([kernelOf(a.node).timers.size, kernelOf(b.node).timers.size]).toEqual([0, 0])
  })

  test("names, modules, limits and reports are each node's own", async () => {
    const [a, b] = twoWorlds()
    a.node.spawn(async (self) => self.sleep(1e6), { name: 'same' })
    b.node.spawn(() => Promise.reject(new Error('b alone')), { name: 'same' })
    await a.runtime.settle()
    expect([a.node.registeredNames(), b.node.registeredNames()]).toEqual([['same'], []])
    expect([a.reports.crashes.length, b.reports.crashes.length]).toEqual([0, 1])
  })

  test('stopping one leaves the other', async () => {
    const [a, b] = twoWorlds()
    const stays = b.node.spawn(async (self) => self.sleep(1e6))
    a.node.spawn(async (self) => self.sleep(1e6))
    await a.runtime.runUntil(a.node.stop())
    expect([a.node.processCount(), b.node.isAlive(stays)]).toEqual([0, true])
  })
})
