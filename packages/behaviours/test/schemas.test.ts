/**
 * Schemas of a protocol: what enters a server is what its handlers say they take, whoever sent it.
 */
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  begin,
  call,
  callHandler,
  cast,
  defineEventManager,
  defineHandler,
  defineServer,
  defineStatem,
  handlerProtocol,
  info,
  keepState,
  keepStateAndData,
  nextState,
  noreply,
  notify,
  postpone,
  protocol,
  reply,
  replyTo,
  startEventManager,
  startServer,
  startStatem,
  syncNotify,
  type Begin,
  type HandlerProtocol,
  type Server,
  type StandardSchema,
  type Statem,
} from '../src/index.ts'
import { createWorld, failure, type World } from './world.ts'

interface Order {
  item: string
  amount: number
}
interface ShopApi {
  calls: { order(what: Order): number; total(): number; note(text: string): string }
  casts: { cancel(item: string): void }
  info: { type: 'delivered'; amount: number }
}

const withZod = {
  calls: { order: z.object({ item: z.string().min(1), amount: z.number().int().positive() }) },
  casts: { cancel: z.string().min(1) },
  info: { delivered: z.object({ type: z.literal('delivered'), amount: z.number() }) },
}
const withValibot = {
  calls: {
    order: v.object({
      item: v.pipe(v.string(), v.minLength(1)),
      amount: v.pipe(v.number(), v.integer(), v.minValue(1)),
    }),
  },
  casts: { cancel: v.pipe(v.string(), v.minLength(1)) },
  info: { delivered: v.object({ type: v.literal('delivered'), amount: v.number() }) },
}

