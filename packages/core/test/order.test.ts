import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { reply, timedOut, type Destination, type Down, type Exit, type Process, type Request } from '../src/index.ts'
import { createWorld } from './world.ts'

describe('signals of one sender to one receiver arrive in the order of sending', () => {
  test('messages, by pid, name, name and node, and alias, to both kinds of bodies', async () => {
    await eachSeed({ seeds: 100 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const got: [number, number][] = []
      const ways: Destination<[number, number]>[] = []
      const callback = runtime.random() < 0.5
      const receiver = callback
        ? node.spawn(
            {
              init: (self: Process<[number, number]>) => void ways.push(self.alias()),
              message: (_self: Process<[number, number]>, message: [number, number]) => void got.push(message),
            },
            { name: 'r' },
          )
        : node.spawn(
            async (self: Process<[number, number]>) => {
              ways.push(self.alias())
              for (;;) {
                got.push(await self.receive())
                if (runtime.random() < 0.1) await self.sleep(0)
              }
            },
            { name: 'r' },
          )
      ways.push(receiver, 'r', { name: 'r', node: node.name })
      await runtime.settle()
      for (let sender = 0; sender < 4; sender++) {
        node.spawn(async (self) => {
          for (let n = 0; n < 25; n++) {
            self.send(ways[Math.floor(runtime.random() * 4)]!, [sender, n])
            if (runtime.random() < 0.3) await self.sleep(0)
          }
        })
      }
      await runtime.advance(10)
      expect(got).toHaveLength(100)
      for (let sender = 0; sender < 4; sender++)
        expect(got.filter(([from]) => from === sender).map(([, n]) => n)).toEqual(
          Array.from({ length: 25 }, (_, n) => n),
        )
    })
  })

  test('message, answer, message, exit, DOWN', async () => {
    await eachSeed({ seeds: 200 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<string | Exit | Down>(async (self) => {
        self.trapExits(true)
        const server = self.spawnLink(async (me: Process<Request<string, string>>) => {
          const request = await me.receive()
          me.send(self.pid, 'one')
          reply(request, 'answer')
          me.send(self.pid, 'two')
          me.sendExit(self.pid, 'three')
          me.send(self.pid, 'four')
        })
        self.monitor(server)
        expect(await self.request(server, 'go')).toBe('answer')
        expect(await self.receive({ timeoutMs: 0 })).toBe('one')
        const rest: unknown[] = []
        for (
          let message = await self.receive({ timeoutMs: 10 });
          message !== timedOut;
          message = await self.receive({ timeoutMs: 10 })
        ) {
          rest.push(typeof message === 'string' ? message : message.type === 'exit' ? message.reason : message.type)
        }
        expect(rest).toEqual(['two', 'three', 'four', 'normal', 'down'])
      })
    })
  })

  test('a message sent before an exit is seen by a process that traps, and the exit after it', async () => {
    await eachSeed({ seeds: 50 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<string | Exit>(async (self) => {
        self.trapExits(true)
        const sender = self.spawn(async (me) => {
          for (let n = 0; n < 10; n++) {
            me.send(self.pid, `m${n}`)
            me.sendExit(self.pid, `e${n}`)
          }
        })
        for (let n = 0; n < 10; n++) {
          expect(await self.receive()).toBe(`m${n}`)
          expect(await self.receive()).toEqual({ type: 'exit', from: sender, reason: `e${n}` })
        }
      })
    })
  })

  test('a kill does not overtake what was sent before it', async () => {
    await eachSeed({ seeds: 50 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<Down>(async (self) => {
        const seen: number[] = []
        const { pid } = self.spawnMonitor({
          init: () => null,
          message: (_me: Process<number>, message: number) => (seen.push(message), null),
        })
        // Once it runs: an exit that is there before its first turn is met before any of its code (P39).
        await self.sleep(1)
        for (let n = 0; n < 5; n++) self.send(pid, n)
        self.sendExit(pid, 'kill')
        for (let n = 5; n < 10; n++) self.send(pid, n)
        expect(await self.receive()).toMatchObject({ reason: 'killed' })
        expect(seen).toEqual([0, 1, 2, 3, 4])
      })
    })
  })

  test('link, exit and monitor meet a process in the order they were made', async () => {
    await eachSeed({ seeds: 50 }, async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<Exit | Down>(async (self) => {
        self.trapExits(true)
        const target = self.spawn(async (me: Process<string>) => void (await me.receive()))
        if (runtime.random() < 0.5) await self.sleep(0)
        const before = self.monitor(target)
        self.sendExit(target, 'bye')
        const after = self.monitor(target)
        self.link(target)
        const seen = [await self.receive(), await self.receive(), await self.receive()]
        expect(seen).toContainEqual({ type: 'down', ref: before, process: target, reason: 'bye' })
        expect(seen).toContainEqual({ type: 'down', ref: after, process: target, reason: 'noproc' })
        expect(seen).toContainEqual({ type: 'exit', from: target, reason: 'noproc' })
      })
    })
  })
})

test("nothing runs a receiver on its sender's stack", async () => {
  const { inProcess } = createWorld()
  await inProcess(async (self) => {
    const stack: string[] = []
    const seen: string[] = []
    const note = (what: string) => seen.push(stack.length === 0 ? what : `${what} inside ${stack.join()}`)
    const callback = self.spawn({
      init: () => note('init'),
      message: (_me: Process<string>, message: string) => note(message),
    })
    const async = self.spawn(async (me: Process<string>) => {
      note('start')
      for (;;) note(await me.receive())
    })
    await self.sleep(0)
    stack.push('sender')
    self.send(callback, 'to callback')
    self.send(async, 'to async')
    self.sendExit(callback, 'normal')
    self.link(async)
    self.unlink(async)
    self.monitor(callback)
    stack.pop()
    await self.sleep(1)
    expect(seen.sort()).toEqual(['init', 'start', 'to async', 'to callback'])
  })
})
