/**
 * sys on servers: suspension, states, status, debugging, new code; from this node and from another one.
 */
import { describeReason, type Process } from '@agner/core'
import { describe, expect, test } from 'vitest'
import {
  call,
  cast,
  defineServer,
  noreply,
  protocol,
  reply,
  startServer,
  startSupervisor,
  stop,
  stopServer,
  sys,
  type Server,
} from '../src/index.ts'
import { createWorld, failure, type World } from './world.ts'

interface Api {
  calls: { get(): number; add(by: number): number; slow(ms: number): string }
  casts: { add(by: number): void }
  info: { type: 'tick' }
}
const counter = protocol<Api>('@test/counted')

interface State {
  readonly count: number
  readonly secret?: () => string
}

const Counter: Server<Api, number, State> = defineServer(counter, {
  version: '1.0.0',
  init: (count: number): State => ({ count }),
  calls: {
    get: (state) => reply(state.count, state),
    add: (state, by) => reply(state.count + by, { count: state.count + by }),
    slow: async (state, ms, { self }) => {
      await self.sleep(ms)
      return reply('slept', state)
    },
  },
  casts: { add: (state, by) => noreply({ count: state.count + by }) },
  info: { tick: (state) => noreply({ count: state.count + 1000 }) },
})

async function start(world: World = createWorld(), options = {}) {
  const pid = await world.run(startServer(world.node, Counter, 0, options))
  return { world, node: world.node, pid }
}

describe('suspend', () => {
  test('leaves ordinary messages where they are, in order, and answers those of the system (Y01)', async () => {
    const { world, node, pid } = await start()
    await world.run(sys.suspend(node, pid))
    const answers: string[] = []
    const asked = [
      call(node, pid, 'add', 1).then((sum) => answers.push(`add ${sum}`)),
      call(node, pid, 'get').then((sum) => answers.push(`get ${sum}`)),
    ]
    cast(node, pid, 'add', 10)
    node.send(pid, { type: 'tick' })
    asked.push(call(node, pid, 'get').then((sum) => answers.push(`get ${sum}`)))
    expect(await world.run(sys.getState(node, pid))).toEqual({ count: 0 })
    expect((await world.run(sys.getStatus(node, pid))).status).toBe('suspended')
    expect(node.processInfo(pid)?.mailboxLength).toBe(5)
    expect(answers).toEqual([])
    await world.run(sys.resume(node, pid))
    await world.run(Promise.all(asked))
    expect(answers).toEqual(['add 1', 'get 1', 'get 1011'])
    expect((await world.run(sys.getStatus(node, pid))).status).toBe('running')
  })

  test('keeps counting what waits against the limit of the mailbox', async () => {
    const { world, node, pid } = await start(createWorld(), { mailboxLimit: 10 })
    await world.run(sys.suspend(node, pid))
    const ended = node.exited(pid)
    for (let i = 0; i < 12; i++) cast(node, pid, 'add', 1)
    expect(await world.run(ended)).toEqual({ mailboxOverflow: 10 })
  })

  test('twice is once, and resuming what runs does nothing', async () => {
    const { world, node, pid } = await start()
    await world.run(sys.resume(node, pid))
    await world.run(sys.suspend(node, pid))
    await world.run(sys.suspend(node, pid))
    await world.run(sys.resume(node, pid))
    expect(await world.run(call(node, pid, 'add', 3))).toBe(3)
  })

  test('waits for a handler that is on its way, and what came meanwhile goes on waiting', async () => {
    const { world, node, pid } = await start()
    const slow = call(node, pid, 'slow', 100)
    cast(node, pid, 'add', 5)
    const suspended = sys.suspend(node, pid)
    await world.run(suspended)
    expect(world.runtime.nowMs()).toBe(100)
    expect(await world.run(slow)).toBe('slept')
    // The cast came before the request to suspend.
    expect(await world.run(sys.getState(node, pid))).toEqual({ count: 5 })
    const later = call(node, pid, 'slow', 10)
    cast(node, pid, 'add', 1)
    await world.runtime.advance(50)
    await world.run(sys.resume(node, pid))
    expect(await world.run(later)).toBe('slept')
    expect(await world.run(call(node, pid, 'get'))).toBe(6)
  })

  test('does not outlive a stop, a kill, or the parent', async () => {
    const { world, node, pid } = await start()
    await world.run(sys.suspend(node, pid))
    await world.run(stopServer(node, pid, 'shutdown'))
    expect(node.isAlive(pid)).toBe(false)
    const other = await start(world)
    await world.run(sys.suspend(node, other.pid))
    const ended = node.exited(other.pid)
    node.sendExit(other.pid, 'kill')
    expect(await world.run(ended)).toBe('killed')
    const trapping = defineServer(protocol<object>('@test/trapping'), {
      trapExits: true,
      init: () => 0,
      terminate: (reason) => void world.log.push(`terminate ${describeReason(reason)}`),
    })
    const parent = node.spawn(async (self) => {
      const child = await startServer(self, trapping)
      await sys.suspend(self, child)
      self.exit('gone')
    })
    await world.exited(parent)
    await world.runtime.advance(1)
    expect(world.log).toEqual(['terminate gone'])
  })
})

