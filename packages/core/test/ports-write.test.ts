/**
 * Writing to ports: who waits for a slow other side, what is never buffered without end, and what is still written at the end.
 */
import { describe, expect, test } from 'vitest'
import type { Exit, Process } from '../src/index.ts'
import { openDriver, portsOf, type PortMessage } from '../src/ports/index.ts'
import { FakeDriver, FakeOutput } from './fake-driver.ts'
import { createWorld } from './world.ts'

type Message = PortMessage<string> | Exit

const withOutput = (given: Partial<FakeOutput> = {}): FakeDriver =>
  new FakeDriver(Object.assign(new FakeOutput(), given))

describe('write', () => {
  test('goes on at once while the other side takes it, and waits when it does not; all wait together', async () => {
    const world = createWorld()
    await world.inProcess<Message>(async (self) => {
      const driver = withOutput({ room: 3 })
      const port = openDriver<string>(self, driver)
      const log: string[] = []
      await port.write('a')
      await port.write('b')
      void port.write('c').then(() => log.push('c'))
      const other = self.spawn(async (me) => {
        await port.write('d', { by: me })
        log.push('d')
      })
      await self.sleep(10)
      expect([log, driver.output!.written]).toEqual([[], ['a', 'b', 'c', 'd']])
      driver.sink.drained()
      await self.node.exited(other)
      await self.sleep(1)
      expect(log).toEqual(['c', 'd'])
    })
  })

  test('what it was given is the writer’s again at once', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = withOutput()
      const bytes = Buffer.from('abc')
      const list = [1, { two: 2 }]
      await openDriver(self, driver).write(bytes)
      await openDriver(self, driver).write(list)
      bytes.fill(0)
      list.push(3)
      expect(driver.output!.written).toEqual([new Uint8Array([97, 98, 99]), [1, { two: 2 }]])
      expect((driver.output!.written[0] as Uint8Array).constructor).toBe(Uint8Array)
      await expect(openDriver(self, driver).write(() => 1)).rejects.toMatchObject({ code: 'copy.unsendable' })
    })
  })

  test('one who writes a lot to a sink that takes all lets others live', async () => {
    const world = createWorld()
    let others = 0
    let isOver = false
    world.runtime.macrotask(function again() {
      others++
      if (!isOver) world.runtime.macrotask(again)
    })
    await world.inProcess<Message>(async (self) => {
      const port = openDriver<string>(self, withOutput())
      for (let n = 0; n < 1_000_000; n++) await port.write('')
      isOver = true
    })
    // Some 64 writes take a turn, and some 4,000 turns a look at the event loop.
    expect(others).toBeGreaterThan(2)
  })

  test('one who does not wait fails the port at the limit, and hears of it', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const port = openDriver<string>(self, withOutput({ room: 0 }), { writeLimitBytes: 10 })
      const writes = [port.write('123456'), port.write('7890123'), port.write('x')]
      for (const write of writes) await expect(write).rejects.toMatchObject({ code: 'port.write_overflow' })
      expect(await self.receive()).toMatchObject({ type: 'error', error: { code: 'port.write_overflow' } })
      expect(await self.receive()).toEqual({ type: 'closed', port })
    })
  })

  test('one large value is no overflow', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = withOutput()
      await openDriver<string>(self, driver, { writeLimitBytes: 10 }).write('x'.repeat(1000))
      expect(driver.output!.written).toEqual(['x'.repeat(1000)])
    })
  })

  test('is refused where nothing can be written, and after the end', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const readOnly = openDriver<string>(self, new FakeDriver(null))
      await expect(readOnly.write('x')).rejects.toMatchObject({ code: 'port.not_writable' })
      await readOnly.end()
      const port = openDriver<string>(self, withOutput())
      await port.end()
      await expect(port.write('x')).rejects.toMatchObject({ code: 'port.not_writable' })
      expect([readOnly.isOpen, port.isOpen]).toEqual([true, true])
    })
  })

  test('to a source that has failed is rejected with that, whether or not the owner has asked', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = withOutput({ room: 1 })
      const port = openDriver<string>(self, driver, { active: false })
      const waiting = port.write('x')
      driver.sink.fail(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
      for (const write of [waiting, port.write('y')]) await expect(write).rejects.toMatchObject({ code: 'ECONNRESET' })
      expect(port.isOpen).toBe(true)
    })
  })

  test('an output that throws fails the port', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = withOutput()
      driver.output!.write = () => {
        throw new Error('broken')
      }
      const port = openDriver<string>(self, driver)
      await expect(port.write('x')).rejects.toThrow('broken')
      expect(await self.receive()).toMatchObject({ type: 'error', error: { message: 'broken' } })
    })
  })

  test('with packets a header goes in front; strings and bytes alone can be written, and not too many', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const driver = withOutput()
      await openDriver(self, driver, { packet: 2 }).write('é')
      await openDriver(self, driver, { packet: 4 }).write(new Uint16Array([0x0201]))
      await openDriver(self, driver, { packet: 1 }).write('')
      expect(driver.output!.written).toEqual([
        new Uint8Array([0, 2, 0xc3, 0xa9]),
        new Uint8Array([0, 0, 0, 2, 1, 2]),
        new Uint8Array([0]),
      ])
      const port = openDriver(self, driver, { packet: 1 })
      await expect(port.write('x'.repeat(256))).rejects.toMatchObject({ code: 'port.packet_too_large' })
      await expect(port.write({ some: 'object' })).rejects.toMatchObject({ code: 'port.not_bytes' })
      expect(port.isOpen).toBe(true)
    })
  })
})

