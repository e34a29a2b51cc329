import { call } from '@agner/behaviours'
import type { AnyPid, Node, Process } from '@agner/core'
import { expect, test } from 'vitest'
import { keeperProtocol, version, type Hello, type Own } from '../../src/applications/keeper.api.ts'
import { firstState, type Stand } from '../../src/applications/state.ts'
import { toTable } from '../../src/applications/table.ts'
import { standOf } from '../../src/applications/turn.ts'
import { Stage, codeOf, full } from './stage.ts'

const never = () => new Promise<never>(() => {})

/** n1 has a process that speaks as a keeper does, as it is told. */
async function withImpostor() {
  const stage = await Stage.start({ without: ['n1'] })
  const { node } = stage.cluster.node('n1')
  const row = toTable([stage.talk()]).get('app')!
  const idle = standOf(firstState(row, node.name, true))
  const heard: { readonly type: string; readonly stand?: Stand }[] = []
  const listen = async (self: Process<(typeof heard)[number]>) => {
    for (;;) heard.push(await self.receive())
  }
  const keeper = node.spawn(listen, { name: keeperProtocol.module })
  const hello = (more: Partial<Record<keyof Hello, unknown>> = {}): object => ({
    type: 'hello',
    version,
    keeper,
    terms: { app: row.terms },
    stands: { app: idle },
    granted: {},
    wantsAnswer: false,
    ...more,
  })
  const say = async (to: string, ...messages: unknown[]) => {
    for (const message of messages)
      node.send({ name: keeperProtocol.module, node: full(to) } as never, message as never)
    await stage.run(50)
  }
  return { stage, node, keeper, idle, hello, say, heard }
}

/** How often a node has said that it took no notice of a message. */
const dropped = (stage: Stage, name: string) => stage.reports(name).filter((text) => text.includes('dropped')).length

const reported = (stage: Stage, name: string) => stage.reports(name).filter((text) => text.includes('hello')).length

test('rubbish is reported and dropped, whatever it is; the keeper goes on', async () => {
  const { stage, keeper, idle, hello, say, node } = await withImpostor()
  const stand = (more: object) => ({ type: 'stand', keeper, application: 'app', stand: { ...idle, ...more } })
  await say('n2', hello())
  const rubbish = [
    null,
    'text',
    7,
    {},
    { type: 'unheardOf', keeper },
    hello({ keeper: 'n1' }),
    hello({ version: 0 }),
    hello({ terms: { app: 7 } }),
    hello({ stands: { app: { standing: 'running' } } }),
    hello({ stands: [] }),
    stand({ standing: 'flying' }),
    stand({ instance: -1 }),
    stand({ instance: 2 ** 53 }),
    stand({ from: { node: 7 } }),
    stand({ ended: { how: 'so' } }),
    { type: 'stand', keeper, application: 'app' },
    { type: 'stand', keeper, application: 'other', stand: idle },
    { type: 'stand', keeper, application: '__proto__', stand: idle },
    { type: 'grant', keeper, application: 'app', instance: 'all' },
    { type: 'grant', keeper, application: 'app', instance: 99 },
    { type: 'begun', application: 'app', instance: 1 },
    { type: 'claimed', application: 'app', instance: 1, token: 1 },
    { type: 'lostClaim', application: 'app', token: 1, why: '' },
    { type: 'halted', application: 'none', instance: 1 },
    { type: 'notBegun', application: 'app', instance: 0, reason: 'x', why: 'x' },
  ]
  await say('n2', ...rubbish)
  expect(dropped(stage, 'n2')).toBeGreaterThan(20)
  expect(stage.on('n2').node.isAlive(stage.on('n2').pid)).toBe(true)
  expect(stage.on('n2').info()[0]).toMatchObject({ standing: 'idle', at: null, peers: [{ node: full('n3') }, {}] })
  node.sendExit(keeper, 'kill')
  await stage.run(100)
  expect(await stage.start('n2', 'n3')).toEqual(['ok', 'ok'])
  expect(stage.running()).toEqual(['n2'])
})

