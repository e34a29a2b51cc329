import { describe, expect, test } from 'vitest'
import { createNode, defineModule, type CrashReport, type Process, type ProcessFlags } from '../src/index.ts'
import { createWorld } from './world.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })
const still = async (self: Process<unknown>): Promise<void> => void (await self.receive(() => false))

describe('flags', () => {
  const settings: { readonly [Name in keyof ProcessFlags]: readonly [first: ProcessFlags[Name], ProcessFlags[Name]] } =
    {
      trapExits: [false, true],
      priority: ['normal', 'max'],
      mailboxLimit: [2_000_000, 10],
      sensitive: [false, true],
    }

  test.each(Object.entries(settings))('%s gives the old value', async (name, [first, other]) => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      const set = (value: unknown): unknown => self.flag(name as 'trapExits', value as boolean)
      expect([set(other), set(first), set(first), set(other)]).toEqual([first, other, first, first])
      const seen = self.spawn(async (child: Process<unknown>) => {
        expect(child.flag(name as 'trapExits', first as unknown as boolean)).toBe(first)
        await still(child)
      })
      await self.sleep(0)
      expect(self.isAlive(seen)).toBe(true)
    })
  })

  test('what is none, and what one does not take, is refused and changes nothing', async () => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      const set = (name: unknown, value: unknown) => () => self.flag(name as 'trapExits', value as boolean)
      for (const name of ['colour', 'toString', '', null, {}, Symbol('x')])
        expect(set(name, true)).toThrow(code('flag.unknown'))
      for (const value of ['yes', 1, null, undefined]) {
        expect(set('trapExits', value)).toThrow(code('flag.bad_value'))
        expect(() => self.trapExits(value as never)).toThrow(code('flag.bad_value'))
        expect(set('sensitive', value)).toThrow(code('flag.bad_value'))
      }
      for (const value of ['highest', 'High', 3, null, undefined, ['high']])
        expect(set('priority', value)).toThrow(code('flag.bad_value'))
      for (const value of [0, -1, Number.NaN, '10', null, undefined])
        expect(set('mailboxLimit', value)).toThrow(code('flag.bad_value'))
      expect(self.processInfo(self.pid)).toMatchObject({ trapsExits: false, priority: 'normal' })
    })
  })

  test('a callback process has them as well, and keeps them', async () => {
    const { node, runtime } = createWorld()
    const seen: unknown[] = []
    const pid = node.spawn<string>({
      init: (self: Process<string>) => void self.flag('priority', 'low'),
      message: (self: Process<string>) => void seen.push(self.flag('priority', 'high')),
    })
    for (const message of ['one', 'two']) node.send(pid, message)
    await runtime.settle()
    expect(seen).toEqual(['low', 'high'])
  })

  test('a limit that is set while it runs holds, for more and for fewer', async () => {
    const { node, exited, inProcess, runtime } = createWorld({ mailboxLimit: 5 })
    const limited = (limit: number): ReturnType<typeof node.spawn<number>> =>
      node.spawn<number>(async (self) => {
        self.flag('mailboxLimit', limit)
        await self.receive(() => false)
      })
    const [few, more, any] = [limited(2), limited(10), limited(Infinity)]
    await runtime.settle()
    await inProcess(async (self) => {
      const fill = (pid: typeof few, count: number): void => {
        for (let n = 0; n < count; n++) self.send(pid, n)
      }
      fill(few, 2)
      fill(more, 10)
      fill(any, 100)
      expect([few, more, any].map((pid) => self.isAlive(pid))).toEqual([true, true, true])
      fill(more, 1)
      fill(few, 1)
      expect([few, more, any].map((pid) => self.isAlive(pid))).toEqual([false, false, true])
    })
    void exited
  })
})

