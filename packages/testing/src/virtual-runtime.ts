/**
 * A runtime in virtual time: nothing happens unless the test says so, and the same seed gives the same run, step by step.
 *
 *     test ── settle / advance / runUntil ──► driver ── one task ──► kernel, handlers, async bodies
 *                                               ▲                        │
 *                                               └── all is quiet ◄───────┘   one turn of the real event loop
 *
 * What is exact, and why. The continuations of async bodies are real microtasks; nobody can count how many of them a body
 * needs. So after each virtual macrotask and each timer the driver takes one turn of the real event loop: Node.js runs
 * microtasks until none is left before it begins a turn, so when the driver comes back, everything that could run has run, however
 * many awaits it went through. Virtual microtasks are real ones too, in the same order relative to the bodies as in
 * production. Time stands still meanwhile: it moves only from timer to timer, and where code says that it took some (`holdThread`).
 *
 * Without a seed tasks run first in, first out, as with the real runtime. With one, three things are drawn from it: which process goes
 * next (`pick`), how many microtasks a kernel's turn lets pass before it runs (so that bodies get ahead of it, or do not), and the order of
 * timers of one instant. Macrotasks keep their order, and so do microtasks among themselves, since Node.js promises that.
 *
 * What it does not own: code that reads the ambient clock, real timers, real input and output. A test that needs those is not exact.
 */
import { realRuntime } from '@agner/core'
import { inWorld } from '@agner/core/kernel'
import { checkOption, checkSeed, checkTime, longestDelayMs } from './checks.ts'
import { testingError } from './errors.ts'
import { Failures } from './failures.ts'
import { Fifo } from './fifo.ts'
import { Fingerprint } from './fingerprint.ts'
import { SeededRandom } from './random.ts'
import type { RunUntilOptions, VirtualRuntime, VirtualRuntimeOptions } from './virtual-runtime-interface.ts'
import { VirtualTimer, VirtualTimers } from './virtual-timers.ts'

export type { VirtualRuntime, VirtualRuntimeOptions }

const mostHops = 4
/** Timers of 0 ms, each set by what the one before it brought about, that may fire in one instant. */
const longestChain = 1000
const quiet = Promise.resolve()

/** In the fingerprint; a timer stands there with its instant. */
const microtask = -1
const macrotask = -2

interface Macrotask {
  readonly task: () => void
  readonly chain: number
}

/** @throws `testing.bad_seed`, `testing.bad_option` */
export function createVirtualRuntime(options: VirtualRuntimeOptions = {}): VirtualRuntime {
  const { seed, startMs = Date.UTC(2025, 0, 1), turnLimit = 1_000_000 } = options
  if (seed !== undefined) checkSeed(seed)
  const call = 'createVirtualRuntime'
  checkOption(call, 'startMs', Number.isFinite(startMs), 'a finite number of milliseconds since 1970', startMs)
  const isLimit = turnLimit === Infinity || (Number.isInteger(turnLimit) && turnLimit > 0)
  checkOption(call, 'turnLimit', isLimit, 'an integer from 1 up, or Infinity', turnLimit)
  return new Virtual(seed ?? null, startMs, turnLimit)
}

class Virtual implements VirtualRuntime {
  readonly seed: number | null
  readonly pick?: (count: number) => number
  /** Runtimes of one seed make nodes that only this tells apart. */
  readonly world: object = {}
  turns = 0
  #nowMs = 0
  #wallOffsetMs: number
  readonly #turnLimit: number
  /** What the code under test draws from, apart from the schedule, so that neither moves the other. */
  readonly #random: SeededRandom
  readonly #schedule: SeededRandom | null
  readonly #timers = new VirtualTimers()
  #ranks = 0
  readonly #microtasks = new Fifo<() => void>()
  readonly #macrotasks = new Fifo<Macrotask>()
  /** How many timers of 0 ms led to the turn that runs now, in this instant. */
  #chain = 0
  /** What happened so far. */
  readonly #course = new Fingerprint()
  readonly #failures = new Failures()
  #driven = false

  constructor(seed: number | null, startMs: number, turnLimit: number) {
    this.seed = seed
    this.#wallOffsetMs = startMs
    this.#turnLimit = turnLimit
    this.#random = new SeededRandom(seed ?? 0, 1)
    this.#schedule = seed === null ? null : new SeededRandom(seed, 2)
    const schedule = this.#schedule
    if (schedule !== null) this.pick = (count) => this.#choose(schedule, count)
  }

  get fingerprint(): string {
    return this.#course.text
  }

  get pendingTimers(): number {
    return this.#timers.size
  }

  nowMs(): number {
    return this.#nowMs
  }

  wallClockMs(): number {
    return Math.floor(this.#nowMs + this.#wallOffsetMs)
  }

  jumpWallClock(byMs: number): void {
    checkOption('jumpWallClock', 'byMs', Number.isFinite(byMs), 'a finite number of milliseconds', byMs)
    this.#wallOffsetMs += byMs
  }

  holdThread(ms: number): void {
    checkTime(ms)
    if (ms > 0) this.#chain = 0
    this.#nowMs += ms
    this.#course.add(ms)
  }

  random(): number {
    return this.#random.number()
  }

  randomBytes(length: number): Uint8Array {
    return this.#random.bytes(length)
  }

  #choose(schedule: SeededRandom, count: number): number {
    const chosen = schedule.below(count)
    this.#course.add(count)
    this.#course.add(chosen)
    return chosen
  }

