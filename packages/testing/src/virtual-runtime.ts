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
import { realRuntime, type Runtime } from '@agner/core'
import { inWorld } from '@agner/core/kernel'
import { testingError } from './errors.ts'
import { Fifo } from './fifo.ts'
import { Fingerprint } from './fingerprint.ts'
import { SeededRandom } from './random.ts'
import { VirtualTimer, VirtualTimers } from './virtual-timers.ts'

export interface VirtualRuntimeOptions {
  /** Makes the schedule random, and repeatable. An integer from 0 to 2^32 - 1. Default: none, first in first out. */
  readonly seed?: number
  /** What the wall clock shows at first, in milliseconds since 1970; default 1 January 2025 UTC. Monotonic time begins at 0. */
  readonly startMs?: number
  /** Turns that `settle`, `runUntil`, or one instant of `advance` may take before they give up; default 1,000,000. */
  readonly turnLimit?: number
}

/** A {@link Runtime} under the control of a test. Give it to `createNode({ runtime })`, to several nodes if they share a world. */
export interface VirtualRuntime extends Runtime {
  readonly seed: number | null
  /** Macrotasks and timers that have run so far: the length of the run, for comparing two. */
  readonly turns: number
  /**
   * What this run was, in 16 hex digits: every choice made and every task run so far, with its time. Two runs took the same course if
   * and only if theirs are equal (but for chance, 1 in 2^64): for asking whether a test is exact, or how many courses its seeds took.
   */
  readonly fingerprint: string
  /** Timers that are set and have not fired. */
  readonly pendingTimers: number
  /**
   * Runs all that can run without time going on: microtasks, macrotasks, timers that are due.
   *
   * @throws `testing.turn_limit`; whatever a task threw.
   */
  settle(): Promise<void>
  /**
   * Lets `ms` pass: every timer up to then fires at its instant, in order, and everything settles in between and after.
   *
   * @throws `testing.turn_limit`, `testing.bad_time`; whatever a task threw.
   */
  advance(ms: number): Promise<void>
  /**
   * Goes from timer to timer until `promise` settles, and resolves or rejects as it does.
   *
   * @throws `testing.hang` when nothing is left to run; `testing.turn_limit`; whatever a task threw.
   */
  runUntil<T>(promise: PromiseLike<T>): Promise<T>
  /**
   * For code under test: has taken `ms` to get here, with the thread in its hands. The clocks go on and no timer fires; those that were due meanwhile fire late.
   *
   * @throws `testing.bad_time`
   */
  holdThread(ms: number): void
  /** Moves the wall clock, and nothing else, as an operator or NTP would. */
  jumpWallClock(byMs: number): void
}

const longestDelayMs = 2 ** 31 - 1
const mostHops = 4
const quiet = Promise.resolve()

/** In the fingerprint; a timer stands there with its instant. */
const microtask = -1
const macrotask = -2

/** @throws `testing.bad_seed` */
export function createVirtualRuntime(options: VirtualRuntimeOptions = {}): VirtualRuntime {
  const { seed } = options
  if (seed !== undefined && !(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32))
    throw testingError('testing.bad_seed', { value: String(seed) })
  return new Virtual(seed ?? null, options.startMs ?? Date.UTC(2025, 0, 1), options.turnLimit ?? 1_000_000)
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
  readonly #macrotasks = new Fifo<() => void>()
  /** What happened so far. */
  readonly #course = new Fingerprint()
  #failures: unknown[] = []
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
    this.#wallOffsetMs += byMs
  }

  holdThread(ms: number): void {
    if (!(ms >= 0 && ms < Infinity)) throw testingError('testing.bad_time', { value: String(ms) })
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
    this.#macrotasks.push(task)
  }

  setTimer(delayMs: number, task: () => void): VirtualTimer {
    if (!(delayMs >= 0 && delayMs <= longestDelayMs))
      throw testingError('testing.bad_delay', { value: String(delayMs) })
    const rank = this.#schedule === null ? this.#ranks++ : this.#schedule.number()
    const timer = new VirtualTimer(this.#timers, this.#nowMs + delayMs, rank, task)
    this.#timers.add(timer)
    return timer
  }

  settle(): Promise<void> {
    return this.#drive(() => this.#settleNow())
  }

  advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Infinity)) return Promise.reject(testingError('testing.bad_time', { value: String(ms) }))
    return this.#drive(async () => {
      const untilMs = this.#nowMs + ms
      await this.#settleNow()
      for (let timer = this.#timers.next; timer !== undefined && timer.atMs <= untilMs; timer = this.#timers.next) {
        this.#goTo(timer.atMs)
        await this.#settleNow()
      }
      this.#goTo(untilMs)
    })
  }

  async runUntil<T>(promise: PromiseLike<T>): Promise<T> {
    let settled = false
    const settle = () => {
      settled = true
    }
    promise.then(settle, settle)
    await this.#drive(async () => {
      await this.#quiet()
      for (let turns = 0; !settled; turns++) {
        if (turns >= this.#turnLimit) throw this.#error('testing.turn_limit')
        if (!this.#isRunnable()) {
          const next = this.#timers.next
          if (next === undefined) throw this.#error('testing.hang')
          this.#goTo(next.atMs)
        }
        await this.#turn()
      }
    })
    return promise
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
    }
  }

  async #settleNow(): Promise<void> {
    await this.#quiet()
    for (let turns = 0; this.#isRunnable(); turns++) {
      if (turns >= this.#turnLimit) throw this.#error('testing.turn_limit')
      await this.#turn()
    }
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
      this.#attempt(timer.atMs, timer.task)
    } else this.#attempt(macrotask, this.#macrotasks.shift())
    return this.#quiet()
  }

  #attempt(kind: number, task: () => void): void {
    this.#course.add(kind)
    try {
      inWorld(this.world, task)
    } catch (error) {
      this.#failures.push(error)
    }
  }

  /** Comes back when no microtask is left, as the contract at the top explains. */
  async #quiet(): Promise<void> {
    await new Promise<void>((resolve) => realRuntime.macrotask(resolve))
    if (this.#failures.length > 0) throw this.#failures.shift()
  }

  #error(code: 'testing.hang' | 'testing.turn_limit'): Error {
    const seed = this.seed === null ? 'no seed' : `seed ${this.seed}`
    return testingError(code, { atMs: this.#nowMs, seed, limit: this.#turnLimit })
  }
}
