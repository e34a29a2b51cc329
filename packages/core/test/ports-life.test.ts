/**
 * Ports as processes: owners, links, monitors, exit signals, and what is closed before who is told.
 */
import { eachSeed, createVirtualRuntime } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { createNode, Pid, type AnyPid, type Down, type Exit, type ExitReason, type Process } from '../src/index.ts'
import { kernelOf } from '../src/node.ts'
import { openDriver, portsOf, type AnyPort, type Port, type PortMessage } from '../src/ports/index.ts'
import { FakeDriver, FakeOutput } from './fake-driver.ts'
import { createWorld, type World } from './world.ts'

type Message = PortMessage<string> | Exit | Down | { readonly type: 'go'; readonly port: AnyPort | null }

/** A process with a port, which ends as it is told to. */
function owner(
  world: World,
  driver: FakeDriver,
  end: (self: Process<Message>, port: Port<string>) => unknown,
): Pid<Message> {
  return world.node.spawn(async (self: Process<Message>) => {
    const port = openDriver<string>(self, driver, { active: false })
    await self.receive((message) => message.type === 'go')
    await end(self, port)
  }) as Pid<Message>
}

const ends: Record<string, { how: (self: Process<Message>) => unknown; reason: unknown }> = {
  'it returns': { how: () => null, reason: 'normal' },
  'it exits': { how: (self) => self.exit('enough'), reason: 'enough' },
  'it crashes': {
    how: () => Promise.reject(new Error('crash')),
    reason: expect.objectContaining({ message: 'crash' }),
  },
  'it is killed': {
    how: (self) => {
      self.node.sendExit(self.pid, 'kill')
      return self.sleep(1e6)
    },
    reason: 'killed',
  },
}

describe.each(Object.entries(ends))('when the owner ends because %s', (_, { how, reason }) => {
  test('the source is closed first, then the port is announced, then the owner, with his reason', async () => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const world = createWorld({ runtime })
      await world.inProcess<Exit | Down>(async (self) => {
        const driver = new FakeDriver()
        let isClosed = false
        driver.onClose = () => {
          driver.closing = new Promise<void>((resolve) =>
            runtime.setTimer(50, () => {
              isClosed = true
              resolve()
            }),
          )
        }
        const pid = owner(world, driver, how)
        await self.sleep(1)
        const port = portsOf(world.node)[0]!
        const refs = [self.monitor(port), self.monitor(pid)]
        self.send(pid, { type: 'go', port: null })
        for (const ref of refs) {
          const down = await self.receive()
          expect(down).toMatchObject({ type: 'down', ref, reason })
          expect([isClosed, port.isOpen]).toEqual([true, false])
        }
        expect([portsOf(world.node), world.node.processCount()]).toEqual([[], 1])
      })
    })
  })
})

