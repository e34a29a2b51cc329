import { describeReason, type Down, type Exit, type Pid, type Process, type TimeoutMessage } from '@agner/core'
import { describe, expect, test } from 'vitest'
import {
  call,
  cast,
  defineServer,
  noreply,
  ok,
  protocol,
  reply,
  startServer,
  stop,
  stopAndReply,
  stopServer,
} from '../src/index.ts'
import { createWorld, failure, type World } from './world.ts'

interface Api {
  calls: {
    throwReply(value: number): number
    throwReplyLater(value: number): number
    nothing(): number
    unsendable(): number
    chain(): string
    work(ms: number): string
    log(): string[]
    finish(value: string): string
    watch(pid: Pid): string
    timer(ms: number): string
    deadInside(): string
    okStep(): string
    odd(then: unknown): string
  }
  casts: { replyToCast(): void; workThenStop(ms: number): void }
  info: { readonly type: 'note'; readonly text: string } | Down | Exit | TimeoutMessage<string>
}
const api = protocol<Api>('@test/steps')

const build = (world: World) =>
  defineServer(api, {
    init: (): string[] => [],
    continue: async (state, key: number, { self }) => {
      await self.sleep(1)
      return noreply([...state, `continue ${key}`], ...(key > 1 ? [{ continue: key - 1 }] : []))
    },
    calls: {
      throwReply: (state, value) => {
        throw reply(value, state) as never
      },
      throwReplyLater: async (state, value, { self }) => {
        await self.sleep(1)
        throw reply(value, state) as never
      },
      nothing: () => undefined as never,
      unsendable: (state) => reply((() => 1) as never, state),
      chain: (state) => reply('answered', [...state, 'chain'], { continue: 3 }),
      work: async (state, ms, { self }) => {
        await self.sleep(ms)
        return reply('done', [...state, `work ${ms}`])
      },
      log: (state) => reply(state, state),
      finish: (state, value) => stopAndReply('normal', value, [...state, 'finish']),
      watch: (state, pid, { self }) => {
        self.monitor(pid)
        self.link(pid)
        self.trapExits(true)
        return reply('watching', state)
      },
      timer: (state, ms, { self }) => {
        self.startTimer(ms, 'ring')
        return reply('set', state)
      },
      deadInside: (_state, _, { self }) => self.exit('left'),
      odd: (state, then) => reply('odd', [...state, 'odd'], then as never),
      okStep: () => ({ kind: 'reply', value: 'faked', state: [] }) as never,
    },
    casts: {
      replyToCast: (state) => reply(1, state) as never,
      workThenStop: async (_state, ms) => {
        await new Promise((resolve) => world.runtime.setTimer(ms, () => resolve(null)))
        return stop('late')
      },
    },
    info: {
      note: (state, { text }) => noreply([...state, text]),
      down: (state, { reason }) => noreply([...state, `down ${describeReason(reason)}`]),
      exit: (state, { reason }) => noreply([...state, `exit ${describeReason(reason)}`]),
      timeout: (state, { message }) => noreply([...state, `timeout ${message}`]),
    },
    terminate: async (reason, state, { self }) => {
      world.log.push(
        `terminate ${reason instanceof Error ? ((reason as { code?: string }).code ?? reason.message) : describeReason(reason)} ${state.length}`,
      )
      await self.sleep(10)
      world.log.push('terminated')
    },
  })

async function start() {
  const world = createWorld()
  return { world, pid: await world.run(startServer(world.node, build(world))) }
}

