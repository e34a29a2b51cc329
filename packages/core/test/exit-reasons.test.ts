import { describe, expect, test } from 'vitest'
import { createNode, type AnyPid, type ExitReason, type Pid, type Process, type Reporter } from '../src/index.ts'
import { expectNoneUnhandled } from './unhandled.ts'
import { createWorld } from './world.ts'

const hostile = new Proxy(class {}, {
  get: () => {
    throw new Error('from the get trap')
  },
  getPrototypeOf: () => {
    throw new Error('from the getPrototypeOf trap')
  },
})
const revoked = Proxy.revocable({}, {})
revoked.revoke()
const spiteful = new Error('kept')
Object.defineProperty(spiteful, 'stack', {
  get: () => {
    throw new Error('from the stack getter')
  },
})
class Custom {
  value = 1
}

expectNoneUnhandled()

describe('what a body throws is its exit reason', () => {
  test('an error, with name, message, stack, code and cause, frozen, and reported', async () => {
    const { node, runtime, reports, exited } = createWorld()
    const parent = node.spawn(async (self) => {
      const child = self.spawn(
        async (me: Process<string>) => {
          me.label('the one that breaks')
          await me.receive()
          throw Object.assign(new RangeError('out', { cause: 'too far' }), { code: 'E_RANGE' })
        },
        { name: 'child' },
      )
      self.send(child, 'last words')
      self.send(child, 'unread')
      await self.receive()
    })
    await runtime.settle()
    const child = reports.crashes[0]!.pid
    const reason = (await exited(child)) as ExitReason
    expect(reason).toBe('noproc')
    expect(reports.crashes).toMatchObject([
      {
        type: 'crash',
        pid: child,
        name: 'child',
        label: 'the one that breaks',
        parent,
        lastMessage: 'last words',
        mailboxLength: 1,
        reason: expect.objectContaining({
          name: 'RangeError',
          message: 'out',
          code: 'E_RANGE',
          cause: 'too far',
          stack: expect.stringContaining('exit-reasons.test') as unknown,
        }) as unknown,
      },
    ])
    expect(Object.isFrozen(reports.crashes[0]!.reason)).toBe(true)
  })

  test.each<[string, unknown, unknown]>([
    ['undefined', undefined, null],
    ['null', null, null],
    ['zero', 0, 0],
    ['a string', 'went wrong', 'went wrong'],
    ['a bigint', 5n, 5n],
    ['plain data', { code: 7, list: [1] }, { code: 7, list: [1] }],
    [
      'a symbol',
      Symbol('odd'),
      expect.objectContaining({ message: expect.stringContaining('Symbol(odd)') as unknown }),
    ],
    ['a function', () => {}, expect.any(Error)],
    [
      'a class instance',
      new Custom(),
      expect.objectContaining({ message: expect.stringContaining('[object Object]') as unknown }),
    ],
    [
      'an object that no string can be made of',
      Object.assign(Object.create(null) as object, { f() {} }),
      expect.any(Error),
    ],
    ['a proxy that throws', hostile, expect.any(Error)],
    ['a revoked proxy', revoked.proxy, expect.any(Error)],
    ['an error whose stack throws', spiteful, expect.any(Error)],
    [
      'a cycle',
      (() => {
        const a: unknown[] = []
        a.push(a)
        return a
      })(),
      expect.any(Error),
    ],
    ['a promise', Promise.resolve(1), expect.any(Error)],
  ])('also when it is %s, thrown at once, later, or by a callback', async (_name, thrown, reason) => {
    const { node, runtime, reports } = createWorld()
    const bodies: ((self: Process<string>) => Promise<unknown>)[] = [
      () => {
        throw thrown
      },
      async () => {
        throw thrown
      },
      async (self) => {
        await self.sleep(1)
        throw thrown
      },
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- that is what is tried
      () => Promise.reject(thrown),
    ]
    const pids: AnyPid[] = bodies.map((body) => node.spawn(body))
    pids.push(
      node.spawn({
        init: () => {
          throw thrown
        },
        message: () => null,
      }),
      node.spawn({
        init: async () => {
          throw thrown
        },
        message: () => null,
      }),
    )
    const reasons = await runtime.runUntil(Promise.all(pids.map((pid) => node.exited(pid))))
    for (const each of reasons) expect(each).toEqual(reason)
    expect(reports.crashes).toHaveLength(6)
    expect(node.processCount()).toBe(0)
  })

  test('an error whose cause cannot be sent stays that error, and its cause becomes a text', async () => {
    const { node, inProcess, exited } = createWorld()
    const circular = Object.assign(new Error('circular'), { code: 'E_CIRCLE' })
    circular.cause = circular
    const within = new TypeError('within', { cause: new Custom() })
    const causes: readonly (readonly [unknown, unknown])[] = [
      [new Custom(), '[an instance of Custom]'],
      [{ deep: [() => {}] }, expect.stringMatching(/^\[.*function.*\]$/)],
      [within, expect.objectContaining({ name: 'TypeError', message: 'within', cause: '[an instance of Custom]' })],
      [circular, expect.objectContaining({ message: 'circular', code: 'E_CIRCLE', cause: '[a cycle]' })],
    ]
    for (const [cause, shown] of causes) {
      const thrown = Object.assign(new RangeError('out', { cause }), { code: 'E_RANGE' })
      const reason = await exited(node.spawn(() => Promise.reject(thrown)))
      expect(reason).toMatchObject({ name: 'RangeError', message: 'out', code: 'E_RANGE', cause: shown })
      expect((reason as Error).stack).toBe(thrown.stack)
      expect(Object.isFrozen(reason)).toBe(true)
      await inProcess(async (self) =>
        expect(() => self.send(self.pid as Pid<unknown>, thrown as never)).toThrow(
          expect.objectContaining({ code: expect.stringMatching(/^copy\./) as unknown }),
        ),
      )
    }
  })

  test('of a long chain of causes the first ones are told', async () => {
    const { node, exited } = createWorld()
    let thrown = new Error('the innermost', { cause: new Custom() })
    for (let n = 99; n >= 0; n--) thrown = new Error(`error ${n}`, { cause: thrown })
    const told: string[] = []
    let each: unknown = await exited(node.spawn(() => Promise.reject(thrown)))
    for (; each instanceof Error; each = each.cause) told.push(each.message)
    expect(told).toEqual(Array.from({ length: 16 }, (_, n) => `error ${n}`))
    expect(each).toBe('[an instance of Custom]')
  })

  test('returning is normal, and no crash', async () => {
    const { node, reports, exited } = createWorld()
    expect(await exited(node.spawn(async () => 'a value nobody sees'))).toBe('normal')
    expect(await exited(node.spawn((() => 5) as unknown as () => Promise<unknown>))).toBe('normal')
    expect(reports.all).toEqual([])
  })

  test.each<[ExitReason, number]>([
    ['normal', 0],
    ['shutdown', 0],
    [{ shutdown: 'asked to' }, 0],
    ['anything else', 0],
    [{ code: 1 }, 0],
  ])('exit(%j) is that reason, and no crash', async (reason) => {
    const { node, reports, exited } = createWorld()
    expect(await exited(node.spawn(async (self) => self.exit(reason)))).toEqual(reason)
    expect(reports.all).toEqual([])
  })

  test('nothing of it is shared between those who hear of it', async () => {
    const { node, runtime } = createWorld()
    const given = { list: [1], bytes: new Uint8Array([1]), map: new Map([['k', { v: 1 }]]), date: new Date(1) }
    const dies = node.spawn(async (self: Process<string>) => {
      await self.receive()
      self.exit(given)
    })
    const heard = Promise.all([node.exited(dies), node.exited(dies)])
    node.send(dies, 'go')
    const [one, other] = (await runtime.runUntil(heard)) as unknown as (typeof given)[]
    given.list.push(2)
    one!.bytes[0] = 9
    one!.map.set('k', { v: 9 })
    one!.date.setTime(9)
    expect(() => one!.list.push(3)).toThrow(TypeError)
    expect(other).toEqual({ list: [1], bytes: new Uint8Array([1]), map: new Map([['k', { v: 1 }]]), date: new Date(1) })
  })

  test.each<[string, Reporter]>([
    [
      'throws',
      () => {
        throw new Error('in the reporter')
      },
    ],
    ['rejects', () => Promise.reject(new Error('in the reporter')) as never],
    [
      'returns what throws when it is awaited',
      () =>
        ({
          // oxlint-disable-next-line unicorn/no-thenable
          then: () => {
            throw new Error('in the reporter')
          },
        }) as never,
    ],
  ])('a reporter that %s takes nothing with it', async (_, report) => {
    const { runtime } = createWorld()
    const node = createNode({ runtime, report })
    const dies = node.spawn(async () => {
      throw new Error('boom')
    })
    expect(await runtime.runUntil(node.exited(dies))).toMatchObject({ message: 'boom' })
  })
})