const texts = [null, 5, undefined, {}, [], 'x'.repeat(100_000)]
const rubbishOfTheSystem: readonly object[] = [
  ...['nodeup', 'nodedown', 'nodesuspect', 'noderecovered'].flatMap((type) =>
    texts.map((name) => ({ type, node: name })),
  ),
  { type: 'down' },
  { type: 'down', ref: 'none', process: null },
  { type: 'exit' },
  { type: 'exit', from: {} },
  { type: 'own' },
  { type: 'own', key: 'none', event: { type: 'redial' } },
  ...['begun', 'notBegun', 'halted', 'claimed', 'notClaimed', 'lostClaim'].flatMap((type) => [
    { type },
    { type, application: 'app', instance: 1, token: 1, why: 'x', reason: 'x' },
  ]),
  ...['time', 'redial', 'again', 'syncOver', 'watch'].map((type) => ({ type })),
  { type: 'watch', pid: null, on: true },
  { type: '__proto__' },
  { type: 'constructor' },
]

test('what strangers say in the name of the system or of the keeper itself is reported and dropped, one by one', async () => {
  const { stage, hello, say } = await withImpostor()
  await say('n2', hello())
  for (const message of rubbishOfTheSystem) {
    const before = dropped(stage, 'n2')
    await say('n2', message)
    expect([message, dropped(stage, 'n2') - before]).toEqual([message, 1])
  }
  expect(stage.cluster.node('n2').node.isAlive(stage.on('n2').pid)).toBe(true)
})

test('what has the shape of an own message of the keeper does nothing without its key', async () => {
  const stage = await Stage.start({ nodes: ['n1', 'n2'] })
  await stage.start()
  const [one, two] = ['n1', 'n2'].map((name) => stage.cluster.node(name).node) as [Node, Node]
  const { instance } = stage.on('n1').own('app')!
  const events: Own[] = [
    { type: 'halted', application: 'app', instance },
    { type: 'begun', application: 'app', instance },
    { type: 'lostClaim', application: 'app', token: 1, why: 'x' },
    { type: 'time' },
    { type: 'redial' },
    { type: 'syncOver' },
    { type: 'watch', pid: two.spawn(never), on: true },
  ]
  for (const node of [one, two])
    for (const event of events)
      node.send(
        { name: keeperProtocol.module, node: one.name } as never,
        { type: 'own', key: node.makeRef(), event } as never,
      )
  await stage.run(500)
  expect(dropped(stage, 'n1')).toBe(2 * events.length)
  expect([stage.running(), stage.on('n1').own('app')?.instance]).toEqual([['n1'], instance])
})

test('calls of strangers are looked at as well, and what nobody can answer is refused', async () => {
  const { stage, node } = await withImpostor()
  const to = keeperProtocol.at({ name: keeperProtocol.module, node: full('n2') })
  const ask = (request: unknown) => stage.cluster.until(codeOf(call(node, to, 'ask', request as never)))
  for (const asked of [
    null,
    {},
    { ask: 'fly' },
    { ask: 'permit', isPermitted: 'no' },
    { ask: 'start' },
    { ask: 'toString' },
  ])
    expect(await ask({ application: 'app', ask: asked })).toBe('call.bad_argument')
  expect(await ask({ application: 'app', ask: { ask: 'start', applicationType: 'forever' } })).toBe('call.bad_argument')
  const unknown = call(node, to, 'ask', { application: 'none', ask: { ask: 'stop' } })
  expect(await stage.cluster.until(unknown)).toEqual({ refused: 'not_started' })
  const sync = { key: node.makeRef(), nodes: ['n9@cluster'], timeoutMs: Infinity }
  expect(await stage.cluster.until(call(node, to, 'sync', sync))).toEqual(sync.nodes)
})