  microtask(task: () => void): void {
    this.#microtasks.push(task)
    this.#hop(this.#schedule === null ? 1 : 1 + this.#choose(this.#schedule, mostHops))
  }

  /** Takes whichever microtask is first when its hops are over: hops move the moment, never the order. */
  #hop(hops: number): void {
    void quiet.then(() => (hops > 1 ? this.#hop(hops - 1) : this.#attempt(microtask, this.#microtasks.shift())))
  }

  afterMicrotasks(task: () => void): void {
    realRuntime.afterMicrotasks(() => this.#attempt(microtask, task))
  }

  macrotask(task: () => void): void {
    this.#macrotasks.push({ task, chain: this.#chain })
  }

  setTimer(delayMs: number, task: () => void): VirtualTimer {
    if (!(delayMs >= 0 && delayMs <= longestDelayMs))
      throw testingError('testing.bad_delay', { value: String(delayMs) })
    const rank = this.#schedule === null ? this.#ranks++ : this.#schedule.number()
    const isNow = this.#nowMs + delayMs === this.#nowMs
    const chain = isNow ? this.#chain + 1 : 0
    // A chain that long polls for something, and time would never come to it: from here on each takes a millisecond, as in Node.js.
    const atMs = this.#nowMs + (chain > longestChain ? 1 : delayMs)
    const timer = new VirtualTimer(this.#timers, atMs, rank, task, chain)
    this.#timers.add(timer)
    return timer
  }

  settle(): Promise<void> {
    return this.#drive(async () => void (await this.#settleNow(0)))
  }

  async advance(ms: number): Promise<void> {
    checkTime(ms)
    await this.#drive(async () => {
      const untilMs = this.#nowMs + ms
      let sinceMs = this.#nowMs
      let turns = await this.#settleNow(0)
      for (let timer = this.#timers.next; timer !== undefined && timer.atMs <= untilMs; timer = this.#timers.next) {
        this.#goTo(timer.atMs)
        if (this.#nowMs - sinceMs >= 1) {
          sinceMs = this.#nowMs
          turns = 0
        }
        turns = await this.#settleNow(turns)
      }
      this.#goTo(untilMs)
    })
  }

  async runUntil<T>(promise: PromiseLike<T>, { hangAfterMs = Infinity }: RunUntilOptions = {}): Promise<T> {
    checkOption(
      'runUntil',
      'hangAfterMs',
      hangAfterMs > 0,
      'a number of milliseconds above 0, or Infinity',
      hangAfterMs,
    )
    let settled = false
    const settle = () => {
      settled = true
    }
    // Asked once: there are thenables whose `then` does the work, each time.
    const outcome = Promise.resolve(promise)
    outcome.then(settle, settle)
    await this.#drive(async () => {
      const sinceMs = this.#nowMs
      await this.#quiet()
      for (let turns = 0; !settled; turns++) {
        if (turns >= this.#turnLimit) throw this.#tooManyTurns()
        if (!this.#isRunnable()) {
          const next = this.#timers.next
          if (next === undefined) throw this.#hang('nothing is left to run')
          if (next.atMs - sinceMs > hangAfterMs)
            throw this.#hang(
              `within ${hangAfterMs} ms nothing came of it`,
              ' What does take longer than that needs a larger hangAfterMs.',
            )
          this.#goTo(next.atMs)
        }
        await this.#turn()
      }
    })
    return outcome
  }

  /** Code that held the thread may have gone further already. */
  #goTo(atMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, atMs)
  }

  async #drive(run: () => Promise<void>): Promise<void> {
    if (this.#driven) throw testingError('testing.already_driven')
    this.#driven = true
    try {
      await run()
    } finally {
      this.#driven = false
      this.#chain = 0
    }
  }

  /** @returns how many turns were taken: `before`, and those of now. */
  async #settleNow(before: number): Promise<number> {
    await this.#quiet()
    let turns = before
    for (; this.#isRunnable(); turns++) {
      if (turns >= this.#turnLimit) throw this.#tooManyTurns()
      await this.#turn()
    }
    return turns
  }

  #isRunnable(): boolean {
    return this.#macrotasks.size > 0 || this.#isDue()
  }

  #isDue(): boolean {
    const { next } = this.#timers
    return next !== undefined && next.atMs <= this.#nowMs
  }

  /** Runs one timer that is due, or one macrotask, and all that follows from it at once. */
  #turn(): Promise<void> {
    this.turns++
    if (this.#isDue()) {
      const timer = this.#timers.next!
      timer.clear()
      this.#chain = timer.chain
      this.#attempt(timer.atMs, timer.task)
    } else {
      const { task, chain } = this.#macrotasks.shift()
      this.#chain = chain
      this.#attempt(macrotask, task)
    }
    return this.#quiet()
  }

  #attempt(kind: number, task: () => void): void {
    this.#course.add(kind)
    this.#failures.during(() => inWorld(this.world, task))
  }

  /** Comes back when no microtask is left, as the contract at the top explains. */
  async #quiet(): Promise<void> {
    await new Promise<void>((resolve) => realRuntime.macrotask(resolve))
    this.#failures.tell()
  }

  #hang(why: string, advice = ''): Error {
    return testingError('testing.hang', {
      how: `${why}, up to ${this.#nowMs} ms of virtual time`,
      seed: this.#seed,
      advice,
    })
  }

  #tooManyTurns(): Error {
    return testingError('testing.turn_limit', { atMs: this.#nowMs, seed: this.#seed, limit: this.#turnLimit })
  }

  get #seed(): string {
    return this.seed === null ? 'no seed' : `seed ${this.seed}`
  }
}