describe('an owner', () => {
  test('is linked to its port, and sees it among its links; a port is no process that is listed or counted', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<Message>(async (self) => {
      const port = openDriver(self, new FakeDriver())
      expect(node.processInfo(self.pid)?.links).toEqual([port])
      expect([node.processes(), node.processCount(), portsOf(node)]).toEqual([[self.pid], 1, [port]])
      expect([port instanceof Pid, port.owner, node.isAlive(port), String(port)]).toEqual([
        true,
        self.pid,
        true,
        expect.stringMatching(/^#Port<nonode@nohost\.\d+>$/),
      ])
      await port.close()
      expect([node.processInfo(self.pid)?.links, portsOf(node), port.owner, node.isAlive(port)]).toEqual([
        [],
        [],
        null,
        false,
      ])
    })
  })

  test('has its ports closed last opened first, each once, whatever else fails to close', async () => {
    const world = createWorld()
    const closed: number[] = []
    const drivers = [0, 1, 2, 3].map((n) => {
      const driver = new FakeDriver()
      driver.onClose = () => {
        closed.push(n)
        if (n === 1) throw new Error('will not close')
        if (n === 2) driver.closing = Promise.reject(new Error('nor will this'))
      }
      return driver
    })
    const pid = world.node.spawn(async (self: Process<Message>) => {
      for (const driver of drivers) openDriver(self, driver)
      self.exit('enough')
    })
    expect(await world.exited(pid)).toBe('enough')
    expect(closed).toEqual([3, 2, 1, 0])
    expect(world.reports.all.map(({ type }) => type)).toEqual(['closing_failed', 'closing_failed'])
  })

  test('that is dead gets a closed port, and its source is closed', async () => {
    const world = createWorld()
    let late: Process<Message>
    const pid = world.node.spawn(async (self: Process<Message>) => {
      late = self
    })
    await world.exited(pid)
    const driver = new FakeDriver()
    const port = openDriver(late!, driver)
    expect([driver.closes, port.isOpen, portsOf(world.node), world.node.isAlive(port)]).toEqual([1, false, [], false])
    const settled: string[] = []
    for (const waiting of [port.read(), port.write('x'), port.end(), port.close()])
      void waiting.finally(() => settled.push('settled'))
    port.active('once')
    await world.runtime.settle()
    expect(settled).toEqual([])
  })

  test('that dies while items are on their way, or while it waits, is resumed by nothing', async () => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const world = createWorld({ runtime })
      const woke: string[] = []
      const slow = Object.assign(new FakeOutput(), { room: 0, finishing: new Promise(() => {}) })
      const drivers = [new FakeDriver(), new FakeDriver(slow)]
      const pid = world.node.spawn(async (self: Process<Message>) => {
        const [reads, writes] = drivers.map((driver) => openDriver(self, driver, { active: false }))
        void reads!.read().finally(() => woke.push('read'))
        void writes!.write('x').finally(() => woke.push('write'))
        void writes!.end().finally(() => woke.push('end'))
        await self.sleep(1e6)
      })
      await runtime.settle()
      const end = world.node.exited(pid)
      world.node.sendExit(pid, 'kill')
      drivers[0]!.give('a')
      drivers[1]!.sink.drained()
      expect(await runtime.runUntil(end)).toBe('killed')
      for (const driver of drivers) driver.give('late')
      await runtime.settle()
      expect([woke, drivers.map(({ closes }) => closes)]).toEqual([[], [1, 1]])
    })
  })

  test('whose mailbox overflows loses its ports with the rest', async () => {
    const world = createWorld()
    const driver = new FakeDriver().feed(Array.from({ length: 100 }, () => 'x'))
    const pid = world.node.spawn(
      async (self: Process<Message>) => {
        openDriver(self, driver, { active: true })
        await self.sleep(1e6)
      },
      { mailboxLimit: 10 },
    )
    expect(await world.exited(pid)).toEqual({ mailboxOverflow: 10 })
    expect([driver.closes, portsOf(world.node)]).toEqual([1, []])
  })

  test('has no room for more ports than processes: the source is closed, and the error is his', async () => {
    const world = createWorld({ processLimit: 2 })
    await world.inProcess<Message>(async (self) => {
      openDriver(self, new FakeDriver())
      const driver = new FakeDriver()
      expect(() => openDriver(self, driver)).toThrow(expect.objectContaining({ code: 'node.too_many_processes' }))
      expect(driver.closes).toBe(1)
    })
  })

  test('that crashes has its ports among its links, and not among its neighbours; a crash goes on through them', async () => {
    const world = createWorld()
    const pid = world.node.spawn(async (self: Process<Message>) => {
      const port = openDriver(self, new FakeDriver())
      self.spawn(
        async (me) => {
          me.link(port)
          await me.sleep(1e6)
        },
        { name: 'beyond' },
      )
      await self.sleep(1)
      throw new Error('crash')
    })
    await world.exited(pid)
    const [report] = world.reports.all
    expect(report).toMatchObject({ type: 'crash', linkCount: 1, neighbours: [{ name: 'beyond' }] })
    expect(world.node.whereis('beyond')).toBeUndefined()
  })

  test('may own a port once more, or use it for a while', async () => {
    const world = createWorld()
    const drivers = [new FakeDriver(), new FakeDriver()]
    const pid = world.node.spawn(async (self: Process<Message>) => {
      self.own(openDriver(self, drivers[0]!))
      {
        await using port = self.own(openDriver<string>(self, drivers[1]!))
        await port.write('x')
      }
      expect(drivers[1]!.closes).toBe(1)
    })
    expect([await world.exited(pid), drivers[0]!.closes, world.runtime.nowMs()]).toEqual(['normal', 1, 0])
    expect(world.reports.all).toEqual([])
  })

  test('of a driver that never closes is announced all the same, in time, and reported', async () => {
    const world = createWorld()
    const driver = new FakeDriver()
    driver.closing = new Promise(() => {})
    const pid = owner(world, driver, (self) => self.exit('enough'))
    await world.runtime.settle()
    const port = portsOf(world.node)[0]!
    world.node.send(pid, { type: 'go', port: null })
    expect(await world.exited(pid)).toBe('enough')
    expect([world.runtime.nowMs(), port.isOpen, portsOf(world.node)]).toEqual([4500, false, []])
    expect(world.reports.all).toMatchObject([{ type: 'closing_failed', pid: port, error: { code: 'own.not_closed' } }])
  })

  test('a node that stops closes what is open', async () => {
    const world = createWorld()
    const driver = new FakeDriver()
    owner(world, driver, () => null)
    await world.runtime.settle()
    await world.runtime.runUntil(world.node.stop())
    expect([driver.closes, portsOf(world.node)]).toEqual([1, []])
  })
})

