import { describe, expect, test } from 'vitest'
import type { AnyPid, Exit, ExitReason, Node, Process } from '../src/index.ts'
import { createWorld } from './world.ts'

/** Spawns a process that waits, and gives what it receives to `seen`. */
function waiting(node: Node, seen: unknown[], trapExits = false): AnyPid {
  return node.spawn(
    async (self: Process<Exit>) => {
      for (;;) seen.push(await self.receive())
    },
    { trapExits },
  )
}

describe('exit signals (erlang:exit/2)', () => {
  test.each<[ExitReason, boolean, ExitReason | 'lives' | 'message']>([
    ['normal', false, 'lives'],
    ['normal', true, 'message'],
    ['shutdown', false, 'shutdown'],
    ['shutdown', true, 'message'],
    [{ code: 5 }, false, { code: 5 }],
    [{ code: 5 }, true, 'message'],
    ['kill', false, 'killed'],
    ['kill', true, 'killed'],
    ['killed', true, 'message'],
  ])('%j to another, trapping %s: %j', async (reason, trapExits, outcome) => {
    const { node, runtime } = createWorld()
    const seen: unknown[] = []
    const target = waiting(node, seen, trapExits)
    const heard: ExitReason[] = []
    void node.exited(target).then((each) => heard.push(each))
    const sender = node.spawn(async (self) => self.sendExit(target, reason))
    await runtime.settle()
    expect(seen).toEqual(outcome === 'message' ? [{ type: 'exit', from: sender, reason }] : [])
    expect(heard).toEqual(outcome === 'message' || outcome === 'lives' ? [] : [outcome])
  })

  test('from code outside any process, nobody is named', async () => {
    const { node, runtime } = createWorld()
    const seen: unknown[] = []
    const target = waiting(node, seen, true)
    node.sendExit(target, 'bye')
    await runtime.settle()
    expect(seen).toEqual([{ type: 'exit', from: null, reason: 'bye' }])
  })

  test.each<[ExitReason, ExitReason]>([
    ['normal', 'normal'],
    ['kill', 'killed'],
    ['other', 'other'],
  ])('%j to itself ends it at once with %j', async (reason, outcome) => {
    const { node, exited } = createWorld()
    const said: string[] = []
    const pid = node.spawn(async (self) => {
      self.sendExit(self.pid, reason)
      said.push(`alive: ${self.isAlive(self.pid)}`)
      await self.sleep(0)
      said.push('went on')
    })
    expect(await exited(pid)).toBe(outcome)
    expect(said).toEqual(['alive: false'])
  })

  test('trapping, an exit to itself is a message; kill is not', async () => {
    const { node, exited, inProcess } = createWorld()
    await inProcess<Exit>(async (self) => {
      self.trapExits(true)
      self.sendExit(self.pid, 'normal')
      expect(await self.receive()).toEqual({ type: 'exit', from: self.pid, reason: 'normal' })
    })
    expect(await exited(node.spawn(async (self) => self.sendExit(self.pid, 'kill'), { trapExits: true }))).toBe(
      'killed',
    )
  })

  test('to the dead it goes nowhere', async () => {
    const { node, exited } = createWorld()
    const pid = node.spawn(async () => {})
    await exited(pid)
    node.sendExit(pid, 'kill')
    expect(await exited(pid)).toBe('noproc')
  })

  test('the flag counts when the signal is handled, not when it was sent', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<Exit | 'on' | 'ready'>(async (self) => {
      const target = self.spawnLink(async (me: Process<'on' | Exit>) => {
        await me.receive()
        expect(me.trapExits(true)).toBe(false)
        expect(await me.receive()).toEqual({ type: 'exit', from: self.pid, reason: 'sent before the flag was set' })
        expect(me.trapExits(false)).toBe(true)
      })
      await self.sleep(1)
      self.send(target, 'on')
      self.sendExit(target, 'sent before the flag was set')
      self.trapExits(true)
      expect(await self.receive()).toEqual({ type: 'exit', from: target, reason: 'normal' })
      expect(node.isAlive(target)).toBe(false)
    })
  })

  test('switching the flag off leaves what is in the mailbox', async () => {
    const { inProcess } = createWorld()
    await inProcess<Exit>(async (self) => {
      self.trapExits(true)
      const child = self.spawnLink(async () => {})
      await self.sleep(1)
      self.trapExits(false)
      expect(await self.receive()).toEqual({ type: 'exit', from: child, reason: 'normal' })
    })
  })

  test('an exit is handled although its receiver never receives', async () => {
    const { node, runtime } = createWorld()
    const busy = node.spawn(async (self) => self.sleep(1e9))
    await runtime.settle()
    const end = node.exited(busy)
    node.sendExit(busy, 'now')
    expect(await runtime.runUntil(end)).toBe('now')
    expect(runtime.nowMs()).toBe(0)
  })

  test('once the exit has been sent, isAlive by the sender says no', async () => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      const target = self.spawn(async (me: Process<string>) => void (await me.receive()))
      expect(self.isAlive(target)).toBe(true)
      self.sendExit(target, 'kill')
      expect(self.isAlive(target)).toBe(false)
      expect(self.node.processes()).not.toContain(target)
    })
  })
})

