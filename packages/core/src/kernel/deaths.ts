/**
 * Exit signals and death.
 *
 * Dying has an order that others rely on: the body is cut off; the name, the timers and the aliases are released; what the
 * process owns is closed, within a bound (`closing.ts`); only then are links, monitors and callers told. So whoever sees a DOWN finds the
 * name, and the port, free (Erlang reference manual, "Directly Visible Erlang Resources").
 */
import { isOrderlyExit, type ExitError, type ExitReason } from '../exit-reason.ts'
import { Pid, type AnyPid } from '../identity/pid.ts'
import { Ref } from '../identity/ref.ts'
import { copy } from '../values/copy.ts'
import { show } from '../values/show.ts'
import { close, Closing } from './closing.ts'
import type { Kernel } from './kernel.ts'
import type { Closable, ProcessRecord } from './process-record.ts'
import { Signal } from './signal.ts'

/** How many errors, each the cause of the one before, are told of as errors. */
const causeLimit = 16

export class Deaths {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** An exit signal sent by exit/2 is handled. */
  exitSignal(receiver: ProcessRecord, from: AnyPid | null, reason: ExitReason): boolean {
    // It is no process, though it stands in the `from` of requests: a server that hunts its callers down must not end the node's own.
    if (!receiver.lives || receiver === this.#kernel.outside) return false
    if (reason === 'kill') this.die(receiver, 'killed', false)
    else if (receiver.trapsExits) return receiver.hear({ type: 'exit', from, reason })
    else if (reason !== 'normal' || from === receiver.pid) this.die(receiver, reason, false)
    return false
  }

  /** An active link broke. `kill` that comes over a link is an ordinary reason: it can be trapped, and stays `kill`. */
  linkBroke(receiver: ProcessRecord, from: AnyPid, reason: ExitReason): boolean {
    if (!receiver.lives) return false
    if (receiver.trapsExits) return receiver.hear({ type: 'exit', from, reason: ownReason(reason) })
    if (reason !== 'normal') this.die(receiver, reason, false)
    return false
  }

  /**
   * Ends a process.
   *
   * @param crashed whether its own code failed, which is reported (an exit signal and `exit(reason)` are not).
   */
  die(record: ProcessRecord, given: ExitReason, crashed: boolean): void {
    if (!record.lives) return
    const kernel = this.#kernel
    if (!record.isOfNormalPriority) kernel.scheduler.leave(record)
    const reason = freezeReason(given)
    // Before anybody is told: who is may look at the process, which handles what has arrived, and another exit of it would be a second death.
    record.phase = 'exiting'
    if (crashed && record.visible && !isOrderlyExit(reason)) kernel.reportCrash(record, reason)
    const { name } = record
    record.body.stop(record)
    if (record.traced) kernel.tracing?.exited(record, reason)
    record.saved = null
    kernel.names.release(record)
    kernel.aliases.release(record)
    for (let request = record.outgoing; request !== null; request = request.laterOut) request.abandon()
    record.outgoing = null
    kernel.monitors.release(record)
    kernel.peers.spawns.creatorDied(record, reason)
    const belongings = record.belongings
    if (belongings === null) return this.#announce(record, reason)
    if (belongings.releases !== null) for (const release of belongings.releases) release(record.pid)
    kernel.timers.cancelAllOf(belongings)
    if (belongings.suspension !== null) kernel.suspensions.release(record, belongings.suspension)
    if (belongings.abort === null && belongings.owned === null) return this.#announce(record, reason)
    new Closing(kernel, { pid: record.pid, name }, () => this.#announce(record, reason)).start(belongings, reason)
  }

  /** A dead process cannot own: what it hands over is closed at once. */
  closeNow(pid: AnyPid, thing: Closable): void {
    void close(this.#kernel, { pid, name: null }, thing, 'noproc')
  }

  #announce(record: ProcessRecord, reason: ExitReason): void {
    const kernel = this.#kernel
    record.phase = 'dead'
    record.pid.process = null
    kernel.table.remove(record)
    kernel.peers.forget(record)
    record.belongings = null
    kernel.links.announce(record, reason)
    kernel.monitors.announce(record, reason)
    for (let request = record.incoming; request !== null; request = record.incoming) request.fail(reason)
    while (record.arrived > 0) {
      const item = record.takeArrived()
      if (item instanceof Signal) item.orphaned(record)
    }
    kernel.processEnded(record)
  }
}

/** Makes what a body threw, or `exit` was given, fit to travel: a copy in the domain of values, frozen. */
export function toExitReason(thrown: unknown): ExitReason {
  try {
    return copy(thrown ?? null) as ExitReason
  } catch {
    return withShownCause(thrown) ?? notFit(thrown)
  }
}

/** An error that only its cause keeps from travelling, with a text in brackets in place of that; null for all else. */
function withShownCause(thrown: unknown): ExitError | null {
  try {
    return thrown instanceof Error ? shownError(thrown, []) : null
  } catch {
    return null
  }
}

/** @param above whose cause it is, and so on up: a cause may have one itself, and it may be any of these. */
function shownError(error: Error & { readonly code?: unknown }, above: readonly Error[]): ExitError {
  const { name, message, stack, code, cause } = error
  const way = [...above, error]
  const goesOn = cause instanceof Error && !way.includes(cause) && way.length < causeLimit
  const shown = new Error(message, { cause: goesOn ? shownError(cause, way) : show(cause) })
  return copy(Object.assign(shown, { name, stack, code }) as ExitError)
}

function notFit(thrown: unknown): ExitReason {
  return copy(new Error(`A value that cannot be sent was thrown: ${safeString(thrown)}`)) as ExitError
}

function safeString(value: unknown): string {
  try {
    return String(value)
  } catch {
    return `a ${typeof value} that cannot be shown`
  }
}

/** Reasons with a Map, Set, Date or bytes in them, which cannot be frozen: everyone who hears of one gets a copy. */
const unfrozen = new WeakSet<object>()

/** Freezes a reason in the domain of values, since all who hear of a death share it. */
function freezeReason(reason: ExitReason): ExitReason {
  if (typeof reason === 'object' && reason !== null && !freeze(reason)) unfrozen.add(reason)
  return reason
}

/** The reason to hand to one of those who hear of it. */
export function ownReason(reason: ExitReason): ExitReason {
  return typeof reason === 'object' && reason !== null && unfrozen.has(reason) ? freezeReason(copy(reason)) : reason
}

/** @returns whether nothing in it is left that can change. */
function freeze(value: unknown): boolean {
  // Frozen already: by immutable(), or here, on the way down a chain of links.
  if (
    typeof value !== 'object' ||
    value === null ||
    Object.isFrozen(value) ||
    value instanceof Pid ||
    value instanceof Ref
  )
    return true
  if (value instanceof Uint8Array || value instanceof Map || value instanceof Set || value instanceof Date) return false
  let whole = true
  for (const key of Object.getOwnPropertyNames(value)) whole = freeze((value as Record<string, unknown>)[key]) && whole
  Object.freeze(value)
  return whole
}
