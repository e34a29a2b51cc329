/**
 * Schemas of a protocol: what enters a server is what its handlers say they take, whoever sent it.
 */
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  call,
  cast,
  defineServer,
  info,
  noreply,
  protocol,
  reply,
  startServer,
  type Server,
  type StandardSchema,
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
