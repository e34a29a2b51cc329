/**
 * Timers against a list of deadlines: set, cancelled, read and fired, to pids and names, of processes that live and die.
 *
 * Between two steps everything comes to rest, so the model is exact: who hears of what at which instant, in which order, and what is left of
 * a timer whenever it is asked. Then the same without rest, where what a cancel said must be kept.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Pid, Ref, TimeoutMessage } from '../src/index.ts'
import { eachProgram, programOf } from './each-program.ts'
import { kind, Stage, type Kind, type Puppet, type Self } from './stage.ts'

const slots = 4
const names = ['t1', 't2']

type Step =
  | { readonly op: 'sendAfter'; readonly by: number; readonly to: number | string; readonly ms: number }
  | { readonly op: 'startTimer' | 'sleep'; readonly by: number; readonly ms: number }
  | { readonly op: 'cancel' | 'read'; readonly by: number; readonly nth: number }
  | { readonly op: 'advance'; readonly ms: number }
  | { readonly op: 'next' }
  | { readonly op: 'replace'; readonly slot: number; readonly kind: Kind }
  | { readonly op: 'register'; readonly by: number; readonly name: string }

const by = fc.nat({ max: slots - 1 })
const name = fc.constantFrom(...names)
// Few different ones, so that many are equal; and some that are longer than a timer of JavaScript can be.
const ms = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(0, 1, 5, 10, 10, 20) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 33) },
)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constant('sendAfter' as const),
      by,
      to: fc.oneof({ weight: 3, arbitrary: by }, { weight: 1, arbitrary: name }),
      ms,
    }),
  },
  { weight: 4, arbitrary: fc.record({ op: fc.constantFrom('startTimer' as const, 'sleep' as const), by, ms }) },
  {
    weight: 5,
    arbitrary: fc.record({ op: fc.constantFrom('cancel' as const, 'read' as const), by, nth: fc.nat({ max: 8 }) }),
  },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('advance' as const), ms: fc.nat({ max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('next' as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('replace' as const), slot: by, kind }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('register' as const), by, name }) },
)

interface Timer {
  readonly atMs: number
  readonly text: string
  /** To a name that is looked up when the time comes, or to a process with whose death the timer ends. */
  readonly to: Puppet | string
  readonly ref: Ref | null
  state: 'set' | 'over'
}

class Play {
  readonly stage: Stage
  readonly puppets: Puppet[] = []
  /** What each was told, and when, as it should be. */
  readonly #told = new Map<Puppet, string[]>()
  readonly #slept: string[] = []
  readonly #sleeps: string[] = []
  #timers: Timer[] = []
  readonly #refs: { readonly ref: Ref; readonly timer: Timer }[] = []
  readonly #names = new Map<string, Puppet>()
  #count = 0

  constructor(stage: Stage) {
    this.stage = stage
    for (const each of ['callback', 'async', 'slow', 'callback'] as const) this.puppets.push(this.#add(each))
  }

  #add(of: Kind): Puppet {
    const puppet = this.stage.add(of)
    this.#told.set(puppet, [])
    return puppet
  }

