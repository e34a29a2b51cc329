/**
 * What nobody may see is in no report: of a sensitive process neither what it got nor what it holds, of a machine no more
 * than its `formatStatus` shows.
 */
import type { AnyPid } from '@agner/core'
import { describe, expect, test } from 'vitest'
import {
  begin,
  cast,
  defineEventManager,
  defineHandler,
  defineServer,
  defineStatem,
  handlerProtocol,
  keepStateAndData,
  noreply,
  notify,
  protocol,
  startEventManager,
  startServer,
  startStatem,
  sys,
  type Begin,
  type Protocol,
  type StatemStatus,
} from '../src/index.ts'
import { createWorld, type World } from './world.ts'

const secret = 'hunter2'

interface Api {
  casts: { crash(word: string): void }
  events: { type: 'crash'; word: string } | { type: 'calm' }
}
const safe: Protocol<Api> = protocol('@test/safe')

const crash = (): never => {
  throw new Error('boom')
}
const Server = defineServer(safe, { init: (): string => secret, casts: { crash } })
const Handler = defineHandler(handlerProtocol(safe, '@test/handler'), {
  init: (): string => secret,
  events: { crash, calm: (state) => noreply(state) },
})
const Manager = defineEventManager(safe, { handlers: [Handler.with()] })

const machineOf = (
  formatStatus?: (status: StatemStatus<{ key: string }, string>) => Readonly<Record<string, unknown>>,
) =>
  defineStatem(safe, {
    init: (): Begin<{ key: string }, string> => begin({ key: secret }, secret),
    handleEvent: (event) => (event.type === 'cast' ? crash() : keepStateAndData()),
    ...(formatStatus !== undefined && { formatStatus }),
  })

/** All that was reported, told as text. */
const told = ({ reports }: World): string =>
  JSON.stringify(reports.all, (_, value: unknown) => (value instanceof Map ? [...value] : value))

/** Two messages that nobody knows: what is dropped is reported. */
async function surprise(world: World, pid: AnyPid): Promise<void> {
  world.node.send(pid as never, { type: 'odd', secret } as never)
  await world.run(sys.getStatus(world.node, pid))
}

describe.each([true, false])('of a process that is sensitive: %s', (sensitive) => {
  const leaks = !sensitive

  test('a server reports what it does not know, and its crash', async () => {
    const world = createWorld()
    const { node, run } = world
    const pid = await run(startServer(node, Server, undefined, { sensitive }))
    await surprise(world, pid)
    expect(world.notices('server', 'warning')).toHaveLength(1)
    expect(told(world).includes(secret)).toBe(leaks)
    world.reports.clear()
    cast(node, pid, 'crash', secret)
    await run(node.exited(pid))
    expect(world.reports.crashes).toHaveLength(1)
    expect(told(world).includes(secret)).toBe(leaks)
  })

  test('a manager reports what no handler takes, and the crash of a handler', async () => {
    const world = createWorld()
    const { node, run } = world
    const pid = await run(startEventManager(node, Manager, { sensitive }))
    await surprise(world, pid)
    expect(world.notices('events', 'warning')).toHaveLength(1)
    expect(told(world).includes(secret)).toBe(leaks)
    world.reports.clear()
    notify(node, pid, { type: 'crash', word: secret })
    await run(sys.getStatus(node, pid))
    const [notice] = world.notices('events', 'error')
    expect(notice!.details).toMatchObject({ handler: '@test/handler', reason: { message: 'boom' } })
    expect(told(world).includes(secret)).toBe(leaks)
  })

  test('a machine reports what its state does not know, and its crash', async () => {
    const world = createWorld()
    const { node, run } = world
    const Table = defineStatem(safe, {
      init: (): Begin<typeof secret, string> => begin(secret, secret),
      states: { [secret]: { casts: { crash } } },
    })
    const pid = await run(startStatem(node, Table, undefined, { sensitive }))
    await surprise(world, pid)
    expect(world.notices('statem', 'warning')).toHaveLength(1)
    expect(told(world).includes(secret)).toBe(leaks)
    world.reports.clear()
    cast(node, pid, 'crash', secret)
    await run(node.exited(pid))
    expect(world.reports.crashes).toHaveLength(1)
    expect(told(world).includes(secret)).toBe(leaks)
  })
})

describe('the crash report of a machine', () => {
  async function crashed(machine: ReturnType<typeof machineOf>) {
    const world = createWorld()
    const { node, run } = world
    const pid = await run(startStatem(node, machine))
    cast(node, pid, 'crash', secret)
    await run(node.exited(pid))
    return { report: world.reports.crashes[0]!, text: told(world) }
  }

  test('has the last message as it was, without formatStatus', async () => {
    const { report } = await crashed(machineOf())
    expect(report.lastMessage).toMatchObject({ cast: 'crash', arg: secret })
    expect(report.details).toMatchObject({ module: '@test/safe', state: { key: secret }, data: secret })
    expect(report.details).not.toHaveProperty('message')
    expect(report.details).not.toHaveProperty('reason')
  })

  test('has what formatStatus shows of message and state, and knows the reason', async () => {
    const seen: unknown[] = []
    const { report, text } = await crashed(
      machineOf(({ message, reason }) => {
        seen.push(message, reason)
        return { state: 'hidden', message: 'a crash', callbackMode: 'none' }
      }),
    )
    expect(seen).toMatchObject([{ cast: 'crash', arg: secret }, { message: 'boom' }])
    expect(report).toMatchObject({
      lastMessage: 'a crash',
      details: { module: '@test/safe', state: 'hidden', callbackMode: 'none' },
    })
    expect(text).not.toContain(secret)
  })

  test('has no message that formatStatus leaves out', async () => {
    const { report, text } = await crashed(machineOf(() => ({ state: 'hidden', data: 'hidden' })))
    expect(report.lastMessage).toBeUndefined()
    expect(text).not.toContain(secret)
  })

  test.each([
    ['throws', crash],
    ['gives nothing', () => undefined as never],
  ])('shows nothing of a machine whose formatStatus %s', async (_, formatStatus) => {
    const { report, text } = await crashed(machineOf(formatStatus))
    expect(report.details!['state']).toContain('formatStatus of @test/safe')
    expect(report.lastMessage).toContain('formatStatus of @test/safe')
    expect(text).not.toContain(secret)
  })
})

test('a machine that formatStatus hides the state of says no more of it when it drops a message', async () => {
  for (const formatStatus of [() => ({}), () => ({ state: 'hidden' })]) {
    const world = createWorld()
    const Hidden = defineStatem(safe, {
      init: (): Begin<typeof secret, null> => begin(secret, null),
      states: { [secret]: {} },
      formatStatus,
    })
    const pid = await world.run(startStatem(world.node, Hidden))
    world.node.send(pid as never, { type: 'odd' } as never)
    await world.run(sys.getStatus(world.node, pid))
    expect(world.notices('statem', 'warning')).toMatchObject([{ details: { message: { type: 'odd' } } }])
    expect(told(world)).not.toContain(secret)
  }
})
