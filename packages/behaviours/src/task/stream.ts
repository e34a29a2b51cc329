/**
 * One task for each of many items, a few at a time (Task.async_stream/3).
 *
 *     for await (const each of taskStream(self, urls, (task, url) => fetchPage(url), { maxConcurrency: 4 })) …
 *
 *     items ──► at most maxConcurrency tasks ──► outcomes, in the order of the items, or as they come
 *
 * An item is taken when a task can be started for it, so an endless source is no harm. In order, as many outcomes may wait
 * behind a slower one as tasks may run. Who leaves the loop ends the tasks that still run; so does the end of their owner,
 * for whatever reason, linked or not: their outcomes could go nowhere.
 */
import { timedOut, type AnyProcess, type Process, type Ref } from '@agner/core'
import { onDeath } from '@agner/core/kernel'
import { behavioursError } from '../errors.ts'
import { ownArgument } from '../gen/argument.ts'
import { requestIds, type RequestIds } from '../protocol/requests/collection.ts'
import { waitResponse } from '../protocol/requests/responses.ts'
import { shutdownTask, taskTimeout, toOutcome, type TaskOutcome } from './outcome.ts'
import { startTaskUnder, type TaskSupervisorTarget } from './supervisor.ts'
import { startTask, type CheckedResult, type Task } from './task.ts'

/** What became of the task of an item; the item as it was given. */
export type StreamOutcome<Item, R> = TaskOutcome<R> & { readonly item: Item }

export interface StreamOptions {
  /** Tasks that run at the same time. Default 8. */
  readonly maxConcurrency?: number
  /** Whether outcomes come in the order of the items. Default true. */
  readonly ordered?: boolean
  /** Milliseconds that each task has. Default 5,000; Infinity for no limit. */
  readonly timeoutMs?: number
  /**
   * What a late task means: `fail` (the default) ends the stream with `task.timeout`; `kill` ends the task, and its
   * outcome is an exit with the reason `timeout`.
   */
  readonly onTimeout?: 'fail' | 'kill'
  /**
   * The tasks are children of this supervisor and not linked to the owner: a crash of one is its outcome. Else the crash
   * reaches the owner, too, as an exit signal.
   */
  readonly under?: TaskSupervisorTarget
}

/** A task of the stream: started, and later with its outcome. */
interface Slot<Item, R> {
  readonly item: Item
  readonly task: Task<R>
  readonly deadlineMs: number
  outcome: TaskOutcome<R> | null
}

/**
 * Runs a task for each item. The item is copied for it, if it can be.
 *
 * Throws `task.timeout`, `task.bad_option`, and what the source of the items does. The source may be async; while the
 * stream waits for the next item it hands out no outcome.
 */
export function taskStream<Item, R>(
  self: AnyProcess,
  items: Iterable<Item> | AsyncIterable<Item>,
  run: ((self: Process<never>, item: Item) => R | Promise<R>) & CheckedResult<R>,
  options: StreamOptions = {},
): AsyncGenerator<StreamOutcome<Item, R>, void, void> {
  const { maxConcurrency = 8, timeoutMs = 5000, onTimeout = 'fail' } = options
  if (!(Number.isInteger(maxConcurrency) && maxConcurrency >= 1))
    throw behavioursError('task.bad_option', { option: 'maxConcurrency', value: String(maxConcurrency) })
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0))
    throw behavioursError('task.bad_option', { option: 'timeoutMs', value: String(timeoutMs) })
  if (onTimeout !== 'fail' && onTimeout !== 'kill')
    throw behavioursError('task.bad_option', { option: 'onTimeout', value: String(onTimeout) })
  return new Stream(self, items, run, { ...options, maxConcurrency, timeoutMs, onTimeout }).outcomes()
}

type FullOptions = StreamOptions & Required<Pick<StreamOptions, 'maxConcurrency' | 'timeoutMs' | 'onTimeout'>>

class Stream<Item, R> {
  readonly #self: AnyProcess
  readonly #source: Iterator<Item> | AsyncIterator<Item>
  readonly #run: (self: Process<never>, item: Item) => R | Promise<R>
  readonly #options: FullOptions
  /** Those that run, in the order of starting: the first has the next deadline. */
  readonly #running = new Map<Ref, Slot<Item, R>>()
  readonly #requests: RequestIds<R, Slot<Item, R>> = requestIds()
  /** Those whose outcome was not handed out, in the order in which it is to be. */
  #waiting: Slot<Item, R>[] = []
  #isExhausted = false