describe('close', () => {
  test('resolves when the source is closed; the owner gets neither a message nor a signal', async () => {
    const world = createWorld()
    await world.inProcess<Message>(async (self) => {
      self.trapExits(true)
      const driver = new FakeDriver()
      driver.closing = new Promise<void>((resolve) => world.runtime.setTimer(30, resolve))
      const port = openDriver<string>(self, driver, { active: true })
      driver.give('before')
      const first = port.close()
      await Promise.all([first, port.close()])
      expect([world.runtime.nowMs(), driver.closes]).toEqual([30, 1])
      await port.close()
      expect(await self.receive()).toMatchObject({ data: 'before' })
      expect(await self.receive({ timeoutMs: 10 })).toBeTypeOf('symbol')
    })
  })

  test('rejects what waits for the port, and all that is asked afterwards', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const port = openDriver<string>(self, new FakeDriver(Object.assign(new FakeOutput(), { room: 0 })), {
        active: false,
      })
      const waiting = [port.read(), port.write('x')]
      await port.close()
      for (const each of [...waiting, port.read(), port.write('x'), port.end()])
        await expect(each).rejects.toMatchObject({ code: 'port.closed', details: { reason: 'normal' } })
      expect(() => port.handOver(self.pid)).toThrow(expect.objectContaining({ code: 'port.closed' }))
      port.active('once')
      await using again = openDriver<string>(self, new FakeDriver())
      expect(again.isOpen).toBe(true)
    })
  })

  test('and a death of the owner meanwhile: one close, and the owner is announced after it', async () => {
    const world = createWorld()
    const driver = new FakeDriver()
    driver.closing = new Promise<void>((resolve) => world.runtime.setTimer(30, resolve))
    const pid = owner(world, driver, (self, port) => {
      void port.close()
      self.exit('enough')
    })
    await world.runtime.settle()
    world.node.send(pid, { type: 'go', port: null })
    expect([await world.exited(pid), world.runtime.nowMs(), driver.closes]).toEqual(['enough', 30, 1])
  })
})

