import { eachSeed } from '@agner/testing'
import { expect, test } from 'vitest'
import { timedOut, type Process } from '../src/index.ts'
import { createWorld } from './world.ts'

test('what is sent to an alias arrives, as long as it is active', async () => {
  const { inProcess } = createWorld()
  await inProcess<string>(async (self) => {
    const alias = self.alias()
    self.send(alias, 'one')
    expect(await self.receive()).toBe('one')
    expect(self.unalias(alias)).toBe(true)
    expect(self.unalias(alias)).toBe(false)
    self.send(alias, 'two')
    expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
  })
})

test('with once it ends itself with the first message', async () => {
  const { inProcess } = createWorld()
  await inProcess<string>(async (self) => {
    const alias = self.alias({ once: true })
    self.send(alias, 'one')
    self.send(alias, 'two')
    expect(await self.receive()).toBe('one')
    expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
    expect(self.unalias(alias)).toBe(false)
  })
})

test('it is checked when the message is handled: in the mailbox by then it stays, not handled yet it is dropped', async () => {
  const { inProcess } = createWorld()
  await inProcess<string>(async (self) => {
    const alias = self.alias()
    self.send(alias, 'handled')
    expect(await self.receive((message) => message === 'other', { timeoutMs: 0 })).toBe(timedOut)
    self.send(alias, 'on its way')
    self.unalias(alias)
    expect(await self.receive()).toBe('handled')
    expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
  })
})

test('only its owner can end it, and its death does', async () => {
  await eachSeed({ seeds: 30 }, async (runtime) => {
    const { inProcess, node, exited } = createWorld({ runtime })
    await inProcess<ReturnType<Process<string>['alias']>>(async (self) => {
      const owner = self.spawn(async (me: Process<string>) => {
        self.send(self.pid, me.alias())
        await me.receive()
      })
      const alias = await self.receive()
      expect(self.unalias(alias)).toBe(false)
      const ended = node.exited(owner)
      self.send(alias, 'the last that it gets')
      expect(await self.wait(ended)).toBe('normal')
      self.send(alias, 'to nobody')
    })
    await exited(node.spawn(async () => {}))
  })
})

test('a ref that is no alias takes nothing', async () => {
  const { inProcess } = createWorld()
  await inProcess<string>(async (self) => {
    self.send(self.makeRef() as never, 'x' as never)
    self.send(self.monitor('nobody') as never, 'x' as never)
    self.send(self.sendAfter(1000, self.pid, 'later') as never, 'x' as never)
    expect(await self.receive((message) => message === 'x', { timeoutMs: 10 })).toBe(timedOut)
  })
})
