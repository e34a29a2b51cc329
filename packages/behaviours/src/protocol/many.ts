/**
 * The servers of one name on many nodes (gen_server:multi_call, gen_server:abcast).
 *
 *     caller ─┬─ call ─► name on node a ─► reply ─┐
 *             ├─ call ─► name on node b ─► reply ─┼─► { replies, badNodes }     when the last has its outcome
 *             └─ call ─► name on node c    gone  ─┘
 */
import { AgnerError, Pid, type RequestOptions } from '@agner/core'
import type { CallName, Calls, CastName, Casts, PayloadThen, Result } from './api.ts'
import { call, cast, type Caller } from './client.ts'
import { clientError } from './errors.ts'
import { heardBy } from './heard.ts'
import type { Address, Protocol } from './protocol.ts'

/** Servers that are known by a local name on each node: the protocol's own, or `protocol.at('name')`. */
export type NamedTarget<Api> = Protocol<Api> | Address<Api>

export interface MultiCallResult<R> {
  /** In the order of the nodes. */
  readonly replies: readonly { readonly node: string; readonly value: R }[]
  /** Those that gave no answer: nobody has the name, the node is lost, the server ended, or the time was up. */
  readonly badNodes: readonly { readonly node: string; readonly error: AgnerError }[]
}

/**
 * Calls the server of a name on each of these nodes, at once, and waits until each call has its outcome; `timeoutMs`
 * counts for each. An answer that comes later is dropped. A node that is named twice is called once.
 *
 * Rejects with `call.needs_name`, `copy.unsendable`, `call.bad_timeout`.
 */
export function multiCall<Api, Name extends CallName<Api>>(
  from: Caller,
  to: NamedTarget<Api>,
  nodes: Iterable<string>,
  name: Name,
  ...[arg, options = {}]: PayloadThen<Calls<Api>[Name], RequestOptions>
): Promise<MultiCallResult<Result<Calls<Api>[Name]>>> {
  return heardBy(from, callEach(from, eachNode(to, nodes), name, [arg, { timeoutMs: to.timeoutMs, ...options }]))
}

async function callEach<Api, Name extends CallName<Api>>(
  from: Caller,
  servers: readonly OnNode<Api>[],
  name: Name,
  rest: readonly unknown[],
): Promise<MultiCallResult<Result<Calls<Api>[Name]>>> {
  type Value = Result<Calls<Api>[Name]>
  const args = rest as PayloadThen<Calls<Api>[Name], RequestOptions>
  const outcomes = await Promise.allSettled(servers.map(({ at }) => call<Api, Name>(from, at, name, ...args)))
  const replies: { node: string; value: Value }[] = []
  const badNodes: { node: string; error: AgnerError }[] = []
  for (const [index, { node }] of servers.entries()) {
    const outcome = outcomes[index]!
    if (outcome.status === 'fulfilled') replies.push({ node, value: outcome.value as Value })
    else if (isOutcome(outcome.reason)) badNodes.push({ node, error: outcome.reason })
    else throw outcome.reason
  }
  return { replies, badNodes }
}

/**
 * Casts to the server of a name on each of these nodes, silently, whoever is there.
 *
 * @throws `call.needs_name`, `copy.unsendable`, `copy.too_deep`
 */
export function abcast<Api, Name extends CastName<Api>>(
  from: Caller,
  to: NamedTarget<Api>,
  nodes: Iterable<string>,
  name: Name,
  ...[arg]: PayloadThen<Casts<Api>[Name], never>
): void {
  const rest = [arg] as unknown as PayloadThen<Casts<Api>[Name], never>
  for (const { at } of eachNode(to, nodes)) cast<Api, Name>(from, at, name, ...rest)
}

interface OnNode<in out Api> {
  readonly node: string
  readonly at: Address<Api>
}

function eachNode<Api>(to: NamedTarget<Api>, nodes: Iterable<string>): OnNode<Api>[] {
  const name = 'at' in to ? to.module : to.process
  if (typeof name !== 'string')
    throw clientError('call.needs_name', { value: name instanceof Pid ? String(name) : 'a name with its own node' })
  const { module, timeoutMs } = to
  return [...new Set(nodes)].map((node) => ({ node, at: { module, timeoutMs, process: { name, node } } }))
}

/** What comes of a call that was made; anything else is the caller's mistake, on all nodes alike. */
function isOutcome(error: unknown): error is AgnerError {
  return error instanceof AgnerError && error.code.startsWith('call.') && error.code !== 'call.bad_timeout'
}
