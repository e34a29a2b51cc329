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
      expect(self.demonitor(alias)).toBe(true)
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

  test('works for a name that nobody has: the DOWN comes and ends it', async () => {
    const { inProcess } = createWorld()
    await inProcess<Message>(async (self) => {
      const alias = self.monitor('nobody', { alias: 'demonitor', tag: 'workerDown' })
      expect(await self.receive()).toMatchObject({ type: 'workerDown', ref: alias, reason: 'noproc' })
      expect(self.unalias(alias)).toBe(false)
    })
  })
})
