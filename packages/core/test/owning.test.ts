import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import {
  reply,
  type Closable,
  type Down,
  type Exit,
  type ExitReason,
  type Process,
  type Request,
} from '../src/index.ts'
import { createWorld, type World } from './world.ts'

/** Spawns a process that owns `things` and ends when told to; gives what a watcher sees, and when. */
function owner(
  { node, runtime }: World,
  things: Closable[],
): { end(): void; readonly down: Promise<{ reason: ExitReason; atMs: number }> } {
  const pid = node.spawn(async (self: Process<string>) => {
    for (const thing of things) self.own(thing)
    await self.receive()
  })
  return {
    end: () => node.send(pid, 'end'),
    down: node.exited(pid).then((reason) => ({ reason, atMs: runtime.nowMs() })),
  }
}

describe('what a process owns', () => {
  test('is closed before anybody hears of its death: the name and the port are free', async () => {
    await eachSeed({ seeds: 30 }, async (runtime) => {
      const { inProcess, node } = createWorld({ runtime })
      await inProcess<Down | Exit>(async (self) => {
        self.trapExits(true)
        let open = 0
        for (let life = 0; life < 3; life++) {
          const pid = self.spawnLink(
            async (me) => {
              expect(open).toBe(0)
              open++
              me.own({
                async [Symbol.asyncDispose]() {
                  await new Promise<void>((resolve) => runtime.setTimer(50, resolve))
                  open--
                },
              })
              await me.sleep(1)
              throw new Error('crash')
            },
            { name: 'listener' },
          )
          const asked = self.request(pid, 'never answered').catch(() => open)
          self.monitor(pid)
          expect([(await self.receive()).type, open]).toEqual(['exit', 0])
          expect([(await self.receive()).type, open]).toEqual(['down', 0])
          expect(await asked).toBe(0)
          expect(node.whereis('listener')).toBeUndefined()
        }
      })
    })
  })

  test('is closed last first, by asyncDispose, dispose or close, whichever it has first', async () => {
    const world = createWorld()
    const closed: string[] = []
    const { end, down } = owner(world, [
      { close: () => closed.push('close') },
      { [Symbol.dispose]: () => void closed.push('dispose'), close: () => closed.push('not this') } as Closable,
      {
        [Symbol.asyncDispose]: async () => void closed.push('asyncDispose'),
        [Symbol.dispose]: () => void closed.push('not this'),
      } as Closable,
    ])
    end()
    expect((await world.runtime.runUntil(down)).reason).toBe('normal')
    expect(closed).toEqual(['asyncDispose', 'dispose', 'close'])
  })

  test('is closed however the process ends: kill, crash, exit, a mailbox that overflows', async () => {
    const { node, runtime } = createWorld()
    let closed = 0
    const start = (last: (self: Process<string>) => Promise<unknown>) =>
      node.spawn(
        async (self: Process<string>) => {
          self.own({ close: () => closed++ })
          return last(self)
        },
        { mailboxLimit: 3 },
      )
    const pids = [
      start((self) => self.sleep(1e6)),
      start(() => Promise.reject(new Error('x'))),
      start(async (self) => self.exit('x')),
      start((self) => self.sleep(1e6)),
    ]
    await runtime.settle()
    node.sendExit(pids[0]!, 'kill')
    for (let n = 0; n < 5; n++) node.send(pids[3]!, 'flood')
    await runtime.settle()
    expect([closed, node.processCount()]).toEqual([4, 0])
  })

  test('what fails to close is reported, and holds up nobody else', async () => {
    const world = createWorld()
    const closed: string[] = []
    const { end, down } = owner(world, [
      { close: () => closed.push('first') },
      {
        close: () => {
          throw new Error('sync')
        },
      },
      { close: () => Promise.reject(new Error('async')) },
      null as unknown as Closable,
      {} as Closable,
    ])
    end()
    expect((await world.runtime.runUntil(down)).reason).toBe('normal')
    expect(closed).toEqual(['first'])
    expect(world.reports.all.map((report) => report.type)).toEqual(Array(4).fill('closing_failed'))
  })

  test('closing may hold up the news for 5 seconds, and no longer', async () => {
    const world = createWorld()
    let finish = () => {}
    const { end, down } = owner(world, [{ close: () => new Promise<void>((resolve) => (finish = resolve)) }])
    const asked = world.node
      .request(world.node.processes()[0]!, 'x', { timeoutMs: Infinity })
      .catch(() => world.runtime.nowMs())
    end()
    expect(await world.runtime.runUntil(down)).toEqual({ reason: 'normal', atMs: 5000 })
    expect(await asked).toBe(5000)
    finish()
    await world.runtime.advance(10_000)
    expect(world.node.processCount()).toBe(0)
  })

  test('meanwhile the process is neither alive nor replaced: no message, no exit, no second death', async () => {
    const world = createWorld()
    const { node, runtime } = world
    const { end, down } = owner(world, [
      { close: () => new Promise<void>((resolve) => runtime.setTimer(100, resolve)) },
    ])
    const [pid] = node.processes()
    end()
    await runtime.advance(10)
    expect([node.isAlive(pid!), node.processInfo(pid!), node.processCount()]).toEqual([false, undefined, 1])
    node.sendExit(pid!, 'kill')
    const linked = node.spawn(async (self) => {
      self.link(pid!)
      await self.sleep(1e6)
    })
    const linkedEnd = node.exited(linked)
    const secondDown = node.exited(pid!)
    expect(await runtime.runUntil(down)).toEqual({ reason: 'normal', atMs: 100 })
    expect(await runtime.runUntil(secondDown)).toMatch(/^(normal|noproc)$/)
    node.sendExit(linked, 'kill')
    expect(await runtime.runUntil(linkedEnd)).toMatch(/^(killed|noproc)$/)
  })

  test('nor does its body go on: not by a timer, a foreign promise, a message or an answer', async () => {
    await eachSeed({ seeds: 30 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const server = node.spawn(async (self: Process<Request<number, number>>) => {
        const request = await self.receive()
        await self.sleep(30)
        reply(request, 1)
      })
      const woke: string[] = []
      const pid = node.spawn(async (self: Process<string>) => {
        self.own({ close: () => new Promise<void>((resolve) => runtime.setTimer(100, resolve)) })
        const foreign = new Promise<void>((resolve) => runtime.setTimer(20, resolve))
        for (const [name, promise] of Object.entries({
          foreign: self.wait(foreign),
          timer: self.sleep(20),
          answer: self.request(server, 1),
          message: self.receive(),
        })) {
          void promise.then(() => woke.push(name))
        }
        await self.sleep(1e6)
      })
      await runtime.advance(10)
      const end = node.exited(pid)
      node.sendExit(pid, 'kill')
      await runtime.settle()
      node.send(pid, 'too late')
      expect(await runtime.runUntil(end)).toBe('killed')
      await runtime.advance(100)
      expect(woke).toEqual([])
    })
  })

  test('the signal is aborted at death, with the reason, once, and not before', async () => {
    const { node, runtime, exited } = createWorld()
    let signal: AbortSignal | null = null
    const aborts: unknown[] = []
    const pid = node.spawn(async (self: Process<string>) => {
      signal = self.signal
      expect(self.signal).toBe(signal)
      signal.addEventListener('abort', () => aborts.push(signal!.reason))
      await self.receive()
      self.exit({ shutdown: 'told to' })
    })
    await runtime.settle()
    expect(signal!.aborted).toBe(false)
    node.send(pid, 'go')
    await exited(pid)
    expect([signal!.aborted, aborts]).toEqual([true, [{ shutdown: 'told to' }]])
  })

  test('own gives back what it was given', async () => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      const thing = { close: () => {}, port: 5 }
      expect(self.own(thing).port).toBe(5)
    })
  })
})
