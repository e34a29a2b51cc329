/**
 * Follows the history of a room up to its end, page by page from the timeline's cursor, as often as it is asked to.
 * At most one request is under way. An answer that never comes is given up after `answerWithinMs`; a failure is tried again with backoff
 * until it works or `stop` is called. A 4xx that no retry can mend is a refusal and ends it.
 */
import { backoffMs } from '../model/backoff.ts'
import { readMessages, readProblem } from '../model/wire.ts'
import type { Message, Problem } from '../model/wire.ts'
import type { Answer, World } from './world.ts'

const pageSize = 500
const answerWithinMs = 8_000
const retry = { firstMs: 250, longestMs: 5_000 }

export interface HistoryEvents {
  /** Where the next page starts. */
  cursor(): string | undefined
  /** What comes after this id is pushed for certain: history need not be followed any further. */
  isCovered(cursor: string | undefined): boolean
  page(messages: readonly Message[]): void
  /** `undefined` once it works again. */
  problem(problem: Problem | undefined): void
  refused(problem: Problem): void
}

export class History {
  readonly #path: string
  readonly #world: World
  readonly #events: HistoryEvents
  readonly #stop = new AbortController()
  #isRunning = false
  #isAskedAgain = false
  #wakeUp: () => void = () => {}

  constructor(room: string, world: World, events: HistoryEvents) {
    this.#path = `/api/rooms/${encodeURIComponent(room)}/messages`
    this.#world = world
    this.#events = events
  }

  /** What was stored before this call will be in the timeline. A run under way may have asked too early, so it goes round once more. */
  catchUp(): void {
    this.#isAskedAgain = true
    if (this.#isRunning) this.#wakeUp()
    else void this.#run()
  }

  stop(): void {
    this.#stop.abort()
    this.#wakeUp()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    let failures = 0
    while (this.#isAskedAgain && !this.#stop.signal.aborted) {
      this.#isAskedAgain = false
      const answer = await this.#ask()
      if (this.#stop.signal.aborted) return
      const outcome = judge(answer)
      if (outcome.type === 'refused') return this.#events.refused(outcome.problem)
      if (outcome.type === 'failed') {
        this.#events.problem(outcome.problem)
        this.#isAskedAgain = true
        await this.#pause(backoffMs(retry, failures, this.#world.random()))
        failures += 1
        continue
      }
      failures = 0
      this.#events.problem(undefined)
      if (!this.#take(outcome.page)) this.#isAskedAgain = true
    }
    this.#isRunning = false
  }

  /** True at the end of history. A page that does not move the cursor is an end as well, else a server that repeats itself is asked for ever. */
  #take(page: readonly Message[]): boolean {
    const before = this.#events.cursor()
    this.#events.page(page)
    const after = this.#events.cursor()
    return after === before || this.#events.isCovered(after)
  }

  async #ask(): Promise<Answer | undefined> {
    const after = this.#events.cursor()
    const query = new URLSearchParams({ limit: String(pageSize), ...(after === undefined ? {} : { after }) })
    const late = new AbortController()
    const forget = this.#world.after(answerWithinMs, () => late.abort())
    try {
      return await this.#world.getJson(`${this.#path}?${query}`, AbortSignal.any([this.#stop.signal, late.signal]))
    } catch {
      return undefined
    } finally {
      forget()
    }
  }

  async #pause(ms: number): Promise<void> {
    let forget = (): void => {}
    await new Promise<void>((resolve) => {
      this.#wakeUp = resolve
      forget = this.#world.after(ms, resolve)
    })
    forget()
    this.#wakeUp = () => {}
  }
}

type Outcome =
  | { type: 'page'; page: readonly Message[] }
  | { type: 'failed'; problem: Problem }
  | { type: 'refused'; problem: Problem }

function judge(answer: Answer | undefined): Outcome {
  const status = answer?.status ?? 0
  if (status >= 200 && status < 300) return { type: 'page', page: readMessages(answer?.body) }
  // A room that nobody wrote in yet may be unknown to the server.
  if (status === 404) return { type: 'page', page: [] }
  const problem = readProblem(answer?.body)
  const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 425 && status !== 429
  if (isFinal)
    return {
      type: 'refused',
      problem: problem ?? { code: `http_${status}`, message: `The server refused this room (HTTP ${status}).` },
    }
  return {
    type: 'failed',
    problem: {
      code: problem?.code ?? 'history',
      message: `Earlier messages cannot be read just now. ${problem?.message ?? ''}`.trim(),
    },
  }
}
