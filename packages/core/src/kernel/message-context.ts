/**
 * What comes along with messages, and which of it each process has.
 *
 *     sender ── Carried(message, context) ──► inbox ──► heard: the receiver has the context when its code sees the message
 *                                                └─► saved: the context waits with it
 *
 * A process that has nothing to do with contexts has no state for them, and is not asked: the bit `contextual` is part of
 * what `isUnseen` looks at. The next message says which context there is; one without takes it away (seq_trace).
 */
import type { MessageContext, TraceContext } from '../trace-context.ts'
import { Pid, type AnyPid } from '../identity/pid.ts'
import { Ref } from '../identity/ref.ts'
import { wantAddress } from '../identity/wanted.ts'
import { coreError } from '../errors.ts'
import type { Destination } from '../process/process.ts'
import { Contexts } from './contexts.ts'
import type { ProcessRecord } from './process-record.ts'
import type { RemoteSignal } from './router.ts'
import { Signal } from './signal.ts'

/** What comes along with that which is handled just now. */
let arriving: MessageContext | null = null

/** A message, or a signal that brings one, and what comes along. */
export class Carried extends Signal {
  readonly #item: unknown
  readonly #context: MessageContext

  constructor(item: unknown, context: MessageContext) {
    super()
    this.#item = item
    this.#context = context
  }

  handle(receiver: ProcessRecord): boolean {
    if (receiver.lives) contextsOf(receiver)
    return bring(this.#context, () =>
      this.#item instanceof Signal ? this.#item.handle(receiver) : receiver.hear(this.#item),
    )
  }

  override isMessageTo(receiver: ProcessRecord): boolean {
    return this.#item instanceof Signal ? this.#item.isMessageTo(receiver) : true
  }

  override orphaned(receiver: ProcessRecord): void {
    if (this.#item instanceof Signal) this.#item.orphaned(receiver)
  }
}

/** Runs what makes a process hear something that comes with a context, or with none. */
export function bring<T>(context: MessageContext | null, run: () => T): T {
  const before = arriving
  arriving = context
  try {
    return run()
  } finally {
    arriving = before
  }
}

/** A contextual process hears a message: what came along is there before its code is. */
export function hearWithContext(record: ProcessRecord, message: unknown): boolean {
  const contexts = contextsOf(record)
  const context = arriving
  // What this message makes others do is no part of it.
  return bring(null, () => {
    const before = contexts.now
    const end = record.saved === null ? 0 : record.saved.end
    contexts.now = context
    contexts.hearing++
    const resumed = record.body.message(record, message)
    contexts.hearing--
    if (!record.lives) return resumed
    if (record.saved !== null && contexts.sees(record.saved, end)) {
      contexts.now = before
      if (context !== null) contexts.keep(record.saved, end, context)
    }
    forgetIfIdle(record, contexts)
    return resumed
  })
}

/** A contextual process is about to take the message at `position`, or the first one behind it, out of its mailbox. */
export function takeContext(record: ProcessRecord, position: number): void {
  const contexts = contextsOf(record)
  contexts.now = contexts.take(record.saved!, position)
  forgetIfIdle(record, contexts)
}

/** Takes a message that waits, with what came along, so that it can come once more. */
export function again(record: ProcessRecord, position: number): unknown {
  const context = contextsOf(record).take(record.saved!, position)
  const message = record.saved!.take(position)
  return context === null ? message : new Carried(message, context)
}

function contextsOf(record: ProcessRecord): Contexts {
  record.contextual = true
  return (record.belong().contexts ??= new Contexts())
}

/** It is like any other again. */
function forgetIfIdle(record: ProcessRecord, contexts: Contexts): void {
  if (!contexts.isIdle) return
  record.contextual = false
  if (record.saved !== null) record.saved.follower = null
  if (record.belongings !== null) record.belongings.contexts = null
}

/** What comes along with the message that the process handles; null for nothing. */
export function contextOf(record: ProcessRecord): MessageContext | null {
  return record.contextual && record.belongings !== null ? (record.belongings.contexts?.now ?? null) : null
}

/** What the process sends carries: the trace that it is part of. */
export function outgoing(record: ProcessRecord): MessageContext | null {
  const now = contextOf(record)
  if (now === null || now.trace === null) return null
  return now.clock === null ? now : { trace: now.trace, clock: null }
}

/** A process is part of a trace from now on, or of none. */
export function setTrace(record: ProcessRecord, trace: TraceContext | null): void {
  if (trace === null && !record.contextual) return
  const contexts = contextsOf(record)
  contexts.now = trace === null ? null : { trace, clock: contexts.now?.clock ?? null }
  forgetIfIdle(record, contexts)
}

/** A new process begins with what its parent has. */
export function inherit(child: ProcessRecord, context: MessageContext | null): void {
  if (context !== null) contextsOf(child).now = context
}

/** Sends a message that was copied already. @throws `send.no_such_name`, `address.bad` */
export function sendCarrying(
  record: ProcessRecord,
  to: Destination<never>,
  message: unknown,
  context: MessageContext,
): void {
  const { kernel, pid: from } = record
  if (to instanceof Ref) {
    if (to.identity !== kernel.identity) return say(record, to.node, { op: 'send', from, to, message, context })
    return kernel.aliases.send(to, message, context)
  }
  const address: AnyPid | ReturnType<typeof wantAddress> =
    typeof to === 'string'
      ? { name: to, node: kernel.identity.name }
      : to instanceof Pid
        ? (to as AnyPid)
        : wantAddress(to)
  const target = kernel.locate(address)
  if (target === 'remote') say(record, address.node, { op: 'send', from, to: address, message, context })
  else if (target !== null) kernel.push(target, new Carried(message, context))
  else if (typeof to === 'string') throw coreError('send.no_such_name', { name: to })
}

function say({ kernel, pid }: ProcessRecord, node: string, signal: RemoteSignal): void {
  kernel.peers.say(node, signal, pid)
}

/** What has come from another node, in what it is carried in if something came along. */
export function brought(item: unknown, context: MessageContext | undefined): unknown {
  return context === undefined ? item : new Carried(item, context)
}

/** A request, or what it is carried in when it is part of a trace. */
export function carry(record: ProcessRecord, item: Signal): Signal {
  const context = outgoing(record)
  return context === null ? item : new Carried(item, context)
}
