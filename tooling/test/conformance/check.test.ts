import { describe, expect, it } from 'vitest'
import { checkScenario } from '../../conformance/check.ts'
import { faults } from '../../conformance/faults/index.ts'
import { play } from '../../conformance/play.ts'
import type { RawEvent, RawTrace } from '../../conformance/raw.ts'
import type { Scenario } from '../../conformance/scenario.ts'

const extent = { seeds: 5, faultSeeds: 10 }
/** What Erlang said, in the words of a test. */
const judged = (...events: [what: string, data: RawEvent[2]][]): RawTrace => ({
  labels: { '<0.1>': 'main', '<0.2>': 'a' },
  events: [...events.map(([what, data]): RawEvent => ['<0.1>', what, data]), ['<0.1>', 'ended', 'normal']],
})
const killed = judged(['a', 'killed'])

const scenario: Scenario = {
  items: ['P36'],
  faults: ['kill.is_not_converted'],
  play: async (self, t) => {
    const a = t.label('a', self.spawnMonitor(t.echo()))
    self.sendExit(a.pid, 'kill')
    t.emit(self, 'a', await t.reason(self, a))
  },
}
const findings = async (changed: Partial<Scenario>, ...traces: RawTrace[]): Promise<string[]> => {
  const { findings: found } = await checkScenario({ ...scenario, ...changed }, traces, extent)
  return found.map(({ check, text }) => `${check}: ${text}`)
}

describe('a scenario', () => {
  it('passes when Erlang, the real runtime and every seed agree and its fault is noticed', async () => {
    expect(await checkScenario(scenario, [killed, killed], extent)).toEqual({ checks: 4, findings: [] })
  })

  it('fails where Agner differs from Erlang', async () => {
    expect(await findings({ faults: [] }, judged(['a', 'kill']))).toEqual([
      'real: main, event 1: expected a "kill", got a "killed"',
      'seeds: seed 1, async: main, event 1: expected a "kill", got a "killed"',
    ])
  })

  it('fails when Erlang was not asked, or does not agree with itself: then it depends on luck', async () => {
    expect(await findings({})).toEqual(['erlang: Erlang did not play it'])
    expect(await findings({}, killed, judged(['a', 'kill']))).toEqual([
      'erlang: main, event 1: expected a "killed", got a "kill"',
    ])
  })

  it('fails when a fault goes unnoticed', async () => {
    expect(await findings({ faults: ['timer.wraps'] }, killed)).toEqual([
      'fault: timer.wraps is not noticed in 10 seeds',
    ])
  })

  it('may differ on purpose, and must then, just as it says', async () => {
    const differs = (ours: string) => ({ faults: [], differs: { 'main:a': { why: 'some-reason', ours } } })
    expect(await findings(differs('"killed"'), judged(['a', 'kill']))).toEqual([])
    expect(await findings(differs('"other"'), judged(['a', 'kill']))).toHaveLength(2)
    expect(await findings(differs('"killed"'), killed)).toHaveLength(2)
  })

  it('fails when a process without a label speaks', async () => {
    const quiet: Scenario['play'] = async (self, t) => {
      await t.reason(
        self,
        self.spawnMonitor(async (me) => t.emit(me, 'boo')),
      )
    }
    expect(await findings({ faults: [], play: quiet }, judged())).toContain(
      'real: a process without a label emitted something',
    )
  })

  it('ends when it hangs, under virtual time at once', async () => {
    const hangs: Scenario['play'] = (self) => self.receive()
    const { trace } = await play({ ...scenario, play: hangs }, 'async', 1)
    expect(trace.events.at(-1)?.[2]).toMatch(/^hang: /)
  })

  it('is played with both kinds of body', async () => {
    const kinds: unknown[] = []
    const look: Scenario['play'] = async (_, t) => void kinds.push(typeof t.loop(() => null))
    await findings({ faults: [], play: look }, judged())
    expect([...new Set(kinds)]).toEqual(['function', 'object'])
  })
})

describe('a fault', () => {
  it('is gone after it was taken out', async () => {
    const reason = async () => (await play(scenario, 'async', 1)).trace.events[0]
    const before = await reason()
    for (const plant of Object.values(faults)) plant()()
    expect(await reason()).toEqual(before)
  })
})