describe('states', () => {
  test('are copies, and replaced by a function; one that throws leaves all as it was (Y02)', async () => {
    const { world, node, pid } = await start()
    const seen = (await world.run(sys.getState(node, pid))) as { count: number }
    seen.count = 99
    expect(await world.run(sys.replaceState<State>(node, pid, ({ count }) => ({ count: count + 7 })))).toEqual({
      count: 7,
    })
    expect(
      await failure(
        world.run(
          sys.replaceState(node, pid, () => {
            throw new Error('no')
          }),
        ),
      ),
    ).toMatchObject({ code: 'sys.state_not_replaced', details: { why: 'Error: no' } })
    expect(await world.run(call(node, pid, 'get'))).toBe(7)
  })

  test('that cannot be copied are shown as they are on their own node', async () => {
    const { world, node, pid } = await start()
    await world.run(sys.replaceState<State>(node, pid, (state) => ({ ...state, secret: () => 'it' })))
    const state = (await world.run(sys.getState(node, pid))) as State
    expect(state.secret?.()).toBe('it')
  })

  test('of supervisors, and their status, too', async () => {
    const world = createWorld()
    const supervisor = await world.run(startSupervisor(world.node, { children: [Counter.child({ arg: 1 })] }))
    expect(await world.run(sys.getState(world.node, supervisor))).toBeTypeOf('object')
    expect(await world.run(sys.getStatus(world.node, supervisor))).toMatchObject({ status: 'running' })
    await world.run(sys.suspend(world.node, supervisor))
    await world.run(sys.resume(world.node, supervisor))
  })
})

describe('status', () => {
  test('tells what it is, whose child, and its state as formatStatus shows it (S12)', async () => {
    const world = createWorld()
    const hiding = defineServer(protocol<{ casts: { crash(): void } }>('@test/hiding'), {
      init: () => ({ password: 'secret' }),
      casts: {
        crash: () => {
          throw new Error('crashed')
        },
      },
      formatStatus: ({ reason }) => ({
        state: { password: '***' },
        ...(reason !== undefined && { message: 'hidden' }),
      }),
    })
    const pid = await world.run(startServer(world.node, hiding, undefined, { name: 'h', debug: ['log'] }))
    expect(await world.run(sys.getStatus(world.node, 'h'))).toEqual({
      pid,
      name: 'h',
      module: '@test/hiding',
      version: '0.0.0',
      status: 'running',
      parent: null,
      debug: { log: 10, statistics: false, trace: false, installed: [] },
      details: { state: { password: '***' } },
    })
    cast(world.node, pid, 'crash')
    await world.exited(pid)
    expect(world.reports.crashes).toMatchObject([
      { lastMessage: 'hidden', details: { module: '@test/hiding', state: { password: '***' } } },
    ])
    expect(JSON.stringify(world.reports.crashes)).not.toContain('secret')
  })

  test('shows nothing of a state whose formatStatus throws, and the crash is told all the same', async () => {
    const world = createWorld()
    const failing = defineServer(protocol<{ calls: { crash(): never } }>('@test/failing'), {
      init: () => ({ password: 'secret' }),
      calls: { crash: () => stop('crashed') },
      formatStatus: () => {
        throw new Error('cannot')
      },
    })
    const pid = await world.run(startServer(world.node, failing))
    const { details } = await world.run(sys.getStatus(world.node, pid))
    expect(details['state']).toContain('formatStatus of @test/failing threw Error: cannot')
    await failure(world.run(call(world.node, pid, 'crash')))
    expect(world.reports.crashes).toMatchObject([{ reason: 'crashed', client: {} }])
    expect(JSON.stringify(world.reports.crashes)).not.toContain('secret')
  })
})