test('what comes twice, or is of a keeper that is gone, changes nothing', async () => {
  const { stage, node, keeper, idle, hello, say } = await withImpostor()
  const running = { ...idle, standing: 'running', isStarted: true, instance: 5 } as const
  const message = { type: 'stand', keeper, application: 'app', stand: running }
  // Nobody knows it yet.
  await say('n2', message)
  expect(stage.where()).toEqual({ n2: null, n3: null })
  await say('n2', hello(), message, message, hello(), message, hello(), hello({ stands: { app: running } }))
  expect(stage.where()).toEqual({ n2: 'n1', n3: null })
  node.sendExit(keeper, 'kill')
  await stage.run(50)
  await say('n2', message, { type: 'grant', keeper, application: 'app', instance: 1 })
  expect(stage.where()).toEqual({ n2: null, n3: null })
  // Its successor is heard, and what the one before it says no longer.
  const next: AnyPid = node.spawn(never)
  await say('n2', hello({ keeper: next, stands: { app: running } }), message)
  expect(stage.where()).toEqual({ n2: 'n1', n3: null })
})

test('a node outside of the table that says that it runs it is not believed', async () => {
  const stage = await Stage.start({ nodes: ['n1', 'n2', 'n3', 'n4'], without: ['n4'] })
  await stage.start('n1', 'n2', 'n3')
  const row = toTable([stage.talk()]).get('app')!
  const { node } = stage.cluster.node('n4')
  const keeper = node.spawn(never, { name: keeperProtocol.module })
  const running = { ...standOf(firstState(row, node.name, true)), standing: 'running', instance: 1e6, isStarted: true }
  const hello = { type: 'hello', version, keeper, terms: { app: row.terms }, stands: { app: running }, granted: {} }
  for (const name of ['n1', 'n2', 'n3'])
    node.send({ name: keeperProtocol.module, node: full(name) } as never, { ...hello, wantsAnswer: false } as never)
  await stage.run(1000)
  expect(stage.where()).toEqual({ n1: 'n1', n2: 'n1', n3: 'n1' })
  expect(stage.running()).toEqual(['n1'])
})

test('a newer version may say more than is known here, and is understood', async () => {
  const { stage, keeper, idle, hello, say, heard } = await withImpostor()
  const stand = { ...idle, standing: 'running', isStarted: true, instance: 3, temperature: 20 }
  await say('n2', { ...hello({ version: 2, wantsAnswer: true, stands: { app: stand, sauna: stand } }), colour: 'red' })
  await say('n2', { type: 'whisper', keeper, text: 'psst' })
  expect(stage.where()).toEqual({ n2: 'n1', n3: null })
  expect(heard.find(({ type }) => type === 'hello')).toMatchObject({ version, terms: { app: expect.any(String) } })
  expect(await stage.start('n2')).toEqual(['ok'])
  await stage.run(50)
  expect(heard.findLast(({ type }) => type === 'stand')).toMatchObject({ stand: { standing: 'standby' } })
})

test('a keeper that is there and says nothing is waited for as long as greetings take', async () => {
  const { stage } = await withImpostor()
  const started = stage.begin('n2', 'n3')
  expect(await stage.cluster.until(started)).toEqual(['ok', 'ok'])
  expect(stage.running()).toEqual(['n2'])
})

test('more nodes than may be are not listened to', async () => {
  const stage = await Stage.start({ nodes: ['n1', 'n2', 'n3', 'n4'], more: () => ({ limits: { peers: 2 } }) })
  await stage.start('n1', 'n2', 'n3')
  const refused = stage.cluster.up
    .flatMap(({ name }) => stage.reports(name))
    .filter((text) => text.includes('limits.peers'))
  expect(refused.length).toBeGreaterThan(0)
  expect(reported(stage, 'n1')).toBe(0)
})

test('a keeper that crashes takes what it had started with it, and another node starts it', async () => {
  const stage = await Stage.start()
  await stage.start()
  stage.take()
  const { node } = stage.cluster.node('n1')
  node.sendExit(stage.on('n1').pid, 'kill')
  await stage.run(100)
  expect(stage.running()).toEqual([])
  await stage.run(3000)
  expect(stage.running()).toEqual(['n2'])
})
