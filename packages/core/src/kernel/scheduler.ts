/**
 * The run queue of a node.
 *
 * Processes with something to handle stand in one queue and take turns. Credit is counted in signals: when it is used up the clock is
 * read, and credit is given anew, less of it when handlers turn out slow. A turn ends when its process has nothing more to handle, has
 * handled all that it is allowed, or has taken a quarter of a millisecond. A process that is flooded gets every other turn until it has caught up,
 * since a mailbox that grows makes everything slower. Those of another priority than most wait apart (`priority-queues.ts`). An idle scheduler starts from a microtask; after
 * about a millisecond, or 4,000 signals, it goes on from a macrotask, so that timers and sockets are served however busy the
 * processes are. An async body that was resumed runs in a microtask of its own, and nothing else of its process is handled before that:
 * the scheduler steps back when it meets such a process again. Nothing is pre-empted: a body that computes for a second
 * holds the thread for a second.
 */
import type { Runtime } from '../runtime/runtime.ts'
import { Choices } from './choices.ts'
import type { Priority } from './priority.ts'
import { areAllBelow, mayGoNext, PriorityQueues } from './priority-queues.ts'
import type { ProcessRecord } from './process-record.ts'
import { Ring } from './ring.ts'
import type { TurnWatch } from './turn-watch.ts'
import { Fifo } from './fifo.ts'

const sliceMs = 1
const signalsPerSlice = 4000
const mostCredit = 64
const mostAllowance = 1024
/** How many signals a turn may take where the runtime chooses the order: one at a time shows orders that batches hide. */
const turnsToTry: readonly number[] = [1, 1, 2, 4, 64]
/** Microtasks that a normal async body has, to show that it has more to do, before it is the turn of a low one. */
const hopsOfNormal = 4
/** From so many waiting messages on, a process is flooded. */
export const flood = 512

function isFlooded(record: ProcessRecord): boolean {
  return record.mailboxLength >= flood && record.runnable
}

