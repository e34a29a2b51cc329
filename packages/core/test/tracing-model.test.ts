/**
 * What a trace tells is what happens: random programs under random schedules, with everything traced.
 *
 * From the events alone the model knows who lives, who is linked to whom, what was sent and what arrived; it must agree with what the processes saw
 * themselves and with what process info says.
 */
import type { VirtualRuntime } from '@agner/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AnyPid, Destination, TraceEnd, TraceEvent, TraceEventType } from '../src/index.ts'
import { eachProgram, programOf } from './each-program.ts'
import { kind, Stage, type Act, type Kind, type Puppet } from './stage.ts'

const most = 6
const ways = ['send', 'send', 'send', 'link', 'unlink', 'monitor', 'spawn', 'register', 'exit', 'kill'] as const

interface Step {
  readonly who: number
  readonly whom: number
  readonly way: (typeof ways)[number]
  readonly kind: Kind
  readonly rests: boolean
}

const step: fc.Arbitrary<Step> = fc.record({
  who: fc.nat({ max: most - 1 }),
  whom: fc.nat({ max: most - 1 }),
  way: fc.constantFrom(...ways),
  kind,
  rests: fc.boolean(),
})

class Play {
  readonly stage: Stage
  readonly puppets: Puppet[] = []
  readonly told: TraceEvent[] = []
  #ids = 0

  constructor(runtime: VirtualRuntime, events: readonly TraceEventType[]) {
    this.stage = new Stage(runtime)
    const { node } = this.stage
    const to = (event: TraceEvent | TraceEnd): void => void (event.type !== 'end' && this.told.push(event))
    node.trace({ processes: 'all', events, limit: Infinity, to })
    for (const each of ['callback', 'async', 'slow'] as const) this.puppets.push(this.stage.add(each))
  }

  async run(program: readonly Step[]): Promise<void> {
    await this.stage.settle()
    for (const one of program) {
      this.stage.tell(this.puppets[one.who % this.puppets.length]!, this.#does(one))
      if (one.rests) await this.stage.settle()
    }
    await this.stage.advance(10)
  }

  #does({ way, whom, kind: kindOfChild }: Step): Act {
    return (self) => {
      const other = this.puppets[whom % this.puppets.length]!.pid
      if (way === 'send') self.send(other as Destination<object>, { id: ++this.#ids })
      else if (way === 'link') self.link(other)
      else if (way === 'unlink') self.unlink(other)
      else if (way === 'monitor') self.demonitor(self.monitor(other))
      else if (way === 'exit') self.sendExit(other, 'told to')
      else if (way === 'kill') self.sendExit(self.pid, 'kill')
      else if (way === 'register') {
        if (self.whereis('it') === undefined && self.node.processInfo(self.pid)?.name === null) self.register('it')
      } else if (this.puppets.length < most)
        this.puppets.push(this.stage.add(kindOfChild, (body) => self.spawnLink(body)))
    }
  }
}

const events: TraceEventType[] = ['send', 'receive', 'spawn', 'spawned', 'exit', 'link', 'linked', 'unlink', 'unlinked']
events.push('monitor', 'demonitor', 'register', 'unregister')

/** Who is linked to a process, from what is told of it. */
function linksOf(told: readonly TraceEvent[]): AnyPid[] {
  const links = new Set<AnyPid>()
  for (const event of told) {
    if (event.type === 'link') links.add(event.to)
    else if (event.type === 'linked') links.add(event.by)
    else if (event.type === 'unlink') links.delete(event.to)
    else if (event.type === 'unlinked') links.delete(event.by)
  }
  return [...links]
}

const idOf = (message: unknown): number | null =>
  typeof message === 'object' && message !== null && 'id' in message ? (message.id as number) : null

function check({ told, puppets, stage }: Play, withTurns: boolean): void {
  expect(told.map(({ index }) => index)).toEqual(told.map((_, index) => index + 1))
  const sent = new Set<number>()
  for (const event of told) {
    if (event.type === 'send' && idOf(event.message) !== null) sent.add(idOf(event.message)!)
    // Nothing is received that was not told as sent before.
    if (event.type === 'receive' && idOf(event.message) !== null) expect(sent).toContain(idOf(event.message))
  }
  for (const { pid, received, reason } of puppets) {
    const own = told.filter(({ process, type }) => process === pid && (withTurns || type !== 'turn'))
    const types = own.map(({ type }) => type).filter((type) => type !== 'turn')
    expect(types.filter((type) => type === 'spawned')).toEqual(['spawned'])
    expect(types[0]).toBe('spawned')
    // What its code got is what it received, in that order; the rest it did not live to get.
    const got = received.map(({ message }) => idOf(message))
    const heard = own.flatMap((event) => (event.type === 'receive' ? (idOf(event.message) ?? []) : []))
    expect(heard.slice(0, got.length)).toEqual(got)
    const info = stage.node.processInfo(pid)
    const after = types.slice(types.indexOf('exit') + 1)
    if (info === undefined)
      expect([types.includes('exit'), after.every((type) => type === 'unregister')]).toEqual([true, true])
    else {
      expect([types.includes('exit'), heard]).toEqual([false, got])
      expect(new Set(info.links)).toEqual(new Set(linksOf(own)))
    }
    const exit = own.find((event) => event.type === 'exit')
    expect(exit?.type === 'exit' ? exit.reason : null).toEqual(reason)
  }
}

test('what is told is what happens', async () => {
  await eachProgram(programOf(step, 40), 300, async (program, runtime) => {
    const play = new Play(runtime, events)
    await play.run(program)
    check(play, false)
  })
})

test('also while turns are timed, and told', async () => {
  await eachProgram(programOf(step, 40), 150, async (program, runtime) => {
    const play = new Play(runtime, [...events, 'turn'])
    await play.run(program)
    check(play, true)
    expect(play.told.some(({ type }) => type === 'turn')).toBe(true)
  })
})
