/**
 * A port while it is open. It is a process of the kernel's own, so that it has links, monitors and a place in the order of signals:
 *
 *     owner ──write, read, active──► port ──pull──► driver ──► the world
 *     owner ◄──data, closed, …────── port ◄──item── driver ◄──
 *
 * What the port tells its owner is pushed straight into his inbox, in the order in which it came. When the source ends or fails, the
 * port unlinks its owner, who is told by messages; everybody else is told by the signals of its death (driver_exit does the
 * same). However a port dies, its source is closed first and the news is told after.
 */
import { coreError } from '../errors.ts'
import { describeReason, isOrderlyExit, type ExitReason } from '../exit-reason.ts'
import { toExitReason } from '../kernel/deaths.ts'
import { Holding } from '../kernel/holding.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Driver, Sink } from './driver.ts'
import { inOrder, Intake, type Receiver } from './intake.ts'
import { letGo } from './let-go.ts'
import type { PortEvent } from './messages.ts'
import { noItem } from './decoder.ts'
import { unlist } from './open-ports.ts'
import { Outlet } from './outlet.ts'
import { ownedBy } from './owned-ports.ts'
import { Pending } from './pending.ts'
import type { AnyPort } from './port.ts'
import { ended, type Reader } from './reader.ts'
import type { Settings } from './settings.ts'

export class OpenPort extends Holding implements Sink, Receiver {
  readonly port: AnyPort
  /** The port as a process. */
  readonly record: ProcessRecord
  readonly settings: Settings
  readonly intake: Intake
  readonly outlet: Outlet | null
  owner: ProcessRecord
  /** Why it is closing. */
  reason: ExitReason = 'normal'
  readonly #driver: Driver
  /** How the source ended, once that ended the port. */
  #outcome: unknown = undefined
  #endIsTold = false
  readonly #closers: Pending<void>[] = []
  readonly #announced = Promise.withResolvers<void>()

  constructor(port: AnyPort, record: ProcessRecord, owner: ProcessRecord, driver: Driver, settings: Settings) {
    super()
    this.port = port
    this.record = record
    this.owner = owner
    this.settings = settings
    this.#driver = driver
    this.intake = new Intake(driver, settings.makeDecoder(), this)
    this.outlet = driver.output === null ? null : new Outlet(driver.output, settings, (error) => this.fail(error))
  }

  get isOpen(): boolean {
    return this.record.lives
  }

  get runtime(): Runtime {
    return this.#kernel.runtime
  }

  get #kernel(): Kernel {
    return this.record.kernel
  }

  // — what the driver says —

  item(raw: unknown): void {
    if (this.isOpen) this.intake.item(raw)
  }

  end(): void {
    if (this.isOpen) this.intake.finish(inOrder)
  }

  fail(given: unknown): void {
    if (!this.isOpen) return
    const error = isError(given) ? given : new Error(describeReason(given as ExitReason))
    this.outlet?.failed(error)
    if (this.settings.failure === 'exit') this.#kernel.deaths.die(this.record, toExitReason(error), false)
    // What is half open is over as a whole: nobody may be reading any more.
    else if (this.settings.halfOpen) this.#conclude(error)
    else this.intake.finish(error)
  }

  gone(): void {
    if (!this.isOpen) return
    if (this.settings.halfOpen) this.#conclude(inOrder)
    else this.intake.finish(inOrder)
  }

  drained(): void {
    this.outlet?.drained()
  }

  // — what the intake says —

  admit(item: unknown): unknown {
    const { adopt } = this.settings
    return adopt === undefined ? item : (adopt(item, this.owner) ?? noItem)
  }

  tellItem(item: unknown): void {
    this.#tellWith(this.settings.item, item)
  }

  tellPassive(): void {
    this.#tell('passive')
  }

  exhausted(end: unknown): void {
    if (end !== inOrder || !this.settings.halfOpen) return this.#conclude(end)
    const { reader } = this.intake
    if (reader !== null) {
      this.intake.giveUp(reader)
      reader.resolve(ended)
    } else if (!this.#endIsTold) {
      this.#endIsTold = true
      this.#tell('ended')
    }
  }

  // — what its owner does —

  closeBy(closer: ProcessRecord): Promise<void> {
    const pending = new Pending<void>(closer)
    this.#closers.push(pending)
    this.#kernel.links.unlink(this.owner, this.port)
    this.#kernel.deaths.die(this.record, 'normal', false)
    return pending.promise
  }

  /** Resolves when the port is closed, and its own death announced. */
  ownerDied(reason: ExitReason): Promise<void> {
    this.#kernel.deaths.die(this.record, reason, false)
    return this.#announced.promise
  }

  /** The port has died, whatever of: the source is closed before anybody is told. */
  override release(reason: ExitReason): Promise<unknown> | void {
    this.reason = reason
    const { reader, active } = this.intake
    const isTold = this.#outcome !== undefined && active !== false
    this.intake.stop()
    const settle = (): void => this.#settle(reason, reader, isTold)
    let closing: Promise<unknown> | void
    try {
      closing = letGo(this.#driver, this.#lingers(reason) ? this.outlet : null, this.settings.lingerMs, this.runtime)
    } catch (error) {
      settle()
      throw error
    }
    return closing === undefined ? settle() : closing.finally(settle)
  }

  override announced(): void {
    for (const closer of this.#closers) closer.resolve()
    this.#announced.resolve()
  }

  /** Whether what was written is given time: not after a crash, nor where it would make half an answer look whole. */
  #lingers(reason: ExitReason): boolean {
    const { outlet } = this
    if (outlet === null || !isOrderlyExit(reason)) return false
    return outlet.isFinishing || outlet.output.endsBy(this.#closers.length > 0 ? 'close' : 'exit')
  }

  /** The source is the end of the port. */
  #conclude(end: unknown): void {
    this.#outcome = end
    this.#kernel.links.unlink(this.owner, this.port)
    this.#kernel.deaths.die(this.record, end === inOrder ? 'normal' : toExitReason(end), false)
  }

  /** The source is closed: those who wait for the port are told, and its owner. */
  #settle(reason: ExitReason, reader: Reader | null, isTold: boolean): void {
    const outcome = this.#outcome
    const { outlet, port } = this
    const closed = (): Error => coreError('port.closed', { port: String(port), reason: describeReason(reason) })
    if (reader !== null) {
      if (outcome === inOrder) reader.resolve(ended)
      else reader.reject(outcome === undefined ? closed() : toError(outcome))
    } else if (isTold) {
      if (outcome !== inOrder) this.#tellWith('error', toError(outcome))
      this.#tell('closed')
    }
    if (outlet?.isAwaited === true) outlet.failed(closed())
    ownedBy(this.owner).delete(this)
    unlist(this.#kernel, port)
    port.wasClosed(reason, this.owner, outcome === inOrder)
  }

  #tell(event: PortEvent): void {
    this.#kernel.push(this.owner, { type: this.settings.types[event], port: this.port })
  }

  #tellWith(event: PortEvent, content: unknown): void {
    this.#kernel.push(this.owner, { type: this.settings.types[event], port: this.port, [event]: content })
  }
}

/** A source fails with what it likes: of a hostile one even the question what it is may throw. */
function isError(given: unknown): given is Error {
  try {
    return given instanceof Error
  } catch {
    return false
  }
}

/** A copy for one of those who hear of it. */
function toError(error: unknown): Error {
  return toExitReason(error) as Error
}
