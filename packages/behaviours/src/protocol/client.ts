/**
 * The client's side of a protocol.
 *
 *     client ── { call, arg } ──► server      monitor, reply alias and timeout in one: one outcome, no late answer
 *     client ◄────── result ─────              after everything that the server sent the client before it
 *     client ── cast ──► server                 no answer; silent if nobody is there
 *
 * Each function's first argument is who acts: a process, or the node for code outside any process.
 */
import {
  Pid,
  type AnyProcess,
  type NameAddress,
  type Node,
  type ProcessAddress,
  type RequestOptions,
} from '@agner/core'
import { copy, requestOwn, sendOwn } from '@agner/core/kernel'
import type { Calls, Casts, Messages, PayloadThen, Result } from './api.ts'
import { castType, type CallEnvelope, type CastEnvelope } from './envelope.ts'
import { requestOnceNamed } from './once-named.ts'
import type { ServerAddress, Target } from './protocol.ts'
import { describeVia, isVia } from './via.ts'

/** Who acts: a process, or a node on behalf of code outside any process. */
export type Caller = AnyProcess | Node

/** What a call may say of itself. */
export interface CallOptions extends RequestOptions {
  /**
   * Milliseconds to wait for a server to have the name that is called, if nobody has it: a client that calls in the
   * moment of a restart. They are part of `timeoutMs`. Default 0: `call.no_process` at once. Nothing is asked twice: a
   * call that reached a process is not made again. A pid is not waited for, since it never comes back.
   */
  readonly waitForNameMs?: number
  /**
   * What becomes of this call when it is part of a circle of calls that wait for each other: `report` (the default)
   * leaves it alone, `fail` rejects it with `call.deadlock`. The circle is reported in either case.
   */
  readonly onDeadlock?: 'report' | 'fail'
}

/**
 * Asks a server and waits for its answer (gen_server:call).
 *
 * The payload is copied now. Rejects with an AgnerError: `call.timeout` (the server is not touched), `call.no_process`,
 * `call.no_connection`, `call.exited` (`details.reason` is the server's exit reason), `call.calling_self`,
 * `call.deadlock` if it asked for that; `copy.unsendable` for a payload that cannot be sent.
 */
export function call<Api, Name extends string & keyof Calls<Api>>(
  from: Caller,
  to: Target<Api>,
  name: Name,
  ...[arg, options]: PayloadThen<Calls<Api>[Name], CallOptions>
): Promise<Result<Calls<Api>[Name]>> {
  const payload: CallEnvelope =
    options?.onDeadlock === 'fail' ? { call: name, arg, deadlock: 'fail' } : { call: name, arg }
  const timeoutMs = options?.timeoutMs ?? ('timeoutMs' in to ? to.timeoutMs : 5000)
  const waitMs = options?.waitForNameMs
  return (
    waitMs === undefined || isPid(to)
      ? ask(from, addressOf(from, to), payload, timeoutMs)
      : requestOnceNamed(from, () => addressOf(from, to), payload, timeoutMs, waitMs)
  ) as Promise<Result<Calls<Api>[Name]>>
}

/**
 * Tells a server something and goes on at once (gen_server:cast). Whether anybody is there is not known: to a dead
 * process, an unknown name or a lost node it goes nowhere, silently.
 *
 * @throws `copy.unsendable`, `copy.too_deep`
 */
export function cast<Api, Name extends string & keyof Casts<Api>>(
  from: Caller,
  to: Target<Api>,
  name: Name,
  ...[arg]: PayloadThen<Casts<Api>[Name], never>
): void {
  const message: CastEnvelope = { type: castType, cast: name, arg }
  const address = silent(from, addressOf(from, to))
  if ('pid' in from && owns(message)) sendOwn(from, address, message)
  else from.send(address, message as never)
}

/** The envelope is new: of a call by a process only the payload is copied. */
function ask(from: Caller, to: ProcessAddress, envelope: CallEnvelope, timeoutMs: number): Promise<unknown> {
  if ('pid' in from && owns(envelope)) return requestOwn(from, to, envelope, timeoutMs)
  return from.request(to, envelope, { timeoutMs })
}

/** @internal Puts a copy in place of the payload. False for what cannot be sent: who sends it says where that stands. */
export function owns(envelope: { arg: unknown }): boolean {
  const { arg } = envelope
  if (typeof arg !== 'object' && typeof arg !== 'function' && typeof arg !== 'symbol') return true
  try {
    envelope.arg = copy(arg)
    return true
  } catch {
    return false
  }
}

/**
 * Sends a server a plain message of its protocol (`Pid ! Message`), by whatever it is known by. To a {@link ServerPid}
 * `self.send` does the same.
 *
 * @throws `copy.unsendable`, `copy.too_deep`
 */
export function info<Api>(from: Caller, to: Target<Api>, message: NoInfer<Messages<Api>>): void {
  from.send(silent(from, addressOf(from, to)), message as never)
}

function isPid<Api>(to: Target<Api>): boolean {
  return to instanceof Pid || ('process' in to && to.process instanceof Pid)
}

/** @internal */
export function addressOf(
  from: Caller,
  to: Pid | { readonly module: string; readonly process?: ServerAddress },
): ProcessAddress {
  if (to instanceof Pid) return to
  return resolve(from, to.process ?? to.module)
}

/** @internal A name in a registry is looked up now. */
export function resolve(from: Caller, address: ServerAddress): ProcessAddress {
  if (!isVia(address)) return address
  const node = nodeOf(from)
  // A name that nobody can have: whoever is asked for there, is not there.
  return address.via.whereis(node, address.name) ?? { name: describeVia(address), node: node.name }
}

/** A bare local name that nobody has makes `send` throw; a name on a node does not. */
function silent(from: Caller, to: ProcessAddress): Pid<never> | NameAddress {
  if (typeof to !== 'string') return to
  return { name: to, node: nodeOf(from).name }
}

/** @internal */
export function nodeOf(from: Caller): Node {
  return 'node' in from ? from.node : from
}