describe('a callback', () => {
  test('may throw a step in place of returning it (S03)', async () => {
    const { world, pid } = await start()
    expect(await world.run(call(world.node, pid, 'throwReply', 7))).toBe(7)
    expect(await world.run(call(world.node, pid, 'throwReplyLater', 8))).toBe(8)
  })

  test.each([
    ['nothing', 'server.bad_return'],
    ['unsendable', 'copy.unsendable'],
    ['okStep', 'server.bad_return'],
  ] as const)('that returns what it should not is a crash (%s), and terminate runs', async (name, code) => {
    const { world, pid } = await start()
    const error = await failure(world.run(call(world.node, pid, name)))
    expect(error).toMatchObject({ code: 'call.exited', details: { reason: { code } } })
    expect(world.log).toEqual([`terminate ${code} 0`, 'terminated'])
    expect(world.reports.crashes).toHaveLength(1)
  })

  test.each([5000, 'soon', null, true])('whose last argument is %j is a crash, and terminate runs', async (then) => {
    const { world, pid } = await start()
    for (const asked of [world.node.exited(pid), call(world.node, pid, 'odd', then)]) void asked.catch(() => {})
    expect(await world.exited(pid)).toMatchObject({
      code: 'server.bad_return',
      message: expect.stringContaining(`reply(…), whose last argument is ${String(then)} and no object`),
    })
    expect(world.log).toEqual(['terminate server.bad_return 0', 'terminated'])
    expect(world.reports.crashes).toHaveLength(1)
  })

  test.each([5000, 'soon', null])('that begins with the last argument %j is a failed start', async (then) => {
    const world = createWorld()
    const Odd = defineServer(protocol<object>('@test/odd'), {
      init: () => ok(0, then as never),
      terminate: () => void world.log.push('terminate'),
    })
    const error = await failure(world.run(startServer(world.node, Odd, undefined, { name: 'odd' })))
    expect(error).toMatchObject({ code: 'start.failed', reason: { code: 'server.bad_return' } })
    expect(world.node.whereis('odd')).toBeUndefined()
    expect(world.log).toEqual([])
  })

  test('of a cast cannot reply', async () => {
    const { world, pid } = await start()
    cast(world.node, pid, 'replyToCast')
    expect(await world.exited(pid)).toMatchObject({ code: 'server.bad_return' })
  })

  test('chains continue before waiting messages, each may be async (S04)', async () => {
    const { world, pid } = await start()
    const answer = call(world.node, pid, 'chain')
    world.node.send(pid, { type: 'note', text: 'message' })
    expect(await world.run(answer)).toBe('answered')
    expect(await world.run(call(world.node, pid, 'log'))).toEqual([
      'chain',
      'continue 3',
      'continue 2',
      'continue 1',
      'message',
    ])
  })

  test('that is async lets messages wait, in order', async () => {
    const { world, pid } = await start()
    const answers = [call(world.node, pid, 'work', 50), call(world.node, pid, 'work', 1)]
    world.node.send(pid, { type: 'note', text: 'between' })
    const log = call(world.node, pid, 'log')
    await world.run(Promise.all(answers))
    expect(await world.run(log)).toEqual(['work 50', 'work 1', 'between'])
    expect(world.runtime.nowMs()).toBe(51)
  })

  test('that is async lets exit signals act at once, and does nothing after that', async () => {
    const { world, pid } = await start()
    cast(world.node, pid, 'workThenStop', 100)
    const ended = world.node.exited(pid)
    await world.runtime.advance(10)
    world.node.sendExit(pid, 'enough')
    expect(await world.run(ended)).toBe('enough')
    expect(world.runtime.nowMs()).toBe(10)
    await world.runtime.advance(1000)
    expect(world.log).toEqual([])
    expect(world.reports.crashes).toEqual([])
  })

  test('that leaves with exit ends the server without terminate', async () => {
    const { world, pid } = await start()
    expect(await failure(world.run(call(world.node, pid, 'deadInside')))).toMatchObject({
      code: 'call.exited',
      details: { reason: 'left' },
    })
    await world.runtime.advance(100)
    expect(world.log).toEqual([])
  })
})

