/**
 * Other ways to start: names in registries, monitors, hand-written processes, and those that become servers.
 */
import type { AnyPid, Down, Exit, Node, Process } from '@agner/core'
import { describe, expect, test } from 'vitest'
import {
  answer,
  call,
  defineServer,
  enterLoop,
  ignore,
  noreply,
  protocol,
  reply,
  startProcess,
  startProcessMonitor,
  startServer,
  startServerMonitor,
  stop,
  stopServer,
  sys,
  type From,
  type NameRegistry,
  type Server,
} from '../src/index.ts'
import { createWorld, failure } from './world.ts'

interface Api {
  calls: { get(): number; crash(): never; work(on: string): string }
  casts: object
}
const counted = protocol<Api>('@test/started')

type Way = number | 'fail' | 'ignore' | 'slow'

const Counted: Server<Api, Way, number> = defineServer(counted, {
  init: async (way: Way, { self }) => {
    if (way === 'fail') throw new Error('no good')
    if (way === 'ignore') return ignore()
    if (way === 'slow') await self.sleep(1000)
    return typeof way === 'number' ? way : 0
  },
  calls: {
    get: (state) => reply(state, state),
    crash: () => stop('crashed'),
    work: (state, on, { self, from }) => {
      const job: Job = { on, from }
      self.spawn(async (worker) => {
        answer(worker, job.from, `${on} by hand`)
      })
      return noreply(state)
    },
  },
})

interface Job {
  readonly on: string
  readonly from: From<string>
}

/** A registry with a wait in it. */
function createShelf(delayMs: number) {
  const names = new Map<unknown, AnyPid>()
  const shelf: NameRegistry = {
    registry: 'shelf',
    register: async (node: Node, name, pid) => {
      await new Promise<void>((resolve) => void node.runtime.setTimer(delayMs, resolve))
      const holder = names.get(name)
      if (holder !== undefined) return holder
      names.set(name, pid)
      return null
    },
    unregister: (_node, name, pid) => {
      if (names.get(name) === pid) names.delete(name)
    },
    whereis: (_node, name) => names.get(name),
  }
  return { shelf, names }
}

describe('a name in a registry', () => {
  test('is taken before init, and the server is reached by it', async () => {
    const { node, run } = createWorld()
    const { shelf, names } = createShelf(5)
    const name = { via: shelf, name: ['room', 1] }
    const pid = await run(startServer(node, Counted, 7, { name }))
    expect([...names.values()]).toEqual([pid])
    expect(await run(call(node, counted.at(name), 'get'))).toBe(7)
    expect(await run(sys.getState(node, name))).toBe(7)
    await run(stopServer(node, name))
    names.clear()
    expect(await failure(run(call(node, counted.at(name), 'get')))).toMatchObject({ code: 'call.no_process' })
  })

  test('that is taken is told with who has it, and no init runs (G12)', async () => {
    const world = createWorld()
    const { node, run } = world
    const { shelf } = createShelf(5)
    const name = { via: shelf, name: 'one' }
    const first = await run(startServer(node, Counted, 1, { name }))
    await world.inProcess<Exit>(async (self) => {
      self.trapExits(true)
      expect(await failure(startServer(self, Counted, 2, { name }))).toMatchObject({
        code: 'start.already_started',
        details: { pid: first },
      })
      await self.sleep(10)
      expect(self.node.processInfo(self.pid)?.mailboxLength).toBe(0)
    })
  })

  test('is free again when a start has failed', async () => {
    const { node, run } = createWorld()
    const { shelf, names } = createShelf(0)
    const name = { via: shelf, name: 'one' }
    for (const way of ['fail', 'ignore'] as const) {
      await failure(run(startServer(node, Counted, way, { name })))
      expect(names.size).toBe(0)
    }
  })
})

describe('a start with a monitor (S15)', () => {
  test('tells of the end, whatever comes', async () => {
    await createWorld().inProcess<Down | Exit>(async (self) => {
      self.trapExits(true)
      const { pid, ref } = await startServerMonitor(self, Counted, 3)
      expect(await call(self, pid, 'get')).toBe(3)
      await failure(call(self, pid, 'crash'))
      expect(await self.receive()).toEqual({ type: 'down', ref, process: pid, reason: 'crashed' })
    })
  })

  test('that fails is told by the rejection alone', async () => {
    await createWorld().inProcess<Down | Exit>(async (self) => {
      self.trapExits(true)
      expect(await failure(startServerMonitor(self, Counted, 'fail'))).toMatchObject({ code: 'start.failed' })
      expect(await failure(startServerMonitor(self, Counted, 'slow', { timeoutMs: 10 }))).toMatchObject({
        code: 'start.timeout',
      })
      await self.sleep(10)
      expect(self.node.processInfo(self.pid)?.mailboxLength).toBe(0)
    })
  })
})

