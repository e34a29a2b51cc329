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
import type { CallName, Calls, CastName, Casts, Messages, PayloadThen, Result } from './api.ts'
import { castType, type CallEnvelope, type CastEnvelope } from './envelope.ts'
import type { ServerAddress, Target } from './protocol.ts'
import { describeVia, isVia } from './via.ts'

/** Who acts: a process, or a node on behalf of code outside any process. */
export type Caller = AnyProcess | Node

/** What a call may say of itself. */
export type CallOptions = RequestOptions

/**
 * Asks a server and waits for its answer (gen_server:call).
 *
 * The payload is copied now. Rejects with an AgnerError: `call.timeout` (the server is not touched), `call.no_process`,
 * `call.no_connection`, `call.exited` (`details.reason` is the server's exit reason), `call.calling_self`;
 * `copy.unsendable` for a payload that cannot be sent.
 */
export function call<Api, Name extends CallName<Api>>(
  from: Caller,
  to: Target<Api>,
  name: Name,
  ...[arg, options]: PayloadThen<Calls<Api>[Name], CallOptions>
): Promise<Result<Calls<Api>[Name]>> {
  const payload: CallEnvelope = { call: name, arg }
  const timeoutMs = options?.timeoutMs ?? ('timeoutMs' in to ? to.timeoutMs : 5000)
  return from.request(addressOf(from, to), payload, { timeoutMs }) as Promise<Result<Calls<Api>[Name]>>
}

/**
 * Tells a server something and goes on at once (gen_server:cast). Whether anybody is there is not known: to a dead
 * process, an unknown name or a lost node it goes nowhere, silently.
 *
 * @throws `copy.unsendable`, `copy.too_deep`
 */
export function cast<Api, Name extends CastName<Api>>(
  from: Caller,
  to: Target<Api>,
  name: Name,
  ...[arg]: PayloadThen<Casts<Api>[Name], never>
): void {
  const message: CastEnvelope = { type: castType, cast: name, arg }
  from.send(silent(from, addressOf(from, to)), message as never)
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