describe('stopping', () => {
  test('with an answer gives it when terminate has run to its end (S10)', async () => {
    const { world, pid } = await start()
    const answered = call(world.node, pid, 'finish', 'bye').then((value) => world.log.push(`answered ${value}`))
    const ended = world.node.exited(pid).then((reason) => world.log.push(`exited ${describeReason(reason)}`))
    await world.run(Promise.all([answered, ended]))
    expect(world.log).toEqual(['terminate normal 1', 'terminated', 'answered bye', 'exited normal'])
    expect(world.reports.crashes).toEqual([])
  })

  test('on request runs terminate, and resolves when it is gone (G10)', async () => {
    const { world, pid } = await start()
    await world.run(stopServer(world.node, pid))
    expect(world.log).toEqual(['terminate normal 0', 'terminated'])
    expect(world.node.isAlive(pid)).toBe(false)
    expect((await failure(world.run(stopServer(world.node, pid)))).code).toBe('call.no_process')
  })

  test('on request waits for what is in front of it, and takes any reason', async () => {
    const { world, pid } = await start()
    const work = call(world.node, pid, 'work', 100)
    const stopped = stopServer(world.node, pid, { shutdown: 'deploy' })
    expect(await world.run(work)).toBe('done')
    await world.run(stopped)
    expect(world.log[0]).toBe('terminate {"shutdown":"deploy"} 1')
  })

  test('on request fails with the true reason when it ended for another', async () => {
    const { world, pid } = await start()
    const stopped = failure(stopServer(world.node, pid, 'shutdown'))
    await world.runtime.advance(5)
    world.node.sendExit(pid, 'kill')
    expect(await world.run(stopped)).toMatchObject({ code: 'call.exited', details: { reason: 'killed' } })
  })

  test('on request gives up when told to, and the server goes on ending', async () => {
    const { world, pid } = await start()
    expect((await failure(world.run(stopServer(world.node, pid, 'normal', { timeoutMs: 5 })))).code).toBe(
      'call.timeout',
    )
    expect(await world.exited(pid)).toBe('normal')
    expect(world.log).toEqual(['terminate normal 0', 'terminated'])
  })
})

describe('messages of the system', () => {
  test('reach the handlers that the protocol names', async () => {
    const { world, pid } = await start()
    const other = world.node.spawn(async (self: Process<never>) => self.receive())
    await world.run(call(world.node, pid, 'watch', other))
    await world.run(call(world.node, pid, 'timer', 20))
    world.node.sendExit(other, 'gone')
    await world.runtime.advance(20)
    expect((await world.run(call(world.node, pid, 'log'))).toSorted()).toEqual([
      'down gone',
      'exit gone',
      'timeout ring',
    ])
  })
})

describe('what a server does not know', () => {
  const anyCall = call as unknown as (from: unknown, to: unknown, name: string) => Promise<unknown>

  test('as a call is a crash that tells the caller why (S18)', async () => {
    const { world, pid } = await start()
    const error = await failure(world.run(anyCall(world.node, pid, 'wrong')))
    expect(error.code).toBe('call.exited')
    expect(error.message).toContain('@test/steps has no call "wrong". It has: throwReply')
    expect(error.details['reason']).toMatchObject({ code: 'server.unknown_call' })
    expect(world.log).toEqual(['terminate server.unknown_call 0', 'terminated'])
  })

  test('as a name of Object.prototype is unknown, too', async () => {
    for (const name of ['toString', '__proto__', 'constructor', 'hasOwnProperty']) {
      const { world, pid } = await start()
      expect((await failure(world.run(anyCall(world.node, pid, name)))).details['reason']).toMatchObject({
        code: 'server.unknown_call',
      })
    }
  })

  test('as a request that is no call is a crash, too', async () => {
    for (const payload of ['rubbish', null, 7, {}, { call: 7 }, { system: 7 }]) {
      const { world, pid } = await start()
      expect((await failure(world.run(world.node.request(pid, payload)))).details['reason']).toMatchObject({
        code: 'server.unknown_call',
      })
    }
  })

  test('as a cast is a crash (S18)', async () => {
    const { world, pid } = await start()
    ;(cast as unknown as (from: unknown, to: unknown, name: string) => void)(world.node, pid, 'wrong')
    expect(await world.exited(pid)).toMatchObject({ code: 'server.unknown_cast' })
  })

  test('as a plain message is reported and dropped (S17)', async () => {
    const { world, pid } = await start()
    const rubbish = [
      'text',
      7,
      null,
      { type: 'unknown' },
      { type: 7 },
      { type: '$agner/cast' },
      [1],
      { type: 'toString' },
    ]
    for (const message of rubbish) world.node.send(pid as Pid<unknown>, message as never)
    expect(await world.run(call(world.node, pid, 'log'))).toEqual([])
    expect(world.notices('server', 'warning').map(({ details }) => details!['message'])).toEqual(rubbish)
    expect(world.notices('server')[0]!.text).toContain('@test/steps')
  })
})
