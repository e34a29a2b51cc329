/**
 * The run queue of a node.
 *
 * Processes with something to handle stand in one queue and take turns. Credit is counted in signals: when it is used up the clock is
 * read, and credit is given anew, less of it when handlers turn out slow. A turn ends when its process has nothing more to handle, has
 * handled all that it is allowed, or has taken a quarter of a millisecond. A process that is flooded gets every other turn until it has caught up,
 * since a mailbox that grows makes everything slower. An idle scheduler starts from a microtask; after
 * about a millisecond, or 4,000 signals, it goes on from a macrotask, so that timers and sockets are served however busy the
 * processes are. An async body that was resumed runs in a microtask of its own, and nothing else of its process is handled before that:
 * the scheduler steps back when it meets such a process again. Nothing is pre-empted: a body that computes for a second
 * holds the thread for a second.
 */
import type { Runtime } from '../runtime/runtime.ts'
import type { ProcessRecord } from './process-record.ts'
import { Ring } from './ring.ts'

const sliceMs = 1
const signalsPerSlice = 4000
const mostCredit = 64
const mostAllowance = 1024
/** How many signals a turn may take where the runtime chooses the order: one at a time shows orders that batches hide. */
const turnsToTry: readonly number[] = [1, 1, 2, 4, 64]
/** From so many waiting messages on, a process is flooded. */
export const flood = 512

export class Scheduler {
  /** Signals that may be handled before the clock is read again. */
  credit: number = mostCredit
  /** Counts the times that the scheduler was set to run later. It wraps: compare differences. */
  stamp = 1
  readonly #runtime: Runtime
  readonly #queue = new Ring<ProcessRecord>()
  /** Those of them that are flooded; they stand in the queue too. */
  readonly #flooded = new Ring<ProcessRecord>()
  #floodedWent = false
  /** With a runtime that picks, the runnable processes stand here instead. */
  readonly #choices: ProcessRecord[] | null
  #scheduled = false
  #creditGiven = mostCredit
  #checkedAtMs = 0
  #sliceStartMs = 0
  #spent = 0
  #sliceIsOver = false
  /** Nothing ran for a while since the clock was read. */
  #rested = true
  /** The process that used up its turn just now. */
  #greedy: ProcessRecord | null = null
  readonly #run = () => this.#loop()
  readonly #newSlice = () => {
    this.#spent = 0
    this.#sliceIsOver = false
    // Whatever was resumed before a macrotask has run.
    this.stamp = (this.stamp + 1) | 0
    this.#sliceStartMs = this.#checkedAtMs = this.#runtime.nowMs()
    this.#loop()
  }

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#choices = runtime.pick === undefined ? null : []
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
    if (this.#choices === null) this.#flooded.push(record)
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
   */
  mayHandOver(): boolean {
    return this.#choices === null ? this.credit-- > 0 : this.#runtime.pick!(2) === 1
  }

  /** Whether an async body may go on with its next message in this turn; where the runtime chooses the order, when it says so. */
  mayGoOn(): boolean {
    if (--this.credit <= 0 && this.endsTurn()) return false
    return this.#choices === null || this.#runtime.pick!(2) === 1
  }

  #schedule(): void {
    this.stamp = (this.stamp + 1) | 0
    // What was spent is counted across idle moments too: a chain of microtasks that never lets go must meet the event loop in the end.
    if (this.#spent >= signalsPerSlice) this.#runtime.macrotask(this.#newSlice)
    else this.#runtime.microtask(this.#run)
  }

  #loop(): void {
    const since = this.stamp
    for (;;) {
      const record = this.#next()
      if (record === undefined) {
        this.#scheduled = false
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
      const resumed = record.turn(this)
      if (resumed) record.resumedAt = this.stamp
      if (record.arrived >= flood) this.hurry(record)
      else if (record.runnable) this.enqueue(record)
      if (this.credit <= 0 || this.#greedy !== null) this.#check()
      // Where the runtime picks, each resumed body runs before the next choice is made; a flooded one before more is sent to it.
      if (this.#sliceIsOver || (resumed && (this.#choices !== null || record.mailboxLength >= flood))) {
        this.#schedule()
        return
      }
    }
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
    this.#spent += this.#creditGiven - this.credit
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
    record.queued = true
    if (this.#choices === null) this.#queue.push(record)
    else this.#choices.push(record)
  }

  #next(): ProcessRecord | undefined {
    const choices = this.#choices
    if (choices === null) return this.#flooded.size === 0 ? this.#first() : this.#firstOfFlood()
    if (choices.length === 0) return undefined
    const record = choices.splice(this.#runtime.pick!(choices.length), 1)[0]!
    record.queued = false
    record.allowance = turnsToTry[this.#runtime.pick!(turnsToTry.length)]!
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
      if (record.mailboxLength >= flood && record.runnable) return record
    }
    return this.#first()
  }
}
