/**
 * Requests: a message, a monitor, a timeout and the slot for the answer in one object.
 *
 *     caller ── Request(pending) ──► server          the same object stands in both inboxes, one after the other
 *     caller ◄─ Request(answered) ── reply()         in its turn: what the server sent before it is seen before it
 *     caller ◄─ Request(failed) ──── server died     exactly one of the outcomes, whichever came first
 *     caller ◄─ Request(timedOut) ── timer           the server is not touched; a later reply does nothing
 *
 * It does what gen_server:call does with a monitor and an alias: no late reply is ever seen.
 */
import { coreError, type AgnerError } from '../errors.ts'
import { describeReason, isNotCarried, type ExitReason } from '../exit-reason.ts'
import { Pid, type AnyPid } from '../identity/pid.ts'
import { Ref, type Alias } from '../identity/ref.ts'
import type { AnyProcess } from '../process/process.ts'
import { none } from '../timers/timer-slots.ts'
import { asValue } from '../values/as-value.ts'
import { copy } from '../values/copy.ts'
import { ownReason } from './deaths.ts'
import { heard } from './heard.ts'
import type { Kernel } from './kernel.ts'
import type { ProcessRecord } from './process-record.ts'
import { addressOf, type Answer } from './reply-address.ts'
import type { NameAddress } from './router.ts'
import { Signal } from './signal.ts'
import { hold } from './suspension.ts'

/** Who waits for an answer of type `R`: a {@link Request}, or what it became in a message. */
export interface ReplyAddress<in R> {
  /** Exists in the types only. */
  readonly '~answer': (value: R) => void
}

type Outcome = 'pending' | 'answered' | 'failed' | 'timedOut' | 'abandoned'

/** Takes the place of an exit reason: not even a server that exits with this very error can be mistaken for it. */
class Refusal {
  readonly error: AgnerError
  constructor(error: AgnerError) {
    this.error = error
  }
}

// One executor for all, since a closure and its context for each call cost more than the promise.
let kept: (value: never) => void
let keptReject: (error: Error) => void
const keep = (resolve: (value: never) => void, reject: (error: Error) => void): void => {
  kept = resolve
  keptReject = reject
}

/**
 * A request as its server receives it. Answer it with {@link reply}, now or later, from any process of the node.
 *
 * `Q` is the payload, `R` what may be replied.
 */
export class Request<out Q = unknown, in R = never> extends Signal {
  /** Exists in the types only: it makes `R` count. */
  declare readonly '~answer': (value: R) => void
  /** Who asks. */
  readonly from: AnyPid
  readonly payload: Q
  /** @internal */
  readonly id: number
  /** @internal */
  readonly target: AnyPid | NameAddress | string
  /** @internal Null when the caller is on another node. */
  readonly caller: ProcessRecord | null
  /** @internal */
  timeoutMs: number = Infinity
  /** @internal */
  server: ProcessRecord | null = null
  /** @internal Neighbours in the server's list of unanswered requests. */
  earlierIn: Request | null = null
  /** @internal */
  laterIn: Request | null = null
  /** @internal Neighbours in the caller's list of pending ones. */
  earlierOut: Request | null = null
  /** @internal */
  laterOut: Request | null = null
  /** @internal Its deadline is itself: one object less for each call. */
  timerSlot: number = none
  #outcome: Outcome = 'pending'
  #result: unknown
  /** @internal */
  resolve: ((value: never) => void) | null = null
  /** @internal */
  reject: ((error: Error) => void) | null = null
  /** @internal What the caller awaits. */
  promise: Promise<unknown> | null = null
  readonly #kernel: Kernel

