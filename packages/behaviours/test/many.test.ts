/**
 * The servers of one name on many nodes; requests to other nodes; names that come back.
 */
import { timedOut, type Process } from '@agner/core'
import { describe, expect, test } from 'vitest'
import {
  abcast,
  call,
  defineRegistry,
  defineServer,
  defineSupervisor,
  multiCall,
  noreply,
  protocol,
  receiveResponse,
  reply,
  requestIds,
  sendRequest,
  startServer,
  startSupervisor,
  stop,
  waitResponse,
} from '../src/index.ts'
import { createNetwork } from './network.ts'
import { createWorld, failure } from './world.ts'

interface Api {
  calls: { count(): number; slow(ms: number): string; end(): never }
  casts: { add(by: number): void }
}
const tally = protocol<Api>('@test/tally')
const Tally = defineServer(tally, {
  init: (count: number): number => count,
  calls: {
    count: (state) => reply(state, state),
    slow: async (state, ms, { self }) => {
      await self.sleep(ms)
      return reply(`slept ${ms}`, state)
    },
    end: () => stop('shutdown'),
  },
  casts: { add: (state, by) => noreply(state + by) },
})

async function three() {
  const net = createNetwork(['a@test', 'b@test', 'c@test'])
  for (const [index, name] of ['a@test', 'b@test', 'c@test'].entries())
    await net.run(startServer(net.node(name), Tally, index, { name: '@test/tally' }))
  return net
}

describe('many nodes', () => {
  test('answer each for itself; those without an answer are told apart', async () => {
    const net = await three()
    await net.run(startServer(net.node('b@test'), Tally, 9, { name: 'only' }))
    await net.inProcess<unknown>('a@test', async (self) => {
      const nodes = ['c@test', 'a@test', 'b@test', 'a@test']
      expect(await multiCall(self, tally, nodes, 'count')).toEqual({
        replies: [
          { node: 'c@test', value: 2 },
          { node: 'a@test', value: 0 },
          { node: 'b@test', value: 1 },
        ],
        badNodes: [],
      })
      const { replies, badNodes } = await multiCall(self, tally.at('only'), [...nodes, 'gone@test'], 'count')
      expect(replies).toEqual([{ node: 'b@test', value: 9 }])
      expect(badNodes.map(({ node, error }) => [node, error.code])).toEqual([
        ['c@test', 'call.no_process'],
        ['a@test', 'call.no_process'],
        ['gone@test', 'call.no_connection'],
      ])
    })
  })

  test('that answer late, end, or are lost are bad, and say nothing later', async () => {
    const net = await three()
    await net.inProcess<unknown>('a@test', async (self) => {
      const late = await multiCall(self, tally, ['a@test', 'b@test'], 'slow', 100, { timeoutMs: 50 })
      expect(late.badNodes.map(({ error }) => error.code)).toEqual(['call.timeout', 'call.timeout'])
      const ended = await multiCall(self, tally, ['b@test'], 'end')
      expect(ended.badNodes[0]!.error.code).toBe('call.exited')
      const asked = multiCall(self, tally, ['c@test'], 'slow', 100)
      await self.sleep(10)
      net.cut('c@test')
      expect((await asked).badNodes[0]!.error.code).toBe('call.no_connection')
      expect(await self.receive({ timeoutMs: 1000 })).toBe(timedOut)
    })
  })

  test('are told by a cast to all, whoever is there', async () => {
    const net = await three()
    await net.inProcess('a@test', async (self) => {
      abcast(self, tally, ['a@test', 'b@test', 'gone@test'], 'add', 10)
      await self.sleep(1)
      const { replies } = await multiCall(self, tally, ['a@test', 'b@test', 'c@test'], 'count')
      expect(replies.map(({ value }) => value)).toEqual([10, 11, 2])
    })
  })

  test('are not called by what is no name, or with what cannot be sent', async () => {
    const net = await three()
    await net.inProcess('a@test', async (self) => {
      expect((await failure(multiCall(self, tally, ['a@test'], 'slow', Symbol() as never))).code).toBe(
        'copy.unsendable',
      )
      expect((await failure(multiCall(self, tally, ['a@test'], 'count', undefined, { timeoutMs: -1 }))).code).toBe(
        'call.bad_timeout',
      )
      expect(() => multiCall(self, tally.at(self.pid), ['a@test'], 'count')).toThrow('one local name')
      expect(() => abcast(self, tally.at({ name: 'x', node: 'a@test' }), ['a@test'], 'add', 1)).toThrow(
        'one local name',
      )
    })
  })
})

