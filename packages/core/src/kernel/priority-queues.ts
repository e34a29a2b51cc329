/**
 * Who waits for a turn apart from the line of all others: processes of high and of low priority.
 *
 * While one of `max` has something to do nobody else gets a turn, and while one of `high` has, nobody of `normal` and `low`. A process of
 * `low` gets one turn to eight of a normal one, however many there are of each (erlang:process_flag/2).
 */
import type { Priority } from './priority.ts'
import type { ProcessRecord } from './process-record.ts'
import { Ring } from './ring.ts'

/** Turns of each normal process to one of each low one. */
const turnsToOneOfLow = 8

const ranks: Readonly<Record<Priority, number>> = { low: -1, normal: 0, high: 1, max: 2 }

export class PriorityQueues {
  readonly #max = new Ring<ProcessRecord>()
  readonly #high = new Ring<ProcessRecord>()
  readonly #low = new Ring<ProcessRecord>()
  /** Normal turns that the low ones have let pass. */
  #passed = 0

  get isEmpty(): boolean {
    return this.#max.size + this.#high.size + this.#low.size === 0
  }

  /** A change of priority does not move it: it counts from its next turn on. */
  add(record: ProcessRecord): void {
    const { priority } = record
    if (priority === 'max') this.#max.push(record)
    else if (priority === 'high') this.#high.push(record)
    else this.#low.push(record)
  }

  /** @param normal how many stand in the line of all others. @returns null when it is their turn. */
  next(normal: number): ProcessRecord | null {
    if (this.#max.size > 0) return this.#max.shift()
    if (this.#high.size > 0) return this.#high.shift()
    if (this.#low.size === 0) return null
    if (normal > 0 && this.#passed < turnsToOneOfLow) {
      this.#passed += this.#low.size / normal
      return null
    }
    this.#passed = Math.max(0, this.#passed - turnsToOneOfLow)
    return this.#low.shift()
  }

  /** Whether somebody waits, and nobody of the same or a higher priority. */
  areAllBelow(record: ProcessRecord, normal: number): boolean {
    const waiting: Priority | null =
      this.#max.size > 0
        ? 'max'
        : this.#high.size > 0
          ? 'high'
          : normal > 0
            ? 'normal'
            : this.#low.size > 0
              ? 'low'
              : null
    return waiting !== null && ranks[waiting] < ranks[record.priority]
  }
}

/** Whether `record` comes before all of them, where the runtime chooses the order. */
export function areAllBelow(record: ProcessRecord, waiting: readonly ProcessRecord[]): boolean {
  return waiting.length > 0 && waiting.every(({ priority }) => ranks[priority] < ranks[record.priority])
}

/**
 * Who may go next where the runtime chooses the order: those of the highest priority, and of `normal` and `low` one or the other.
 *
 * @param pick chooses one of `count`.
 * @returns their positions.
 */
export function mayGoNext(waiting: readonly ProcessRecord[], pick: (count: number) => number): number[] {
  const highest = waiting.reduce<Priority>(
    (found, { priority }) => (ranks[priority] > ranks[found] ? priority : found),
    'low',
  )
  const isLowsTurn = highest === 'normal' && hasLow(waiting) && pick(turnsToOneOfLow + 1) === 0
  return [...waiting.keys()].filter((position) => waiting[position]!.priority === (isLowsTurn ? 'low' : highest))
}

function hasLow(waiting: readonly ProcessRecord[]): boolean {
  return waiting.some(({ priority }) => priority === 'low')
}
