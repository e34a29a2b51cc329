/**
 * Requests whose answers are waited for later.
 */
import { timedOut, type Process, type ResponseMessage } from '@agner/core'
import { describe, expect, test } from 'vitest'
import {
  abandonRequest,
  answer,
  call,
  cast,
  checkResponse,
  defineServer,
  noreply,
  protocol,
  receiveResponse,
  reply,
  requestIds,
  sendRequest,
  startServer,
  stop,
  waitResponse,
  type From,
  type RequestId,
  type ServerPid,
} from '../src/index.ts'
import { createWorld, failure, type World } from './world.ts'

interface ShopApi {
  calls: { price(of: string): number; slow(ms: number): string; keep(): string; end(): never; tellThenAnswer(): string }
  casts: { release(value: string): void }
}
const shop = protocol<ShopApi>('@test/shop')
const Shop = defineServer(shop, {
  init: (): From<string>[] => [],
  calls: {
    price: (state, of) => reply(of.length, state),
    slow: async (state, ms, { self }) => {
      await self.sleep(ms)
      return reply(`slept ${ms}`, state)
    },
    keep: (state, _, { from }) => noreply([...state, from]),
    end: () => stop('shutdown'),
    tellThenAnswer: (state, _, { self, from }) => {
      self.send(from.from as never, 'told before' as never)
      return reply('answer', state)
    },
  },
  casts: {
    release: (state, value) => {
      for (const from of state) answer(from, value)
      return noreply([])
    },
  },
})
const start = (world: World): Promise<ServerPid<ShopApi>> => world.run(startServer(world.node, Shop))
/** Until all that was sent is answered. */
const settle = (self: Process<unknown>): Promise<void> => self.sleep(1)

