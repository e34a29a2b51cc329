/** The trials, the halves and the folders agree: a row that nobody can play is found here and not after minutes. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { farApart, nextRandom } from '../../bench/agner/random.ts'
import { comparisons } from '../../bench/comparisons.ts'
import type { Form, Peer } from '../../bench/job.ts'
import { jobs } from '../../bench/jobs/index.ts'
import { halvesOf } from '../../bench/peers/index.ts'
import { formsOf } from '../../bench/trial.ts'
import { trials } from '../../bench/trials.ts'

const all = [...trials.speed, ...trials.remote, ...trials.lines]
const bench = join(import.meta.dirname, '../../bench')

/** Every half of every job at a size of next to nothing: it ends, and has the figures that the rows take. */
const tiny: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  spawning: { count: 1000 },
  pingpong: { roundtrips: 3 },
  ring: { processes: 3, laps: 2 },
  fanin: { senders: 3, messages: 2 },
  traffic: { live: 5, messages: 3000, stalls: 1 },
  selective: { unread: 5, receives: 2 },
  calls: { unread: 5, calls: 2 },
  monitoring: { pairs: 2 },
  linking: { pairs: 2 },
  chain: { processes: 3 },
  timers: { timers: 5 },
  growth: { least: 10, most: 100, messages: 1000 },
}

describe('the trials', () => {
  it('have rows with names of their own', () => {
    const names = [...all.flatMap(({ rows }) => rows.map(({ name }) => name)), ...comparisons.map(({ name }) => name)]
    expect(names).toEqual([...new Set(names)])
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]*$/)
  })

  it.each([...new Set(all.map(({ job }) => job))])('of %s have both halves in its folder', (job) => {
    const own = all.filter((one) => one.job === job)
    for (const end of own.some(({ alone }) => alone === true) ? ['ts'] : ['erl', 'ts'])
      expect(existsSync(join(bench, 'jobs', job, `${job}.${end}`))).toBe(true)
    for (const trial of own) {
      for (const form of formsOf(trial)) expect(jobs[job]?.[form]).toBeTypeOf('function')
    }
  })

  it('name the same sizes for a full, a quick and a warm run', () => {
    for (const { full, quick, warm } of [...all, ...comparisons]) {
      expect(Object.keys(quick)).toEqual(Object.keys(full))
      expect(Object.keys(warm)).toEqual(Object.keys(full))
    }
  })

  it('compare peers only in what they have a half of', async () => {
    for (const { job, peers = [] } of [...comparisons, ...trials.remote]) {
      for (const peer of peers) expect((await halvesOf(peer))[job]).toBeTypeOf('function')
    }
    for (const { rows, peers = [] } of all)
      for (const { beside } of rows) if (beside !== undefined) expect(peers).toContain(beside)
    await expect(halvesOf('akka' as Peer)).rejects.toThrow('nobody is called akka')
  })
})

const halves = Object.entries(tiny).flatMap(([job, sizes]) =>
  (Object.keys(jobs[job]!) as Form[]).map((form) => ({ job, form, sizes })),
)

describe('the half on Agner', () => {
  it.each(halves)('of $job, $form, ends and has the figures of its rows', async ({ job, form, sizes }) => {
    const figures = await jobs[job]![form]!(sizes)
    const wanted = all
      .filter((trial) => trial.job === job)
      .flatMap(({ rows }) => rows.filter((row) => row.form === form))
    const steps = /^at\d{4,}$/
    for (const { figure = 'value' } of wanted) if (!steps.test(figure)) expect(figures[figure]).toBeGreaterThan(0)
    for (const value of Object.values(figures)) expect(Number.isFinite(value)).toBe(true)
  })
})

describe('random walks', () => {
  it('never stop, and a thousand of them stay apart', () => {
    const seen = new Set<number>()
    for (let walk = 1; walk <= 1000; walk++) {
      let seed = farApart(walk)
      for (let step = 0; step < 100; step++) {
        seed = nextRandom(seed)
        seen.add(seed)
      }
    }
    expect(seen.has(0)).toBe(false)
    expect(seen.size).toBeGreaterThan(99_900)
  })
})