  constructor(
    self: AnyProcess,
    items: Iterable<Item> | AsyncIterable<Item>,
    run: (self: Process<never>, item: Item) => R | Promise<R>,
    options: FullOptions,
  ) {
    this.#self = self
    this.#source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
    this.#run = run
    this.#options = options
  }

  async *outcomes(): AsyncGenerator<StreamOutcome<Item, R>, void, void> {
    const watched = onDeath(this.#self.node, this.#self.pid, () => this.#abandon())
    try {
      for (;;) {
        await this.#fill()
        const done = this.#takeDone()
        for (const { item, outcome } of done) yield { ...outcome!, item }
        if (done.length > 0) continue
        if (this.#running.size === 0) return
        await this.#next()
      }
    } finally {
      watched?.()
      await this.#end()
    }
  }

  async #fill(): Promise<void> {
    const { maxConcurrency } = this.#options
    while (!this.#isExhausted && this.#running.size < maxConcurrency && this.#waiting.length < 2 * maxConcurrency) {
      const given = this.#source.next()
      const next = given instanceof Promise ? await this.#self.wait(given) : (given as IteratorResult<Item>)
      if (next.done === true) this.#isExhausted = true
      else await this.#start(next.value)
    }
  }

  async #start(item: Item): Promise<void> {
    const self = this.#self
    const { under, timeoutMs } = this.#options
    const own = ownArgument(item) as Item
    const run = ((task: Process<never>) => this.#run(task, own)) as Parameters<typeof startTask<R>>[1]
    const task = under === undefined ? startTask(self, run) : await startTaskUnder(self, under, run)
    const slot: Slot<Item, R> = { item, task, deadlineMs: self.node.monotonicTimeMs() + timeoutMs, outcome: null }
    this.#running.set(task.result.ref, slot)
    this.#requests.add(task.result, slot)
    this.#waiting.push(slot)
  }

  #takeDone(): Slot<Item, R>[] {
    const isDone = ({ outcome }: Slot<Item, R>): boolean => outcome !== null
    if (this.#options.ordered === false) {
      const done = this.#waiting.filter(isDone)
      this.#waiting = this.#waiting.filter((slot) => !isDone(slot))
      return done
    }
    const first = this.#waiting.findIndex((slot) => !isDone(slot))
    return this.#waiting.splice(0, first === -1 ? this.#waiting.length : first)
  }

  /** Until one of them has its outcome, be it that it is late. */
  async #next(): Promise<void> {
    const [oldest] = this.#running.values()
    const come = await waitResponse(this.#self, this.#requests, { untilMs: oldest!.deadlineMs })
    if (come === null) return
    if (come !== timedOut) this.#settle(come.label, toOutcome(come))
    else await this.#late(oldest!)
  }

  async #late(slot: Slot<Item, R>): Promise<void> {
    const { onTimeout, timeoutMs } = this.#options
    if (onTimeout === 'fail') throw taskTimeout(slot.task.pid, timeoutMs)
    const outcome = await shutdownTask(this.#self, slot.task, { kill: true })
    this.#settle(slot, outcome ?? { type: 'exit', reason: 'timeout' })
  }

  #settle(slot: Slot<Item, R>, outcome: TaskOutcome<R>): void {
    slot.outcome = outcome
    this.#running.delete(slot.task.result.ref)
    this.#requests.delete(slot.task.result)
  }

  /** The owner is dead: nobody goes on with the loop (the monitor process of Task.async_stream). */
  #abandon(): void {
    for (const { task } of this.#running.values()) this.#self.node.sendExit(task.pid, 'kill')
  }

  /** Nothing is left of it: no task, no late result, no open source. */
  async #end(): Promise<void> {
    const ending = [...this.#running.values()].map(({ task }) => shutdownTask(this.#self, task, { kill: true }))
    this.#running.clear()
    await Promise.all(ending)
    if (!this.#isExhausted) {
      this.#isExhausted = true
      const closing = this.#source.return?.()
      if (closing instanceof Promise) await this.#self.wait(closing)
    }
  }
}
