/**
 * Requests whose answer is a message, unless somebody waits for it (gen_server:send_request).
 *
 *     inquire ──► server ─── answer, or failure ──┬─► a wait for it: it goes on, past the mailbox
 *                                                 └─► nobody waits: { type: 'response' } in the mailbox, where a later wait finds it
 *
 * Either way it comes after everything that the server sent before. There is no deadline: waits have one. One that was given up
 * says nothing any more, and what it had said is taken out of the mailbox: no late answer is ever seen.
 */
import { coreError } from '../errors.ts'
import type { Ref } from '../identity/ref.ts'
import { withNode } from '../process/operations.ts'
import type { AnyProcess, ProcessAddress } from '../process/process.ts'
import { TimerEntry } from '../timers/timer-queue.ts'
import { copy } from '../values/copy.ts'
import type { ResponseMessage } from '../messages.ts'
import type { MessageContext } from '../trace-context.ts'
import { afterDeath, timedOut } from './async-body.ts'
import { refusedTo } from './heard.ts'
import { carry, Carried, contextOf } from './message-context.ts'
import type { ProcessRecord } from './process-record.ts'
import { delistOutgoing, enlistOutgoing, Request } from './request.ts'
import { WakeSignal } from './signal.ts'
import { hold } from './suspension.ts'

export class Inquiry extends Request implements InquirySet {
  declare readonly caller: ProcessRecord
  readonly ref: Ref
  /** Its response has come to its caller, to a wait or to the mailbox. */
  hasArrived = false
  /** What its caller was part of when it asked. */
  context: MessageContext | null = null

  constructor(caller: ProcessRecord, payload: unknown, target: Request['target']) {
    const { kernel } = caller
    super(caller.pid, payload, ++kernel.requestIds, target, caller, kernel)
    this.ref = kernel.makeRef(caller)
  }

  override handle(receiver: ProcessRecord): boolean {
    if (receiver !== this.caller) return super.handle(receiver)
    if (!receiver.lives || this.outcome.kind === 'abandoned') return false
    if (receiver.suspended) return hold(receiver, this)
    delistOutgoing(this)
    this.hasArrived = true
    const wait = waitFor(receiver, this)
    if (wait === null) return this.#heard(receiver)
    if (receiver.traced) receiver.kernel.tracing?.answerReceived(receiver, this)
    wait.end(this)
    return true
  }

  /** Its response goes on with what was being done when it was asked. */
  #heard(receiver: ProcessRecord): boolean {
    if (this.context === null) return receiver.hear(this.#message())
    return new Carried(this.#message(), this.context).handle(receiver)
  }

  /** A response will come. */
  get isDue(): boolean {
    return !this.hasArrived && this.outcome.kind !== 'abandoned'
  }

  override get isAwaited(): boolean {
    return this.isPending && this.hasWait
  }

  get hasWait(): boolean {
    return waitFor(this.caller, this) !== null
  }

  get since(): number {
    return this.ref.mark
  }

  get mayHaveArrived(): boolean {
    return this.hasArrived
  }

  find(ref: Ref): this | undefined {
    return ref === this.ref ? this : undefined
  }

  get response(): ResponseMessage['outcome'] {
    const { kind, value } = this.outcome
    return kind === 'answered' ? { type: 'reply', value } : { type: 'error', error: this.failure }
  }

  #message(): ResponseMessage {
    return { type: 'response', ref: this.ref, outcome: this.response }
  }
}

/**
 * Sends a request. The payload is copied now, unless it shares nothing with anybody (`isOwn`).
 *
 * @throws `copy.unsendable`, `copy.too_deep`, `address.bad`; that nobody is there is a response.
 */
export function inquire(self: AnyProcess, to: ProcessAddress, payload: unknown, isOwn = false): Inquiry {
  const record = recordOf(self)
  const { kernel } = record
  const target = withNode(kernel, to)
  const made = new Inquiry(record, isOwn ? payload : copy(payload), target)
  if (!record.lives) {
    made.abandon()
    return made
  }
  made.context = contextOf(record)
  const server = kernel.locate(target)
  enlistOutgoing(record, made)
  if (record.traced) kernel.tracing?.requestSent(record, made, server === null)
  if (server === null) made.fail('noproc')
  else if (server === record) made.refuse(coreError('call.calling_self'))
  else if (server === 'remote') kernel.peers.ask(made, target.node)
  else kernel.push(server, carry(record, made))
  return made
}

/** One inquiry, or several of one process: what can be waited for. */
export interface InquirySet {
  /** Who sent them; null for none. */
  readonly caller: ProcessRecord | null
  /** Where the mailbox ended when the first of them was sent: nothing before it can be a response. */
  readonly since: number
  /** Whether a response may be in the mailbox. */
  readonly mayHaveArrived: boolean
  /** Whether a response will come. */
  readonly isDue: boolean
  find(ref: Ref): Inquiry | undefined
}

