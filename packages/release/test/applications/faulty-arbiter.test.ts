/** Code of others that fails, and a keeper that ends: what goes on, and what is said about it. */
import type { Report } from '@agner/core'
import type { Arbiter, Claim } from '@agner/release'
import { expect, test } from 'vitest'
import { reduce } from '../../src/applications/reduce.ts'
import { firstState, type Effect, type Event, type Peer } from '../../src/applications/state.ts'
import { toTable } from '../../src/applications/table.ts'
import { standOf } from '../../src/applications/turn.ts'
import { Stage, codeOf, full, named } from './stage.ts'

type Question = 'isReady' | 'isHeld'

/** Gives each claim to n1, unless that gave it back for n2. Its questions fail on a node while they are told to. */
class Faulty {
  readonly fails: Map<string, unknown> = new Map()
  readonly asked: Record<Question, number> = { isReady: 0, isHeld: 0 }
  /** What it makes of the numbers that it counts. */
  token: (count: number) => unknown = (count) => count
  /** What it does when a claim is given back. */
  release: (() => Promise<void>) | null = null
  #holder: string | null = null
  #heir = 'n1'
  #token = 0

  /** What a node says in the place of yes or no. */
  readonly says: Map<string, () => unknown> = new Map()

  answer(on: string, question: Question, value: boolean): boolean {
    this.asked[question]++
    const say = this.says.get(`${on} ${question}`)
    if (say !== undefined) return say() as boolean
    if (this.fails.has(`${on} ${question}`)) throw this.fails.get(`${on} ${question}`)
    return value
  }

