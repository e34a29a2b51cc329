/**
 * The run queue of a node.
 *
 * Processes with something to handle stand in one queue and take turns. Credit is counted in signals: when it is used up the clock is
 * read, and credit is given anew, less of it when handlers turn out slow. An idle scheduler starts from a microtask; after
 * about a millisecond, or 4,000 signals, it goes on from a macrotask, so that timers and sockets are served however busy the
 * processes are. One async body is resumed at a time: the scheduler steps back until it has run to its next await. Nothing is
 * pre-empted: a body that computes for a second holds the thread for a second.
 */
import type { Runtime } from '../runtime/runtime.ts'
import type { ProcessRecord } from './process-record.ts'
import { Ring } from './ring.ts'

const sliceMs = 1
const signalsPerSlice = 4000
const mostCredit = 64
const mostAllowance = 64

export class Scheduler {
  /** Signals that may be handled before the clock is read again. */
  credit: number = mostCredit
  readonly #runtime: Runtime
  readonly #queue = new Ring<ProcessRecord>()
  /** With a runtime that picks, the runnable processes stand here instead. */
  readonly #choices: ProcessRecord[] | null
  #scheduled = false
  #creditGiven = mostCredit
  #checkedAtMs = 0
  #sliceStartMs = 0
  #spent = 0
  /** Nothing ran for a while since the clock was read. */
  #rested = true
  /** The process that used up its turn just now. */
  #greedy: ProcessRecord | null = null
  readonly #run = () => this.#loop()
  readonly #newSlice = () => {
    this.#spent = 0
    this.#sliceStartMs = this.#checkedAtMs = this.#runtime.nowMs()
    this.#loop()
  }

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#choices = runtime.pick === undefined ? null : []
  }

  enqueue(record: ProcessRecord): void {
    if (record.queued) return
    record.queued = true
    if (this.#choices === null) this.#queue.push(record)
    else this.#choices.push(record)
    if (this.#scheduled) return
    this.#scheduled = true
    this.#schedule()
  }

  /** A process handled all that its turn allowed: a look at the clock tells whether that was too much. */
  usedUp(record: ProcessRecord): void {
    this.#greedy = record
  }

  #schedule(): void {
    // What was spent is counted across idle moments too: a chain of microtasks that never lets go must meet the event loop in the end.
    if (this.#spent >= signalsPerSlice) this.#runtime.macrotask(this.#newSlice)
    else this.#runtime.microtask(this.#run)
  }

  #loop(): void {
    for (;;) {
      const record = this.#next()
      if (record === undefined) {
        this.#scheduled = false
        this.#rested = true
        return
      }
      record.queued = false
      const resumed = record.phase !== 'dead' && record.turn(this)
      if (record.phase !== 'dead' && (record.inbox.size > 0 || record.body.runnable)) this.enqueue(record)
      const sliceIsOver = (this.credit <= 0 || this.#greedy !== null) && this.#check()
      if (resumed || sliceIsOver) {
        this.#schedule()
        return
      }
    }
  }

  #check(): boolean {
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
    return this.#spent >= signalsPerSlice
  }

  #next(): ProcessRecord | undefined {
    const choices = this.#choices
    if (choices === null) return this.#queue.size === 0 ? undefined : this.#queue.shift()
    if (choices.length === 0) return undefined
    const [record] = choices.splice(this.#runtime.pick!(choices.length), 1)
    return record
  }
}
