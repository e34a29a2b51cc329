/**
 * Ports: what their owner gets, when, and how they end. The facts about `{active, …}`, exit signals and order are Erlang's, seen on 25.
 */
import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { describeReason, timedOut, type Down, type Exit, type Process } from '../src/index.ts'
import { ended, openDriver, portsOf, type Port, type PortMessage, type PortPassive } from '../src/ports/index.ts'
import { FakeDriver } from './fake-driver.ts'
import { createWorld } from './world.ts'

type Message = PortMessage<string> | PortPassive | Exit | Down

/** What has arrived, as short text. */
async function arrived(self: Process<Message>): Promise<string[]> {
  const seen: string[] = []
  for (;;) {
    const message = await self.receive({ timeoutMs: 1 })
    if (message === timedOut) return seen
    if (message.type === 'data') seen.push(message.data)
    else if (message.type === 'error') seen.push(`error ${message.error.message}`)
    else if (message.type === 'exit' || message.type === 'down')
      seen.push(`${message.type} ${describeReason(message.reason)}`)
    else seen.push(message.type)
  }
}

const open = (self: Process<Message>, driver: FakeDriver, options = {}): Port<string> =>
  openDriver<string, string | Uint8Array>(self, driver, options)

describe('demand', () => {
  test('once: one message, one pull, and then nothing until the owner asks again', async () => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      await createWorld({ runtime }).inProcess<Message>(async (self) => {
        const driver = new FakeDriver()
        const port = open(self, driver)
        expect([driver.pulls, port.mode]).toEqual([1, 'once'])
        driver.give('a')
        expect([await arrived(self), driver.pulls, port.mode]).toEqual([['a'], 1, false])
        port.active('once')
        port.active('once')
        expect(driver.pulls).toBe(2)
        driver.give('b')
        expect([await arrived(self), driver.pulls]).toEqual([['b'], 2])
      })
    })
  })

  test('a count: so many, then passive; it is added to, and taken from', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = new FakeDriver().feed('abcdefgh')
      const port = open(self, driver, { active: 2 })
      expect(await arrived(self)).toEqual(['a', 'b', 'passive'])
      port.active(0)
      expect(await arrived(self)).toEqual(['passive'])
      driver.onPull = () => {}
      port.active(3)
      port.active(2)
      expect(port.mode).toBe(5)
      port.active(-4)
      driver.give('c')
      expect(await arrived(self)).toEqual(['c', 'passive'])
      port.active(5)
      port.active(-5)
      expect([await arrived(self), port.mode]).toEqual([['passive'], false])
      port.active(7)
      port.active('once')
      expect(port.mode).toBe('once')
    })
  })

  test('a count beyond 16 bits is refused, and changes nothing', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const port = open(self, new FakeDriver(), { active: 32_767 })
      for (const bad of [1, 40_000, -40_000, 1.5, Number.NaN, 'twice' as never])
        expect(() => port.active(bad)).toThrow(expect.objectContaining({ code: 'port.bad_active' }))
      expect(port.mode).toBe(32_767)
      expect(() => open(self, new FakeDriver(), { active: 40_000 })).toThrow(/count of at most 32767/)
    })
  })

  test('true: all that comes, in order; a source that is always ready lets others live', async () => {
    const world = createWorld()
    let others = 0
    world.runtime.macrotask(function again() {
      others++
      if (others < 50) world.runtime.macrotask(again)
    })
    await world.inProcess<Message>(async (self) => {
      open(self, new FakeDriver().feed(Array.from({ length: 1000 }, (_, n) => String(n))), { active: true })
      const seen = await arrived(self)
      expect(seen.slice(0, 3)).toEqual(['0', '1', '2'])
      expect([seen.length, seen.at(-1)]).toEqual([1001, 'closed'])
      expect(others).toBeGreaterThan(10)
    })
  })

  test('false: items wait for a read, one at a time', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = new FakeDriver()
      const port = open(self, driver, { active: false })
      expect(driver.pulls).toBe(0)
      const reading = port.read()
      expect(driver.pulls).toBe(1)
      driver.give('a')
      expect(await reading).toBe('a')
      expect([await arrived(self), driver.pulls]).toEqual([[], 1])
    })
  })

  test('demand that is taken back keeps what was on its way for the next one who asks', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = new FakeDriver()
      const port = open(self, driver, { active: true })
      port.active(false)
      driver.give('a')
      expect(await arrived(self)).toEqual([])
      expect(await port.read()).toBe('a')
    })
  })

  test('an item that nobody asked for fails the port', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = new FakeDriver()
      open(self, driver)
      driver.give('a', 'b')
      expect(await arrived(self)).toEqual(['a'])
      const [port] = portsOf(self.node)
      port!.active('once')
      expect(await arrived(self)).toEqual([expect.stringMatching(/^error The driver gave an item/), 'closed'])
    })
  })

  test('a driver that throws when asked fails the port, now or later', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const broken = new FakeDriver()
      broken.onPull = () => {
        throw new Error('broken')
      }
      open(self, broken)
      expect([await arrived(self), broken.closes]).toEqual([['error broken', 'closed'], 1])
      const later = new FakeDriver().feed([])
      later.onPull = () => {
        if (later.pulls === 64) throw new Error('late')
        later.give(String(later.pulls))
      }
      open(self, later, { active: true })
      expect((await arrived(self)).slice(-3)).toEqual(['63', 'error late', 'closed'])
      const start = new FakeDriver()
      start.start = () => {
        throw new Error('no start')
      }
      open(self, start)
      expect(await arrived(self)).toEqual(['error no start', 'closed'])
    })
  })
})

