/**
 * The timers of a machine: which run, what they bring, and which are over already without having needed the clock.
 *
 *     set 5 ms ──► clock ── fired(key, id) ──► content        only if that very start of it still counts
 *     set 0    ──► zeros ── takeZero() ──────► its key        in the order of starting, when no event waits
 *     cancel, set again, update ──► what was started before never comes, even if it had fired
 *
 * One timer for each key. It has no clock: {@link Clock} is told what to start and to stop (gen_statem: loop_timeouts).
 */
export interface TimerRequest {
  readonly timer: string
  /** Infinity cancels; `update` changes the content alone, or fires at once if it does not run. */
  readonly ms: number | 'update'
  readonly abs: boolean
  readonly value: unknown
}

/** What measures the time of timers. It may fire one that was stopped: its id is then stale. */
export interface Clock {
  startTimer(key: string, id: number, ms: number, abs: boolean): void
  stopTimer(key: string): void
  /** It has fired, and that counted. */
  forget(key: string): void
}

interface Running {
  /** Which start this is; 0 for one that is over and waits among the zeros. */
  readonly id: number
  content: unknown
}

export const stateKey = 'stateTimeout'
export const eventKey = 'eventTimeout'

export class TimerTable {
  readonly #clock: Clock
  readonly #running = new Map<string, Running>()
  readonly #zeros = new Set<string>()
  #ids = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * A transition: the event timeout is over, after a change of state the state timeout, too; then what was asked for.
   * Of several requests for one timer the last one counts.
   */
  transition(changed: boolean, requests: readonly TimerRequest[]): void {
    if (this.#running.size > 0) {
      this.cancel(eventKey)
      if (changed) this.cancel(stateKey)
    }
    for (let index = 0; index < requests.length; index++) {
      const request = requests[index]!
      if (isLast(requests, index)) this.#apply(request)
    }
  }

  #apply({ timer, ms, abs, value }: TimerRequest): void {
    const running = this.#running.get(timer)
    if (ms === 'update' && running !== undefined) {
      running.content = value
      return
    }
    if (running !== undefined) this.cancel(timer)
    if (ms === Infinity) return
    if (ms === 0 || ms === 'update') {
      this.#running.set(timer, { id: 0, content: value })
      this.#zeros.add(timer)
      return
    }
    const id = ++this.#ids
    this.#running.set(timer, { id, content: value })
    this.#clock.startTimer(timer, id, ms, abs)
  }

  /** It never comes after this. */
  cancel(key: string): void {
    const running = this.#running.get(key)
    if (running === undefined) return
    this.#running.delete(key)
    if (running.id === 0) this.#zeros.delete(key)
    else this.#clock.stopTimer(key)
  }

  /** The clock fired. Whether that counts: the content is in {@link content} then. */
  fired(key: string, id: number): boolean {
    const running = this.#running.get(key)
    if (running === undefined || running.id !== id) return false
    this.#clock.forget(key)
    this.#over(key, running)
    return true
  }

  /** The key of the first timer that is over without the clock; null if there is none. */
  takeZero(): string | null {
    for (const key of this.#zeros) {
      this.#zeros.delete(key)
      this.#over(key, this.#running.get(key)!)
      return key
    }
    return null
  }

  /** Whether one is over without the clock, and was not taken yet. */
  get hasZero(): boolean {
    return this.#zeros.size > 0
  }

  /** What the timer brings that was taken last. */
  content: unknown = undefined

  #over(key: string, { content }: Running): void {
    this.#running.delete(key)
    this.content = content
  }

  /** The timers that run, by key, with their contents. */
  get running(): (readonly [key: string, content: unknown])[] {
    return [...this.#running].map(([key, { content }]) => [key, content] as const)
  }
}

function isLast(requests: readonly TimerRequest[], index: number): boolean {
  const { timer } = requests[index]!
  for (let later = index + 1; later < requests.length; later++) {
    if (requests[later]!.timer === timer) return false
  }
  return true
}
