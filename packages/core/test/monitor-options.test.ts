import { describe, expect, test } from 'vitest'
import { timedOut, type Alias, type Down, type Process } from '../src/index.ts'
import { createWorld } from './world.ts'

type Message = string | Down | Down<'workerDown'>

const never = async (self: Process<never>): Promise<never> => self.receive()

describe('a monitor with a tag (P54)', () => {
  test('says the tag instead of down, also for a process that is dead already', async () => {
    const { inProcess } = createWorld()
    await inProcess<Message>(async (self) => {
      const pid = self.spawn(never)
      const [tagged, plain] = [self.monitor(pid, { tag: 'workerDown' }), self.monitor(pid)]
      self.sendExit(pid, 'kill')
      expect(await self.receive()).toEqual({ type: 'workerDown', ref: tagged, process: pid, reason: 'killed' })
      expect(await self.receive()).toEqual({ type: 'down', ref: plain, process: pid, reason: 'killed' })
      const late = self.monitor(pid, { tag: 'workerDown' })
      expect(await self.receive()).toEqual({ type: 'workerDown', ref: late, process: pid, reason: 'noproc' })
    })
  })
})

describe('demonitor with flush', () => {
  test('takes out the Down whatever its tag, and nothing else that has the ref in it', async () => {
    const { inProcess } = createWorld()
    await inProcess<Message | object>(async (self) => {
      const pid = self.spawn(never)
      const ref = self.monitor(pid, { tag: 'workerDown' })
      const reply = { type: 'reply', ref, reason: 'none' }
      self.send(self.pid, reply)
      self.sendExit(pid, 'kill')
      await self.sleep(1)
      self.send(self.pid, 'last')
      expect(self.demonitor(ref, { flush: true })).toBe(false)
      expect([await self.receive(), await self.receive()]).toEqual([reply, 'last'])
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
    })
  })

  test('does not look at what was in the mailbox before the monitor was set', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<Message | object>(async (self) => {
      const pid = self.spawn(never)
      for (let n = 0; n < 100; n++) self.send(self.pid, `before ${n}`)
      await self.receive((message) => message === 'before 50')
      const ref = self.monitor(pid)
      self.sendExit(pid, 'kill')
      await self.sleep(1)
      expect(node.processInfo(self.pid)!.mailboxLength).toBe(100)
      expect(self.demonitor(ref, { flush: true })).toBe(false)
      expect(node.processInfo(self.pid)!.mailboxLength).toBe(99)
      expect(await self.receive()).toBe('before 0')
    })
  })
})

describe('options of a monitor', () => {
  test.each([{ alias: 'forever' }, { alias: null }, { alias: 1 }, { tag: 5 }, { tag: Symbol('tag') }, { tag: null }])(
    '%s are refused, and nothing is monitored',
    async (options) => {
      const { inProcess, node } = createWorld()
      await inProcess<Message>(async (self) => {
        const pid = self.spawn(never)
        expect(() => self.monitor(pid, options as never)).toThrow(
          expect.objectContaining({ code: 'monitor.bad_option' }),
        )
        expect(node.processInfo(self.pid)!.monitors).toEqual([])
        expect(node.processInfo(pid)!.monitoredBy).toEqual([])
      })
    },
  )

  test('are read once: what becomes of the object later is nothing to the monitor', async () => {
    const { inProcess } = createWorld()
    await inProcess<Message>(async (self) => {
      const options = { tag: 'workerDown' }
      const pid = self.spawn(never)
      self.monitor(pid, options)
      options.tag = 'changed'
      self.sendExit(pid, 'kill')
      expect(await self.receive()).toMatchObject({ type: 'workerDown' })
    })
  })
})