describe('a hand-written process (L01)', () => {
  const opening =
    (what: 'ack' | 'throw' | 'return' | 'hang' | 'fail') =>
    async (self: Process<string>, init: Parameters<Parameters<typeof startProcess<string, number>>[1]>[1]) => {
      await self.sleep(10)
      if (what === 'throw') throw new Error('no file')
      if (what === 'fail') init.fail({ no: 'file' })
      if (what === 'return') return
      if (what === 'ack') {
        init.ack(1)
        init.ack(2)
      }
      await self.receive()
    }

  test('releases its starter with its first acknowledgement', async () => {
    await createWorld().inProcess<Exit>(async (self) => {
      self.trapExits(true)
      const { pid, value } = await startProcess<string, number>(self, opening('ack'), { name: 'opened' })
      expect(value).toBe(1)
      expect(self.node.runtime.nowMs()).toBe(10)
      expect(self.whereis('opened')).toBe(pid)
      self.send(pid, 'end')
      expect(await self.receive()).toEqual({ type: 'exit', from: pid, reason: 'normal' })
    })
  })

  test('that ends before it is a failed start, told once', async () => {
    const world = createWorld()
    await world.inProcess<Exit>(async (self) => {
      self.trapExits(true)
      expect(await failure(startProcess(self, opening('throw') as never))).toMatchObject({
        code: 'start.failed',
        reason: { message: 'no file' },
      })
      expect(await failure(startProcess(self, opening('return') as never))).toMatchObject({
        code: 'start.failed',
        reason: 'normal',
      })
      expect(await failure(startProcess(self, opening('fail') as never))).toMatchObject({ reason: { no: 'file' } })
      expect(await failure(startProcess(self, opening('hang') as never, { timeoutMs: 50 }))).toMatchObject({
        code: 'start.timeout',
      })
      await self.sleep(10)
      expect(self.node.processInfo(self.pid)?.mailboxLength).toBe(0)
    })
    // Only what threw has crashed.
    expect(world.reports.crashes).toMatchObject([{ reason: { message: 'no file' } }])
  })

  test('may be monitored in place of the link', async () => {
    await createWorld().inProcess<Down>(async (self) => {
      const { pid, ref, value } = await startProcessMonitor<string, number>(self, opening('ack'))
      expect(value).toBe(1)
      self.sendExit(pid, 'kill')
      expect(await self.receive()).toEqual({ type: 'down', ref, process: pid, reason: 'killed' })
    })
  })
})

describe('enterLoop (S15)', () => {
  test('turns a hand-made process into a server', async () => {
    const world = createWorld()
    const { node, run } = world
    const pid = node.spawn(
      async (self) => {
        await self.sleep(5)
        return enterLoop(self, Counted, 40, { name: 'made' })
      },
      { name: 'made' },
    )
    expect(await run(call(node, counted.at('made'), 'get'))).toBe(40)
    await run(sys.suspend(node, pid))
    const waiting = call(node, counted.at(pid), 'get')
    expect(await run(sys.replaceState<number>(node, pid, (n) => n + 1))).toBe(41)
    await run(sys.resume(node, pid))
    expect(await run(waiting)).toBe(41)
    await failure(run(call(node, counted.at(pid), 'crash')))
    expect(world.reports.crashes).toMatchObject([{ reason: 'crashed' }])
  })

  test('under a name that it does not have is a crash', async () => {
    const { node, exited } = createWorld()
    const pid = node.spawn(async (self) => enterLoop(self, Counted, 0, { name: 'not mine' }))
    expect(await exited(pid)).toMatchObject({ code: 'server.not_named' })
  })

  test.each([5000, 'soon', null])('that would go on as %j says is a crash, and terminate runs', async (then) => {
    const { node, exited, log } = createWorld()
    const Ending: Server<Api, number, number> = defineServer(counted, {
      init: (start: number): number => start,
      calls: { get: (state) => reply(state, state), crash: () => stop('crashed'), work: (state) => noreply(state) },
      terminate: (_reason, state) => void log.push(`terminate ${state}`),
    })
    const pid = node.spawn(async (self) => enterLoop(self, Ending, 7, { then: then as never }))
    expect(await exited(pid)).toMatchObject({ code: 'server.bad_return' })
    expect(log).toEqual(['terminate 7'])
  })

  test('ends with the stop that it is asked for', async () => {
    const { node, run } = createWorld()
    const pid = node.spawn(async (self) => enterLoop(self, Counted, 0))
    await run(stopServer(node, pid, 'shutdown'))
    expect(node.isAlive(pid)).toBe(false)
  })
})

test('an answer by a process that was handed the from (S07)', async () => {
  const { node, run } = createWorld()
  const pid = await run(startServer(node, Counted, 0))
  expect(await run(call(node, pid, 'work', 'it'))).toBe('it by hand')
})
