/**
 * The way out: what processes write goes to the driver's output, and a writer waits while the other side is slower.
 */
import { coreError } from '../errors.ts'
import { refused } from '../kernel/heard.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import type { Output } from './driver.ts'
import { isolate, toBytes } from './isolation.ts'
import { withHeader } from './packets.ts'
import { Pending } from './pending.ts'
import type { Settings } from './settings.ts'
import { Writers } from './writers.ts'

export class Outlet {
  readonly output: Output
  readonly #settings: Settings
  readonly #fail: (error: unknown) => void
  readonly #writers = new Writers()
  #finishing: Promise<void> | null = null

  /** @param fail ends the port. */
  constructor(output: Output, settings: Settings, fail: (error: unknown) => void) {
    this.output = output
    this.#settings = settings
    this.#fail = fail
  }

  /** Somebody said that nothing more will be written. */
  get isFinishing(): boolean {
    return this.#finishing !== null
  }

  write(writer: ProcessRecord, data: unknown): Promise<void> {
    const { output } = this
    if (this.isFinishing || !output.isWritable) return refused(coreError('port.not_writable'))
    let prepared: unknown
    try {
      prepared = this.#prepare(data)
    } catch (error) {
      return refused(error)
    }
    try {
      if (output.waiting > this.#settings.writeLimitBytes)
        throw coreError('port.write_overflow', { limit: this.#settings.writeLimitBytes })
      return output.write(prepared) ? this.#writers.goOn(writer) : this.#writers.wait(writer)
    } catch (error) {
      this.#fail(error)
      return refused(error)
    }
  }

  /** For one who waits until all is taken. */
  end(writer: ProcessRecord): Promise<void> {
    const pending = new Pending<void>(writer)
    const taken = (): void => pending.resolve()
    this.finish().then(taken, taken)
    return pending.promise
  }

  finish(): Promise<void> {
    return (this.#finishing ??= this.#finishOutput())
  }

  /** What it throws is a rejection, too. */
  async #finishOutput(): Promise<void> {
    await this.output.finish()
  }

  /** Somebody waits for the other side. */
  get isAwaited(): boolean {
    return this.#writers.count > 0
  }

  drained(): void {
    this.#writers.drained()
  }

  failed(error: Error): void {
    this.#writers.failed(error)
  }

  /** What is written belongs to the port from then on: bytes are copied, since the writer may use his again at once. */
  #prepare(data: unknown): unknown {
    const { header } = this.#settings
    if (header === null) return isolate(data, false)
    const bytes = toBytes(data) ?? (typeof data === 'string' ? new TextEncoder().encode(data) : null)
    if (bytes === null) throw coreError('port.not_bytes', { value: typeof data })
    return withHeader(header, bytes)
  }
}
