/**
 * What a faulty handler, or a message that is none, does to an event manager: nothing. The handler goes alone.
 */
import { expect, it } from 'vitest'
import {
  addHandler,
  addSupHandler,
  callHandler,
  defineEventManager,
  defineHandler,
  handlerProtocol,
  handOver,
  noreply,
  notify,
  protocol,
  removeHandlerAndReply,
  reply,
  startEventManager,
  sys,
  syncNotify,
  whichHandlers,
  type GenEventExit,
  type Handler,
  type HandlerProtocol,
  type Protocol,
} from '../src/index.ts'
import { createWorld, failure } from './world.ts'

type Fault = keyof typeof faults
interface LineApi {
  events: { type: 'said'; fault: Fault }
}
interface OddApi {
  calls: { get(fault: Fault | 'leave'): number }
}
const line: Protocol<LineApi> = protocol('@test/line')
const odd: HandlerProtocol<LineApi, OddApi> = handlerProtocol(line, '@test/odd')

class Fault7 {
  readonly number = 7
}
const raise = (what: unknown): never => {
  throw what
}
/** Each with the code, or the text, of what it counts as. */
const faults = {
  'throws a symbol': [() => raise(Symbol('x')), 'Symbol(x)'],
  'throws a function': [() => raise(() => 1), 'A value that cannot be sent was thrown'],
  'throws an instance': [() => raise(new Fault7()), 'A value that cannot be sent was thrown'],
  'throws what cannot be looked at': [
    () =>
      raise({
        get shutdown() {
          return raise(new Error('hands off'))
        },
      }),
    'A value that cannot be sent was thrown',
  ],
  'has a number for its last argument': [(state: number) => noreply(state + 1, 5000 as never), 'events.bad_return'],
  'has null for its last argument': [(state: number) => noreply(state + 1, null as never), 'events.bad_return'],
  'hands over to nobody': [(state: number) => handOver(state + 1, { to: undefined as never }), 'events.bad_definition'],
  'hands over to what is no handler': [
    (state: number) => handOver(state + 1, { to: { handler: 'x', id: null } as never }),
    'events.bad_definition',
  ],
  'hands over under a tag that cannot be sent': [
    (state: number) => handOver(state + 1, { to: Odd.as(Symbol('tag') as never) }),
    'copy.unsendable',
  ],
} as const

const Odd: Handler<LineApi, OddApi, void> = defineHandler(odd, {
  init: (): number => 0,
  events: { said: (state, { fault }) => faults[fault][0](state) as never },
  calls: {
    get: (state, fault) =>
      fault === 'leave' ? removeHandlerAndReply((() => 1) as never) : (reply((() => 1) as never, state + 1) as never),
  },
  terminate: (why, state) => void ended.push(`${why.type} ${state}`),
})
const ended: string[] = []

const Steady: Handler<LineApi, object, void> = defineHandler(handlerProtocol(line, '@test/steady'), {
  init: (): number => 0,
  event: (count) => noreply(count + 1),
})

async function openLine() {
  ended.length = 0
  const world = createWorld()
  const { node, run } = world
  const manager = await run(startEventManager(node, defineEventManager(line, { handlers: [Steady.with()] })))
  const handlers = () => run(whichHandlers(node, manager))
  return { ...world, world, manager, handlers }
}

const codeOrText = (reason: unknown): string => {
  const { code, message } = reason as { readonly code?: string; readonly message: string }
  return code ?? message
}

it.each(Object.keys(faults) as Fault[])('a handler that %s goes alone, and its owner is told once', async (fault) => {
  const { node, run, manager, handlers, notices } = await openLine()
  const told: GenEventExit[] = []
  const owner = node.spawn(async (self) => {
    const receiving = self as unknown as { receive(): Promise<GenEventExit> }
    self.trapExits(true)
    await addSupHandler(self, manager, Odd)
    for (;;) told.push(await receiving.receive())
  })
  await run(whichHandlers(node, manager))
  await run(syncNotify(node, manager, { type: 'said', fault }))
  expect(await handlers()).toEqual(['@test/steady'])
  expect(told).toMatchObject([{ type: 'genEventExit', handler: '@test/odd' }])
  expect(codeOrText(told[0]!.reason)).toContain(faults[fault][1])
  expect(ended).toEqual(['error 0'])
  expect(notices('events', 'error')).toHaveLength(1)
  expect(notices('events', 'error')[0]!.details).toMatchObject({ lastMessage: { fault }, state: 0 })
  expect(await run(sys.getState(node, manager))).toEqual([{ handler: '@test/steady', state: 1 }])
  expect(node.isAlive(owner)).toBe(true)
})