describe('a request', () => {
  test('goes on at once, and is waited for later, in any order', async () => {
    const world = createWorld()
    const pid = await start(world)
    await world.inProcess<unknown>(async (self) => {
      const slow = sendRequest(self, pid, 'slow', 10)
      const price = sendRequest(self, shop.at(pid), 'price', 'tea')
      expect(await waitResponse(self, price)).toEqual({ type: 'reply', value: 3 })
      expect(await waitResponse(self, slow)).toEqual({ type: 'reply', value: 'slept 10' })
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
  })

  test('may be waited for again when the time was up', async () => {
    const world = createWorld()
    const pid = await start(world)
    await world.inProcess(async (self) => {
      const slow = sendRequest(self, pid, 'slow', 100)
      expect(await waitResponse(self, slow, { timeoutMs: 0 })).toBe(timedOut)
      expect(await waitResponse(self, slow, { timeoutMs: 99 })).toBe(timedOut)
      expect(await waitResponse(self, slow, { untilMs: self.node.monotonicTimeMs() + 50 })).toMatchObject({
        type: 'reply',
      })
    })
  })

  test('that is abandoned is never answered: not later, and not by what is in the mailbox already', async () => {
    const world = createWorld()
    const pid = await start(world)
    await world.inProcess<unknown>(async (self) => {
      const late = sendRequest(self, pid, 'keep')
      const there = sendRequest(self, pid, 'price', 'x')
      await settle(self)
      expect(abandonRequest(self, late)).toBe(true)
      expect(abandonRequest(self, there)).toBe(true)
      cast(self, pid, 'release', 'too late')
      expect(await self.receive({ timeoutMs: 1000 })).toBe(timedOut)
      for (const request of [late, there] as RequestId<unknown>[]) {
        expect(abandonRequest(self, request)).toBe(false)
        expect((await failure(waitResponse(self, request))).code).toBe('request.over')
      }
    })
  })

  test('is not abandoned by another process, when its answer was had, or while it is waited for', async () => {
    const world = createWorld()
    const pid = await start(world)
    await world.inProcess<unknown>(async (self) => {
      const had = sendRequest(self, pid, 'price', 'x')
      await waitResponse(self, had)
      expect(abandonRequest(self, had)).toBe(false)
      const slow = sendRequest(self, pid, 'slow', 10)
      const other = self.spawn(async (another) => void another.exit(abandonRequest(another, slow) ? 'kill' : 'normal'))
      expect(await self.node.exited(other)).toBe('normal')
      const waiting = waitResponse(self, slow)
      await Promise.resolve()
      expect(abandonRequest(self, slow)).toBe(false)
      expect(await waiting).toMatchObject({ value: 'slept 10' })
    })
  })

  test('that was received too late is given up: its answer is never seen', async () => {
    const world = createWorld()
    const pid = await start(world)
    await world.inProcess<unknown>(async (self) => {
      const slow = sendRequest(self, pid, 'slow', 100)
      expect(await receiveResponse(self, slow, { timeoutMs: 50 })).toBe(timedOut)
      expect(await self.receive({ timeoutMs: 1000 })).toBe(timedOut)
      expect((await failure(waitResponse(self, slow))).code).toBe('request.over')
    })
  })

  test('that nobody waits for is answered by a message, which a later wait takes out of the mailbox', async () => {
    const world = createWorld()
    const pid = await start(world)
    await world.inProcess<unknown>(async (self) => {
      const first = sendRequest(self, pid, 'price', 'x')
      const second = sendRequest(self, pid, 'price', 'xy')
      self.send(self.pid, 'mine')
      await settle(self)
      expect(await waitResponse(self, second)).toEqual({ type: 'reply', value: 2 })
      expect(await self.receive()).toBe('mine')
      const message = (await self.receive()) as ResponseMessage
      expect(message).toMatchObject({ type: 'response', ref: first.ref })
      expect(checkResponse(message, second)).toBeNull()
      expect(checkResponse('anything', first)).toBeNull()
      expect(checkResponse(message, first)).toEqual({ type: 'reply', value: 1 })
      expect((await failure(waitResponse(self, first))).code).toBe('request.over')
    })
  })

  test('given up at no time at all has its answer taken out of the mailbox', async () => {
    const world = createWorld()
    const pid = await start(world)
    await world.inProcess<unknown>(async (self) => {
      const price = sendRequest(self, pid, 'price', 'x')
      await settle(self)
      expect(await receiveResponse(self, price, { timeoutMs: 0 })).toMatchObject({ value: 1 })
      expect(await self.receive({ timeoutMs: 0 })).toBe(timedOut)
    })
  })

  test('fails as a response: nobody there, ended, a lost node, itself', async () => {
    const world = createWorld({ name: 'a@test' })
    const pid = await start(world)
    await world.inProcess(async (self) => {
      const to = async (request: RequestId<unknown>) => {
        const response = await waitResponse(self, request)
        return response !== timedOut && response.type === 'error' ? response.error.code : 'none'
      }
      expect(await to(sendRequest(self, shop, 'keep'))).toBe('call.no_process')
      expect(await to(sendRequest(self, shop.at({ name: 'x', node: 'gone@test' }), 'keep'))).toBe('call.no_connection')
      expect(await to(sendRequest(self, shop.at(self.pid), 'keep'))).toBe('call.calling_self')
      expect(await to(sendRequest(self, pid, 'end'))).toBe('call.exited')
      expect(await to(sendRequest(self, pid, 'keep'))).toBe('call.no_process')
    })
  })

  test('is answered after what the server sent before', async () => {
    const world = createWorld()
    const pid = await start(world)
    await world.inProcess<unknown>(async (self) => {
      const request = sendRequest(self, pid, 'tellThenAnswer')
      expect(await waitResponse(self, request)).toEqual({ type: 'reply', value: 'answer' })
      expect(await self.receive({ timeoutMs: 0 })).toBe('told before')
    })
  })

  test('of a process that died reaches nobody, and the server knows', async () => {
    const world = createWorld()
    const pid = await start(world)
    const caller = world.node.spawn(async (self) => {
      sendRequest(self, pid, 'keep')
      await self.sleep(1e6)
    })
    await world.runtime.settle()
    world.node.sendExit(caller, 'kill')
    await world.runtime.settle()
    cast(world.node, pid, 'release', 'too late')
    expect(await world.run(call(world.node, pid, 'price', 'x'))).toBe(1)
  })
})

describe('a collection', () => {
  test('gives responses with their labels as they come, until it is empty', async () => {
    const world = createWorld()
    const pids = [await start(world), await start(world), await start(world)]
    await world.inProcess<unknown>(async (self) => {
      const requests = requestIds<string, number>()
      expect(await waitResponse(self, requests)).toBeNull()
      for (const [index, pid] of pids.entries()) requests.add(sendRequest(self, pid, 'slow', 30 - 10 * index), index)
      expect(requests.size).toBe(3)
      expect(requests.toList().map(({ label }) => label)).toEqual([0, 1, 2])
      const seen: unknown[] = []
      for (let left = requests.size; left > 0; left--) {
        const response = await receiveResponse(self, requests)
        if (response !== timedOut && response !== null) seen.push(response.label)
      }
      expect(seen).toEqual([2, 1, 0])
      expect(requests.size).toBe(0)
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
  })

  test('keeps its requests if it is told to, and gives up all that are late', async () => {
    const world = createWorld()
    const pids = [await start(world), await start(world)]
    await world.inProcess<unknown>(async (self) => {
      const requests = requestIds<string>()
      requests
        .add(sendRequest(self, pids[0]!, 'slow', 10), 'quick')
        .add(sendRequest(self, pids[1]!, 'slow', 90), 'late')
      expect(await waitResponse(self, requests, { delete: false })).toMatchObject({ label: 'quick' })
      expect(requests.size).toBe(2)
      expect(await receiveResponse(self, requests, { untilMs: self.node.monotonicTimeMs() + 50 })).toBe(timedOut)
      expect(requests.size).toBe(0)
      expect(await self.receive({ timeoutMs: 1000 })).toBe(timedOut)
    })
  })

  test('knows the messages that are its responses', async () => {
    const world = createWorld()
    const pid = await start(world)
    await world.inProcess<unknown>(async (self) => {
      const requests = requestIds<number>().add(sendRequest(self, pid, 'price', 'abc'), 'abc')
      const message = await self.receive()
      expect(checkResponse(message, requests, { delete: false })).toMatchObject({ value: 3, label: 'abc' })
      expect(checkResponse(message, requests)).toMatchObject({ value: 3, label: 'abc' })
      expect(checkResponse(message, requests)).toBeNull()
    })
  })

  test('of thousands costs as much for each', async () => {
    const world = createWorld()
    const pid = await start(world)
    await world.inProcess(async (self) => {
      const requests = requestIds<number, number>()
      for (let i = 0; i < 5000; i++) requests.add(sendRequest(self, pid, 'price', 'x'), i)
      for (let i = 0; i < 5000; i++) expect(await waitResponse(self, requests)).toMatchObject({ label: i })
    })
  })
})

test('a server asks without waiting, and is told by a message', async () => {
  interface Api {
    calls: { total(of: string[]): number }
    info: ResponseMessage
  }
  const till = protocol<Api>('@test/till')
  interface State {
    readonly shop: ServerPid<ShopApi>
    readonly asked: readonly RequestId<number>[]
    readonly sum: number
    readonly from: From<number> | null
  }
  const Till = defineServer(till, {
    init: (pid: ServerPid<ShopApi>): State => ({ shop: pid, asked: [], sum: 0, from: null }),
    calls: {
      total: (state, of, { self, from }) =>
        noreply({ ...state, from, asked: of.map((name) => sendRequest(self, state.shop, 'price', name)) }),
    },
    info: {
      response: (state, message) => {
        const responses = state.asked.map((request) => checkResponse(message, request))
        const left = state.asked.filter((_, index) => responses[index] === null)
        const response = responses.find((each) => each !== null)
        const sum = state.sum + (response?.type === 'reply' ? response.value : 0)
        if (left.length === 0 && state.from !== null) answer(state.from, sum)
        return noreply({ ...state, asked: left, sum })
      },
    },
  })
  const world = createWorld()
  const pid = await world.run(startServer(world.node, Till, await start(world)))
  expect(await world.run(call(world.node, pid, 'total', ['tea', 'milk', 'x']))).toBe(8)
})

test('a handler of a server waits for what it asked before', async () => {
  interface Api {
    calls: { both(): readonly string[] }
  }
  const asker = protocol<Api>('@test/asker')
  const Asker = defineServer(asker, {
    init: (pids: readonly ServerPid<ShopApi>[]) => pids,
    calls: {
      both: async (pids, _, { self }) => {
        const requests = pids.map((pid, index) => sendRequest(self, pid, 'slow', 20 - 10 * index))
        const told: string[] = []
        for (const request of requests) {
          const response = await waitResponse(self, request)
          told.push(response !== timedOut && response.type === 'reply' ? response.value : 'none')
        }
        return reply(told, pids)
      },
    },
  })
  const world = createWorld()
  const pid = await world.run(startServer(world.node, Asker, [await start(world), await start(world)]))
  expect(await world.run(call(world.node, pid, 'both'))).toEqual(['slept 20', 'slept 10'])
  expect(world.reports.all).toEqual([])
})