/**
 * Waits for the first response to one of these that comes or is there, and takes it; or until the time is up, which
 * changes nothing.
 *
 * Rejects with `request.over` if none will come any more, `request.foreign` if another process sent them,
 * `call.bad_timeout`.
 */
export function awaitResponse(
  self: AnyProcess,
  inquiries: InquirySet,
  timeoutMs: number,
): Promise<Inquiry | typeof timedOut> {
  const record = recordOf(self)
  if (!record.lives) return afterDeath()
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0))
    return refusedTo(record, coreError('call.bad_timeout', { value: String(timeoutMs) }))
  const { caller } = inquiries
  if (caller !== null && caller !== record)
    return refusedTo(record, coreError('request.foreign', { pid: String(caller.pid) }))
  record.fetch()
  if (!record.lives) return afterDeath()
  const found = takeResponse(record, inquiries)
  if (found !== null) return hand(record, found)
  if (!inquiries.isDue) return refusedTo(record, coreError('request.over'))
  if (timeoutMs === 0) return hand(record, timedOut)
  return new Promise((resolve) => new Wait(record, inquiries, resolve).start(timeoutMs))
}

/** No response to it comes any more, and one that is in the mailbox is taken out. @returns it, if it was there. */
export function giveUp(self: AnyProcess, inquiry: Inquiry): Inquiry | null {
  const record = recordOf(self)
  if (!record.lives || inquiry.caller !== record) return null
  record.fetch()
  const found = takeResponse(record, inquiry)
  if (inquiry.isDue) {
    inquiry.abandon()
    delistOutgoing(inquiry)
  }
  return found
}

function recordOf(self: AnyProcess): ProcessRecord {
  return self as unknown as ProcessRecord
}

/** At once, but only so often: who polls takes turns like everybody else. */
function hand<T>(record: ProcessRecord, value: T): Promise<T> {
  const { kernel, body } = record
  if (!record.suspended && kernel.scheduler.mayGoOn(record)) return Promise.resolve(value)
  return new Promise((resolve) => kernel.push(record, new WakeSignal(() => resolve(value), body.era)))
}

function takeResponse({ saved }: ProcessRecord, inquiries: InquirySet): Inquiry | null {
  if (saved === null || saved.size === 0 || !inquiries.mayHaveArrived) return null
  for (let position = Math.max(saved.start, inquiries.since); position < saved.end; position++) {
    const message = saved.at(position)
    const inquiry = isResponse(message) ? inquiries.find(message.ref) : undefined
    if (inquiry === undefined) continue
    saved.take(position)
    return inquiry
  }
  return null
}

function isResponse(message: unknown): message is ResponseMessage {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'response'
}

/** A process's wait for one of several responses; the timer of its own end. */
export class Wait extends TimerEntry {
  readonly #record: ProcessRecord
  readonly inquiries: InquirySet
  readonly #resolve: (value: Inquiry | typeof timedOut) => void

  constructor(record: ProcessRecord, inquiries: InquirySet, resolve: (value: Inquiry | typeof timedOut) => void) {
    super()
    this.#record = record
    this.inquiries = inquiries
    this.#resolve = resolve
  }

  start(timeoutMs: number): void {
    const record = this.#record
    const { kernel } = record
    hasWaits = true
    const others = waits.get(record)
    if (others === undefined) waits.set(record, new Set([this]))
    else others.add(this)
    if (timeoutMs !== Infinity) kernel.timers.set(this, timeoutMs, record.belong())
    const { inquiries } = this
    // It was no wait yet when the request arrived: the circle, if it is one, closes now.
    if (record.incoming !== null && inquiries instanceof Inquiry && inquiries.server !== null)
      kernel.callIntoWaiting?.(inquiries, inquiries.server)
  }

  has({ ref }: Inquiry): boolean {
    return this.inquiries.find(ref) !== undefined
  }

  end(value: Inquiry | typeof timedOut): void {
    const record = this.#record
    waits.get(record)?.delete(this)
    record.kernel.timers.cancel(this)
    this.#resolve(value)
  }

  /** In its turn: a response that came before wins. */
  fire(): void {
    const record = this.#record
    const expire = (): void => {
      if (waits.get(record)?.has(this) === true) this.end(timedOut)
    }
    record.kernel.push(record, new WakeSignal(expire, record.body.era))
  }
}

/** Of the few processes that wait so. */
const waits = new WeakMap<ProcessRecord, Set<Wait>>()
/** Whether there was ever one: servers take their answers as messages, and look for none. */
let hasWaits = false

function waitFor(record: ProcessRecord, inquiry: Inquiry): Wait | null {
  if (!hasWaits) return null
  for (const wait of waits.get(record) ?? []) if (wait.has(inquiry)) return wait
  return null
}