describe('read', () => {
  test('gives items, then the end, again and again; the port is closed by then', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = new FakeDriver().feed('ab')
      const port = open(self, driver, { active: false })
      expect([await port.read(), await port.read(), await port.read(), await port.read()]).toEqual([
        'a',
        'b',
        ended,
        ended,
      ])
      expect([driver.closes, port.isOpen, await arrived(self)]).toEqual([1, false, []])
    })
  })

  test('has a timeout, after which the item is for the next read', async () => {
    const world = createWorld()
    await world.inProcess<Message>(async (self) => {
      const driver = new FakeDriver()
      const port = open(self, driver, { active: false })
      expect(await port.read({ timeoutMs: 0 })).toBe(timedOut)
      const startMs = world.runtime.nowMs()
      expect(await port.read({ timeoutMs: 20 })).toBe(timedOut)
      expect(world.runtime.nowMs() - startMs).toBe(20)
      expect(driver.pulls).toBe(1)
      driver.give('a')
      expect(await port.read({ timeoutMs: 0 })).toBe('a')
      for (const bad of [-1, Number.NaN, '5' as never])
        await expect(port.read({ timeoutMs: bad })).rejects.toMatchObject({ code: 'receive.bad_timeout' })
    })
  })

  test('wants a passive port, and is alone', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const port = open(self, new FakeDriver())
      await expect(port.read()).rejects.toMatchObject({ code: 'port.not_passive' })
      port.active(false)
      void port.read()
      await expect(port.read()).rejects.toMatchObject({ code: 'port.read_pending' })
    })
  })

  test('is rejected with what the source failed with, after all that came before', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = new FakeDriver()
      const port = open(self, driver, { active: false })
      void port.read({ timeoutMs: 0 })
      driver.give('a')
      const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' })
      driver.sink.fail(reset)
      driver.sink.fail(new Error('and again'))
      driver.give('too late')
      expect([port.isOpen, await port.read()]).toEqual([true, 'a'])
      await expect(port.read()).rejects.toMatchObject({ message: 'reset', code: 'ECONNRESET' })
      await expect(port.read()).rejects.toMatchObject({ code: 'port.closed' })
    })
  })

  test('of a dead process takes nothing away from the others, and never settles', async () => {
    const world = createWorld()
    await world.inProcess<Message>(async (self) => {
      const driver = new FakeDriver()
      const port = open(self, driver, { active: false })
      const settled: string[] = []
      const other = self.spawn(async (me) => {
        void port.read({ by: me }).finally(() => settled.push('read'))
        await me.sleep(1e6)
      })
      await self.sleep(1)
      expect(driver.pulls).toBe(1)
      self.sendExit(other, 'kill')
      await self.sleep(1)
      driver.give('a')
      expect([await port.read(), settled]).toEqual(['a', []])
    })
  })

  test('as a loop: to the end, and no further; an early exit leaves the port open', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const port = open(self, new FakeDriver().feed('abc'), { active: false })
      for await (const item of port) {
        expect(item).toBe('a')
        break
      }
      const rest: string[] = []
      for await (const item of port) rest.push(item)
      expect([rest, port.isOpen]).toEqual([['b', 'c'], false])
    })
  })
})

