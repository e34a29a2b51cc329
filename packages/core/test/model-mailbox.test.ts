/**
 * Selective receive against a list.
 *
 * One process sends to itself, now and by timers, and receives: with and without guards, with timeouts, since refs. The model is the
 * list of what has arrived and not been taken, and the list of what is to come.
 */
import type { VirtualRuntime } from '@agner/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { timedOut, type Process, type Ref } from '../src/index.ts'
import { eachProgram, programOf } from './each-program.ts'
import { createWorld } from './world.ts'

interface Message {
  readonly value: number
  readonly serial: number
}

type Step =
  | { readonly op: 'send'; readonly values: readonly number[] }
  | { readonly op: 'timer'; readonly value: number; readonly ms: number }
  | { readonly op: 'sleep'; readonly ms: number }
  | { readonly op: 'ref' }
  | { readonly op: 'churn'; readonly times: number }
  | {
      readonly op: 'take'
      readonly wanted: number | null
      readonly timeoutMs: number
      readonly sinceNth: number | null
    }

const value = fc.nat({ max: 5 })
/** No other message has it. */
const churned = 9
const ms = fc.integer({ min: 1, max: 30 })

function steps(longest: number): fc.Arbitrary<Step> {
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        op: fc.constant('send' as const),
        values: fc.array(value, { maxLength: longest, size: 'max' }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ op: fc.constant('timer' as const), value, ms }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('sleep' as const), ms }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('ref' as const) }) },
    // So many are sent and taken from behind those that wait: holes, until the mailbox is squeezed.
    { weight: 1, arbitrary: fc.record({ op: fc.constant('churn' as const), times: fc.nat({ max: longest }) }) },
    {
      weight: 12,
      arbitrary: fc.record({
        op: fc.constant('take' as const),
        wanted: fc.option(value, { freq: 3 }),
        timeoutMs: fc.oneof(fc.constant(0), ms),
        sinceNth: fc.option(fc.nat({ max: 2 }), { freq: 2 }),
      }),
    },
  )
}

class MailboxModel {
  /** What has arrived and was not taken, in order. */
  list: Message[] = []
  /** How many had arrived before each. */
  readonly #places = new Map<Message, number>()
  readonly #coming: { readonly atMs: number; readonly message: Message }[] = []

  /** How many have arrived. */
  get arrived(): number {
    return this.#places.size
  }

  push(message: Message): void {
    this.#places.set(message, this.arrived)
    this.list.push(message)
  }

  expectAt(atMs: number, message: Message): void {
    const place = this.#coming.findIndex((each) => each.atMs > atMs)
    this.#coming.splice(place < 0 ? this.#coming.length : place, 0, { atMs, message })
  }

