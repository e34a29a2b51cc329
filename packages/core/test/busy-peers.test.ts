/** Processes that wait for a peer which takes less than it is sent; the router is a stand-in that says so. */
import { createVirtualRuntime, type VirtualRuntime } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import {
  createNode,
  reply,
  timedOut,
  type Node,
  type Pid,
  type Process,
  type Request,
  type SystemEvent,
} from '../src/index.ts'
import {
  attachRouter,
  internPid,
  type Readiness,
  type RemotePort,
  type RemoteSignal,
  type Routed,
} from '../src/kernel.ts'
import type { AnyPid } from '../src/index.ts'

interface World {
  readonly runtime: VirtualRuntime
  readonly node: Node
  readonly port: RemotePort
  readonly signals: RemoteSignal[]
  readonly senders: (AnyPid | null)[]
  says: Routed
  readiness: Readiness
}

const far = internPid('far@h', 7, 3) as Pid<unknown>

function world(seed?: number): World {
  const runtime = createVirtualRuntime(seed === undefined ? {} : { seed })
  const node = createNode({ name: 'near@h', runtime })
  const signals: RemoteSignal[] = []
  const senders: (AnyPid | null)[] = []
  const made: World = {
    runtime,
    node,
    signals,
    senders,
    says: 'taken',
    readiness: 'ready',
    port: attachRouter(node, {
      route: (_, signal, sender, isFree) => {
        const says = isFree ? made.says : 'taken'
        if (says === 'full' && (signal.op === 'send' || signal.op === 'request')) return 'full'
        signals.push(signal)
        senders.push(sender)
        return says === 'full' ? 'taken' : says
      },
      readiness: () => made.readiness,
    }),
  }
  return made
}

const sent = ({ signals }: World): unknown[] =>
  signals.flatMap((signal) => (signal.op === 'send' ? [signal.message] : []))

