/**
 * The processes of a node, by slot. A pid's id is its slot and the slot's generation, so that ids are not used again; a slot whose
 * generations are used up is retired.
 */
import { coreError } from '../errors.ts'
import { slotSpan } from '../identity/pid.ts'
import type { LimitsMet } from './counters.ts'
import type { ProcessRecord } from './process-record.ts'

const lastGeneration = 2 ** 29 - 1

export class ProcessTable {
  readonly #limit: number
  readonly #met: LimitsMet
  #slots: (ProcessRecord | null)[] = []
  #generations: number[] = []
  #free: number[] = []
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
    const slot = this.#free.pop() ?? this.#slots.push(null) - 1
    const generation = this.#generations[slot] ?? 0
    this.#generations[slot] = generation
    return generation * slotSpan + slot
  }

  insert(record: ProcessRecord): void {
    this.#slots[record.pid.id % slotSpan] = record
    this.#size++
  }

  remove(record: ProcessRecord): void {
    const slot = record.pid.id % slotSpan
    this.#slots[slot] = null
    this.#size--
    const next = this.#generations[slot]! + 1
    this.#generations[slot] = next
    if (next < lastGeneration) this.#free.push(slot)
  }

  *[Symbol.iterator](): Iterator<ProcessRecord> {
    for (const record of this.#slots) if (record !== null) yield record
  }
}