describe('exits over links', () => {
  test.each<[ExitReason, ExitReason | null]>([
    ['normal', null],
    ['shutdown', 'shutdown'],
    ['kill', 'kill'],
    [{ code: 1 }, { code: 1 }],
  ])('exit(%j) of one ends the other with %j', async (reason, outcome) => {
    const { node, runtime } = createWorld()
    const heard: ExitReason[] = []
    const other = node.spawn(async (self) => {
      self.spawnLink(async (me) => me.exit(reason))
      await self.sleep(100)
      self.exit('outlived it')
    })
    void node.exited(other).then((each) => heard.push(each))
    await runtime.advance(200)
    expect(heard).toEqual([outcome ?? 'outlived it'])
  })

  test.each<[(self: Process<never>) => unknown, ExitReason]>([
    [(self) => self.exit('kill'), 'kill'],
    [(self) => self.sendExit(self.pid, 'kill'), 'killed'],
    [(self) => self.exit('normal'), 'normal'],
  ])('a trapping process sees the reason of %s', async (end, reason) => {
    const { inProcess } = createWorld()
    await inProcess<Exit>(async (self) => {
      self.trapExits(true)
      const child = self.spawnLink(async (me) => void end(me))
      expect(await self.receive()).toEqual({ type: 'exit', from: child, reason })
    })
  })

  test('an error goes down a chain of thousands, to everyone, and stops at who traps', async () => {
    const { node, runtime, reports } = createWorld()
    const seen: unknown[] = []
    const top = waiting(node, seen, true)
    let broke: AnyPid = top
    node.spawn(async (self) => {
      self.link(top)
      let left = 3000
      const next = async (me: Process<never>): Promise<void> => {
        if (--left === 0) {
          broke = me.pid
          throw new Error('at the end of the chain')
        }
        me.spawnLink(next)
        await me.sleep(1e9)
      }
      await next(self)
    })
    await runtime.settle()
    expect(broke).not.toBe(top)
    expect(node.processCount()).toBe(1)
    expect(seen).toEqual([
      {
        type: 'exit',
        from: expect.anything() as unknown,
        reason: expect.objectContaining({ message: 'at the end of the chain' }) as unknown,
      },
    ])
    expect(reports.crashes).toHaveLength(1)
  })

  test('messages sent before the end come before the news of it', async () => {
    const { inProcess } = createWorld()
    await inProcess<string | Exit>(async (self) => {
      self.trapExits(true)
      const child = self.spawnLink(async (me) => {
        me.send(self.pid, 'one')
        me.send(self.pid, 'two')
        me.exit('done')
      })
      expect([await self.receive(), await self.receive(), await self.receive()]).toEqual([
        'one',
        'two',
        { type: 'exit', from: child, reason: 'done' },
      ])
    })
  })
})
