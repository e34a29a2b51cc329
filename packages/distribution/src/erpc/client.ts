/**
 * Calls of functions on other nodes, and on this one (erpc:call, erpc:cast, erpc:multicall, erpc:multicast).
 *
 * Each function's first argument is who acts: a process, or the node for code outside any process.
 */
import type { AgnerError, Node } from '@agner/core'
import type { ArgumentThen, FunctionName, Result } from './api.ts'
import { erpcError } from './errors.ts'
import type { Functions } from './functions.ts'
import { addressOn, castType, order, type Caller, type Named } from './order.ts'
import { errorOf, responseOf, type Asked, type Response } from './outcome.ts'
import { serve } from './service.ts'

export interface CallOptions {
  /** Milliseconds to wait. Default: that of the functions, which is Infinity if they say nothing. */
  readonly timeoutMs?: number
}

/**
 * Runs a function on a node, in a process of its own with the caller's group leader, and gives what it gives.
 *
 * The argument is copied now. Rejects with an AgnerError: `erpc.failed`, `erpc.threw`, `erpc.exited`, `erpc.killed` for what
 * the function did; `erpc.undefined`, `erpc.no_connection`, `erpc.timeout`, `erpc.bad_argument`, `erpc.unsupported`,
 * `erpc.system_limit`; `copy.unsendable` for an argument that cannot be sent. After a timeout the function goes on, and what
 * it gives is dropped.
 */
export function call<Api, Name extends FunctionName<Api>>(
  from: Caller,
  node: string,
  api: Functions<Api>,
  name: Name,
  ...[argument, options]: ArgumentThen<Api[Name], CallOptions>
): Promise<Result<Api[Name]>> {
  return heardBy(from, ask<Result<Api[Name]>>(from, node, api, name, argument, options).then(valueOf))
}

/**
 * Runs a function on a node and goes on at once. Nothing is heard of it: not what it gives, nor that there is no such node or
 * function. If it fails, that node reports a crash.
 *
 * @throws `copy.unsendable`, `copy.too_deep`, `erpc.bad_argument`
 */
export function cast<Api, Name extends FunctionName<Api>>(
  from: Caller,
  node: string,
  api: Functions<Api>,
  name: Name,
  ...[argument]: ArgumentThen<Api[Name], never>
): void {
  begin(from, node, name)
  const told = { type: castType, ...order(from, api, name, argument) }
  from.send(addressOn(node), told as never)
}

/** What came of a call on one of several nodes. */
export type NodeResponse<R> = Response<R> & { readonly node: string }

/**
 * Calls a function on each of these nodes, at once, and gives what came of each, in their order; `timeoutMs` counts for all
 * together. A node that is named twice is called twice.
 *
 * Rejects with `copy.unsendable`, `erpc.bad_argument`: for all nodes alike.
 */
export function multicall<Api, Name extends FunctionName<Api>>(
  from: Caller,
  nodes: readonly string[],
  api: Functions<Api>,
  name: Name,
  ...[argument, options]: ArgumentThen<Api[Name], CallOptions>
): Promise<NodeResponse<Result<Api[Name]>>[]> {
  const each = async (node: string): Promise<NodeResponse<Result<Api[Name]>>> => ({
    ...(await ask<Result<Api[Name]>>(from, node, api, name, argument, options)),
    node,
  })
  return heardBy(from, Promise.all(nodes.map(each)))
}

/**
 * Casts to a function on each of these nodes, silently.
 *
 * @throws `copy.unsendable`, `copy.too_deep`, `erpc.bad_argument`
 */
export function multicast<Api, Name extends FunctionName<Api>>(
  from: Caller,
  nodes: readonly string[],
  api: Functions<Api>,
  name: Name,
  ...[argument]: ArgumentThen<Api[Name], never>
): void {
  const rest = [argument] as unknown as ArgumentThen<Api[Name], never>
  for (const node of nodes) cast<Api, Name>(from, node, api, name, ...rest)
}

/** Failures of the call are a response; what the caller did wrong rejects. */
async function ask<R>(
  from: Caller,
  node: string,
  api: Named,
  name: string,
  argument: unknown,
  options: CallOptions | undefined,
): Promise<Response<R>> {
  begin(from, node, name)
  const { timeoutMs = api.timeoutMs } = options ?? {}
  const asked: Asked = { node, module: api.module, name, timeoutMs }
  try {
    return responseOf<R>(asked, await from.request(addressOn(node), order(from, api, name, argument), { timeoutMs }))
  } catch (thrown) {
    const error = errorOf(asked, thrown) as AgnerError
    if (!isOutcome(error)) throw error
    return { type: 'error', error }
  }
}

/** Checks what types cannot, and takes calls on this node, too. @throws `erpc.bad_argument` */
export function begin(from: Caller, node: string, name: string): void {
  if (typeof node !== 'string' || !node.includes('@'))
    throw erpcError('erpc.bad_argument', { what: 'the node', wanted: 'a name such as shop@10.0.0.2' })
  if (typeof name !== 'string') throw erpcError('erpc.bad_argument', { what: 'the function', wanted: 'a name' })
  const own: Node = 'node' in from ? from.node : from
  if (node === own.name) serve(own)
}

function isOutcome({ code }: AgnerError): boolean {
  if (typeof code !== 'string') return false
  return (
    (code.startsWith('erpc.') && code !== 'erpc.bad_argument') || code.startsWith('call.') || code === 'send.peer_full'
  )
}

function valueOf<R>(response: Response<R>): R {
  if (response.type === 'reply') return response.value
  throw response.error
}

/** A process may start two calls and await them one after the other: what fails is seen when it is awaited. */
export function heardBy<T>(from: Caller, promise: Promise<T>): Promise<T> {
  if ('pid' in from) promise.catch(() => {})
  return promise
}