describe('a request to another node', () => {
  test('has its response, as one here', async () => {
    const net = await three()
    await net.inProcess<unknown>('a@test', async (self) => {
      const requests = requestIds<number | string>()
      requests.add(sendRequest(self, tally.at({ name: '@test/tally', node: 'b@test' }), 'slow', 20), 'b')
      requests.add(sendRequest(self, tally.at({ name: '@test/tally', node: 'c@test' }), 'count'), 'c')
      expect(await waitResponse(self, requests)).toMatchObject({ label: 'c', value: 2 })
      expect(await waitResponse(self, requests)).toMatchObject({ label: 'b', value: 'slept 20' })
    })
  })

  test('fails when the connection is lost, and is nothing to the server once it is given up', async () => {
    const net = await three()
    await net.inProcess<unknown>('a@test', async (self) => {
      const there = tally.at({ name: '@test/tally', node: 'b@test' })
      const given = sendRequest(self, there, 'slow', 50)
      expect(await receiveResponse(self, given, { timeoutMs: 10 })).toBe(timedOut)
      const request = sendRequest(self, there, 'slow', 1000)
      await self.sleep(100)
      net.cut('b@test')
      const response = await waitResponse(self, request)
      expect(response).toMatchObject({ type: 'error', error: { code: 'call.no_connection' } })
      expect(await self.receive({ timeoutMs: 2000 })).toBe(timedOut)
    })
  })
})

describe('a call that waits for a name', () => {
  const inMs = (self: Process<never>, ms: number, act: () => unknown) =>
    self.spawn(async (other) => {
      await other.sleep(ms)
      act()
    })

  test('is answered by the server that comes', async () => {
    const world = createWorld({ name: 'a@test' })
    const rooms = defineRegistry<string>('@test/names')
    await world.inProcess(async (self) => {
      const targets = [tally, tally.at({ name: '@test/tally', node: 'a@test' }), tally.at(rooms.at('late'))]
      inMs(self, 30, () => startServer(world.node, Tally, 5, { name: '@test/tally' }))
      inMs(self, 40, () => startServer(world.node, Tally, 5, { name: rooms.at('late') }))
      for (const from of [self, world.node])
        for (const target of targets)
          expect(await call(from, target, 'count', undefined, { waitForNameMs: 1000 })).toBe(5)
    })
  })

  test('is made once, and waits no longer than it may', async () => {
    const world = createWorld()
    await world.inProcess(async (self) => {
      const fails = async (options: { waitForNameMs: number; timeoutMs?: number }) => {
        const before = world.runtime.nowMs()
        const error = await failure(call(self, tally, 'count', undefined, options))
        return [error.code, Math.round(world.runtime.nowMs() - before)]
      }
      expect(await fails({ waitForNameMs: 100 })).toEqual(['call.no_process', 100])
      expect(await fails({ waitForNameMs: 1000, timeoutMs: 60 })).toEqual(['call.no_process', 60])
      expect(await fails({ waitForNameMs: 0 })).toEqual(['call.no_process', 0])
      expect((await fails({ waitForNameMs: -1 }))[0]).toBe('call.bad_wait')
      const dead = self.spawn(async () => undefined)
      await self.sleep(1)
      const toDead = tally.at(dead)
      expect((await failure(call(self, toDead, 'count', undefined, { waitForNameMs: Infinity }))).code).toBe(
        'call.no_process',
      )
    })
  })

  test('bridges a restart, and is not made again when the server ended over it', async () => {
    const world = createWorld()
    const Tree = defineSupervisor({ children: [Tally.child({ arg: 1, name: '@test/tally' })], intensity: 10 })
    await world.run(startSupervisor(world.node, Tree))
    await world.inProcess(async (self) => {
      for (let round = 0; round < 5; round++) {
        self.sendExit(self.whereis('@test/tally')!, 'kill')
        expect(await call(self, tally, 'count', undefined, { waitForNameMs: 1000 })).toBe(1)
      }
      expect((await failure(call(self, tally, 'end', undefined, { waitForNameMs: 1000 }))).code).toBe('call.exited')
    })
  })
})
