/**
 * Ports: sockets, files, requests, streams, as values that belong to a process.
 *
 * A port is a pid of its own: it can be linked to, monitored and sent in messages, and names its source for ever. Who has it may use it; its
 * messages go to its owner alone. On another node it arrives as a pid, to link and monitor.
 */
import { coreError } from '../errors.ts'
import { describeReason, type ExitReason } from '../exit-reason.ts'
import { Pid, type AnyPid } from '../identity/pid.ts'
import { afterDeath, timedOut } from '../kernel/async-body.ts'
import { refused } from '../kernel/heard.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import type { AnyProcess } from '../process/process.ts'
import type { Active } from './demand.ts'
import { handOver } from './hand-over.ts'
import type { OpenPort } from './open-port.ts'
import { processOf } from './pending.ts'
import { ended, Reader } from './reader.ts'

/** Who waits: what is awaited settles on that process's turns, and never after its death. Default: the port's owner. */
export interface PortCall {
  readonly by?: AnyProcess
}

export interface ReadOptions extends PortCall {
  /** Milliseconds from now; 0 takes what is there and does not wait. */
  readonly timeoutMs?: number
}

/**
 * A source and sink that belongs to a process. `T` is what it gives, `W` what can be written to it.
 *
 * It is closed when its owner ends, before anyone hears of that; when its source ends or fails; when it is sent an exit signal; or by
 * `close`. All that waits for a closed port is rejected with `port.closed`, or with the error that its source failed with.
 */
export class Port<T = Uint8Array, W = string | Uint8Array> extends Pid<never> {
  /** @internal While it is open. */
  open: OpenPort | null = null
  #reason: ExitReason = 'noproc'
  #wasReadToItsEnd = false
  #lastOwner: ProcessRecord | null = null

  get isOpen(): boolean {
    return this.open?.isOpen === true
  }

  /** The process that it belongs to; null once it is closed. */
  get owner(): AnyPid | null {
    return this.open?.owner.pid ?? null
  }

  /** What its owner has asked for and not got yet. */
  get mode(): Active {
    return this.open?.intake.active ?? false
  }

  /**
   * Asks for items as messages: `'once'`, the next one; a number, so many more, and `passive` after the last; `true`, all that come; `false`, none.
   * Items that are messages already stay what they are. Does nothing to a closed port.
   *
   * @throws `port.bad_active`
   */
  active(active: Active): void {
    this.#inStep()?.intake.activate(active)
  }

  /**
   * The next item of a passive port; {@link ended} when there are no more, and the port is closed by then. With a timeout the result may be
   * `timedOut`, and what comes later waits for the next one who asks.
   *
   * Rejects with `port.not_passive`, `port.read_pending`, `port.closed`, or what the source failed with.
   */
  read(options: ReadOptions & { readonly timeoutMs: number }): Promise<T | typeof ended | typeof timedOut>
  read(options?: PortCall): Promise<T | typeof ended>
  read({ by, timeoutMs = Infinity }: ReadOptions = {}): Promise<T | typeof ended | typeof timedOut> {
    const reader = this.#caller(by)
    if (reader === null) return afterDeath()
    const open = this.#inStep()
    if (open === null) return this.#wasReadToItsEnd ? Promise.resolve(ended) : this.#refuse()
    if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0))
      return refused(coreError('receive.bad_timeout', { value: String(timeoutMs) }))
    const { intake } = open
    if (intake.active !== false) return refused(coreError('port.not_passive', { port: String(this) }))
    if (intake.reader !== null) return refused(coreError('port.read_pending', { port: String(this) }))
    const waiting = new Reader(reader, timeoutMs === 0 ? Infinity : timeoutMs, () => intake.giveUp(waiting))
    intake.read(waiting)
    if (timeoutMs === 0 && intake.giveUp(waiting)) waiting.resolve(timedOut)
    return waiting.promise as Promise<T | typeof ended | typeof timedOut>
  }

  /**
   * Writes, and resolves when more may be written: at once, or when a slow other side has taken enough. `data` is the writer's again at
   * once.
   *
   * Rejects with `port.closed`, `port.not_writable`, `port.not_bytes`, `port.packet_too_large`, `copy.unsendable`, or what the port failed with.
   */
  write(data: W, { by }: PortCall = {}): Promise<void> {
    const writer = this.#caller(by)
    if (writer === null) return afterDeath()
    const open = this.#inStep()
    if (open === null) return this.#refuse()
    const { end } = open.intake
    if (end instanceof Error) return refused(end)
    return open.outlet === null
      ? refused(coreError('port.not_writable', { port: String(this) }))
      : open.outlet.write(writer, data)
  }

  /** Says that nothing more will be written, and resolves when all was taken. What comes can still be read. */
  end({ by }: PortCall = {}): Promise<void> {
    const writer = this.#caller(by)
    if (writer === null) return afterDeath()
    const open = this.#inStep()
    if (open === null) return this.#refuse()
    return open.outlet === null ? Promise.resolve() : open.outlet.end(writer)
  }

  /**
   * Closes, and resolves when the source is closed. What was written is given `lingerMs` to be taken. The owner gets no `closed` message and no
   * exit signal; messages that came before stay in his mailbox. Closing a closed port does nothing.
   */
  close({ by }: PortCall = {}): Promise<void> {
    const closer = this.#caller(by)
    if (closer === null) return afterDeath()
    return this.open === null ? Promise.resolve() : this.open.closeBy(closer)
  }

  /**
   * Gives it to another process of this node, which is linked to it from then on, and no longer its owner. What it has told already, and
   * nobody has received, moves along; nothing is lost and nothing overtakes (gen_tcp:controlling_process/2).
   *
   * @throws `port.closed`, and then its messages stay where they are; `port.bad_owner`; `port.read_pending`
   */
  handOver(to: AnyPid): void {
    const open = this.#inStep()
    if (open === null) throw this.#closed()
    for (const inside of handOver(open, to)) if (inside instanceof Port && inside.isOpen) inside.handOver(to)
  }

  /** Reads to the end, item by item. Leaving the loop early leaves the port open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const item = await this.read()
      if (item === ended) return
      yield item
    }
  }

  /** As `close`; also for a dead owner, who gave it to `self.own`. */
  [Symbol.asyncDispose](): Promise<void> {
    const { open } = this
    if (open === null) return Promise.resolve()
    return open.owner.lives ? this.close() : open.ownerDied('normal')
  }

  override toString(): string {
    return `#Port${super.toString()}`
  }

  /** @internal */
  wasClosed(reason: ExitReason, owner: ProcessRecord, atItsEnd: boolean): void {
    this.open = null
    this.#wasReadToItsEnd = atItsEnd
    this.#reason = reason
    this.#lastOwner = owner
  }

  /** Handles the signals that were sent to it before. Null if it is closed, or closing. */
  #inStep(): OpenPort | null {
    const { open } = this
    open?.record.fetch()
    return open?.isOpen === true ? open : null
  }

  /** Null when the one who asks is dead: nothing that a dead process awaits ever settles. */
  #caller(by: AnyProcess | undefined): ProcessRecord | null {
    if (by !== undefined) return processOf(by.pid)
    const owner = this.open?.owner ?? this.#lastOwner
    return owner?.lives === true ? owner : null
  }

  #refuse(): Promise<never> {
    return refused(this.#closed())
  }

  #closed(): Error {
    return coreError('port.closed', { port: String(this), reason: describeReason(this.open?.reason ?? this.#reason) })
  }
}

export type AnyPort = Port<unknown, never>