describe('the end of the source', () => {
  test('is told after what came before, to one who asks, once the source is closed', async () => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      await createWorld({ runtime }).inProcess<Message>(async (self) => {
        const driver = new FakeDriver()
        let isClosed = false
        driver.closing = new Promise<void>((resolve) =>
          runtime.setTimer(30, () => {
            isClosed = true
            resolve()
          }),
        )
        const port = open(self, driver)
        driver.give('a')
        driver.sink.end()
        expect([await arrived(self), port.isOpen, driver.closes]).toEqual([['a'], true, 0])
        port.active('once')
        expect([port.isOpen, await arrived(self)]).toEqual([false, []])
        const closed = await self.receive()
        expect([closed, isClosed]).toEqual([{ type: 'closed', port }, true])
        expect([portsOf(self.node), await arrived(self)]).toEqual([[], []])
      })
    })
  })

  test('a failure is an error and then the close: the owner is told by messages, others by signals with the reason', async () => {
    const world = createWorld()
    await world.inProcess<Message>(async (self) => {
      const driver = new FakeDriver()
      const port = open(self, driver)
      const watcher = self.spawn(
        async (me: Process<Exit | Down>) => {
          me.link(port)
          me.monitor(port)
          expect(await me.receive()).toMatchObject({ type: 'exit', from: port, reason: { message: 'reset' } })
          expect(await me.receive()).toMatchObject({ type: 'down', process: port, reason: { message: 'reset' } })
        },
        { trapExits: true },
      )
      await self.sleep(1)
      const error = Object.assign(new Error('reset'), { code: 'ECONNRESET' })
      driver.sink.fail(error)
      const told = await self.receive((message) => message.type === 'error')
      expect(told).toMatchObject({ type: 'error', port, error: { message: 'reset', code: 'ECONNRESET' } })
      expect('error' in told && told.error).not.toBe(error)
      expect(await arrived(self)).toEqual(['closed'])
      expect(await world.node.exited(watcher)).toBe('noproc')
      expect(world.reports.all).toEqual([])
    })
  })

  test('an owner who traps exits gets no exit message for it', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      self.trapExits(true)
      const driver = new FakeDriver()
      open(self, driver)
      driver.sink.end()
      expect(await arrived(self)).toEqual(['closed'])
    })
  })

  test('with failure: exit it is a signal, at once, whatever was asked for', async () => {
    const world = createWorld()
    await world.inProcess<Message>(async (self) => {
      self.trapExits(true)
      const driver = new FakeDriver()
      const port = open(self, driver, { active: false, failure: 'exit' })
      const writing = port.end()
      driver.sink.fail(new Error('reset'))
      expect(await self.receive()).toMatchObject({ type: 'exit', from: port, reason: { message: 'reset' } })
      await writing
    })
    const pid = world.node.spawn(async (self: Process<Message>) => {
      const driver = new FakeDriver()
      open(self, driver, { failure: 'exit' })
      driver.sink.fail(new Error('reset'))
      await self.sleep(1e6)
    })
    expect(await world.exited(pid)).toMatchObject({ message: 'reset' })
  })

  test('with halfOpen it is told, and the port goes on until both halves are over', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = new FakeDriver()
      const port = open(self, driver, { halfOpen: true })
      driver.sink.end()
      expect(await arrived(self)).toEqual(['ended'])
      port.active('once')
      expect([await arrived(self), port.isOpen]).toEqual([[], true])
      await port.write('x')
      expect(driver.output!.written).toEqual(['x'])
      port.active(false)
      expect(await port.read()).toBe(ended)
      port.active('once')
      driver.sink.gone()
      expect([await arrived(self), port.isOpen]).toEqual([['closed'], false])
    })
  })

  test('with halfOpen a passive owner, who may never ask again, is told nothing', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      for (const how of ['gone', 'fail'] as const) {
        const driver = new FakeDriver()
        const port = open(self, driver, { halfOpen: true, active: false })
        driver.sink.end()
        if (how === 'gone') driver.sink.gone()
        else driver.sink.fail(new Error('reset'))
        expect([await arrived(self), port.isOpen, driver.closes]).toEqual([[], false, 1])
        await expect(port.write('x')).rejects.toMatchObject({ code: 'port.closed' })
      }
    })
  })

  test('what the driver says afterwards is not heard', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = new FakeDriver()
      const port = open(self, driver, { active: true })
      await port.close()
      driver.give('late')
      driver.sink.end()
      driver.sink.fail(new Error('late'))
      driver.sink.gone()
      driver.sink.drained()
      port.active('once')
      expect([await arrived(self), driver.closes]).toEqual([[], 1])
    })
  })
})