describe('a monitor with an alias (P56)', () => {
  const echo = async (self: Process<{ to: Alias<string>; text: string }>): Promise<void> => {
    for (;;) {
      const { to, text } = await self.receive()
      self.send(to, text)
    }
  }

  test('replyDemonitor: the first message through it ends both, and a second one is dropped', async () => {
    const { inProcess } = createWorld()
    await inProcess<Message>(async (self) => {
      const pid = self.spawn(echo)
      const alias = self.monitor(pid, { alias: 'replyDemonitor' })
      self.send(pid, { to: alias, text: 'one' })
      self.send(pid, { to: alias, text: 'two' })
      expect(await self.receive()).toBe('one')
      expect(self.demonitor(alias)).toBe(false)
      self.sendExit(pid, 'kill')
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
  })

  test('demonitor: lasts for many messages, and ends with demonitor', async () => {
    const { inProcess } = createWorld()
    await inProcess<Message>(async (self) => {
      const pid = self.spawn(echo)
      const alias = self.monitor(pid, { alias: 'demonitor' })
      for (const text of ['one', 'two']) {
        self.send(pid, { to: alias, text })
        expect(await self.receive()).toBe(text)
      }
      expect([self.demonitor(alias), self.demonitor(alias)]).toEqual([true, false])
      expect(self.unalias(alias)).toBe(false)
      self.send(pid, { to: alias, text: 'late' })
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
  })

  test('demonitor: ends with the DOWN', async () => {
    const { inProcess } = createWorld()
    await inProcess<Message>(async (self) => {
      const [watched, other] = [self.spawn(never), self.spawn(echo)]
      const alias = self.monitor(watched, { alias: 'demonitor' })
      self.sendExit(watched, 'kill')
      expect(await self.receive()).toMatchObject({ type: 'down', ref: alias })
      self.send(other, { to: alias, text: 'late' })
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
  })

  test('explicitUnalias: outlives the monitor, and ends with unalias alone', async () => {
    const { inProcess } = createWorld()
    await inProcess<Message>(async (self) => {
      const pid = self.spawn(echo)
      const alias = self.monitor(pid, { alias: 'explicitUnalias' })
      expect(self.demonitor(alias)).toBe(true)
      self.send(pid, { to: alias, text: 'still here' })
      expect(await self.receive()).toBe('still here')
      expect(self.unalias(alias)).toBe(true)
      self.send(pid, { to: alias, text: 'late' })
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
  })

  test('unalias ends the alias and leaves the monitor', async () => {
    const { inProcess } = createWorld()
    await inProcess<Message>(async (self) => {
      for (const mode of ['explicitUnalias', 'demonitor', 'replyDemonitor'] as const) {
        const pid = self.spawn(echo)
        const alias = self.monitor(pid, { alias: mode })
        expect([self.unalias(alias), self.unalias(alias)]).toEqual([true, false])
        self.send(pid, { to: alias, text: 'late' })
        self.sendExit(pid, 'stop')
        expect(await self.receive()).toEqual({ type: 'down', ref: alias, process: pid, reason: 'stop' })
        expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
      }
    })
  })

  test('a DOWN leaves the alias of explicitUnalias, which is no monitor any more', async () => {
    const { inProcess } = createWorld()
    await inProcess<Message>(async (self) => {
      const [watched, other] = [self.spawn(never), self.spawn(echo)]
      const alias = self.monitor(watched, { alias: 'explicitUnalias' })
      self.sendExit(watched, 'kill')
      expect(await self.receive()).toMatchObject({ type: 'down', ref: alias })
      expect(self.demonitor(alias, { flush: true })).toBe(false)
      self.send(other, { to: alias, text: 'still here' })
      expect(await self.receive()).toBe('still here')
      expect(self.unalias(alias)).toBe(true)
    })
  })

  test('of itself there is neither a monitor nor an alias', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<Message>(async (self) => {
      for (const alias of ['explicitUnalias', 'demonitor', 'replyDemonitor'] as const) {
        const ref = self.monitor(self.pid, { alias })
        self.send(ref, 'lost')
        expect([self.demonitor(ref), self.unalias(ref)]).toEqual([false, false])
      }
      expect(node.processInfo(self.pid)!.monitors).toEqual([])
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
    })
  })

  test('works for a name that nobody has: the DOWN comes and ends it', async () => {
    const { inProcess } = createWorld()
    await inProcess<Message>(async (self) => {
      const alias = self.monitor('nobody', { alias: 'demonitor', tag: 'workerDown' })
      expect(await self.receive()).toMatchObject({ type: 'workerDown', ref: alias, reason: 'noproc' })
      expect(self.unalias(alias)).toBe(false)
    })
  })
})