/** A schema that says whatever it is told to. */
function schema<T>(validate: StandardSchema<T>['~standard']['validate']): StandardSchema<T> {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

function shop(
  schemas: NonNullable<Parameters<typeof protocol<ShopApi>>[1]>['schemas'] = {},
): Server<ShopApi, number, number> {
  return defineServer(protocol<ShopApi>('@test/shop', { schemas }), {
    init: (total: number): number => total,
    calls: {
      order: (total, { amount, ...rest }) => reply(Object.keys(rest).length, total + amount),
      total: (total) => reply(total, total),
      note: (total, text) => reply(text, total),
    },
    casts: { cancel: (total, item) => noreply(total - item.length) },
    info: { delivered: (total, { amount }) => noreply(total - amount) },
  })
}

const sloppy = (what: unknown) => what as never

describe.each([
  ['zod', withZod],
  ['valibot', withValibot],
])('schemas of %s', (_name, schemas) => {
  const start = (world: World) => world.run(startServer(world.node, shop(schemas), 0))

  test('what is right comes through, without what the schema does not know', async () => {
    const world = createWorld()
    const pid = await start(world)
    const known = await world.run(call(world.node, pid, 'order', sloppy({ item: 'bread', amount: 2, extra: 'x' })))
    expect(known).toBe(1)
    cast(world.node, pid, 'cancel', 'a')
    expect(await world.run(call(world.node, pid, 'total'))).toBe(1)
    info(world.node, pid, { type: 'delivered', amount: 1 })
    expect(await world.run(call(world.node, pid, 'total'))).toBe(0)
  })

  test('a call that is wrong is rejected with all that is wrong, and the server goes on as it was', async () => {
    const world = createWorld()
    const pid = await start(world)
    const error = await failure(world.run(call(world.node, pid, 'order', sloppy({ item: '', amount: 'two' }))))
    expect(error).toMatchObject({ code: 'call.bad_argument', details: { module: '@test/shop', name: 'calls.order' } })
    const issues = error.details['issues'] as { path: string; message: string }[]
    expect(issues.map(({ path }) => path)).toEqual(['item', 'amount'])
    expect(error.message).toContain(`amount: ${issues[1]!.message}`)
    expect(await world.run(call(world.node, pid, 'total'))).toBe(0)
    expect(world.reports.all).toEqual([])
  })

  test('a cast or a message that is wrong is reported and dropped', async () => {
    const world = createWorld()
    const pid = await start(world)
    cast(world.node, pid, 'cancel', sloppy(7))
    info(world.node, pid, sloppy({ type: 'delivered', amount: 'many' }))
    expect(await world.run(call(world.node, pid, 'total'))).toBe(0)
    expect(world.notices('server', 'warning').map(({ details }) => details)).toMatchObject([
      { pid, module: '@test/shop', name: 'casts.cancel', issues: [{ path: '' }] },
      { pid, module: '@test/shop', name: 'info.delivered', issues: [{ path: 'amount' }] },
    ])
    expect(world.node.isAlive(pid)).toBe(true)
  })
})

describe('schemas of any kind', () => {
  test('a name without a schema is not looked at', async () => {
    const world = createWorld()
    const pid = await world.run(startServer(world.node, shop(withZod), 0))
    expect(await world.run(call(world.node, pid, 'note', sloppy(3)))).toBe(3)
  })

  test('the handler gets what the schema made', async () => {
    const world = createWorld()
    const server = shop({ calls: { note: schema((value) => ({ value: `<${String(value)}>` })) } })
    const pid = await world.run(startServer(world.node, server, 0))
    expect(await world.run(call(world.node, pid, 'note', 'a'))).toBe('<a>')
  })

  test('while an async schema is asked, messages wait; its refusal changes nothing', async () => {
    const world = createWorld()
    let let_go = (): void => {}
    const asked = new Promise<void>((resolve) => (let_go = resolve))
    const server = shop({
      calls: { note: schema(async () => asked.then(() => ({ issues: [{ message: 'not today' }] }))) },
    })
    const pid = await world.run(startServer(world.node, server, 5))
    const noted = failure(call(world.node, pid, 'note', 'a'))
    const total = call(world.node, pid, 'total')
    await world.runtime.settle()
    expect(world.node.processInfo(pid)!.mailboxLength).toBe(1)
    let_go()
    expect(await world.run(noted)).toMatchObject({
      code: 'call.bad_argument',
      details: { issues: [{ message: 'not today' }] },
    })
    expect(await world.run(total)).toBe(5)
  })

  test('a server that is killed while its schema is asked does nothing more', async () => {
    const world = createWorld()
    let say = (_result: { value: string }): void => {}
    const asked = new Promise<{ value: string }>((resolve) => (say = resolve))
    const Noting = defineServer(
      protocol<ShopApi>('@test/noting', { schemas: { calls: { note: schema(() => asked) } } }),
      {
        init: (): number => 0,
        calls: {
          order: (state) => reply(0, state),
          total: (state) => reply(0, state),
          note: (state, text) => {
            world.log.push(text)
            return reply(text, state)
          },
        },
        casts: { cancel: (state) => noreply(state) },
        info: { delivered: (state) => noreply(state) },
      },
    )
    const pid = await world.run(startServer(world.node, Noting))
    const noted = failure(call(world.node, pid, 'note', 'a'))
    await world.runtime.settle()
    world.node.sendExit(pid, 'kill')
    expect(await world.run(noted)).toMatchObject({ code: 'call.exited' })
    say({ value: 'a' })
    await world.runtime.settle()
    expect(world.log).toEqual([])
  })

  test('a schema that throws, rejects, or finds a thousand faults has not let it through', async () => {
    const world = createWorld()
    const many = Array.from({ length: 1000 }, (_, at) => ({ message: 'x'.repeat(1000), path: [{ key: 'lines' }, at] }))
    const kinds = {
      throws: schema<string>(() => {
        throw new Error('too deep')
      }),
      rejects: schema<string>(() => Promise.reject(new Error('too deep'))),
      many: schema<string>(() => ({ issues: many })),
    }
    for (const [kind, note] of Object.entries(kinds)) {
      const pid = await world.run(startServer(world.node, shop({ calls: { note } }), 0))
      const { code, details, message } = await failure(world.run(call(world.node, pid, 'note', 'a')))
      const issues = details['issues'] as { path: string; message: string }[]
      expect(code).toBe('call.bad_argument')
      expect(issues).toHaveLength(kind === 'many' ? 10 : 1)
      expect(message.length).toBeLessThan(3000)
      expect(issues[0]).toEqual(
        kind === 'many'
          ? { path: 'lines.0', message: expect.stringMatching(/^x{199}…$/) }
          : { path: '', message: 'the schema failed: too deep' },
      )
      expect(world.node.isAlive(pid)).toBe(true)
    }
    expect(world.reports.crashes).toEqual([])
  })

  test('what is no Standard Schema is refused where the protocol is made', () => {
    for (const wrong of [{}, null, 'x', () => true, { '~standard': { version: 2, validate: () => ({}) } }])
      expect(() => shop({ calls: { note: wrong as never } })).toThrow(
        expect.objectContaining({ code: 'protocol.bad_schema', message: expect.stringContaining('calls.note') }),
      )
  })
})

describe('schemas of a state machine', () => {
  interface LampApi {
    calls: { press(times: number): string }
    casts: { dim(percent: number): void }
    info: { type: 'dusk'; hour: number }
  }
  const lamp = protocol<LampApi>('@test/lamp', {
    schemas: {
      calls: {
        press: z
          .number()
          .int()
          .transform((times) => times * 10),
      },
      casts: { dim: z.number().max(100) },
      info: { dusk: z.object({ type: z.literal('dusk'), hour: z.number() }) },
    },
  })
  type Own = Record<never, never>
  const off: Statem<LampApi, undefined, 'off' | 'on', number, Own> = defineStatem(lamp, {
    init: (_: undefined): Begin<'off' | 'on', number, Own> => begin('off', 0),
    states: {
      off: {
        calls: { press: postpone },
        casts: { dim: (_light, percent) => nextState('on', percent) },
      },
      on: {
        calls: { press: (light, times, { from }) => keepStateAndData(replyTo(from, `${light} ${times}`)) },
        info: { dusk: (_light, { hour }) => keepState(hour) },
      },
    },
  })
  const whole: Statem<LampApi, undefined, string, number, Own> = defineStatem(lamp, {
    init: (_: undefined): Begin<string, number, Own> => begin('any', 0),
    handleEvent: (event, _state, light) => {
      if (event.type === 'call') return keepStateAndData(replyTo(event.from, `${light} ${event.payload}`))
      return keepState(event.type === 'cast' ? event.payload : event.message.hour)
    },
  })

  test.each([
    ['with tables', off],
    ['with one handler', whole as unknown as typeof off],
  ])('%s are asked once, at the door', async (_name, machine) => {
    const world = createWorld()
    const pid = await world.run(startStatem(world.node, machine))
    const pressed = machine === off ? call(world.node, pid, 'press', 3) : Promise.resolve('50 30')
    cast(world.node, pid, 'dim', 101)
    info(world.node, pid, sloppy({ type: 'dusk' }))
    cast(world.node, pid, 'dim', 50)
    expect(await world.run(pressed)).toBe('50 30')
    expect(await failure(world.run(call(world.node, pid, 'press', 1.5)))).toMatchObject({
      code: 'call.bad_argument',
      details: { module: '@test/lamp', name: 'calls.press' },
    })
    info(world.node, pid, { type: 'dusk', hour: 21 })
    expect(await world.run(call(world.node, pid, 'press', 2))).toBe('21 20')
    expect(world.notices('server', 'warning').map(({ details }) => (details as { name: string }).name)).toEqual([
      'casts.dim',
      'info.dusk',
    ])
    expect(world.node.isAlive(pid)).toBe(true)
  })

  test('while an async one is asked, events wait; if it fails, the machine goes on', async () => {
    const world = createWorld()
    const slow = protocol<LampApi>('@test/slow', {
      schemas: {
        calls: { press: schema(async (value) => (value === 1 ? { value: 7 } : Promise.reject(new Error('no')))) },
      },
    })
    const Slow: Statem<LampApi, undefined, 'on', number, Own> = defineStatem(slow, {
      init: (_: undefined): Begin<'on', number, Own> => begin('on', 0),
      states: {
        on: {
          calls: { press: (light, times, { from }) => keepStateAndData(replyTo(from, `${light} ${times}`)) },
          casts: { dim: (_light, percent) => keepState(percent) },
        },
      },
    })
    const pid = await world.run(startStatem(world.node, Slow))
    const first = call(world.node, pid, 'press', 1)
    cast(world.node, pid, 'dim', 5)
    expect(await world.run(first)).toBe('0 7')
    expect(await failure(world.run(call(world.node, pid, 'press', 2)))).toMatchObject({ code: 'call.bad_argument' })
    expect(await world.run(call(world.node, pid, 'press', 1))).toBe('5 7')
  })
})

describe('schemas of an event manager', () => {
  interface DoorApi {
    events: { type: 'opened'; by: string } | { type: 'closed' }
    info: { type: 'knock'; times: number }
  }
  const door = protocol<DoorApi>('@test/schema-door', {
    schemas: {
      events: { opened: z.object({ type: z.literal('opened'), by: z.string().trim().min(1) }) },
      info: { knock: v.object({ type: v.literal('knock'), times: v.number() }) },
    },
  })
  const journal: HandlerProtocol<DoorApi, { calls: { lines(): string[] } }> = handlerProtocol(
    door,
    '@test/schema-journal',
  )
  const Journal = defineHandler(journal, {
    init: (): readonly string[] => [],
    events: { opened: (lines, { by }) => noreply([...lines, by]), closed: (lines) => noreply([...lines, '-']) },
    info: { knock: (lines, { times }) => noreply([...lines, `${times}`]) },
    calls: { lines: (lines) => reply([...lines], lines) },
  })

  test('what they refuse, no handler sees; who waits for it is told', async () => {
    const world = createWorld()
    const { node, run } = world
    const pid = await run(startEventManager(node, defineEventManager(door, { handlers: [Journal.with()] })))
    notify(node, pid, { type: 'opened', by: ' ann ' })
    notify(node, pid, { type: 'opened', by: ' ' })
    info(node, pid, sloppy({ type: 'knock', times: 'often' }))
    info(node, pid, { type: 'knock', times: 2 })
    notify(node, pid, { type: 'closed' })
    expect(await failure(run(syncNotify(node, pid, sloppy({ type: 'opened' }))))).toMatchObject({
      code: 'call.bad_argument',
      details: { module: '@test/schema-door', name: 'events.opened', issues: [{ path: 'by' }] },
    })
    await run(syncNotify(node, pid, { type: 'opened', by: 'bo' }))
    expect(await run(callHandler(node, pid, journal, 'lines'))).toEqual(['ann', '2', '-', 'bo'])
    expect(world.notices('server', 'warning').map(({ details }) => (details as { name: string }).name)).toEqual([
      'events.opened',
      'info.knock',
    ])
  })
})