  get #nowMs(): number {
    return this.stage.runtime.nowMs()
  }

  async perform(each: Step): Promise<void> {
    const { stage, puppets } = this
    switch (each.op) {
      case 'sendAfter': {
        const to = typeof each.to === 'string' ? each.to : puppets[each.to]!
        const text = `timer ${++this.#count}`
        const ref = await stage.ask(puppets[each.by]!, (self) =>
          self.sendAfter(each.ms, typeof to === 'string' ? to : (to.pid as Pid<unknown>), text),
        )
        return this.#set(to, each.ms, text, ref!)
      }
      case 'startTimer': {
        const text = `timer ${++this.#count}`
        const ref = await stage.ask(puppets[each.by]!, (self) => self.startTimer(each.ms, text))
        return this.#set(puppets[each.by]!, each.ms, text, ref!)
      }
      case 'sleep': {
        const text = `sleep ${++this.#count}`
        await stage.ask(puppets[each.by]!, (self) => {
          void self.sleep(each.ms).then(() => this.#slept.push(`${text} at ${this.#nowMs}`))
        })
        return this.#set(puppets[each.by]!, each.ms, text, null)
      }
      case 'cancel':
      case 'read': {
        const known = this.#refs[each.nth]
        if (known === undefined) return
        const { ref, timer } = known
        const left = await stage.ask(puppets[each.by]!, (self) =>
          each.op === 'cancel' ? self.cancelTimer(ref) : self.readTimer(ref),
        )
        expect(left).toBe(timer.state === 'set' ? timer.atMs - this.#nowMs : false)
        if (each.op === 'cancel') timer.state = 'over'
        return
      }
      case 'advance':
        return this.#passes(each.ms)
      case 'next': {
        const next = this.#timers.find(({ state }) => state === 'set')
        if (next !== undefined) await this.#passes(next.atMs - this.#nowMs)
        return
      }
      case 'replace':
        return this.#replace(each.slot, each.kind)
      case 'register': {
        const puppet = puppets[each.by]!
        const holder = this.#names.get(each.name)
        if (holder !== undefined) stage.node.unregisterName(each.name)
        this.#names.delete(each.name)
        if ([...this.#names.values()].includes(puppet)) return
        stage.node.registerName(each.name, puppet.pid)
        this.#names.set(each.name, puppet)
      }
    }
  }

  async #replace(slot: number, of: Kind): Promise<void> {
    const victim = this.puppets[slot]!
    this.stage.node.sendExit(victim.pid, 'kill')
    await this.stage.settle()
    this.puppets[slot] = this.#add(of)
    await this.stage.settle()
    for (const timer of this.#timers) if (timer.to === victim) timer.state = 'over'
    for (const each of names) if (this.#names.get(each) === victim) this.#names.delete(each)
  }

  #set(to: Puppet | string, delayMs: number, text: string, ref: Ref | null): void {
    const timer: Timer = { atMs: this.#nowMs + delayMs, text, to, ref, state: 'set' }
    if (ref !== null) this.#refs.unshift({ ref, timer })
    const place = this.#timers.findIndex(({ atMs }) => atMs > timer.atMs)
    this.#timers.splice(place < 0 ? this.#timers.length : place, 0, timer)
    this.#fire(this.#nowMs)
  }

  async #passes(delayMs: number): Promise<void> {
    const untilMs = this.#nowMs + delayMs
    await this.stage.advance(delayMs)
    this.#fire(untilMs)
  }

  /** Equal deadlines are met in the order of setting: the list is in that order. */
  #fire(untilMs: number): void {
    for (const timer of this.#timers) {
      if (timer.state === 'over' || timer.atMs > untilMs) continue
      timer.state = 'over'
      const { to, text, atMs } = timer
      if (text.startsWith('sleep')) this.#sleeps.push(`${text} at ${atMs}`)
      else {
        const hears = typeof to === 'string' ? this.#names.get(to) : to
        if (hears !== undefined) this.#told.get(hears)!.push(`${text} at ${atMs}`)
      }
    }
    this.#timers = this.#timers.filter(({ state }) => state === 'set')
  }

  check(): void {
    const was = [...this.#told.keys()].map((puppet) =>
      puppet.received.map(({ atMs, message }) => {
        const said = typeof message === 'string' ? message : ((message as TimeoutMessage).message as string)
        return `${said} at ${atMs}`
      }),
    )
    expect(was).toEqual([...this.#told.values()])
    expect(this.#slept.toSorted()).toEqual(this.#sleeps.toSorted())
  }
}

test('who hears of what, when and in which order, and what is left of a timer, is what the model says', async () => {
  await eachProgram(programOf(step, 60), 600, async (steps, runtime) => {
    const play = new Play(new Stage(runtime))
    await play.stage.settle()
    for (const each of steps) await play.perform(each)
    play.check()
    await play.perform({ op: 'advance', ms: 2 ** 34 })
    play.check()
  })
})

test('all at once: what a cancel said is kept, and every timer that was not cancelled fires once, not before its time', async () => {
  const race = fc.record({
    by,
    ms: fc.nat({ max: 3 }),
    cancelAfterMs: fc.nat({ max: 3 }),
    how: fc.constantFrom('sendAfter', 'startTimer'),
  })
  await eachProgram(
    fc.record({ kinds: fc.array(kind, { minLength: 2, maxLength: 2 }), races: programOf(race, 40) }),
    500,
    async ({ kinds, races }, runtime) => {
      const stage = new Stage(runtime)
      const [owner, other] = kinds.map((each) => stage.add(each)) as [Puppet, Puppet]
      const refs: (Ref | undefined)[] = []
      const setMs: number[] = []
      const said = new Map<number, number | false>()
      const cancel = (n: number) => (self: Self) => {
        const ref = refs[n]
        if (ref !== undefined) said.set(n, self.cancelTimer(ref))
      }
      races.forEach(({ by: who, ms: delayMs, cancelAfterMs, how }, n) => {
        stage.tell(owner, (self) => {
          setMs[n] = runtime.nowMs()
          refs[n] = how === 'startTimer' ? self.startTimer(delayMs, n) : self.sendAfter(delayMs, self.pid, `${n}`)
        })
        runtime.setTimer(cancelAfterMs, () => stage.tell(who % 2 === 0 ? owner : other, cancel(n)))
      })
      await stage.advance(20)
      const heard = owner.received.map(({ atMs, message }) => ({
        atMs,
        n: Number(typeof message === 'string' ? message : (message as TimeoutMessage).message),
      }))
      races.forEach(({ ms: delayMs }, n) => {
        const fired = heard.filter((each) => each.n === n)
        const left = said.get(n)
        // A number, 0 too, means that it will not come.
        expect(fired.length).toBe(typeof left === 'number' ? 0 : 1)
        for (const { atMs } of fired) expect(atMs).toBeGreaterThanOrEqual(setMs[n]! + delayMs)
      })
    },
  )
})