describe('the end', () => {
  test('of writing waits until all is taken, without limit', async () => {
    const world = createWorld()
    await world.inProcess<Message>(async (self) => {
      const finishing = new Promise<void>((resolve) => world.runtime.setTimer(100_000, resolve))
      const port = openDriver<string>(self, withOutput({ finishing }))
      await Promise.all([port.end(), port.end()])
      expect([world.runtime.nowMs(), port.isOpen]).toEqual([100_000, true])
    })
  })

  const never = new Promise<void>(() => {})

  test.each([
    ['close gives it lingerMs', {}, 500, 500],
    ['by default 2 seconds', {}, undefined, 2000],
    ['or none', {}, 0, 0],
    ['less if it is taken', { finishing: 'soon' }, undefined, 70],
    ['and none if a close is no end of it', { ends: false }, undefined, 0],
  ])('what was written is taken first: %s', async (_, given, lingerMs, tookMs) => {
    const world = createWorld()
    await world.inProcess<Message>(async (self) => {
      const soon = new Promise<void>((resolve) => world.runtime.setTimer(70, resolve))
      const driver = withOutput({ ...given, finishing: 'finishing' in given ? soon : never })
      const port = openDriver<string>(self, driver, lingerMs === undefined ? {} : { lingerMs })
      await port.close()
      expect([world.runtime.nowMs(), driver.output!.finishes, driver.closes]).toEqual([tookMs, tookMs > 0 ? 1 : 0, 1])
    })
  })

  test.each([
    ['an owner who ends in good order', (self: Process<Message>) => self.exit({ shutdown: 'told to' }), 500],
    ['but not one who crashes', () => Promise.reject(new Error('crash')), 0],
    ['nor one who is killed', (self: Process<Message>) => (self.node.sendExit(self.pid, 'kill'), self.sleep(1e6)), 0],
  ])('so it is for %s', async (_, end: (self: Process<Message>) => unknown, tookMs) => {
    const world = createWorld()
    const driver = withOutput({ finishing: never })
    const pid = world.node.spawn(async (self: Process<Message>) => {
      openDriver(self, driver, { lingerMs: 500 })
      await self.sleep(1)
      await end(self)
    })
    await world.exited(pid)
    expect([world.runtime.nowMs() - 1, driver.output!.finishes, driver.closes]).toEqual([tookMs, tookMs > 0 ? 1 : 0, 1])
  })

  test('an end that was asked for is waited for although the owner ends', async () => {
    const world = createWorld()
    const soon = new Promise<void>((resolve) => world.runtime.setTimer(70, resolve))
    const driver = withOutput({ ends: false, finishing: soon })
    const pid = world.node.spawn(async (self: Process<Message>) => void openDriver(self, driver).end())
    await world.exited(pid)
    expect(world.runtime.nowMs()).toBe(70)
  })

  test('an output that fails to finish holds up nobody', async () => {
    const world = createWorld()
    await world.inProcess<Message>(async (self) => {
      const port = openDriver(self, withOutput({ finishing: Promise.reject(new Error('broken')) }))
      await port.end()
      await port.close()
      const throwing = withOutput()
      throwing.output!.finish = () => {
        throw new Error('broken')
      }
      await openDriver(self, throwing).close()
      expect([world.runtime.nowMs(), throwing.closes]).toEqual([0, 1])
    })
  })
})

test('options that cannot be are refused, and nothing is opened', async () => {
  await createWorld().inProcess<Message>(async (self) => {
    const bad = {
      packet: 3,
      encoding: 'latin1',
      failure: 'log',
      tag: 7,
      lingerMs: 4001,
      packetLimitBytes: -1,
      writeLimitBytes: Number.NaN,
    }
    for (const [name, value] of Object.entries(bad)) {
      const driver = new FakeDriver()
      expect(() => openDriver(self, driver, { [name]: value })).toThrow(
        expect.objectContaining({ code: 'port.bad_option', details: { name, value: String(value) } }),
      )
      expect([driver.sink, portsOf(self.node)]).toEqual([undefined, []])
    }
  })
})