describe('signals', () => {
  /** A port, its owner who traps exits or not, and what both end with. */
  async function signalled(trapExits: boolean, send: (world: World, port: AnyPort) => void): Promise<ExitReason[]> {
    const world = createWorld()
    const pid = world.node.spawn(
      async (self: Process<Message>) => {
        openDriver(self, new FakeDriver())
        const exit = await self.receive((message) => message.type === 'exit')
        self.exit(['seen', 'reason' in exit ? exit.reason : null])
      },
      { trapExits },
    )
    await world.runtime.settle()
    const port = portsOf(world.node)[0]!
    const ends = [world.node.exited(port), world.node.exited(pid)].map((end) =>
      Promise.race([end, new Promise<string>((resolve) => world.runtime.setTimer(1000, () => resolve('lives')))]),
    )
    send(world, port)
    return world.runtime.runUntil(Promise.all(ends))
  }

  test('an exit signal closes a port; its owner is linked to it', async () => {
    const exit = (reason: ExitReason) => (world: World, port: AnyPort) => world.node.sendExit(port, reason)
    expect(await signalled(false, exit('foo'))).toEqual(['foo', 'foo'])
    expect(await signalled(true, exit('foo'))).toEqual(['foo', ['seen', 'foo']])
    expect(await signalled(true, exit('kill'))).toEqual(['killed', ['seen', 'killed']])
    expect(await signalled(true, exit('normal'))).toEqual(['lives', 'lives'])
  })

  test('normal closes it no more than it ends a process, over a link or not', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      const port = openDriver(self, new FakeDriver())
      const other = self.spawn(async (me) => me.link(port))
      await self.node.exited(other)
      self.sendExit(port, 'normal')
      expect(self.isAlive(port)).toBe(true)
    })
  })

  test('the crash of a process that is linked to it closes it', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      self.trapExits(true)
      const port = openDriver(self, new FakeDriver())
      const other = self.spawn(async (me) => {
        me.link(port)
        await me.sleep(1)
        me.exit('foo')
      })
      expect(await self.receive()).toEqual({ type: 'exit', from: port, reason: 'foo' })
      expect(self.isAlive(other)).toBe(false)
    })
  })

  test('monitors and links of a closed port: noproc', async () => {
    await createWorld().inProcess<Message>(async (self) => {
      self.trapExits(true)
      const port = openDriver(self, new FakeDriver())
      await port.close()
      const ref = self.monitor(port)
      self.link(port)
      expect(await self.receive()).toMatchObject({ type: 'down', ref, process: port, reason: 'noproc' })
      expect(await self.receive()).toEqual({ type: 'exit', from: port, reason: 'noproc' })
    })
  })

  test('take their turn before what is asked of the port next', async () => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      await createWorld({ runtime }).inProcess<Message>(async (self) => {
        self.trapExits(true)
        const driver = new FakeDriver()
        const port = openDriver<string>(self, driver)
        self.sendExit(port, 'foo')
        await expect(port.write('x')).rejects.toMatchObject({ code: 'port.closed' })
        expect(driver.output!.written).toEqual([])
      })
    })
  })

  test('an unlinked owner is not hurt by his port, which ends with him all the same', async () => {
    const world = createWorld()
    const driver = new FakeDriver()
    const pid = world.node.spawn(async (self: Process<Message>) => {
      const ports = [openDriver(self, new FakeDriver()), openDriver(self, driver)]
      for (const port of ports) self.unlink(port)
      self.sendExit(ports[0]!, 'foo')
      await self.sleep(10)
    })
    expect([await world.exited(pid), driver.closes]).toEqual(['normal', 1])
  })
})

describe('as a value', () => {
  test('a port goes by reference, in messages, as a Map key, in exit reasons', async () => {
    const world = createWorld()
    await world.inProcess<Message>(async (self) => {
      const port = openDriver<string>(self, new FakeDriver())
      self.send(self.pid, { type: 'go', port })
      const message = await self.receive()
      expect('port' in message && message.port).toBe(port)
      const { pid } = self.spawnMonitor(async (me) => me.exit({ of: new Map([[port, 1]]) }))
      const down = await self.receive((each) => each.type === 'down')
      const of = ('reason' in down && (down.reason as { of: Map<AnyPid, number> }).of) || new Map<AnyPid, number>()
      expect([of.get(port), 'process' in down && down.process]).toEqual([1, pid])
    })
  })

  test('a node knows the ports of another one as strangers', async () => {
    const runtime = createVirtualRuntime()
    const [one, two] = ['a@x', 'b@x'].map((name) => createNode({ name, runtime, report: () => {} }))
    const pid = one!.spawn(async (self: Process<Message>) => {
      openDriver(self, new FakeDriver())
      await self.sleep(1e6)
    })
    await runtime.settle()
    const port = portsOf(one!)[0]!
    expect([one!.isAlive(port), two!.isAlive(port), portsOf(two!)]).toEqual([true, false, []])
    const stranger = two!.spawn(async (self) => self.sleep(1e6))
    await runtime.settle()
    expect(() => port.handOver(stranger)).toThrow(expect.objectContaining({ code: 'port.bad_owner' }))
    expect([port.owner, kernelOf(one!).hidden]).toEqual([pid, 2])
  })
})