describe('a sensitive process', () => {
  const secret = async (self: Process<string>): Promise<void> => {
    self.flag('sensitive', true)
    self.label('the safe')
    self.dictionary.put('key', 'secret')
    const message = await self.receive((each) => each === 'crash' || each === 'show')
    if (message === 'crash') throw new Error('boom')
    self.flag('sensitive', false)
    await self.receive(() => false)
  }

  test('shows nobody what it keeps and what waits; its name, label and numbers are no secret', async () => {
    const { node, runtime } = createWorld()
    const pid = node.spawn(secret)
    await runtime.settle()
    node.send(pid, 'waits')
    expect(node.processInfo(pid, ['messages', 'dictionary', 'label', 'mailboxLength'])).toEqual({
      messages: [],
      dictionary: new Map(),
      label: 'the safe',
      mailboxLength: 1,
    })
    node.send(pid, 'show')
    await runtime.settle()
    expect(node.processInfo(pid, ['messages', 'dictionary'])).toEqual({
      messages: ['waits'],
      dictionary: new Map([['key', 'secret']]),
    })
  })

  test('is not shown to itself either', async () => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      self.dictionary.put('key', 'secret')
      self.flag('sensitive', true)
      expect(self.processInfo(self.pid, ['dictionary'])!.dictionary.size).toBe(0)
      expect(self.dictionary.get('key')).toBe('secret')
    })
  })

  test('crashes without telling what it handled, in either form', async () => {
    const { node, exited, reports } = createWorld()
    const pid = node.spawn(secret)
    const other = node.spawn<string>({
      init: (self: Process<string>) => {
        self.flag('sensitive', true)
        self.dictionary.put('key', 'secret')
      },
      message: () => {
        throw new Error('boom')
      },
    })
    for (const each of [pid, other]) {
      node.send(each, 'crash')
      await exited(each)
    }
    const crashes = reports.all.filter(({ type }) => type === 'crash') as CrashReport[]
    expect(crashes).toHaveLength(2)
    for (const crash of crashes) {
      expect(crash).toMatchObject({ lastMessage: undefined, dictionarySize: 0, reason: { message: 'boom' } })
      expect(crash.dictionary.size).toBe(0)
    }
  })
})