  static {
    Object.defineProperty(this.prototype, asValue, {
      value(this: Request): Ref {
        return addressOf(this, this.#kernel)
      },
    })
  }

  /** @internal Made by `self.request` and by the remote port. */
  constructor(
    from: AnyPid,
    payload: Q,
    id: number,
    target: AnyPid | NameAddress | string,
    caller: ProcessRecord | null,
    kernel: Kernel,
  ) {
    super()
    this.from = from
    this.payload = payload
    this.id = id
    this.target = target
    this.caller = caller
    this.#kernel = kernel
  }

  /** True until it is answered, or nobody waits for the answer any more. */
  get isPending(): boolean {
    return this.#outcome === 'pending'
  }

  /** @internal What the caller awaits, from now on. */
  promised(): Promise<unknown> {
    this.promise = new Promise(keep)
    this.resolve = kept
    this.reject = keptReject
    return this.promise
  }

  /** @internal */
  startDeadline(timeoutMs: number): void {
    this.timeoutMs = timeoutMs
    if (timeoutMs !== Infinity) this.#kernel.timers.setSoon(this, timeoutMs)
  }

  /** @internal */
  fire(): void {
    this.expire()
  }

  /** @internal First it arrives at the server, then, settled, at the caller. */
  handle(receiver: ProcessRecord): boolean {
    if (receiver === this.caller) return this.arrivedBack()
    // A caller that gave up or died has sent it all the same: the server sees it, and its answer goes nowhere.
    // One that a suspended server was given comes to it once more, and stands in its list by then.
    if (this.#outcome === 'pending' && this.server === null) enlistIncoming(receiver, this)
    // Who is called while it waits itself, by one whom others wait for, may close a circle.
    if (receiver.outgoing !== null && this.caller !== null && this.caller.incoming !== null)
      this.#kernel.callIntoWaiting?.(this, receiver)
    return receiver.hear(this)
  }

  /** @internal Its answer goes to whoever waits for it, past the mailbox. */
  override isMessageTo(receiver: ProcessRecord): boolean {
    return receiver !== this.caller
  }

  /** @internal */
  override orphaned(receiver: ProcessRecord): void {
    if (receiver !== this.caller) this.fail('noproc')
  }

  // Not `#`: a class with private methods marks each of its objects, and there is one for each call.
  /** @internal The caller's turn has come. */
  private arrivedBack(): boolean {
    const caller = this.caller
    if (caller === null || !caller.lives || this.#outcome === 'abandoned' || this.#outcome === 'pending') return false
    if (caller.suspended) return hold(caller, this)
    delistOutgoing(this)
    if (caller.traced) caller.kernel.tracing?.answerReceived(caller, this)
    // Code outside any process gets what JavaScript does with a rejection that nobody awaits.
    if (this.#outcome !== 'answered' && caller.visible) void heard(this.promise!)
    if (this.#outcome === 'answered') this.resolve!(this.#result as never)
    else if (this.#outcome === 'timedOut')
      this.reject!(coreError('call.timeout', { target: describe(this.target), timeoutMs: this.timeoutMs }))
    else this.failed()
    return true
  }

  /** The server ended, or nobody was there. */
  protected failed(): void {
    this.reject!(this.failure)
  }

  /** @internal What it was refused with, if it was. */
  get refusal(): AgnerError | null {
    return this.#result instanceof Refusal ? this.#result.error : null
  }

  /** @internal Why it failed, for its caller. */
  get failure(): AgnerError {
    const result = this.#result
    return result instanceof Refusal ? result.error : callFailure(this.target, ownReason(result as ExitReason))
  }

  /** @internal The caller's code waits for the answer and does nothing else meanwhile, as far as can be known. */
  get isAwaited(): boolean {
    return this.isPending && this.caller !== null
  }

  /** @internal `value` is copied already. @param by who answers, if it is known; else the server counts as who does. */
  answered(value: unknown, by: AnyPid | null = null): void {
    if (this.#outcome !== 'pending') return
    this.#outcome = 'answered'
    this.#result = value
    if (this.server !== null && this.server.traced) this.#kernel.tracing?.answerSent(this.server, this)
    this.sendBack(by)
  }

  /** @internal The server died, was not there, or its node was lost. */
  fail(reason: ExitReason): void {
    if (this.#outcome !== 'pending') return
    this.#outcome = 'failed'
    this.#result = reason
    this.sendBack()
  }

  /** @internal It will have no answer, though nothing happened to the server, which is not touched. */
  refuse(error: AgnerError): void {
    this.fail(new Refusal(error) as never)
  }

  /** @internal */
  expire(): void {
    if (this.#outcome !== 'pending') return
    this.#outcome = 'timedOut'
    this.#kernel.peers.abandoned(this)
    this.sendBack()
  }

  /** @internal The caller is gone: an answer would reach nobody, and one that is on its way to it does not. */
  abandon(): void {
    const wasPending = this.#outcome === 'pending'
    this.#outcome = 'abandoned'
    if (!wasPending) return
    delistIncoming(this)
    if (this.timerSlot !== none) this.#kernel.timers.cancel(this)
    this.#kernel.peers.abandoned(this)
  }

  private sendBack(by: AnyPid | null = null): void {
    const server = this.caller === null ? this.server : null
    delistIncoming(this)
    if (this.timerSlot !== none) this.#kernel.timers.cancel(this)
    if (this.caller === null) this.#kernel.peers.settled(this, by ?? (server === null ? null : server.pid))
    else this.#kernel.push(this.caller, this)
  }

  /** @internal */
  get outcome(): { readonly kind: Outcome; readonly value: unknown } {
    const result = this.#result
    return { kind: this.#outcome, value: result instanceof Refusal ? result.error : result }
  }
}

/**
 * Answers a request. The value is copied now; the caller sees it after everything that the server sent to it before.
 *
 * Nothing says whose code calls this: to a caller on another node it is the server that answers, and that waits if the connection is slow. A process that
 * answers for a server, and may send to the caller as well, takes {@link replyFrom}.
 *
 * Answering twice, or after the caller gave up or died, does nothing (as gen_server:reply/2).
 *
 * @throws `copy.unsendable` if the value cannot be sent; the request then stays unanswered.
 */
export function reply<R>(request: ReplyAddress<R>, value: NoInfer<R>): void {
  replyBy(request, value, null)
}

/** As {@link reply}, by a process that may have ended already. @internal */
export function replyBy<R>(request: ReplyAddress<R>, value: NoInfer<R>, by: AnyPid | null): void {
  if (!(request instanceof Request)) throw coreError('reply.not_a_request', { value: inWords(request) })
  if (!request.isPending) return
  request.answered(copy<unknown>(value), by)
}

/**
 * Answers a request as the process that it is: the caller sees the answer after everything that `self` sent to it before, and who waits for a slow connection is
 * `self`, not the server. Also answers a request that the process was handed in a message: the ref that it became there, from any node; a lost
 * connection loses the answer.
 *
 * @throws `copy.unsendable`, `copy.too_deep`, `reply.not_a_request`
 */
export function replyFrom<R>(self: AnyProcess, request: ReplyAddress<R>, value: NoInfer<R>): void {
  if (!(request instanceof Ref)) return replyBy(request, value, self.pid)
  const answer: Answer = { answer: value }
  self.send(request as Ref as Alias<unknown>, answer as never)
}

function inWords(value: unknown): string {
  return value instanceof Ref ? 'a ref that came in a message: say who answers, with replyFrom(self, …)' : typeof value
}

/** The error that a failed call is rejected with. `details.reason` is the other side's exit reason. */
export function callFailure(target: AnyPid | NameAddress | string, reason: ExitReason): AgnerError {
  const details = { target: describe(target), reason }
  if (reason === 'noproc') return coreError('call.no_process', details)
  if (reason === 'noconnection') return coreError('call.no_connection', details)
  const error = coreError(isNotCarried(reason) ? 'call.not_carried' : 'call.exited', details)
  const cause = isNotCarried(reason) ? reason.notCarried : reason
  error.message += ` The reason: ${describeReason(cause)}`
  if (cause instanceof Error) error.cause = cause
  return error
}

export function describe(target: AnyPid | NameAddress | string): string {
  if (target instanceof Pid) return String(target)
  return typeof target === 'string' ? `"${target}"` : `"${target.name}" on ${target.node}`
}

function enlistIncoming(server: ProcessRecord, request: Request): void {
  request.server = server
  request.laterIn = server.incoming
  if (server.incoming !== null) server.incoming.earlierIn = request
  server.incoming = request
}

function delistIncoming(request: Request): void {
  const { server, earlierIn, laterIn } = request
  if (server === null) return
  if (earlierIn !== null) earlierIn.laterIn = laterIn
  else if (server.incoming === request) server.incoming = laterIn
  if (laterIn !== null) laterIn.earlierIn = earlierIn
  request.server = request.earlierIn = request.laterIn = null
}

export function enlistOutgoing(caller: ProcessRecord, request: Request): void {
  request.laterOut = caller.outgoing
  if (caller.outgoing !== null) caller.outgoing.earlierOut = request
  caller.outgoing = request
}

export function delistOutgoing(request: Request): void {
  const { caller, earlierOut, laterOut } = request
  if (caller === null) return
  if (earlierOut !== null) earlierOut.laterOut = laterOut
  else if (caller.outgoing === request) caller.outgoing = laterOut
  if (laterOut !== null) laterOut.earlierOut = earlierOut
  request.earlierOut = request.laterOut = null
}
