import { createVirtualRuntime, eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { createNode, reply, type AnyPid, type Exit, type Process, type Request } from '../src/index.ts'
import { attachRouter } from '../src/kernel.ts'
import { createWorld } from './world.ts'

const forever = async (self: Process<never>): Promise<void> => self.sleep(1e12)

describe('createNode', () => {
  test.each(['', 'noat', '@x', 'x@', 'a b@c', 'a@b@c', `${'x'.repeat(121)}@y`])('%j is no node name', (name) => {
    expect(() => createNode({ name })).toThrow(expect.objectContaining({ code: 'node.bad_name' }))
  })

  test('two lives of one name differ by their incarnation', () => {
    const runtime = createVirtualRuntime()
    const [one, other] = [createNode({ name: 'n@h', runtime }), createNode({ name: 'n@h', runtime })]
    expect(one.incarnation).not.toBe(other.incarnation)
    expect(one.incarnation).toBeGreaterThan(0)
  })

  test('lists and counts its own processes, dead ones not', async () => {
    const { node, runtime } = createWorld()
    expect([node.processes(), node.processCount()]).toEqual([[], 0])
    const stays = node.spawn(forever)
    node.spawn(async () => {})
    await runtime.settle()
    expect([node.processes(), node.processCount()]).toEqual([[stays], 1])
  })
})

describe('code outside any process', () => {
  test.each(['kill', 'boom', 'normal'])('cannot be ended by %s, though its requests say who asks', async (reason) => {
    const { node, runtime } = createWorld()
    const asked: AnyPid[] = []
    const server = node.spawn({
      init: () => null,
      message: (self: Process<Request<string, string>>, request: Request<string, string>) => {
        asked.push(request.from)
        self.sendExit(request.from, reason)
        if (request.payload === 'ping') reply(request, 'pong')
        return null
      },
    })
    const unanswered = node.request(server, 'silence', { timeoutMs: 200 })
    await expect(runtime.runUntil(unanswered)).rejects.toMatchObject({ code: 'call.timeout' })
    node.sendExit(asked[0]!, reason)
    expect(await runtime.runUntil(node.request(server, 'ping'))).toBe('pong')
    const end = node.exited(server)
    await runtime.settle()
    node.sendExit(server, 'enough')
    expect(await runtime.runUntil(end)).toBe('enough')
    await runtime.runUntil(node.stop())
  })
})

describe('stop', () => {
  test('asks with shutdown, lets those who trap finish, then everything is over', async () => {
    const { node, runtime } = createWorld()
    const said: string[] = []
    node.spawn(forever)
    node.spawn(
      async (self: Process<Exit>) => {
        const { reason } = await self.receive()
        said.push(reason as string)
        await self.sleep(100)
        said.push('saved')
      },
      { trapExits: true },
    )
    await runtime.settle()
    await runtime.runUntil(node.stop())
    expect(said).toEqual(['shutdown', 'saved'])
    expect([node.isStopped, node.processCount(), runtime.nowMs(), runtime.pendingTimers]).toEqual([true, 0, 100, 0])
  })

  test('kills those who do not listen, after the time that was given', async () => {
    const { node, runtime } = createWorld()
    const deaf = node.spawn(
      async (self: Process<Exit>) => {
        for (;;) await self.receive()
      },
      { trapExits: true },
    )
    await runtime.settle()
    const end = node.exited(deaf)
    await runtime.runUntil(node.stop({ timeoutMs: 300 }))
    expect(await end).toBe('killed')
    expect(runtime.nowMs()).toBe(300)
  })

  test.each([0, 2 ** 40, Infinity])('%s is a time too', async (timeoutMs) => {
    const { node, runtime } = createWorld()
    node.spawn(
      async (self: Process<Exit>) => {
        await self.receive()
        await self.sleep(50)
      },
      { trapExits: true },
    )
    await runtime.settle()
    await runtime.runUntil(node.stop({ timeoutMs }))
    expect(runtime.nowMs()).toBe(timeoutMs === 0 ? 0 : 50)
    expect(node.processCount()).toBe(0)
  })

  test('waits for what the dead own to close, so that the program may end after it', async () => {
    const { node, runtime } = createWorld()
    let closed = false
    node.spawn(async (self) => {
      self.own({
        close: () => new Promise<void>((resolve) => runtime.setTimer(700, () => ((closed = true), resolve()))),
      })
      await forever(self)
    })
    await runtime.settle()
    await runtime.runUntil(node.stop({ timeoutMs: 1000 }))
    expect(closed).toBe(true)
  })

  test('waits for one that was dying before it was asked to', async () => {
    const { node, runtime } = createWorld()
    let closed = false
    const pid = node.spawn(async (self) => {
      self.own({
        close: () => new Promise<void>((resolve) => runtime.setTimer(700, () => ((closed = true), resolve()))),
      })
      await forever(self)
    })
    await runtime.settle()
    node.sendExit(pid, 'kill')
    await runtime.settle()
    await runtime.runUntil(node.stop({ timeoutMs: 1000 }))
    expect(closed).toBe(true)
  })

  test('what never closes holds it up for so long, and leaves nobody waiting', async () => {
    const { node, runtime } = createWorld()
    const pid = node.spawn(async (self) => {
      self.own({ close: () => new Promise(() => {}) })
      await forever(self)
    })
    await runtime.settle()
    const waiting = [node.exited(pid), node.request(pid, 1).catch((error: unknown) => (error as { code: string }).code)]
    await runtime.runUntil(node.stop({ timeoutMs: 100 }))
    expect(runtime.nowMs()).toBe(200)
    expect(await runtime.runUntil(Promise.all(waiting))).toEqual(['shutdown', 'call.exited'])
    expect(runtime.pendingTimers).toBe(0)
  })

  test('asked for twice, both wait for the end', async () => {
    const { node, runtime } = createWorld()
    node.spawn(
      async (self: Process<Exit>) => {
        await self.receive()
        await self.sleep(100)
      },
      { trapExits: true },
    )
    await runtime.settle()
    const done: string[] = []
    const first = node.stop().then(() => done.push(`first at ${runtime.nowMs()}`))
    const second = node.stop().then(() => done.push(`second at ${runtime.nowMs()}`))
    await runtime.runUntil(Promise.all([first, second]))
    expect(done.sort()).toEqual(['first at 100', 'second at 100'])
    await runtime.runUntil(node.stop())
  })

  test('from inside a process', async () => {
    const { node, runtime } = createWorld()
    let stopped: Promise<void> | null = null
    node.spawn(async (self) => {
      stopped = self.node.stop()
      await self.wait(stopped)
    })
    await runtime.settle()
    await runtime.runUntil(stopped!)
    expect(node.processCount()).toBe(0)
  })

  test('what starts meanwhile is refused, and what is left over dies', async () => {
    const { node, runtime, reports } = createWorld()
    node.spawn(
      async (self: Process<Exit>) => {
        await self.receive()
        self.spawn(forever)
      },
      { trapExits: true },
    )
    await runtime.settle()
    await runtime.runUntil(node.stop())
    expect(reports.crashes).toEqual([
      expect.objectContaining({ reason: expect.objectContaining({ code: 'node.stopped' }) as unknown }),
    ])
    expect(() => node.spawn(forever)).toThrow(expect.objectContaining({ code: 'node.stopped' }))
  })

  test('nobody outside is left waiting: calls fail, deaths are told', async () => {
    await eachSeed({ seeds: 50 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      attachRouter(node, { route: () => {} })
      const deaf = node.spawn(
        async (self: Process<Exit>) => {
          for (;;) await self.receive()
        },
        { trapExits: true },
      )
      const remote = { name: 'x', node: 'far@away' }
      const calls = [
        node.request(deaf, 1, { timeoutMs: Infinity }),
        node.request(remote, 1, { timeoutMs: Infinity }),
      ].map((call) => call.catch((error: unknown) => (error as { code: string }).code))
      const deaths = [node.exited(deaf), node.exited(remote)]
      await runtime.settle()
      await runtime.runUntil(node.stop({ timeoutMs: 10 }))
      expect(await runtime.runUntil(Promise.all(deaths))).toEqual(['killed', 'noconnection'])
      for (const code of await runtime.runUntil(Promise.all(calls)))
        expect(['call.exited', 'call.no_connection', 'node.stopped']).toContain(code)
    })
  })

  test('afterwards everything is answered: refused, dead or silent', async () => {
    const { node, runtime } = createWorld()
    const pid: AnyPid = node.spawn(forever, { name: 'n' })
    await runtime.runUntil(node.stop())
    await expect(runtime.runUntil(node.request(pid, 1))).rejects.toMatchObject({ code: 'node.stopped' })
    expect(await runtime.runUntil(node.exited(pid))).toBe('noproc')
    node.send(pid as never, 'x' as never)
    node.sendExit(pid, 'kill')
    expect([
      node.isAlive(pid),
      node.whereis('n'),
      node.registeredNames(),
      node.processes(),
      node.processInfo(pid),
    ]).toEqual([false, undefined, [], [], undefined])
    expect(runtime.pendingTimers).toBe(0)
  })
})