describe('debugging', () => {
  test('keeps a log of so many events, counts, and ends (Y04)', async () => {
    const { world, node, pid } = await start()
    expect(await world.run(sys.getLog(node, pid))).toEqual([])
    expect(await world.run(sys.getStatistics(node, pid))).toBeNull()
    await world.run(sys.log(node, pid, 3))
    await world.run(sys.statistics(node, pid, true))
    await world.run(call(node, pid, 'add', 1))
    cast(node, pid, 'add', 2)
    node.send(pid, { type: 'tick' })
    expect(await world.run(sys.getLog(node, pid))).toEqual([
      { type: 'out', value: 1, to: expect.anything() as unknown },
      { type: 'in', kind: 'cast', name: 'add', payload: 2 },
      { type: 'in', kind: 'info', message: { type: 'tick' } },
    ])
    expect(await world.run(sys.getStatistics(node, pid))).toMatchObject({ messagesIn: 3, messagesOut: 1 })
    await world.run(sys.noDebug(node, pid))
    expect(await world.run(sys.getLog(node, pid))).toEqual([])
    expect((await world.run(sys.getStatus(node, pid))).debug).toEqual({
      log: 0,
      statistics: false,
      trace: false,
      installed: [],
    })
  })

  test('reports events, and shows them to functions, each with its own state, until they are done', async () => {
    const { world, node, pid } = await start()
    await world.run(sys.trace(node, pid, true))
    const seen: unknown[] = []
    await world.run(
      sys.install(
        node,
        pid,
        'two',
        (left, event) => {
          seen.push(event.type)
          return left === 1 ? sys.done : left - 1
        },
        2,
      ),
    )
    expect(await failure(world.run(sys.install(node, pid, 'two', (n) => n, 0)))).toMatchObject({
      code: 'sys.already_installed',
    })
    await world.run(
      sys.install(
        node,
        pid,
        'bad',
        () => {
          throw new Error('bad')
        },
        0,
      ),
    )
    await world.run(call(node, pid, 'add', 1))
    await world.run(call(node, pid, 'add', 1))
    expect(seen).toEqual(['in', 'out'])
    expect((await world.run(sys.getStatus(node, pid))).debug.installed).toEqual([])
    expect(world.notices('sys').map(({ details }) => (details!['event'] as { type: string }).type)).toEqual([
      'in',
      'out',
      'in',
      'out',
    ])
    await world.run(sys.trace(node, pid, false))
    await world.run(call(node, pid, 'add', 1))
    expect(world.notices('sys')).toHaveLength(4)
    await world.run(sys.install(node, pid, 'gone', (n) => n, 0))
    await world.run(sys.remove(node, pid, 'gone'))
    expect((await world.run(sys.getStatus(node, pid))).debug.installed).toEqual([])
  })
})

describe('new code', () => {
  const two = (change?: (oldVersion: string, state: unknown, extra: unknown) => State) =>
    defineServer(counter, {
      version: '2.0.0',
      init: (count: number): State => ({ count }),
      calls: {
        get: (state) => reply(-state.count, state),
        add: (state) => reply(0, state),
        slow: (state) => reply('at once', state),
      },
      casts: { add: (state) => noreply(state) },
      info: { tick: (state) => noreply(state) },
      ...(change !== undefined && { codeChange: change }),
    })

  test('comes while it is suspended, from what the node has registered (Y03, S16)', async () => {
    const world = createWorld({ modules: [Counter] })
    const { node, pid } = await start(world)
    await world.run(call(node, pid, 'add', 5))
    expect(await failure(world.run(sys.changeCode(node, pid)))).toMatchObject({ code: 'sys.not_suspended' })
    await world.run(sys.suspend(node, pid))
    expect(await failure(world.run(sys.changeCode(node, pid, { version: '2.0.0' })))).toMatchObject({
      code: 'sys.no_version',
    })
    node.register(
      two((oldVersion, state, extra) => {
        if (extra === 'refuse') throw new Error('not that')
        world.log.push(`${oldVersion} ${JSON.stringify(state)} ${String(extra)}`)
        return { count: (state as State).count * 10 }
      }),
    )
    expect(await failure(world.run(sys.changeCode(node, pid, { extra: 'refuse' })))).toMatchObject({
      code: 'sys.code_not_changed',
      details: { why: 'Error: not that' },
    })
    const waiting = call(node, pid, 'get')
    await world.run(sys.changeCode(node, pid, { extra: 'x' }))
    expect(world.log).toEqual(['1.0.0 {"count":5} x'])
    await world.run(sys.resume(node, pid))
    expect(await world.run(waiting)).toBe(-50)
    expect((await world.run(sys.getStatus(node, pid))).version).toBe('2.0.0')
    // And back, without a codeChange: the state stays.
    await world.run(sys.suspend(node, pid))
    await world.run(sys.changeCode(node, pid, { version: '1.0.0' }))
    await world.run(sys.resume(node, pid))
    expect(await world.run(call(node, pid, 'get'))).toBe(50)
  })
})