export class Scheduler {
  /** Signals that may be handled before the clock is read again. */
  credit: number = mostCredit
  /** Counts the times that the scheduler was set to run later. It wraps: compare differences. */
  stamp = 1
  readonly #runtime: Runtime
  readonly #queue = new Fifo<ProcessRecord>()
  /** Those of them that are flooded; they stand in the queue too. */
  readonly #flooded = new Ring<ProcessRecord>()
  #floodedWent = false
  /** Those of another priority than normal, once there was one; they stand in no other queue. */
  #apart: PriorityQueues | null = null
  /** How many live processes have another priority. */
  #unequal = 0
  /** Everybody stands in the queue, and the one that has waited longest is next. */
  #oneLine: boolean
  /** Who had the last turn, while some go before others. */
  #last: ProcessRecord | null = null
  /** The priority of one who may have more to do. */
  #awaited: Priority | null = null
  /** With a runtime that picks, the runnable processes stand here instead. */
  readonly #choices: Choices<ProcessRecord> | null
  /** Times turns while it is there. */
  #watch: TurnWatch | null = null
  /** A flooded async body was resumed, and works its mailbox off in microtasks: until it waits for its next turn there is one turn to each of those. */
  #drains = false
  #scheduled = false
  #creditGiven = mostCredit
  #checkedAtMs = 0
  #sliceStartMs = 0
  #spent = 0
  /** All credit that was ever used up, as of the last look at the clock. */
  #reductions = 0
  #sliceIsOver = false
  /** Nothing ran for a while since the clock was read. */
  #rested = true
  /** The process that used up its turn just now. */
  #greedy: ProcessRecord | null = null
  readonly #run = () => this.#loop()
  readonly #goOn = () => this.#schedule()
  readonly #newSlice = () => {
    this.#spent = 0
    this.#sliceIsOver = this.#drains = false
    // Whatever was resumed before a macrotask has run.
    this.stamp = (this.stamp + 1) | 0
    this.#sliceStartMs = this.#checkedAtMs = this.#runtime.nowMs()
    this.#loop()
  }

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#choices = runtime.pick === undefined ? null : new Choices()
    this.#oneLine = this.#choices === null
  }

  /** What all processes have done since the node was made, in the unit of a process's own count. */
  get reductions(): number {
    return this.#reductions + this.#creditGiven - this.credit
  }

  /** From the next run on turns are taken through `watch`, which times them; null ends that. */
  watch(watch: TurnWatch | null): void {
    this.#watch = watch
    this.#oneLine = this.#isOneLine
  }

  get #isOneLine(): boolean {
    const apart = this.#apart
    return this.#choices === null && this.#watch === null && this.#unequal === 0 && (apart === null || apart.isEmpty)
  }

  enqueue(record: ProcessRecord): void {
    if (record.queued) return
    this.#add(record)
    if (this.#scheduled) return
    this.#scheduled = true
    this.#schedule()
  }

  /** A process that has something to do is flooded. */
  hurry(record: ProcessRecord): void {
    this.enqueue(record)
    this.#drains = false
    if (this.#choices === null && record.isOfNormalPriority) this.#flooded.push(record)
  }

  /**
   * More waits than a slice handles: for one process that is flooded and may go on, or as so many processes. A long mailbox of one that
   * waits for something else does not count.
   */
  get isBehind(): boolean {
    if (!this.#scheduled) return false
    const choices = this.#choices
    if (choices !== null) return choices.size > signalsPerSlice || choices.some(isFlooded)
    return this.#queue.size > signalsPerSlice || this.#flooded.find(isFlooded, 0) !== -1
  }

  /** Gives a process its priority. */
  rank(record: ProcessRecord, priority: Priority): void {
    this.#unequal += Number(priority !== 'normal') - Number(!record.isOfNormalPriority)
    record.priority = priority
    if (this.#unequal > 0) this.#oneLine = false
  }

  /** A process that was given a priority has died. */
  leave(record: ProcessRecord): void {
    this.rank(record, 'normal')
  }

  /** A process handled all that its turn allowed: a look at the clock tells whether that was too much. */
  usedUp(record: ProcessRecord): void {
    this.#greedy = record
  }

  /** Credit is used up within a turn. @returns whether the turn must end. */
  endsTurn(): boolean {
    return this.#check() > sliceMs / 4 || this.#sliceIsOver
  }

  /**
   * Whether an async body may be handed a message without a turn: while there is credit, and, where the runtime chooses the order, when it says so.
   * Not while some go before others: it would go at once. Nor while turns are timed.
   */
  mayHandOver(): boolean {
    return this.#oneLine
      ? this.credit-- > 0
      : this.#unequal === 0 && this.#choices !== null && this.#watch === null && this.#runtime.pick!(2) === 1
  }

  /** Whether an async body may go on with its next message in this turn; where the runtime chooses the order, when it says so. */
  mayGoOn(record: ProcessRecord): boolean {
    record.spend(1)
    if (--this.credit <= 0 && this.endsTurn()) return false
    if (this.#oneLine) return true
    return this.#watch === null && (this.#choices === null || this.#runtime.pick!(2) === 1)
  }

  #schedule(): void {
    this.stamp = (this.stamp + 1) | 0
    // What was spent is counted across idle moments too: a chain of microtasks that never lets go must meet the event loop in the end.
    if (this.#spent >= signalsPerSlice) this.#runtime.macrotask(this.#newSlice)
    else this.#runtime.microtask(this.#run)
  }

  #loop(): void {
    const since = this.stamp
    const watch = this.#watch
    for (;;) {
      const record = this.#next()
      if (record === undefined) {
        if (this.#awaited !== null) return this.#wait(this.#awaited)
        this.#scheduled = this.#drains = false
        this.#rested = true
        return
      }
      // Resumed since this run was scheduled: its code comes in a microtask after this one.
      if (((record.resumedAt - since) | 0) >= 0) {
        record.resumedAt = (since - 1) | 0
        if (!record.queued) this.#add(record)
        this.#schedule()
        return
      }
      if (!record.runnable) continue
      const resumed = watch === null ? record.turn(this) : watch.turn(record)
      if (resumed) record.resumedAt = this.stamp
      if (record.arrived > 0 || record.attention) this.#again(record)
      if (this.credit <= 0 || this.#greedy !== null) this.#check()
      if (this.#sliceIsOver || this.#drains || (resumed && this.#mustRunFirst(record))) {
        if (resumed && record.mailboxLength >= flood) this.#drains = this.#choices === null
        if (resumed && watch !== null) watch.afterResume(record, this.#goOn)
        else this.#schedule()
        return
      }
    }
  }

  /** A turn did not do all that there was to do. */
  #again(record: ProcessRecord): void {
    if (record.arrived >= flood) this.hurry(record)
    else if (record.runnable) this.enqueue(record)
  }

  /**
   * Where the runtime picks, each resumed body runs before the next choice is made; a flooded one before more is sent to it; and one that goes
   * before others before they do. While turns are timed, each before anybody else has the thread.
   */
  #mustRunFirst(record: ProcessRecord): boolean {
    return !this.#oneLine || record.mailboxLength >= flood || !record.isOfNormalPriority
  }

  /** Reads the clock and gives credit. @returns how long it took to use up the last. */
  #check(): number {
    const nowMs = this.#runtime.nowMs()
    // The time since the last look may have been spent idle, and says nothing then; but bodies may also have run meanwhile, in
    // microtasks of their own, so it is forgiven only at the beginning of a slice.
    if (this.#rested && this.#spent < mostCredit) this.#sliceStartMs = this.#checkedAtMs = nowMs
    this.#rested = false
    const tookMs = nowMs - this.#checkedAtMs
    this.#checkedAtMs = nowMs
    const done = this.#creditGiven - this.credit
    this.#spent += done
    this.#reductions += done
    const greedy = this.#greedy
    this.#greedy = null
    if (greedy !== null)
      greedy.allowance =
        tookMs > sliceMs ? Math.max(1, greedy.allowance >> 2) : Math.min(mostAllowance, greedy.allowance << 1)
    if (tookMs > sliceMs / 4) this.#creditGiven = Math.max(1, this.#creditGiven >> 1)
    else if (this.#creditGiven < mostCredit) this.#creditGiven <<= 1
    this.credit = this.#creditGiven
    if (nowMs - this.#sliceStartMs > sliceMs) this.#spent = signalsPerSlice
    this.#sliceIsOver = this.#spent >= signalsPerSlice
    return tookMs
  }

  #add(record: ProcessRecord): void {
    const isNormal = record.enterQueue()
    if (this.#choices !== null) this.#choices.push(record)
    else if (isNormal) this.#queue.push(record)
    else (this.#apart ??= new PriorityQueues()).add(record)
  }

  #next(): ProcessRecord | undefined {
    if (this.#oneLine && this.#flooded.size === 0) return this.#first()
    if (this.#unequal > 0 && this.#mayLastRunOn()) return undefined
    const next = this.#choices === null ? (this.#unequals() ?? this.#firstOfFlood()) : this.#pick(this.#choices)
    this.#last = next ?? null
    return next
  }

  /**
   * Between two of its awaits an async body stands in no queue, and may have something to do all the same: who is of a lower priority waits until
   * that has shown.
   */
  #mayLastRunOn(): boolean {
    const last = this.#last
    this.#last = null
    if (last === null || !last.lives || !(last.busy || typeof last.code === 'function')) return false
    const choices = this.#choices
    const isAhead =
      choices === null
        ? this.#apart !== null && this.#apart.areAllBelow(last, this.#queue.size)
        : areAllBelow(last, choices.all())
    if (isAhead) this.#awaited = last.priority
    return isAhead
  }

  /** A high one is waited for until all microtasks have run; that would be too dear to be paid for each turn of a normal one. */
  #wait(priority: Priority): void {
    this.#awaited = null
    if (priority === 'normal') this.#hop(hopsOfNormal)
    else {
      this.stamp = (this.stamp + 1) | 0
      this.#runtime.macrotask(this.#newSlice)
    }
  }

  #hop(left: number): void {
    if (left === 0) this.#schedule()
    else this.#runtime.microtask(() => this.#hop(left - 1))
  }

  #pick(choices: Choices<ProcessRecord>): ProcessRecord | undefined {
    if (choices.size === 0) return undefined
    const record = choices.take(this.#positionOf(choices))
    record.queued = false
    record.allowance = turnsToTry[this.#runtime.pick!(turnsToTry.length)]!
    return record
  }

  #positionOf(choices: Choices<ProcessRecord>): number {
    const pick = (count: number): number => this.#runtime.pick!(count)
    if (this.#unequal === 0) return pick(choices.size)
    const positions = mayGoNext(choices.all(), pick)
    return positions[pick(positions.length)]!
  }

  #unequals(): ProcessRecord | null {
    const apart = this.#apart
    if (this.#unequal === 0) this.#oneLine = this.#isOneLine
    if (apart === null) return null
    const record = apart.next(this.#queue.size)
    if (record !== null) record.queued = false
    return record
  }

  #first(): ProcessRecord | undefined {
    if (this.#queue.size === 0) return undefined
    const record = this.#queue.shift()
    record.queued = false
    return record
  }

  /** It keeps its place in the queue, where it may find that it has nothing left to do. */
  #firstOfFlood(): ProcessRecord | undefined {
    this.#floodedWent = !this.#floodedWent
    while (this.#floodedWent && this.#flooded.size > 0) {
      const record = this.#flooded.shift()
      if (isFlooded(record)) return record
    }
    return this.#first()
  }
}
