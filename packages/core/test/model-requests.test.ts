/**
 * Requests against a table of outcomes: answered, timed out, the server dead or dying, the caller dead, answers late and twice, many in flight.
 *
 * Between two steps everything comes to rest, so the model is exact. Then the same without rest: each request has one outcome, it is one that can be,
 * and what the server sent before an answer was seen before it.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { reply, Request, type AgnerError } from '../src/index.ts'
import { text } from './company.ts'
import { eachProgram, programOf } from './each-program.ts'
import { kind, Stage, type Kind, type Puppet, type Self } from './stage.ts'

const slots = 4
const kinds = fc.array(kind, { minLength: slots, maxLength: slots })
const forEver = 1_000_000

type Step =
  | {
      readonly op: 'ask'
      readonly by: number
      readonly to: number
      readonly named: boolean
      readonly timeoutMs: number
      /** The server answers within the turn in which it hears of it. */
      readonly quick: boolean
    }
  | { readonly op: 'answer'; readonly by: number; readonly nth: number }
  | { readonly op: 'replace'; readonly slot: number; readonly kind: Kind; readonly reason: string }
  | { readonly op: 'advance'; readonly ms: number }

const by = fc.nat({ max: slots - 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant('ask' as const),
      by,
      to: by,
      named: fc.boolean(),
      timeoutMs: fc.constantFrom(0, 5, 5, 10, forEver, Infinity),
      quick: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.record({ op: fc.constant('answer' as const), by, nth: fc.nat({ max: 6 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('replace' as const),
      slot: by,
      kind,
      reason: fc.constantFrom('kill', 'r1'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('advance' as const), ms: fc.nat({ max: 7 }) }) },
)

/** A request as the test knows it. */
interface Asked {
  readonly n: number
  readonly caller: Puppet
  readonly server: Puppet
  readonly atMs: number
  readonly deadlineMs: number
  readonly quick: boolean
  /** What must have come of it; null as long as nothing has. */
  outcome: string | null
}

class Play {
  readonly stage: Stage
  readonly puppets: Puppet[] = []
  readonly asked: Asked[] = []
  /** What came of each, in order: one, if all is well. */
  readonly came: string[][] = []
  /** What reached a server, latest first. */
  readonly requests: Request<number, string>[] = []
  /** What was answered in time, with a note before and a postscript after. */
  readonly answered = new Set<number>()
  /** What each puppet heard and was answered, in order. */
  readonly heard = new Map<Puppet, string[]>()

  constructor(stage: Stage, kinds: readonly Kind[]) {
    this.stage = stage
    kinds.forEach((of, slot) => this.add(slot, of))
  }

  add(slot: number, of: Kind): void {
    const { node } = this.stage
    const puppet = this.stage.add(
      of,
      (body) => node.spawn(body, { name: `s${slot}` }),
      (self, message) => {
        if (!(message instanceof Request)) return void this.heard.get(puppet)!.push(message as string)
        const request = message as Request<number, string>
        this.requests.unshift(request)
        if (this.asked[request.payload]!.quick) this.answer(self, request)
      },
    )
    this.heard.set(puppet, [])
    this.puppets[slot] = puppet
  }

  answer(self: Self, request: Request<number, string>): void {
    const n = request.payload
    self.send(request.from as never, `note ${n}` as never)
    if (request.isPending) this.answered.add(n)
    reply(request, `answer ${n}`)
    self.send(request.from as never, `postscript ${n}` as never)
  }

  ask(self: Self, { by: who, to, named, timeoutMs, quick }: Extract<Step, { op: 'ask' }>): void {
    const n = this.asked.length
    const caller = this.puppets[who]!
    const server = this.puppets[to]!
    const atMs = this.stage.runtime.nowMs()
    this.asked.push({ n, caller, server, atMs, deadlineMs: atMs + timeoutMs, quick, outcome: null })
    const came: string[] = (this.came[n] = [])
    const note = (outcome: string): void => {
      came.push(`${outcome} at ${this.stage.runtime.nowMs()}`)
      this.heard.get(caller)!.push(`${outcome} of ${n}`)
    }
    self.request(named ? `s${to}` : server.pid, n, { timeoutMs }).then(
      (answer) => note(answer as string),
      ({ code, details }: AgnerError) =>
        note(code === 'call.exited' ? `exited ${text(details['reason'] as string)}` : code),
    )
  }
}

/** What must come of the requests, when everything has come to rest after each step. */
class Model {
  readonly #play: Play
  readonly #atServer = new Set<Asked>()

  constructor(play: Play) {
    this.#play = play
  }

  asked(asked: Asked): void {
    const nowMs = asked.atMs
    if (asked.server === asked.caller) asked.outcome = `call.calling_self at ${nowMs}`
    else {
      this.#atServer.add(asked)
      // Even if the answer comes at once.
      if (asked.deadlineMs === nowMs) asked.outcome = `call.timeout at ${nowMs}`
      else if (asked.quick) asked.outcome = `answer ${asked.n} at ${nowMs}`
    }
  }

  answered(n: number, value: string, nowMs: number): void {
    const asked = this.#play.asked[n]!
    asked.outcome ??= `${value} at ${nowMs}`
  }

  died(puppet: Puppet, reason: string, nowMs: number): void {
    for (const asked of this.#atServer) if (asked.server === puppet) asked.outcome ??= `exited ${reason} at ${nowMs}`
    // Whatever comes to it now, it does not hear of it.
    for (const asked of this.#atServer) if (asked.caller === puppet) asked.outcome ??= 'nobody'
  }

  passed(nowMs: number): void {
    for (const asked of this.#atServer)
      if (asked.deadlineMs <= nowMs) asked.outcome ??= `call.timeout at ${asked.deadlineMs}`
  }

  check(): void {
    const { asked, came, requests } = this.#play
    const must = asked.map(({ outcome }) => (outcome === null || outcome === 'nobody' ? [] : [outcome]))
    expect(came).toEqual(must)
    for (const request of requests) expect(request.isPending).toBe(asked[request.payload]!.outcome === null)
    const reached = [...this.#atServer].map(({ n }) => n).sort((a, b) => a - b)
    expect(requests.map(({ payload }) => payload).sort((a, b) => a - b)).toEqual(reached)
  }
}

const program = fc.record({ of: kinds, steps: programOf(step, 60) })

test('what comes of each request, and when, is what the model says', async () => {
  await eachProgram(program, 600, async ({ of, steps }, runtime) => {
    const play = new Play(new Stage(runtime), of)
    const { stage, puppets } = play
    const model = new Model(play)
    await stage.settle()
    for (const each of steps) {
      if (each.op === 'ask') {
        await stage.ask(puppets[each.by]!, (self) => play.ask(self, each))
        model.asked(play.asked.at(-1)!)
      } else if (each.op === 'answer') {
        // By whichever process: an answer is not bound to the one that was asked.
        const request = play.requests[each.nth]
        if (request === undefined) continue
        await stage.ask(puppets[each.by]!, () => reply(request, `answer ${request.payload}`))
        model.answered(request.payload, `answer ${request.payload}`, runtime.nowMs())
      } else if (each.op === 'advance') {
        await stage.advance(each.ms)
        model.passed(runtime.nowMs())
      } else {
        const victim = puppets[each.slot]!
        stage.node.sendExit(victim.pid, each.reason)
        await stage.settle()
        model.died(victim, each.reason === 'kill' ? 'killed' : each.reason, runtime.nowMs())
        play.add(each.slot, each.kind)
        await stage.settle()
      }
      model.check()
    }
    await stage.advance(2 * forEver)
    model.passed(runtime.nowMs())
    model.check()
  })
})

test('all at once: each request of a living caller has one outcome, one that can be, and the notes before an answer come before it', async () => {
  await eachProgram(program, 600, async ({ of, steps }, runtime) => {
    const play = new Play(new Stage(runtime), of)
    const { stage, puppets } = play
    for (const each of steps) {
      if (each.op === 'ask') stage.tell(puppets[each.by]!, (self) => play.ask(self, each))
      else if (each.op === 'answer') {
        stage.tell(puppets[each.by]!, (self) => {
          const request = play.requests[each.nth]
          if (request !== undefined && self.pid === play.asked[request.payload]!.server.pid) play.answer(self, request)
        })
      } else if (each.op === 'advance') await stage.advance(each.ms)
      else {
        stage.node.sendExit(puppets[each.slot]!.pid, each.reason)
        await stage.settle()
        play.add(each.slot, each.kind)
      }
    }
    await stage.advance(2 * forEver)
    const alive = new Set(puppets)
    for (const { n, caller, server, atMs, deadlineMs } of play.asked) {
      const came = play.came[n]!
      expect(came.length).toBeLessThanOrEqual(1)
      if (came.length === 0) {
        expect(deadlineMs === Infinity || !alive.has(caller)).toBe(true)
        expect(alive.has(caller) && !alive.has(server)).toBe(false)
        continue
      }
      const [outcome, whenMs] = came[0]!.split(' at ') as [string, string]
      expect(Number(whenMs)).toBeGreaterThanOrEqual(atMs)
      expect(Number(whenMs)).toBeLessThanOrEqual(deadlineMs)
      if (outcome === 'call.timeout') expect(Number(whenMs)).toBe(deadlineMs)
      else if (outcome === 'call.calling_self') expect(server).toBe(caller)
      else if (outcome.startsWith('answer')) expect([outcome, play.answered.has(n)]).toEqual([`answer ${n}`, true])
      else
        expect([outcome, alive.has(server)]).toEqual([
          expect.stringMatching(/^call.no_process$|^exited (r1|killed)$/),
          false,
        ])
    }
    for (const [puppet, heard] of play.heard) {
      // One that takes its time over a message hears of an answer while messages wait.
      if (puppet.kind !== 'callback') continue
      heard.forEach((said, index) => {
        const n = Number(said.split(' of ')[1])
        if (!said.startsWith('answer')) return
        expect(heard.slice(0, index)).toContain(`note ${n}`)
        const after = heard.indexOf(`postscript ${n}`)
        expect(after === -1 || after > index).toBe(true)
      })
    }
  })
})