it('a successor whose init throws what cannot be sent is gone, and the owner is told', async () => {
  const { node, run, inProcess, manager, handlers } = await openLine()
  const Bad = defineHandler(handlerProtocol(line, '@test/bad'), { init: (): number => raise(Symbol('no')) })
  const Leaving = defineHandler(handlerProtocol(line, '@test/leaving'), {
    init: (): number => 0,
    event: (state) => handOver(state, { to: Bad }),
  })
  await inProcess<GenEventExit>(async (self) => {
    await addSupHandler(self, manager, Leaving)
    await syncNotify(self, manager, { type: 'said', fault: 'throws a symbol' })
    expect((await self.receive()).reason).toMatchObject({ swapped: { handler: '@test/bad' } })
    const { handler, reason } = await self.receive()
    expect([handler, codeOrText(reason)]).toEqual(['@test/bad', expect.stringContaining('Symbol(no)')])
  })
  expect(codeOrText((await failure(run(addHandler(node, manager, Bad)))).details['reason'])).toContain('Symbol(no)')
  expect(await handlers()).toEqual(['@test/steady'])
})

it.each([[null], [undefined], ['said'], [7], [{}], [{ type: 7 }], [['said']]])(
  'an event without a type, as %j, is dropped: reported, or refused to who waits',
  async (event) => {
    const { node, run, manager, handlers, notices } = await openLine()
    notify(node, manager, event as never)
    const refused = await failure(run(syncNotify(node, manager, event as never)))
    expect(refused).toMatchObject({ code: 'call.bad_argument', message: expect.stringContaining('has a type') })
    expect(await handlers()).toEqual(['@test/steady'])
    expect(notices('events', 'warning').map(({ details }) => details!['message'])).toEqual([event])
    expect(await run(sys.getState(node, manager))).toEqual([{ handler: '@test/steady', state: 0 }])
  },
)

const install = { ticket: null, module: '@test/odd', version: '1', id: '@test/odd', arg: null }
it.each([
  [{ events: 'bogus' }],
  [{ events: 'call' }],
  [{ events: 'call', handler: null, call: 'get' }],
  [{ events: 'call', handler: { handler: '@test/steady' }, call: 'get' }],
  [{ events: 'call', handler: '@test/steady', call: 7 }],
  [{ events: 'delete' }],
  [{ events: 'add', install: null, owner: null }],
  [{ events: 'add', install: { ...install, id: null }, owner: null }],
  [{ events: 'add', install, owner: 'me' }],
  [{ events: 'swap', handler: '@test/steady', leaving: null, owner: null }],
])('a request that no manager knows, as %j, is reported, and the manager goes on', async (payload) => {
  const { node, run, manager, handlers, notices } = await openLine()
  expect((await failure(run(node.request(manager, payload as never, { timeoutMs: 50 })))).code).toBe('call.timeout')
  expect(notices('events', 'warning').map(({ details }) => details!['message'])).toEqual([payload])
  await run(syncNotify(node, manager, { type: 'said', fault: 'throws a symbol' }))
  expect(await handlers()).toEqual(['@test/steady'])
})

it.each(['throws a symbol', 'leave'] as const)(
  'a handler whose answer cannot be sent is removed for it (%s)',
  async (how) => {
    const { node, run, manager, handlers, notices } = await openLine()
    await run(addHandler(node, manager, Odd))
    const error = await failure(run(callHandler(node, manager, odd, 'get', how)))
    expect(error).toMatchObject({ code: 'events.handler_failed', details: { reason: { code: 'copy.unsendable' } } })
    expect(error.message).toContain('at $.')
    expect(await handlers()).toEqual(['@test/steady'])
    expect(ended).toEqual(['error 0'])
    expect(notices('events', 'error')).toMatchObject([{ details: { lastMessage: { call: 'get' }, state: 0 } }])
  },
)

it('a call that fails with what cannot be sent says so', async () => {
  const { node, run, manager, handlers } = await openLine()
  const Thrower = defineHandler(odd, { init: (): number => 0, calls: { get: () => raise(Symbol('deep')) } })
  await run(addHandler(node, manager, Thrower))
  const { code, details } = await failure(run(callHandler(node, manager, odd, 'get', 'leave')))
  expect([code, codeOrText(details['reason'])]).toEqual([
    'events.handler_failed',
    expect.stringContaining('Symbol(deep)'),
  ])
  expect(await handlers()).toEqual(['@test/steady'])
})
