import { describe, expect, test } from 'vitest'
import { createNode, defineModule, type Down, type Process } from '../src/index.ts'
import { createWorld } from './world.ts'

const say = (what: string) => async (self: Process<never>, to: never) => self.send(to, what as never)
const version = (name: string) =>
  defineModule('m', name, {
    run: say(name),
    callbacks: {
      init: (self: Process<never>, to: never) => self.send(to, `${name} callbacks` as never),
      message: () => undefined,
    },
  })

describe('the registry of modules', () => {
  test('knows versions; without one it gives the one that was registered last', async () => {
    const { inProcess, node } = createWorld({ modules: [version('1'), version('2')] })
    await inProcess<string>(async (self) => {
      await self.spawnAt(node.name, 'm', 'run', self.pid)
      expect(await self.receive()).toBe('2')
      await self.spawnAt(node.name, 'm', 'run', self.pid, { version: '1' })
      expect(await self.receive()).toBe('1')
      node.register(version('0.9'))
      await self.spawnAt(node.name, 'm', 'callbacks', self.pid)
      expect(await self.receive()).toBe('0.9 callbacks')
      expect(node.modules().map((module) => module.version)).toEqual(['1', '2', '0.9'])
    })
  })

  test('the same module again is no clash, and becomes the newest; other code under its version is', () => {
    const first = version('1')
    const { node } = createWorld({ modules: [first, version('2')] })
    node.register(first)
    expect(node.modules().at(-1)).toBe(first)
    expect(() => node.register(version('1'))).toThrow(expect.objectContaining({ code: 'module.clash' }))
    expect(() => createNode({ modules: [version('1'), version('1')] })).toThrow(
      expect.objectContaining({ code: 'module.clash' }),
    )
  })

  test("is each node's own", () => {
    const { node } = createWorld({ modules: [version('1')] })
    expect(createWorld().node.modules()).toEqual([])
    expect(node.modules()).toHaveLength(1)
  })

  test.each<[string, unknown, unknown]>([
    ['an empty name', '', '1'],
    ['an empty version', 'm', ''],
    ['a version that is no string', 'm', 5],
    ['no name', undefined, '1'],
  ])('%s is refused', (_name, module, moduleVersion) => {
    expect(() => defineModule(module as string, moduleVersion as string, {})).toThrow(
      expect.objectContaining({ code: 'module.bad' }),
    )
  })

  test('what is not there is said clearly, and spawns nothing', async () => {
    const { inProcess, node } = createWorld({ modules: [version('1')] })
    await inProcess(async (self) => {
      await expect(self.spawnAt(node.name, 'other', 'run', null)).rejects.toMatchObject({
        code: 'module.unknown',
        message: expect.stringContaining('other') as unknown,
      })
      await expect(self.spawnAt(node.name, 'm', 'run', null, { version: '7' })).rejects.toMatchObject({
        code: 'module.unknown',
        message: expect.stringContaining('m@7') as unknown,
      })
      await expect(self.spawnAt(node.name, 'm', 'nothing', null)).rejects.toMatchObject({
        code: 'module.no_function',
        message: expect.stringContaining('run, callbacks') as unknown,
      })
      for (const name of ['constructor', '__proto__', 'toString'])
        await expect(self.spawnAt(node.name, 'm', name, null)).rejects.toMatchObject({ code: 'module.no_function' })
      await expect(self.spawnAt(node.name, 'm', 'run', () => {})).rejects.toMatchObject({ code: 'copy.unsendable' })
      await expect(self.spawnAt('elsewhere@x', 'm', 'run', null)).rejects.toMatchObject({ code: 'spawn.no_connection' })
      expect(node.processCount()).toBe(1)
    })
  })

  test('spawnAt links and monitors before the new process runs', async () => {
    const { inProcess, node } = createWorld({
      modules: [defineModule('m', '1', { fails: () => Promise.reject(new Error('at once')) })],
    })
    await inProcess<Down>(async (self) => {
      self.trapExits(true)
      const { pid, ref } = await self.spawnAt(node.name, 'm', 'fails', null, { link: true, monitor: true })
      const both = [await self.receive(), await self.receive()] as unknown[]
      expect(both).toContainEqual({
        type: 'exit',
        from: pid,
        reason: expect.objectContaining({ message: 'at once' }) as unknown,
      })
      expect(both).toContainEqual({
        type: 'down',
        ref,
        process: pid,
        reason: expect.objectContaining({ message: 'at once' }) as unknown,
      })
    })
  })
})