test('a request that nobody knows is refused, and terminate ends with exactly the reason (Y06)', async () => {
  const { world, node, pid } = await start()
  expect(await world.run(node.request(pid, { system: 'dance' }))).toMatchObject({ refused: 'sys.unknown_request' })
  await world.run(sys.terminate(node, pid, { why: ['data'] }))
  expect(await failure(world.run(sys.getState(node, pid)))).toMatchObject({ code: 'call.no_process' })
})

describe('a hand-written process', () => {
  const pump = async (self: Process<number | string>): Promise<void> => {
    let level = 0
    const part = sys.takePart(self, {
      module: '@test/pump',
      getState: () => level,
      setState: (state: number) => {
        level = state
      },
      terminate: (reason) =>
        self.node.report({ type: 'notice', level: 'info', source: 'pump', text: describeReason(reason) }),
    })
    for (;;) {
      const message = await part.receive()
      if (typeof message === 'number') level += message
      part.tell({ type: 'level', level })
    }
  }

  test('takes part: it is suspended, looked at, changed and ended (Y05)', async () => {
    const world = createWorld()
    const pid = world.node.spawn(pump)
    world.node.send(pid, 3)
    await world.run(sys.log(world.node, pid, true))
    await world.run(sys.suspend(world.node, pid))
    world.node.send(pid, 4)
    expect(await world.run(sys.getState(world.node, pid))).toBe(3)
    expect(await world.run(sys.replaceState<number>(world.node, pid, (level) => level * 10))).toBe(30)
    expect((await world.run(sys.getStatus(world.node, pid))).status).toBe('suspended')
    await world.run(sys.resume(world.node, pid))
    expect(await world.run(sys.getState(world.node, pid))).toBe(34)
    expect(await world.run(sys.getLog(world.node, pid))).toEqual([
      { type: 'in', kind: 'info', message: 4 },
      { type: 'level', level: 34 },
    ])
    await world.run(sys.suspend(world.node, pid))
    expect(await failure(world.run(sys.changeCode(world.node, pid)))).toMatchObject({ code: 'sys.no_version' })
    await world.run(sys.terminate(world.node, pid, 'enough'))
    expect(world.notices('pump').map(({ text }) => text)).toEqual(['enough'])
  })

  const fails = (): never => {
    throw new Error('not ready')
  }
  test.each([
    ['getState', { getState: fails }, sys.getState],
    ['status', { status: fails }, sys.getStatus],
    ['getState', { getState: fails }, sys.getStatus],
  ] as const)('goes on when its %s throws, and who asked hears why', async (_, callbacks, ask) => {
    const { node, run, reports } = createWorld()
    const pid = node.spawn(async (self: Process<never>) => {
      const part = sys.takePart(self, { module: '@test/pump', ...callbacks })
      for (;;) await part.receive()
    })
    const error = await failure(run(ask(node, pid)))
    expect(error).toMatchObject({ code: 'sys.callback_failed', details: { module: '@test/pump' } })
    expect(error.message).toContain('not ready')
    await run(sys.suspend(node, pid))
    expect(node.isAlive(pid)).toBe(true)
    expect(reports.crashes).toEqual([])
  })
})