  /** What comes until then has come. */
  arrive(untilMs: number): void {
    while (this.#coming.length > 0 && this.#coming[0]!.atMs <= untilMs) this.push(this.#coming.shift()!.message)
  }

  /** Serials of what a receive may give, and when: one, but for a message that comes just when the time is up. */
  outcomes(nowMs: number, suits: (message: Message) => boolean, since: number, timeoutMs: number): Set<string> {
    const here = this.list.find((message) => suits(message) && this.#places.get(message)! >= since)
    if (here !== undefined) return new Set([`${here.serial} at ${nowMs}`])
    const deadlineMs = nowMs + timeoutMs
    const next = this.#coming.find(({ message }) => suits(message))
    const outcomes = new Set<string>()
    if (next === undefined || next.atMs >= deadlineMs) outcomes.add(`nothing at ${deadlineMs}`)
    if (next !== undefined && next.atMs <= deadlineMs) outcomes.add(`${next.message.serial} at ${next.atMs}`)
    return outcomes
  }

  /** @returns how many had arrived before it. */
  take(serial: number): number {
    const taken = this.list.find((message) => message.serial === serial)!
    this.list = this.list.filter((message) => message !== taken)
    return this.#places.get(taken)!
  }
}

/**
 * `since` is for speed: what it must never do is miss a message that came after the ref. What came before is skipped for certain only if the process had
 * taken it in by then, and took nothing since that came after the ref.
 *
 * @param watched asks after each step how long the mailbox is, which also makes the process take in what has arrived.
 */
async function play(program: readonly Step[], runtime: VirtualRuntime, watched: boolean): Promise<void> {
  const { inProcess } = createWorld({ runtime })
  await inProcess<Message>(async (self: Process<Message>) => {
    const model = new MailboxModel()
    const refs: { readonly ref: Ref; readonly arrived: number; loose: boolean }[] = []
    let serial = 0

    const take = async ({ wanted, timeoutMs, sinceNth }: Extract<Step, { op: 'take' }>): Promise<void> => {
      const since = sinceNth === null ? undefined : refs[sinceNth]
      const suits = (message: Message): boolean => wanted === null || message.value === wanted
      const visited: Message[] = []
      const guard = (message: Message): boolean => {
        visited.push(message)
        return suits(message)
      }
      const nowMs = runtime.nowMs()
      const outcomes = model.outcomes(nowMs, suits, since?.arrived ?? 0, timeoutMs)
      if (since?.loose === true)
        for (const message of model.list) if (suits(message)) outcomes.add(`${message.serial} at ${nowMs}`)
      const options = { timeoutMs, ...(since === undefined ? {} : { since: since.ref }) }
      const got = wanted === null ? await self.receive(options) : await self.receive(guard, options)
      expect(outcomes).toContain(`${got === timedOut ? 'nothing' : got.serial} at ${runtime.nowMs()}`)
      model.arrive(runtime.nowMs())
      if (wanted !== null) checkVisits(visited, got === timedOut ? null : got, model.list)
      if (got === timedOut) return
      const place = model.take(got.serial)
      for (const each of refs) if (place >= each.arrived) each.loose = true
    }

    const send = (value: number): void => {
      const message = { value, serial: serial++ }
      self.send(self.pid, message)
      model.push(message)
    }

    for (const step of program) {
      if (step.op === 'send') step.values.forEach(send)
      else if (step.op === 'churn') {
        for (let n = 0; n < step.times; n++) {
          send(churned)
          await take({ op: 'take', wanted: churned, timeoutMs: 0, sinceNth: null })
        }
      } else if (step.op === 'timer') {
        const message = { value: step.value, serial: serial++ }
        self.sendAfter(step.ms, self.pid, message)
        model.expectAt(runtime.nowMs() + step.ms, message)
      } else if (step.op === 'sleep') await self.sleep(step.ms)
      else if (step.op === 'ref') refs.unshift({ ref: self.makeRef(), arrived: model.arrived, loose: !watched })
      else await take(step)
      model.arrive(runtime.nowMs())
      if (watched) expect(self.node.processInfo(self.pid)!.mailboxLength).toBe(model.list.length)
    }
    await self.sleep(100)
    model.arrive(Infinity)
    for (const message of model.list) expect(await self.receive({ timeoutMs: 0 })).toEqual(message)
    expect(await self.receive({ timeoutMs: 0 })).toBe(timedOut)
  })
}

/** A guard is shown each message once, in order of arrival, and nothing after the one that it lets through. */
function checkVisits(visited: readonly Message[], taken: Message | null, list: readonly Message[]): void {
  const places = visited.map(({ serial }) => list.findIndex((message) => message.serial === serial))
  expect(places).toEqual([...new Set(places)].sort((a, b) => a - b))
  if (taken !== null) expect(visited.at(-1)).toEqual(taken)
}

test('a short mailbox, taken in after each step', async () => {
  await eachProgram(programOf(steps(2), 60), 500, (program, runtime) => play(program, runtime, true))
})

test('a mailbox that grows, shrinks and is full of holes', async () => {
  await eachProgram(programOf(steps(40), 60), 300, (program, runtime) => play(program, runtime, false))
})