describe('a process that hibernates', () => {
  const next = async (self: Process<string>, argument: { readonly said: unknown[]; readonly note: string }) => {
    self.dictionary.put('said', [argument.note, await self.receive()])
    await self.receive(() => false)
  }
  const sleeper = async (self: Process<string>): Promise<void> => {
    self.dictionary.put('kept', true)
    await self.receive((message) => message === 'sleep')
    await self.hibernate('@acme/m', 'next', { said: [], note: 'woken' })
    self.dictionary.put('went on', true)
  }
  const module = defineModule('@acme/m', '1', { next, sleeper, callbacks: { init: () => null, message: () => null } })

  test('goes on with the next message as the function, and keeps what is the kernel’s', async () => {
    const { node, runtime } = createWorld({ modules: [module] })
    const pid = node.spawn(sleeper, { name: 'sleeper', trapExits: true })
    node.send(pid, 'sleep')
    await runtime.settle()
    const look = () => node.processInfo(pid, ['status', 'currentFunction', 'initialCall', 'name', 'mailboxLength'])
    expect(look()).toEqual({
      status: 'waiting',
      currentFunction: 'hibernate',
      initialCall: '@acme/m@1:sleeper',
      name: 'sleeper',
      mailboxLength: 0,
    })
    await runtime.advance(1e6)
    expect(look()!.currentFunction).toBe('hibernate')
    node.send(pid, 'good morning')
    await runtime.settle()
    expect(look()!.currentFunction).toBe('@acme/m@1:next')
    expect(node.processInfo(pid, ['dictionary'])!.dictionary).toEqual(
      new Map<string, unknown>([
        ['kept', true],
        ['said', ['woken', 'good morning']],
      ]),
    )
  })

  test('at once if a message waits already, whatever it is', async () => {
    const { node, runtime } = createWorld({ modules: [module] })
    const pid = node.spawn(sleeper)
    for (const message of ['waits', 'sleep']) node.send(pid, message)
    await runtime.settle()
    expect(node.processInfo(pid, ['dictionary'])!.dictionary.get('said')).toEqual(['woken', 'waits'])
  })

  test('is woken by a trapped exit, a DOWN and an answer to a timer; ended by what is not trapped', async () => {
    const { node, runtime } = createWorld({ modules: [module] })
    const pid = node.spawn(sleeper, { trapExits: true })
    node.send(pid, 'sleep')
    const ended = node.spawn(sleeper)
    node.send(ended, 'sleep')
    await runtime.settle()
    for (const each of [pid, ended]) node.sendExit(each, 'stop')
    await runtime.settle()
    expect(node.processInfo(pid, ['dictionary'])!.dictionary.get('said')).toMatchObject([
      'woken',
      { type: 'exit', reason: 'stop' },
    ])
    expect(node.isAlive(ended)).toBe(false)
  })

  test('a ref that it made before is good for what comes after, however long its mailbox once was', async () => {
    const found: unknown[] = []
    const asks = async (self: Process<unknown>): Promise<void> => {
      for (let count = 0; count < 3000; count++) self.send(self.pid as never, count as never)
      for (let count = 0; count < 3000; count++) await self.receive()
      const ref = self.makeRef()
      self.dictionary.put('ref', ref)
      await self.hibernate('n', 'waits', null)
    }
    const waits = async (self: Process<unknown>): Promise<void> => {
      const since = self.dictionary.get('ref') as ReturnType<typeof self.makeRef>
      found.push(await self.receive((message) => message === 'answer', { since, timeoutMs: 10 }))
    }
    const { node, runtime } = createWorld({ modules: [defineModule('n', '1', { waits })] })
    const pid = node.spawn(asks)
    await runtime.settle()
    expect(node.processInfo(pid, ['currentFunction'])!.currentFunction).toBe('hibernate')
    for (const message of ['other', 'answer']) node.send(pid as never, message as never)
    await runtime.advance(20)
    expect(found).toEqual(['answer'])
  })

  test('may do it again and again', async () => {
    const woken: number[] = []
    const again = async (self: Process<number>): Promise<void> => {
      woken.push(await self.receive())
      await self.hibernate('n', 'again', null)
    }
    const { node, runtime } = createWorld({ modules: [defineModule('n', '1', { again })] })
    const pid = node.spawn(again)
    for (const message of [1, 2, 3]) {
      node.send(pid, message)
      await runtime.settle()
    }
    for (const message of [4, 5]) node.send(pid, message)
    await runtime.settle()
    expect(woken).toEqual([1, 2, 3, 4, 5])
  })

  test('what is not there, or not async, is refused; a dead process waits for ever', async () => {
    const { inProcess } = createWorld({ modules: [module] })
    await inProcess(async (self) => {
      await expect(self.hibernate('@acme/m', 'nothing', null)).rejects.toThrow(code('module.no_function'))
      await expect(self.hibernate('@acme/none', 'next', null)).rejects.toThrow(code('module.unknown'))
      await expect(self.hibernate('@acme/m', 'callbacks', null)).rejects.toThrow(code('become.not_async'))
      await expect(self.hibernate('@acme/m', 'next', () => {})).rejects.toThrow(code('copy.unsendable'))
      const callbacks = self.spawn<string>({
        init: (me: Process<string>) => me.hibernate('@acme/m', 'next', null).catch((error: Error) => error),
        message: (me: Process<string>, _message, state) => me.exit(state as never),
      })
      const ref = self.monitor(callbacks)
      self.send(callbacks, 'go')
      expect(
        await self.receive((message: unknown): message is never => (message as { ref: unknown }).ref === ref),
      ).toMatchObject({
        reason: code('become.not_async'),
      })
    })
  })
})

test('createNode knows all priorities', () => {
  const node = createNode()
  const pids = (['low', 'normal', 'high', 'max'] as const).map((priority) => node.spawn(still, { priority }))
  expect(pids.map((pid) => node.processInfo(pid)!.priority)).toEqual(['low', 'normal', 'high', 'max'])
  expect(() => node.spawn(still, { priority: 'top' as never })).toThrow(code('flag.bad_value'))
  expect(node.processCount()).toBe(4)
  return node.stop()
})
