/**
 * Local names. A process has one at most, a name belongs to one process; it is free again before anyone hears of its holder's death.
 */
import { coreError } from '../errors.ts'
import type { AnyPid } from '../identity/pid.ts'
import type { LimitsMet } from './counters.ts'
import type { ProcessRecord } from './process-record.ts'

const longestName = 255

export class Names {
  readonly #names = new Map<string, ProcessRecord>()
  readonly #limit: number
  readonly #met: LimitsMet

  constructor(limit: number, met: LimitsMet) {
    this.#limit = limit
    this.#met = met
  }

  get size(): number {
    return this.#names.size
  }

  /** @throws `name.taken`, `name.process_has_name`, `name.bad`, `name.too_many` */
  register(name: string, record: ProcessRecord): void {
    this.check(name)
    if (record.name !== null) throw coreError('name.process_has_name', { name: record.name })
    this.#names.set(name, record)
    record.name = name
    if (record.traced) record.kernel.tracing?.tell(record, 'register', { name })
  }

  /** @throws what {@link register} would throw for any process. */
  check(name: string): void {
    if (typeof name !== 'string' || name === '' || name.length > longestName)
      throw coreError('name.bad', { name: String(name).slice(0, 40), limit: longestName })
    const holder = this.#names.get(name)
    if (holder !== undefined) throw coreError('name.taken', { name, holder: String(holder.pid), pid: holder.pid })
    if (this.#names.size >= this.#limit) {
      this.#met.refusedNames++
      throw coreError('name.too_many', { limit: this.#limit })
    }
  }

  /** @throws `name.unknown` */
  unregister(name: string): void {
    const record = this.#names.get(name)
    if (record === undefined) throw coreError('name.unknown', { name })
    this.release(record)
  }

  release(record: ProcessRecord): void {
    const { name } = record
    if (name === null) return
    this.#names.delete(name)
    record.name = null
    if (record.traced) record.kernel.tracing?.tell(record, 'unregister', { name })
  }

  get(name: string): ProcessRecord | undefined {
    return this.#names.get(name)
  }

  pid(name: string): AnyPid | undefined {
    return this.#names.get(name)?.pid
  }

  list(): string[] {
    return [...this.#names.keys()]
  }
}
