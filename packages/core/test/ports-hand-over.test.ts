/**
 * Handing a port over: whatever it tells reaches one of the two owners, in order, and none of it twice.
 */
import { eachSeed, type VirtualRuntime } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import type { Exit, Pid, Process } from '../src/index.ts'
import { openDriver, portsOf, type Port, type PortMessage, type PortPassive } from '../src/ports/index.ts'
import { FakeDriver } from './fake-driver.ts'
import { createWorld } from './world.ts'

type Message = PortMessage<string> | PortPassive | Exit
type Taker = PortMessage<string> | PortPassive | { readonly type: 'other' }

/** A process that notes what it gets, in either form of body. */
function taker(self: Process<Message>, seen: string[], form: 'async' | 'callback'): Pid<Taker> {
  const note = (message: Taker): void => void seen.push(message.type === 'data' ? message.data : message.type)
  if (form === 'callback')
    return self.spawn({ init: () => null, message: (_me: Process<Taker>, message: Taker) => (note(message), null) })
  return self.spawn(async (me: Process<Taker>) => {
    for (;;) note(await me.receive())
  })
}

describe.each(['async', 'callback'] as const)('to an owner with %s body', (form) => {
  test('what waits in the mailbox moves, before what comes later; the rest of the mailbox stays', async () => {
    await eachSeed({ seeds: 30 }, async (runtime) => {
      await createWorld({ runtime }).inProcess<Message>(async (self) => {
        const driver = new FakeDriver()
        const other = new FakeDriver()
        const port = openDriver<string>(self, driver, { active: true })
        const staying = openDriver<string>(self, other, { active: true })
        driver.give('a')
        other.give('stays')
        driver.give('b')
        self.node.send(self.pid as Pid<unknown>, 'a word')
        await self.sleep(1)
        driver.give('c')
        const seen: string[] = []
        const next = taker(self, seen, form)
        port.handOver(next)
        driver.give('d')
        await self.sleep(1)
        expect([seen, port.owner, port.mode]).toEqual([['a', 'b', 'c', 'd'], next, true])
        expect([await self.receive(), await self.receive()]).toEqual([
          { type: 'data', port: staying, data: 'stays' },
          'a word',
        ])
        expect([self.node.processInfo(self.pid)?.links, self.node.processInfo(next)?.links]).toEqual([
          [staying],
          [port],
        ])
        other.give('still here')
        expect(await self.receive()).toMatchObject({ data: 'still here' })
      })
    })
  })

  test('what was asked for is still asked for: once, or what is left of a count', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const seen: string[] = []
      const next = taker(self, seen, form)
      const once = new FakeDriver()
      openDriver<string>(self, once).handOver(next)
      once.give('a')
      const counted = new FakeDriver().feed('bcd')
      counted.pull = () => void counted.pulls++
      const port = openDriver<string>(self, counted, { active: 3 })
      counted.give('b')
      port.handOver(next)
      counted.give('c')
      counted.give('d')
      await self.sleep(1)
      expect(seen).toEqual(['a', 'b', 'c', 'd', 'passive'])
    })
  })
})

test('under load, owner after owner: each item is seen once, in order', async () => {
  await eachSeed({ seeds: 30 }, async (runtime) => {
    const world = createWorld({ runtime })
    await world.inProcess<Message>(async (self) => {
      const driver = ticking(runtime, 60)
      const seen: string[] = []
      const port = openDriver<string>(self, driver, { active: true })
      let from = self as Process<Message>
      for (let round = 0; round < 6; round++) {
        await self.sleep(5)
        const next = self.spawn(async (me: Process<Message>) => {
          from = me
          for (let n = 0; ; n++) {
            const message = await me.receive()
            if (message.type === 'data') seen.push(message.data)
            // Some are left in the mailbox.
            if (n % 3 === 2) await me.sleep(2)
          }
        })
        port.handOver(next)
      }
      await self.sleep(300)
      expect([seen, from.isAlive(self.pid)]).toEqual([Array.from({ length: 60 }, (_, n) => String(n)), true])
    })
  })
})

/** Gives an item a millisecond after it was asked. */
function ticking(runtime: VirtualRuntime, count: number): FakeDriver {
  const driver = new FakeDriver()
  let n = 0
  driver.onPull = () => {
    if (n < count) runtime.setTimer(1, () => driver.give(String(n++)))
  }
  return driver
}

describe('it', () => {
  test('ends with its new owner, and no more with the old one', async () => {
    const world = createWorld()
    const driver = new FakeDriver()
    let next: Pid
    const pid = world.node.spawn(async (self: Process<Message>) => {
      const port = openDriver<string>(self, driver)
      next = self.spawn(async (me) => me.sleep(100))
      port.handOver(next)
      self.exit('enough')
    })
    expect([await world.exited(pid), driver.closes]).toEqual(['enough', 0])
    expect([await world.exited(next!), driver.closes, portsOf(world.node)]).toEqual(['normal', 1, []])
  })

  test('tells its end to its new owner, and its failure by exit as well', async () => {
    const world = createWorld()
    await world.inProcess<Message>(async (self) => {
      self.trapExits(true)
      const seen: string[] = []
      const next = taker(self, seen, 'async')
      const ends = new FakeDriver()
      openDriver<string>(self, ends).handOver(next)
      ends.sink.end()
      await self.sleep(1)
      expect(seen).toEqual(['closed'])
      const fails = new FakeDriver()
      openDriver<string>(self, fails, { failure: 'exit' }).handOver(next)
      fails.sink.fail(new Error('reset'))
      expect(await world.node.exited(next)).toMatchObject({ message: 'reset' })
      expect(await self.receive({ timeoutMs: 5 })).toBeTypeOf('symbol')
    })
  })

  test('is refused to the dead, and to oneself it does nothing', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = new FakeDriver()
      const port = openDriver<string>(self, driver)
      driver.give('a')
      const dead = self.spawn(async () => {})
      self.sendExit(dead, 'kill')
      expect(() => port.handOver(dead)).toThrow(expect.objectContaining({ code: 'port.bad_owner' }))
      port.handOver(self.pid)
      expect(await self.receive()).toMatchObject({ data: 'a' })
      expect([port.owner, self.node.processInfo(self.pid)?.links]).toEqual([self.pid, [port]])
    })
  })

  test('is refused once it is closed, by whatever: what it told stays where it is', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = new FakeDriver()
      const port = openDriver<string>(self, driver, { active: true })
      driver.give('a')
      driver.sink.end()
      const next = taker(self, [], 'async')
      expect(() => port.handOver(next)).toThrow(expect.objectContaining({ code: 'port.closed' }))
      expect([(await self.receive()).type, (await self.receive()).type]).toEqual(['data', 'closed'])
    })
  })

  test('waits for no read: one that is pending forbids it', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = new FakeDriver()
      const port = openDriver<string>(self, driver, { active: false })
      const reading = port.read()
      const next = taker(self, [], 'async')
      expect(() => port.handOver(next)).toThrow(expect.objectContaining({ code: 'port.read_pending' }))
      driver.give('a')
      expect(await reading).toBe('a')
      port.handOver(next)
      expect(port.owner).toBe(next)
    })
  })

  test('leaves those who wait to write waiting, and wakes them', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = new FakeDriver()
      driver.output!.room = 0
      const port: Port<string> = openDriver(self, driver)
      const writing = port.write('x')
      port.handOver(taker(self, [], 'async'))
      driver.sink.drained()
      await writing
    })
  })
})