describe('a peer that is busy', () => {
  test('holds the process that sent to it after its present step, and nobody else, until it is ready', async () => {
    const all = world()
    const { runtime, node, port } = all
    const got: string[] = []
    const held = node.spawn(async (self: Process<string>) => {
      for (;;) {
        const message = await self.receive()
        got.push(message)
        self.send(far, `${message} 1`)
        self.send(far, `${message} 2`)
      }
    })
    const free = node.spawn(async (self: Process<string>) => {
      for (;;) got.push(await self.receive())
    })
    all.says = 'busy'
    node.send(held, 'a')
    await runtime.settle()
    // The step goes to its end: both are sent, nothing is lost.
    expect(sent(all)).toEqual(['a 1', 'a 2'])
    for (const message of ['b', 'c']) node.send(held, message)
    node.send(free, 'x')
    await runtime.settle()
    expect(got).toEqual(['a', 'x'])
    expect(node.processInfo(held)!.status).toBe('suspended')
    all.says = 'taken'
    port.ready('far@h', held)
    await runtime.settle()
    expect(got).toEqual(['a', 'x', 'b', 'c'])
    expect(sent(all)).toEqual(['a 1', 'a 2', 'b 1', 'b 2', 'c 1', 'c 2'])
  })

  test('that is lost lets go of everybody', async () => {
    const all = world()
    const { runtime, node, port } = all
    let ended = 0
    for (let i = 0; i < 3; i++)
      node.spawn(async (self) => {
        self.send(far, i)
        await self.sleep(1)
        ended++
      })
    all.says = 'busy'
    await runtime.advance(50)
    expect(ended).toBe(0)
    port.peerLost('far@h')
    await runtime.settle()
    expect(ended).toBe(3)
  })

  test('and a suspender both hold: the process goes on when neither does', async () => {
    const all = world()
    const { runtime, node, port } = all
    let ended = false
    const pid = node.spawn(async (self) => {
      self.send(far, 1)
      await self.sleep(1)
      ended = true
    })
    all.says = 'busy'
    await runtime.settle()
    node.suspend(pid)
    port.ready('far@h', pid)
    await runtime.advance(10)
    expect(ended).toBe(false)
    node.resume(pid)
    await runtime.settle()
    expect(ended).toBe(true)
  })

  test('signals act on one that is held: it can be killed, and then nothing is left of it', async () => {
    const all = world()
    const { runtime, node, port } = all
    all.says = 'busy'
    const pid = node.spawn(async (self: Process<string>) => {
      self.send(far, 1)
      await self.receive()
    })
    await runtime.settle()
    node.sendExit(pid, 'kill')
    await runtime.settle()
    expect(node.isAlive(pid)).toBe(false)
    port.ready('far@h', pid)
    port.peerLost('far@h')
    await runtime.settle()
    expect(node.counters().processes).toBe(0)
  })

  test('a receive with a timeout: what came first while it was held comes first', async () => {
    for (const first of ['message', 'timeout'] as const) {
      const all = world()
      const { runtime, node, port } = all
      let got: unknown
      all.says = 'busy'
      const pid = node.spawn(async (self: Process<string>) => {
        self.send(far, 1)
        got = await self.receive({ timeoutMs: 20 })
      })
      await runtime.settle()
      await runtime.advance(first === 'message' ? 10 : 30)
      node.send(pid, 'hello')
      await runtime.advance(100)
      expect(got).toBeUndefined()
      port.ready('far@h', pid)
      await runtime.settle()
      expect(got).toBe(first === 'message' ? 'hello' : timedOut)
    }
  })

  test('a request goes through, and its answer comes when the caller may go on', async () => {
    const all = world()
    const { runtime, node, port, signals } = all
    all.says = 'busy'
    let answer: unknown
    const pid = node.spawn(async (self) => {
      answer = await self.request(far, 'how much', { timeoutMs: Infinity })
    })
    await runtime.settle()
    const asked = signals[0] as RemoteSignal & { op: 'request' }
    port.deliver({ name: 'far@h', incarnation: 7 }, { op: 'reply', to: pid, id: asked.id, payload: 42 })
    await runtime.settle()
    expect(answer).toBeUndefined()
    port.ready('far@h', pid)
    await runtime.settle()
    expect(answer).toBe(42)
  })

  test('a server that answers too much is held as its sender, and its answers are never refused', async () => {
    const all = world()
    const { runtime, node, port, signals, senders } = all
    const server = node.spawn(async (self: Process<Request<string, string>>) => {
      for (;;) {
        const asked = await self.receive()
        reply(asked, asked.payload)
      }
    })
    const ask = (id: number) =>
      port.deliver({ name: 'far@h', incarnation: 7 }, { op: 'request', from: far, to: server, id, payload: `r${id}` })
    await runtime.settle()
    all.says = 'full'
    ask(1)
    await runtime.settle()
    expect(signals).toEqual([{ op: 'reply', to: far, id: 1, payload: 'r1' }])
    expect(senders[0]).toBe(server)
    all.says = 'busy'
    ask(2)
    ask(3)
    await runtime.settle()
    expect(signals).toHaveLength(2)
    port.ready('far@h', server)
    await runtime.settle()
    expect(signals).toHaveLength(3)
  })

  test('callbacks: the handler ends, the next message waits', async () => {
    const all = world()
    const { runtime, node, port } = all
    const pid = node.spawn({
      init: () => 0,
      message(self: Process<string>, message: string, count: number) {
        self.send(far, message)
        return count + 1
      },
    })
    await runtime.settle()
    all.says = 'busy'
    for (const message of ['a', 'b', 'c']) node.send(pid, message)
    await runtime.settle()
    expect(sent(all)).toEqual(['a'])
    port.ready('far@h', pid)
    await runtime.settle()
    expect(sent(all)).toEqual(['a', 'b'])
    all.says = 'taken'
    port.ready('far@h', pid)
    await runtime.settle()
    expect(sent(all)).toEqual(['a', 'b', 'c'])
  })

  test('nothing is lost or turned around, in whatever order processes and readiness come', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const all = world(seed)
      const { runtime, node, port } = all
      const pids = [0, 1, 2].map((who) =>
        node.spawn(async (self: Process<number>) => {
          for (let i = 0; i < 20; i++) self.send(far, [who, await self.receive()])
        }),
      )
      for (let i = 0; i < 20; i++) for (const pid of pids) node.send(pid, i)
      for (let round = 0; round < 400 && node.counters().processes > 0; round++) {
        all.says = runtime.random() < 0.5 ? 'busy' : 'taken'
        for (const pid of pids) if (runtime.random() < 0.5) port.ready('far@h', pid)
        await runtime.advance(1)
      }
      for (const who of [0, 1, 2])
        expect(sent(all).filter((each) => (each as number[])[0] === who)).toEqual(
          Array.from({ length: 20 }, (_, i) => [who, i]),
        )
    }
  })

  test('is told of to a system monitor', async () => {
    const all = world()
    const { runtime, node } = all
    const events: SystemEvent[] = []
    const monitor = node.monitorSystem({ busyPeer: true, to: (event) => void events.push(event) })
    all.says = 'busy'
    const pid = node.spawn(async (self) => self.send(far, 1), { name: 'chatty' })
    await runtime.settle()
    expect(events).toEqual([
      { type: 'busyPeer', pid, name: 'chatty', node: 'far@h', atMs: expect.any(Number) as number },
    ])
    monitor.stop()
    expect(() => node.monitorSystem({ busyPeer: 1 as never, to: () => {} })).toThrow(
      expect.objectContaining({ code: 'system_monitor.bad_option' }) as Error,
    )
  })
})