  on(name: string): Arbiter {
    return {
      name: 'a faulty one',
      decides: false,
      isReady: () => this.answer(name, 'isReady', true),
      claim: async (owner, application) => {
        for (let turn = 0; turn < 50 && (this.#holder !== null || this.#heir !== name); turn++) await owner.sleep(100)
        if (this.#holder !== null || this.#heir !== name) return { type: 'taken', by: this.#holder }
        this.#holder = name
        const claim: Claim = {
          application,
          token: this.token(++this.#token) as number,
          isHeld: () => this.answer(name, 'isHeld', this.#holder === name),
          release: ({ to = full(name) } = {}) => {
            if (this.release !== null) return this.release()
            this.#heir = to.split('@')[0]!
            this.#holder = null
            return Promise.resolve()
          },
        }
        return { type: 'held', claim }
      },
    }
  }
}

async function withFaulty() {
  const arbiter = new Faulty()
  const table = (on: Stage, name: string) => [
    on.talk({ nodes: ['n1', 'n2'].map(named), arbiter: arbiter.on(name) }),
    { ...on.talk({ nodes: ['n1', 'n2'].map(named) }), application: on.application('other') },
  ]
  const stage = await Stage.start({ nodes: ['n1', 'n2'], table })
  expect(await stage.start()).toEqual(['ok', 'ok'])
  await stage.cluster.until(Promise.all(['n1', 'n2'].map((name) => codeOf(stage.on(name).start('other')))))
  return { stage, arbiter }
}

/** What a node has reported with that code. */
function coded(stage: Stage, name: string, code: string) {
  const isIt = (report: Report) => report.type === 'notice' && report.details?.['code'] === code
  return stage.cluster.node(name).reports.all.filter(isIt) as Extract<Report, { readonly type: 'notice' }>[]
}

const livesOn = (stage: Stage, name: string) => stage.cluster.node(name).node.isAlive(stage.on(name).pid)

test('an isReady that throws counts as no: nothing is taken over meanwhile, nothing ends, and it is reported once', async () => {
  const { stage, arbiter } = await withFaulty()
  arbiter.fails.set('n2 isReady', new Error('boom'))
  const taken = await stage.cluster.until(
    stage
      .on('n2')
      .takeover('app')
      .catch((error: unknown) => error),
  )
  expect(taken).toMatchObject({ code: 'release.not_given', message: expect.stringContaining('is not ready') })
  await stage.run(10_000)
  expect(['n1', 'n2'].map((name) => livesOn(stage, name))).toEqual([true, true])
  expect([stage.running(), stage.running('other')]).toEqual([['n1'], ['n1']])
  const [report, ...more] = coded(stage, 'n2', 'release.arbiter_failed')
  expect(more).toEqual([])
  expect(report).toMatchObject({
    level: 'error',
    source: 'release.applications',
    text: expect.stringMatching(
      /^isReady.*a faulty one.*app.*boom.*counts as no.*true or false.*\(release\.arbiter_failed\)$/,
    ),
    details: { application: 'app', question: 'isReady', code: 'release.arbiter_failed' },
  })
  expect(coded(stage, 'n1', 'release.arbiter_failed')).toEqual([])
  arbiter.fails.clear()
  expect(await stage.cluster.until(codeOf(stage.on('n2').takeover('app')))).toBe('ok')
  expect(stage.running()).toEqual(['n2'])
  expect(stage.faults()).toEqual([])
})

test('a node whose arbiter is not ready waits for a better time by itself, and nobody who asks waits with it', async () => {
  const { stage, arbiter } = await withFaulty()
  expect(await stage.cluster.until(codeOf(stage.on('n2').takeover('app')))).toBe('ok')
  await stage.run(100)
  arbiter.says.set('n1 isReady', () => false)
  // It has the better place, so it takes it over as soon as it can.
  for (const isPermitted of [false, true])
    expect(await stage.cluster.until(codeOf(stage.on('n1').permit('app', isPermitted)))).toBe('ok')
  expect(await stage.cluster.until(codeOf(stage.on('n1').takeover('app')))).toBe('release.not_given')
  await stage.run(5000)
  expect([stage.running(), coded(stage, 'n1', 'release.arbiter_failed')]).toEqual([['n2'], []])
  arbiter.says.clear()
  await stage.run(5000)
  expect([stage.running(), stage.faults()]).toEqual([['n1'], []])
})

test('a takeover whose arbiter was ready when it was asked for, and then is not, is refused as well', () => {
  const table = toTable([new Stage().talk({ arbiter: new Faulty().on('n2') })])
  const running: Peer = { ...standOf(firstState(table.get('app')!, full('n1'), true)), terms: null, differs: false }
  const events: Event[] = [
    { type: 'peer', node: full('n1'), stand: { ...running, standing: 'running', isStarted: true, instance: 1 } },
    { type: 'peer', node: full('n3'), stand: { ...running, standing: 'starting', isStarted: true, instance: 2 } },
    { type: 'ask', waiter: { id: 1, ask: 'start', applicationType: 'temporary' } },
    { type: 'ask', waiter: { id: 2, ask: 'takeover', applicationType: null } },
    { type: 'peerGone', node: full('n3') },
  ]
  let state = firstState(table.get('app')!, full('n2'), true)
  const answers: Effect[] = []
  for (const event of events) {
    const reduced = reduce(state, event, { nowMs: 0, weight: 0, isReady: event.type !== 'peerGone' })
    answers.push(...reduced.effects.filter(({ type }) => type === 'answer'))
    state = reduced.state
  }
  expect(answers.at(-1)).toMatchObject({
    id: 2,
    outcome: { refused: 'not_given', why: expect.stringContaining('not ready') },
  })
  expect(state.standing).toBe('standby')
})

const releases: Record<string, () => Promise<void>> = {
  hangs: () => new Promise<never>(() => {}),
  'is rejected': async () => Promise.reject(new Error('no luck')),
  throws: () => {
    throw new Error('no luck')
  },
}
for (const [what, release] of Object.entries(releases))
  test(`a release that ${what} holds nobody up for ever: the application has stopped, and it is reported`, async () => {
    const { stage, arbiter } = await withFaulty()
    arbiter.release = release
    const beforeMs = stage.cluster.runtime.nowMs()
    expect(await stage.cluster.until(codeOf(stage.on('n1').stop('app')))).toBe('ok')
    expect(stage.cluster.runtime.nowMs() - beforeMs).toBeLessThan(11_000)
    expect(coded(stage, 'n1', 'release.arbiter_failed')).toMatchObject([{ details: { question: 'release' } }])
    expect(await stage.cluster.until(codeOf(stage.on('n1').leave()))).toBe('ok')
    expect([stage.running(), stage.faults()]).toEqual([[], []])
  })

test('it is reported again once it has worked in between', async () => {
  const { stage, arbiter } = await withFaulty()
  const poke = async () => {
    for (const isPermitted of [false, true]) await stage.cluster.until(stage.on('n2').permit('other', isPermitted))
    for (const isPermitted of [false, true]) await stage.cluster.until(stage.on('n2').permit('app', isPermitted))
  }
  for (let times = 1; times <= 3; times++) {
    arbiter.fails.set('n2 isReady', 'no luck')
    const { asked } = arbiter
    const before = asked.isReady
    await poke()
    await poke()
    expect(asked.isReady).toBeGreaterThan(before + 3)
    expect(coded(stage, 'n2', 'release.arbiter_failed')).toHaveLength(times)
    arbiter.fails.clear()
    await poke()
  }
  expect(stage.running()).toEqual(['n1'])
})

test('whatever is thrown', async () => {
  const { stage, arbiter } = await withFaulty()
  const odd = {
    toString: () => {
      throw new Error('not even that')
    },
  }
  for (const thrown of [undefined, null, 7, odd, Object.create(null), Symbol('x'), new Proxy({}, {})]) {
    arbiter.fails.set('n1 isReady', thrown)
    await stage.cluster.until(stage.on('n1').permit('app', true))
    arbiter.fails.clear()
    await stage.cluster.until(stage.on('n1').permit('app', true))
  }
  expect(livesOn(stage, 'n1')).toBe(true)
  expect(coded(stage, 'n1', 'release.arbiter_failed')).toHaveLength(7)
  expect(stage.running()).toEqual(['n1'])
})

const odd: Record<string, () => unknown> = {
  'a promise of yes': async () => true,
  'a promise that is rejected': async () => Promise.reject(new Error('the database is down')),
  'a thenable that throws': () => ({
    get then(): never {
      throw new Error('not even that')
    },
  }),
  'a text': () => 'yes',
  one: () => 1,
  null: () => null,
  nothing: () => undefined,
}
for (const [what, say] of Object.entries(odd))
  test(`only true is yes: ${what} is reported as the failure of an arbiter, once, and ends nothing`, async () => {
    const { stage, arbiter } = await withFaulty()
    arbiter.says.set('n2 isReady', say).set('n1 isHeld', say)
    for (const isPermitted of [false, true, false, true])
      await stage.cluster.until(stage.on('n2').permit('other', isPermitted))
    await stage.cluster.until(stage.on('n2').permit('app', true))
    const own = stage.on('n1').own('app')!
    expect([own.isHeld(), own.isHeld()]).toEqual([false, false])
    for (const [name, question] of [
      ['n2', 'isReady'],
      ['n1', 'isHeld'],
    ] as const)
      expect(coded(stage, name, 'release.arbiter_failed')).toMatchObject([
        { details: { question }, text: expect.stringMatching(/gave .*neither true nor false/) },
      ])
    arbiter.says.clear()
    expect(own.isHeld()).toBe(true)
    expect(['n1', 'n2'].map((name) => livesOn(stage, name))).toEqual([true, true])
    expect([stage.running(), stage.faults()]).toEqual([['n1'], []])
  })

test('an isHeld that throws counts as no for whoever asks', async () => {
  const { stage, arbiter } = await withFaulty()
  const own = stage.on('n1').own('app')!
  expect(own.isHeld()).toBe(true)
  arbiter.fails.set('n1 isHeld', new Error('boom'))
  expect([own.isHeld(), own.isHeld()]).toEqual([false, false])
  expect(coded(stage, 'n1', 'release.arbiter_failed')).toMatchObject([{ details: { question: 'isHeld' } }])
  arbiter.fails.clear()
  expect(own.isHeld()).toBe(true)
  arbiter.fails.set('n1 isHeld', new Error('boom'))
  expect(own.isHeld()).toBe(false)
  expect(coded(stage, 'n1', 'release.arbiter_failed')).toHaveLength(2)
})

for (const token of [String, BigInt, () => Number.NaN, () => undefined, (count: number) => -count, () => 0.5])
  test(`a claim with a token that is none (${typeof token(7)} ${String(token(7))}) is given back, and that is reported once`, async () => {
    const arbiter = new Faulty()
    arbiter.token = token
    const table = (on: Stage, name: string) => [on.talk({ nodes: ['n1'].map(named), arbiter: arbiter.on(name) })]
    const stage = await Stage.start({ nodes: ['n1'], table })
    const started = stage.begin()
    await stage.run(20_000)
    expect([livesOn(stage, 'n1'), stage.running()]).toEqual([true, []])
    expect(stage.on('n1').info()[0]).toMatchObject({ at: null, problem: expect.stringContaining('its token is') })
    expect(coded(stage, 'n1', 'release.arbiter_failed')).toMatchObject([
      { level: 'error', details: { question: 'claim' }, text: expect.stringMatching(/^claim\(\).*given back/) },
    ])
    arbiter.token = (count) => count
    expect(await stage.cluster.until(started)).toEqual(['ok'])
    expect([stage.running(), stage.faults()]).toEqual([['n1'], []])
  })

test('a token as great as a number can be is heard by the others', async () => {
  const arbiter = new Faulty()
  arbiter.token = (count) => 2 ** 53 - 3 + count
  const table = (on: Stage, name: string) => [on.talk({ nodes: ['n1', 'n2'].map(named), arbiter: arbiter.on(name) })]
  const stage = await Stage.start({ nodes: ['n1', 'n2'], table })
  expect(await stage.start()).toEqual(['ok', 'ok'])
  expect([stage.where(), stage.faults()]).toEqual([{ n1: 'n1', n2: 'n1' }, []])
})

test('a keeper that has ended is reported, with what it was and what to do; what ran there is killed, and can begin again', async () => {
  const { stage } = await withFaulty()
  const { node } = stage.cluster.node('n1')
  node.sendExit(stage.on('n1').pid, 'kill')
  await stage.run(500)
  expect(coded(stage, 'n1', 'release.keeper_ended')).toMatchObject([
    {
      level: 'error',
      source: 'release.applications',
      text: expect.stringMatching(/n1@cluster.*killed.*startDistributedApplications.*\(release\.keeper_ended\)$/),
      details: { code: 'release.keeper_ended', applications: 'app, other', cause: 'killed' },
    },
  ])
  await stage.run(5000)
  expect(stage.running('other')).toEqual(['n2'])
  await stage.cluster.until(stage.setUp(stage.cluster.node('n1'), []))
  expect(livesOn(stage, 'n1')).toBe(true)
})

test('one that was stopped, with or without its node, is not', async () => {
  const { stage } = await withFaulty()
  await stage.cluster.until(stage.on('n1').leave())
  await stage.cluster.until(stage.cluster.node('n2').node.stop())
  await stage.run(100)
  for (const name of ['n1', 'n2']) expect(coded(stage, name, 'release.keeper_ended')).toEqual([])
})
