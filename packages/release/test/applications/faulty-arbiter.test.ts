/** Code of others that fails, and a keeper that ends: what goes on, and what is said about it. */
import type { Report } from '@agner/core'
import type { Arbiter, Claim } from '@agner/release'
import { expect, test } from 'vitest'
import { Stage, codeOf, full, named } from './stage.ts'

type Question = 'isReady' | 'isHeld'

/** Gives each claim to n1, unless that gave it back for n2. Its questions fail on a node while they are told to. */
class Faulty {
  readonly fails: Map<string, unknown> = new Map()
  readonly asked: Record<Question, number> = { isReady: 0, isHeld: 0 }
  /** What it makes of the numbers that it counts. */
  token: (count: number) => unknown = (count) => count
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
          release: async ({ to = full(name) } = {}) => {
            this.#heir = to.split('@')[0]!
            this.#holder = null
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
  let taken = ''
  void codeOf(stage.on('n2').takeover('app')).then((code) => (taken = code))
  await stage.run(10_000)
  expect(['n1', 'n2'].map((name) => livesOn(stage, name))).toEqual([true, true])
  expect([taken, stage.running(), stage.running('other')]).toEqual(['', ['n1'], ['n1']])
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
  await stage.run(5000)
  expect([taken, stage.running()]).toEqual(['ok', ['n2']])
  expect(stage.faults()).toEqual([])
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