describe('a peer that is full', () => {
  test('a send throws, a request rejects, and both can go on', async () => {
    const all = world()
    const { runtime, node } = all
    const codes: unknown[] = []
    all.says = 'full'
    node.spawn(async (self) => {
      const code = (error: unknown) => codes.push((error as { code: string }).code)
      try {
        self.send(far, 1)
      } catch (error) {
        code(error)
      }
      await self.request(far, 1).catch(code)
      self.link(far)
      codes.push('linked')
    })
    await runtime.settle()
    expect(codes).toEqual(['send.peer_full', 'send.peer_full', 'linked'])
  })

  test('a timer of a process sends all the same', async () => {
    const all = world()
    all.says = 'full'
    all.node.spawn(async (self) => {
      self.sendAfter(5, far, 'late')
      await self.sleep(20)
    })
    await all.runtime.advance(10)
    expect(sent(all)).toEqual(['late'])
  })
})

describe('trySend', () => {
  test('says no where send would make the process wait, and has not sent', async () => {
    const all = world()
    const { runtime, node } = all
    const said: string[] = []
    const ask = async (readiness: Readiness, connect?: boolean) => {
      all.readiness = readiness
      const end = node.exited(
        node.spawn(async (self) => {
          said.push(self.trySend(far, readiness, connect === undefined ? undefined : { connect }))
          said.push(self.trySend(self.pid as Pid<string>, 'own', { connect: false }))
        }),
      )
      await runtime.runUntil(end)
    }
    await ask('ready')
    await ask('busy')
    await ask('unconnected')
    await ask('unconnected', false)
    expect(said.filter((_, i) => i % 2 === 0)).toEqual(['ok', 'nosuspend', 'ok', 'noconnect'])
    expect(said.filter((_, i) => i % 2 === 1)).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(sent(all)).toEqual(['ready', 'unconnected'])
    all.readiness = 'busy'
    expect(node.trySend({ name: 'there', node: 'far@h' }, 1)).toBe('nosuspend')
    expect(node.trySend({ name: 'here', node: 'near@h' }, 1)).toBe('ok')
  })
  test('does not make its process wait for what follows either', async () => {
    const all = world()
    const steps: string[] = []
    all.node.spawn(async (self) => {
      all.says = 'busy'
      steps.push(self.trySend(far, 'fills it'))
      await self.sleep(1)
      steps.push('goes on')
      self.send(far, 'waits')
      await self.sleep(1)
      steps.push('never')
    })
    await all.runtime.advance(100)
    expect(steps).toEqual(['ok', 'goes on'])
    expect(sent(all)).toEqual(['fills it', 'waits'])
  })
})