describe('become', () => {
  test('goes on as another function: same pid, name, mailbox, links and monitors; nothing of the old code runs', async () => {
    const said: string[] = []
    const next = async (self: Process<string>, greeting: string) => {
      said.push(greeting, await self.receive(), await self.receive())
    }
    const { node, runtime, reports } = createWorld({ modules: [defineModule('next', '1', { run: next })] })
    const pid = node.spawn(
      async (self: Process<string>) => {
        try {
          await self.receive((message) => message === 'go')
          await self.become('next', 'run', 'hello')
          said.push('the old code went on')
        } catch {
          said.push('the old code caught something')
        } finally {
          said.push('finally')
        }
      },
      { name: 'same' },
    )
    const end = node.exited(pid)
    for (const message of ['first', 'go', 'second']) node.send('same', message)
    expect(await runtime.runUntil(end)).toBe('normal')
    expect(said).toEqual(['hello', 'first', 'second'])
    expect(reports.all).toEqual([])
  })

  test('takes the newest version; a process that does not ask keeps the one it has', async () => {
    const { node, runtime } = createWorld()
    const said: string[] = []
    const make = (name: string) =>
      defineModule('server', name, {
        loop: async (self: Process<string>) => {
          for (;;) {
            if ((await self.receive()) === 'upgrade') await self.become('server', 'loop', null)
            said.push(name)
          }
        },
      })
    node.register(make('1'))
    const pid = node.spawn(async (self: Process<string>) => self.become('server', 'loop', null))
    await runtime.settle()
    node.register(make('2'))
    for (const message of ['x', 'upgrade', 'x']) node.send(pid, message)
    await runtime.settle()
    expect(said).toEqual(['1', '2'])
  })

  test('a receive of the old code that still waits is given up', async () => {
    const { node, runtime } = createWorld({
      modules: [
        defineModule('next', '1', {
          run: async (self: Process<string>) => self.exit(`next got ${await self.receive()}`),
        }),
      ],
    })
    let stolen: unknown
    const pid = node.spawn(async (self: Process<string>) => {
      void self.receive({ timeoutMs: 1000 }).then((message) => (stolen = message))
      await self.become('next', 'run', null)
    })
    const end = node.exited(pid)
    await runtime.settle()
    node.send(pid, 'message')
    expect(await runtime.runUntil(end)).toBe('next got message')
    await runtime.advance(2000)
    expect(stolen).toBeUndefined()
  })

  test('again and again, a hundred thousand times, on an empty stack', async () => {
    const countdown = async (self: Process<never>, left: number): Promise<void> => {
      if (left === 0) self.exit('done')
      await self.become('count', 'down', left - 1)
    }
    const { node, exited } = createWorld({ modules: [defineModule('count', '1', { down: countdown })] })
    expect(await exited(node.spawn((self) => countdown(self, 100_000)))).toBe('done')
  })

  test('what the new code throws is the reason; what the old one throws later is nothing', async () => {
    const { node, runtime } = createWorld({
      modules: [
        defineModule('m', '1', {
          fails: () => Promise.reject(new Error('new')),
          waits: (self: Process<never>) => self.sleep(1000),
        }),
      ],
    })
    const fails = node.exited(node.spawn(async (self) => self.become('m', 'fails', null)))
    expect(await runtime.runUntil(fails)).toMatchObject({ message: 'new' })
    const ends = node.exited(
      node.spawn(async (self) => {
        void self.become('m', 'waits', null)
        await null
        throw new Error('old')
      }),
    )
    expect(await runtime.runUntil(ends)).toBe('normal')
    expect(runtime.nowMs()).toBe(1000)
  })

  test('a process that was killed before it became does not become', async () => {
    let ran = false
    const { node, runtime } = createWorld({ modules: [defineModule('m', '1', { run: async () => void (ran = true) })] })
    const pid = node.spawn(async (self) => {
      void self.become('m', 'run', null)
      self.exit('first')
    })
    expect(await runtime.runUntil(node.exited(pid))).toBe('first')
    expect(ran).toBe(false)
  })

  test('refusals are errors, and the process goes on as it was', async () => {
    const { inProcess, node, runtime } = createWorld({
      modules: [defineModule('m', '1', { run: async () => {}, callbacks: { init: () => 0, message: () => 0 } })],
    })
    await inProcess(async (self) => {
      await expect(self.become('none', 'run', null)).rejects.toMatchObject({ code: 'module.unknown' })
      await expect(self.become('m', 'none', null)).rejects.toMatchObject({ code: 'module.no_function' })
      await expect(self.become('m', 'callbacks', null)).rejects.toMatchObject({ code: 'become.not_async' })
      await expect(self.become('m', 'run', () => {})).rejects.toMatchObject({ code: 'copy.unsendable' })
      await self.sleep(1)
    })
    const refused: unknown[] = []
    node.spawn({
      init: async (self: Process<never>) =>
        void (await self.become('m', 'run', null).catch((error: unknown) => refused.push(error))),
      message: () => undefined,
    })
    await runtime.settle()
    expect(refused).toEqual([expect.objectContaining({ code: 'become.not_async' })])
  })
})
