/**
 * The processes of a node, by slot. A pid's id is its slot and the slot's generation, so that ids are not used again; a slot whose
 * generations are used up is retired.
 */
import { coreError } from '../errors.ts'
import { slotSpan } from '../identity/pid.ts'
import type { LimitsMet } from './counters.ts'
import type { ProcessRecord } from './process-record.ts'

const lastGeneration = 2 ** 29 - 1
/** There is no free slot, or no further one. */
const none = -1

export class ProcessTable {
  readonly #limit: number
  readonly #met: LimitsMet
  /** A free slot holds the number of the next free one: freeing a hundred thousand at once takes no memory. */
  #slots: (ProcessRecord | number)[] = []
  #generations: number[] = []
  #firstFree = none
  #size = 0

  constructor(limit: number, met: LimitsMet) {
    this.#limit = Math.min(limit, slotSpan - 1)
    this.#met = met
  }

  get size(): number {
    return this.#size
  }

  /** The id for a new process. The node's own process is not counted. @throws `node.too_many_processes` */
  reserve(): number {
    if (this.#size > this.#limit) {
      this.#met.refusedSpawns++
      throw coreError('node.too_many_processes', { limit: this.#limit })
    }
    const slot = this.#firstFree === none ? this.#grow() : this.#firstFree
    this.#firstFree = this.#slots[slot] as number
    return this.#generations[slot]! * slotSpan + slot
  }

  #grow(): number {
    this.#generations.push(0)
    return this.#slots.push(none) - 1
  }

  insert(record: ProcessRecord): void {
    this.#slots[record.pid.id % slotSpan] = record
    this.#size++
  }

  remove(record: ProcessRecord): void {
    const slot = record.pid.id % slotSpan
    this.#size--
    const next = this.#generations[slot]! + 1
    this.#generations[slot] = next
    this.#slots[slot] = this.#firstFree
    // One that is retired is kept out of the list.
    if (next < lastGeneration) this.#firstFree = slot
  }

  *[Symbol.iterator](): Iterator<ProcessRecord> {
    for (const record of this.#slots) if (typeof record !== 'number') yield record
  }
}
