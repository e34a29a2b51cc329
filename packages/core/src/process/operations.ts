/**
 * The operations that a process and the node itself share: what a destination means, and how signals get there.
 */
import { coreError } from '../errors.ts'
import type { ExitReason } from '../exit-reason.ts'
import { Pid, type AnyPid } from '../identity/pid.ts'
import { beginOf, Ref } from '../identity/ref.ts'
import { wantAddress, wantPid } from '../identity/wanted.ts'
import { refusedTo } from '../kernel/heard.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { carry, outgoing, sendCarrying } from '../kernel/message-context.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import { enlistOutgoing, Request } from '../kernel/request.ts'
import type { NameAddress, RemoteSignal } from '../kernel/router.ts'
import { ExitSignal } from '../kernel/signal.ts'
import { toExitReason } from '../kernel/deaths.ts'
import { copy } from '../values/copy.ts'
import type { Destination, ProcessAddress } from './process.ts'

/** @throws `copy.unsendable` */
export function copyMessage(message: unknown): unknown {
  if (message === undefined) throw coreError('copy.unsendable', { what: 'undefined (as a message)', path: '$' })
  return copy(message)
}

/** @throws `copy.unsendable`, `copy.too_deep`, `send.no_such_name`, `address.bad` */
export function send(kernel: Kernel, from: AnyPid | null, to: Destination<never>, message: unknown): void {
  sendCopied(kernel, from, to, copyMessage(message), false)
}

/** By a process that is traced, part of a trace, or dead. @throws as {@link send} */
export function sendSeen(record: ProcessRecord, to: Destination<never>, message: unknown): void {
  if (!record.lives) return
  const copied = copyMessage(message)
  record.kernel.tracing?.sending(record, to, copied)
  const context = outgoing(record)
  if (context !== null) sendCarrying(record, to, copied, context)
  else sendCopied(record.kernel, record.pid, to, copied, false)
}

/** @param silent a name that nobody has is no error: a timer's, say. */
export function sendCopied(
  kernel: Kernel,
  from: AnyPid | null,
  to: Destination<never>,
  message: unknown,
  silent: boolean,
): void {
  if (to instanceof Pid) {
    const target = kernel.local(to)
    if (target === 'remote') sendAway(kernel, to.node, { op: 'send', from, to, message }, silent)
    else if (target !== null) kernel.deliver(target, message)
  } else if (typeof to === 'string') {
    const target = kernel.names.get(to)
    if (target !== undefined) kernel.deliver(target, message)
    else if (!silent) throw coreError('send.no_such_name', { name: to })
  } else if (to instanceof Ref) {
    if (to.identity === kernel.identity) kernel.aliases.send(to, message)
    else sendAway(kernel, to.node, { op: 'send', from, to, message }, silent)
  } else {
    const address = wantAddress(to)
    const target = kernel.locate(address)
    if (target === 'remote') sendAway(kernel, address.node, { op: 'send', from, to: address, message }, silent)
    else if (target !== null) kernel.deliver(target, message)
  }
}

/** What a timer sends is nobody's code. */
function sendAway(kernel: Kernel, node: string, signal: RemoteSignal & { readonly op: 'send' }, silent: boolean): void {
  if (silent) kernel.peers.route(node, signal)
  else kernel.peers.say(node, signal, signal.from)
}

export function sendExit(kernel: Kernel, from: AnyPid | null, to: AnyPid, reason: ExitReason): void {
  wantPid('sendExit', to)
  const target = kernel.local(to)
  const given = toExitReason(reason)
  if (target === 'remote') kernel.peers.say(to.node, { op: 'exit', from, to, reason: given }, from)
  else if (target !== null) kernel.push(target, new ExitSignal(from, given))
}

/** A local name as a name on this node. @throws `address.bad` */
export function withNode(kernel: Kernel, target: ProcessAddress): AnyPid | NameAddress {
  if (typeof target === 'string') return { name: target, node: kernel.identity.name }
  return target instanceof Pid ? target : wantAddress(target)
}

/** Handles what has been sent to the process before, so that the answer is in step with it. */
export function isAlive(kernel: Kernel, pid: AnyPid): boolean {
  wantPid('isAlive', pid)
  const record = kernel.local(pid)
  if (record === null || record === 'remote') return false
  record.fetch()
  return record.lives
}

export function request(
  record: ProcessRecord,
  to: ProcessAddress,
  payload: unknown,
  timeoutMs: number,
): Promise<unknown> {
  const { kernel } = record
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0))
    return refusedTo(record, coreError('call.bad_timeout', { value: String(timeoutMs) }))
  let target: AnyPid | NameAddress
  let copied: unknown
  try {
    target = withNode(kernel, to)
    copied = copy(payload)
  } catch (error) {
    return refusedTo(record, error)
  }
  return requestCopied(record, target, copied, timeoutMs)
}

/** With a payload that is the server's own already, and a deadline that is one. */
export function requestCopied(
  record: ProcessRecord,
  target: AnyPid | NameAddress,
  copied: unknown,
  timeoutMs: number,
): Promise<unknown> {
  const { kernel } = record
  return ask(record, new Request(record.pid, copied, ++kernel.requestIds, target, record, kernel), target, timeoutMs)
}

/** Sends a request that was made just now. */
export function ask(
  record: ProcessRecord,
  made: Request,
  target: AnyPid | NameAddress,
  timeoutMs: number,
): Promise<unknown> {
  const { kernel } = record
  const server = kernel.locate(target)
  if (server === record) return refusedTo(record, coreError('call.calling_self'))
  const promise = made.promised()
  enlistOutgoing(record, made)
  if (record.traced) kernel.tracing?.requestSent(record, made, server === null)
  if (server === null) {
    made.fail('noproc')
    return promise
  }
  made.startDeadline(timeoutMs)
  if (server === 'remote') kernel.peers.ask(made, target.node)
  else kernel.push(server, record.isUnseen ? made : carry(record, made))
  // Nobody can have answered by now, however quick: not left to a race with the clock.
  if (timeoutMs === 0) made.expire()
  return promise
}

/** Removes from the mailbox what a monitor has said, if it is there, whatever its tag: one message, or all of them. */
export function flush(record: ProcessRecord, ref: Ref, all: boolean): void {
  record.fetch()
  const { saved } = record
  if (saved === null) return
  // Nothing that was there before the ref was made can be about it.
  for (let position = Math.max(saved.start, beginOf(ref, record.pid)); position < saved.end; position++) {
    if (!isOfMonitor(saved.at(position), ref)) continue
    saved.take(position)
    if (!all) return
  }
}

/** A {@link Down}, or a {@link TimeOffsetChanged}. */
function isOfMonitor(message: unknown, ref: Ref): boolean {
  if (typeof message !== 'object' || message === null || !('ref' in message) || message.ref !== ref) return false
  return ('process' in message && 'reason' in message) || ('type' in message && message.type === 'timeOffset')
}

/** The pid of a process that never was: what a dead process gets for its spawn. */
export function deadPid(kernel: Kernel): AnyPid {
  return new Pid(kernel.identity, -1, null)
}
