import { describe, expect, test } from 'vitest'
import { timedOut, type Down, type Exit, type Pid, type Process } from '../src/index.ts'
import { createWorld } from './world.ts'

describe('the mailbox limit', () => {
  test('ends the receiver, never the sender, and is reported', async () => {
    const { inProcess, node, reports, runtime } = createWorld({ mailboxLimit: 100 })
    await inProcess<Down>(async (self) => {
      const { pid, ref } = self.spawnMonitor(async (me: Process<number>) => me.sleep(1e6), { name: 'slow' })
      for (let n = 0; n < 100; n++) self.send(pid, n)
      await self.sleep(0)
      expect(node.processInfo(pid)).toMatchObject({ mailboxLength: 100 })
      self.send(pid, 100)
      self.send(pid, 101)
      expect(await self.receive()).toEqual({ type: 'down', ref, process: pid, reason: { mailboxOverflow: 100 } })
      expect(reports.all).toEqual([{ type: 'mailbox_overflow', pid, name: 'slow', limit: 100 }])
    })
    await runtime.settle()
  })

  test('counts what waits before it was handled too', async () => {
    const { node, runtime } = createWorld()
    const pid = node.spawn(async (self: Process<number>) => self.sleep(1e6), { mailboxLimit: 10 })
    const end = node.exited(pid)
    for (let n = 0; n < 11; n++) node.send(pid, n)
    expect(await runtime.runUntil(end)).toEqual({ mailboxOverflow: 10 })
  })

  test('cannot be trapped, and reaches who is linked', async () => {
    const { inProcess } = createWorld()
    await inProcess<Exit>(async (self) => {
      self.trapExits(true)
      const pid = self.spawnLink(async (me: Process<number | Exit>) => me.sleep(1e6), {
        mailboxLimit: 5,
        trapExits: true,
      })
      for (let n = 0; n < 10; n++) self.send(pid, n)
      expect(await self.receive()).toEqual({ type: 'exit', from: pid, reason: { mailboxOverflow: 5 } })
    })
  })

  test('a flood from one who sends to itself ends it too', async () => {
    const { node, runtime, exited } = createWorld({ mailboxLimit: 10 })
    const said: string[] = []
    const pid = node.spawn(async (self: Process<number>) => {
      for (let n = 0; n < 1000; n++) self.send(self.pid, n)
      said.push(`alive: ${self.isAlive(self.pid)}`)
      await self.receive()
      said.push('received')
    })
    expect(await exited(pid)).toEqual({ mailboxOverflow: 10 })
    await runtime.settle()
    expect(said).toEqual(['alive: false'])
  })

  test('exits and DOWNs always fit', async () => {
    const { node, runtime, exited } = createWorld({ mailboxLimit: 5 })
    let downs = 0
    const watcher = node.spawn(async (self: Process<number | Down>) => {
      for (let n = 0; n < 20; n++) self.spawnMonitor(async () => {})
      for (let n = 0; n < 5; n++) self.send(self.pid, n)
      await self.sleep(10)
      for (;;) {
        const message = await self.receive({ timeoutMs: 10 })
        if (message === timedOut) return
        if (typeof message === 'object') downs++
      }
    })
    expect(await exited(watcher)).toBe('normal')
    expect(downs).toBe(20)
    await runtime.settle()
  })

  test('counts messages alone: signals that wait in front of them or between them are none', async () => {
    const { node, inProcess, runtime } = createWorld()
    const handled: number[] = []
    const body = {
      init: () => null,
      message: (_self: Process<number>, message: number) => {
        handled.push(message)
        return null
      },
    }
    const worker = node.spawn(body, { mailboxLimit: 5 })
    await runtime.settle()
    await inProcess<Down>(async (self) => {
      for (let n = 0; n < 5; n++) {
        self.send(worker, n)
        for (let times = 0; times < 100; times++) {
          self.demonitor(self.monitor(worker))
          self.link(worker)
          self.unlink(worker)
        }
      }
      // All of it waits behind the first message.
      expect(node.topProcesses({ by: 'mailbox', count: 1 })).toMatchObject([
        { pid: worker, value: 5, mailboxLength: 5 },
      ])
    })
    await runtime.settle()
    expect([handled, node.isAlive(worker)]).toEqual([[0, 1, 2, 3, 4], true])
    await inProcess<Down>(async (self) => {
      const ref = self.monitor(worker)
      for (let n = 0; n < 6; n++) {
        self.send(worker, n)
        self.monitor(worker)
      }
      expect(await self.receive()).toEqual({ type: 'down', ref, process: worker, reason: { mailboxOverflow: 5 } })
    })
  })

  test('requests and messages through an alias count', async () => {
    const { node, runtime } = createWorld({ mailboxLimit: 5 })
    const asked = node.spawn(async (self) => self.sleep(1e6))
    const askedEnd = node.exited(asked)
    const failures = Array.from({ length: 10 }, () => node.request(asked, 1).catch((error: unknown) => error))
    expect(await runtime.runUntil(askedEnd)).toEqual({ mailboxOverflow: 5 })
    for (const failure of await runtime.runUntil(Promise.all(failures)))
      expect((failure as { code: string }).code).toMatch(/^call\.(exited|no_process)$/)
    const owner = node.spawn(async (self: Process<number>) => {
      const alias = self.alias()
      self.spawn(async (me) => {
        for (let n = 0; n < 10; n++) me.send(alias, n)
      })
      await self.sleep(1e6)
    })
    expect(await runtime.runUntil(node.exited(owner))).toEqual({ mailboxOverflow: 5 })
  })

  test('a process may have a limit of its own', async () => {
    const { node, runtime } = createWorld({ mailboxLimit: 2 })
    const pid = node.spawn(async (self: Process<number>) => self.sleep(1e6), { mailboxLimit: 100 })
    await runtime.settle()
    for (let n = 0; n < 100; n++) node.send(pid, n)
    await runtime.settle()
    expect(node.isAlive(pid)).toBe(true)
  })
})

describe('the process limit', () => {
  test('is the number of processes that may live; one more is refused, and room comes back', async () => {
    const { node, runtime } = createWorld({ processLimit: 3 })
    const forever = async (self: Process<never>) => self.sleep(1e9)
    const pids = [node.spawn(forever), node.spawn(forever), node.spawn(forever)]
    expect(() => node.spawn(forever, { name: 'fourth' })).toThrow(
      expect.objectContaining({ code: 'node.too_many_processes', details: { limit: 3 } }),
    )
    expect([node.processCount(), node.whereis('fourth')]).toEqual([3, undefined])
    node.sendExit(pids[1]!, 'kill')
    await runtime.settle()
    const again = node.spawn(forever)
    expect(pids).not.toContain(again)
    expect(node.processCount()).toBe(3)
  })

  test('in a process it is an error like others', async () => {
    const { node, exited } = createWorld({ processLimit: 2 })
    const pid = node.spawn(async (self) => {
      self.spawn(async (me) => me.sleep(1e9))
      self.spawn(async () => {})
    })
    expect(await exited(pid)).toMatchObject({ code: 'node.too_many_processes' })
  })

  test('pids are not used again, however many came and went', async () => {
    const { node, runtime } = createWorld({ processLimit: 10 })
    const seen = new Set<number>()
    let pid: Pid<never> | null = null
    for (let n = 0; n < 5000; n++) {
      pid = node.spawn(async () => {})
      seen.add(pid.id)
      if (n % 5 === 4) await runtime.settle()
    }
    expect(seen.size).toBe(5000)
  })
})
