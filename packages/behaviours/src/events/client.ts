/**
 * The client's side of an event manager.
 *
 *     client ── notify ──► manager ──► handler, handler, …          no answer; silent if nobody is there
 *     client ── syncNotify, callHandler, addHandler, … ──► manager   answered when it is done
 *
 * Each function's first argument is who acts: a process, or the node for code outside any process.
 */
import type { AnyPid, AnyProcess, ExitReason, ProcessAddress, RequestOptions } from '@agner/core'
import { behavioursError } from '../errors.ts'
import { explain } from '../explain.ts'
import type { CallName, Calls, Events, PayloadThen, Result } from '../protocol/api.ts'
import { addressOf, nodeOf, type Caller } from '../protocol/client.ts'
import { heardBy } from '../protocol/heard.ts'
import type { Target } from '../protocol/protocol.ts'
import { tablesOf } from './callbacks.ts'
import type { AnyHandler, Handler, HandlerReference } from './definition.ts'
import { eventType, type EventEnvelope, type EventsAnswer, type EventsRequest, type Installation } from './envelope.ts'
import { describeHandler, idOf, type HandlerId } from './handler-protocol.ts'
import { luggage } from './luggage.ts'

/**
 * Tells every handler of an event and goes on at once (gen_event:notify). Whether anybody is there is not known.
 *
 * @throws `copy.unsendable`, `copy.too_deep`
 */
export function notify<Api>(from: Caller, to: Target<Api>, event: NoInfer<Events<Api>>): void {
  const address = addressOf(from, to)
  const message: EventEnvelope = { type: eventType, event }
  from.send(
    (typeof address === 'string' ? { name: address, node: nodeOf(from).name } : address) as never,
    message as never,
  )
}

/**
 * The same, and resolves when every handler has handled it (gen_event:sync_notify).
 *
 * Rejects as a call does: `call.no_process`, `call.timeout`, `call.no_connection`, `call.exited`, `call.calling_self`.
 */
export function syncNotify<Api>(
  from: Caller,
  to: Target<Api>,
  event: NoInfer<Events<Api>>,
  options?: RequestOptions,
): Promise<void> {
  return heardBy(from, ask(from, to, { events: 'notify', event }, options) as Promise<void>)
}

/**
 * Calls one handler (gen_event:call).
 *
 * Rejects with `events.no_handler` if the manager has none of that id, with `events.handler_failed` if the handler crashed
 * over it (`details.reason`; it is removed then), and as a call does.
 */
export function callHandler<Api, HandlerApi, Name extends CallName<HandlerApi>>(
  from: Caller,
  to: Target<Api>,
  handler: HandlerReference<Api, HandlerApi>,
  name: Name,
  ...[arg, options]: PayloadThen<Calls<HandlerApi>[Name], RequestOptions>
): Promise<Result<Calls<HandlerApi>[Name]>> {
  const { timeoutMs = 'timeoutMs' in to ? to.timeoutMs : handler.timeoutMs } = options ?? {}
  const asked = ask(from, to, { events: 'call', handler: idOf(handler), call: name, arg }, { timeoutMs })
  return heardBy(from, asked as Promise<Result<Calls<HandlerApi>[Name]>>)
}

type InstallArgs<Arg> = undefined extends Arg
  ? [arg?: Arg, options?: RequestOptions]
  : [arg: Arg, options?: RequestOptions]

/**
 * Adds a handler, in front of all others (gen_event:add_handler). An id that is there already is no error: there are two
 * then.
 *
 * Rejects with `events.not_added` if its `init` threw or refused (`details.reason`); with `events.unknown_handler` if the manager is
 * on another node, and the handler not registered there; and as a call does.
 */
export function addHandler<Api, HandlerApi, Arg>(
  from: Caller,
  to: Target<Api>,
  handler: Handler<Api, HandlerApi, Arg>,
  ...[arg, options]: InstallArgs<NoInfer<Arg>>
): Promise<void> {
  return heardBy(from, install(from, to, handler, arg, null, options))
}

/**
 * Adds a handler that `self` owns (gen_event:add_sup_handler): the two are linked through the manager. When the handler
 * goes, for whatever reason, `self` gets a {@link GenEventExit}; when `self` ends, the handler is removed.
 *
 * The link stays when the handler goes, since another one may be on it. Rejects as {@link addHandler}.
 */
export function addSupHandler<Api, HandlerApi, Arg>(
  self: AnyProcess,
  to: Target<Api>,
  handler: Handler<Api, HandlerApi, Arg>,
  ...[arg, options]: InstallArgs<NoInfer<Arg>>
): Promise<void> {
  return heardBy(self, install(self, to, handler, arg, self.pid, options))
}

/**
 * Removes a handler, and resolves with what its `terminate` returned, with undefined if it has none
 * (gen_event:delete_handler).
 *
 * Rejects with `events.no_handler` if there is none of that id, and as a call does.
 *
 * @param arg what `terminate` gets, as `why.arg`.
 */
export function deleteHandler<Api, HandlerApi>(
  from: Caller,
  to: Target<Api>,
  handler: HandlerReference<Api, HandlerApi>,
  arg?: unknown,
  options?: RequestOptions,
): Promise<unknown> {
  return heardBy(from, ask(from, to, { events: 'delete', handler: idOf(handler), arg }, options))
}

/** One handler for another. */
export type Swap<Api, OldApi, NewApi, Arg> = {
  readonly from: HandlerReference<Api, OldApi>
  /** What `terminate` of the old one gets, as `why.arg`. */
  readonly leaving?: unknown
  readonly to: Handler<Api, NewApi, Arg>
} & (undefined extends Arg ? { readonly arg?: Arg } : { readonly arg: Arg })

/**
 * Replaces one handler by another, and no event comes between (gen_event:swap_handler). What `terminate` of the old one
 * returns is `context.predecessor.left` in `init` of the new one. Without an old one the new one is installed all the same.
 * An owner of the old one owns the new one.
 *
 * Rejects as {@link addHandler}; the old one is gone then.
 */
export function swapHandler<Api, OldApi, NewApi, Arg>(
  from: Caller,
  to: Target<Api>,
  swap: Swap<Api, OldApi, NewApi, Arg>,
  options?: RequestOptions,
): Promise<void> {
  return heardBy(from, exchange(from, to, swap, null, options))
}

/** The same, and `self` owns the new one (gen_event:swap_sup_handler). */
export function swapSupHandler<Api, OldApi, NewApi, Arg>(
  self: AnyProcess,
  to: Target<Api>,
  swap: Swap<Api, OldApi, NewApi, Arg>,
  options?: RequestOptions,
): Promise<void> {
  return heardBy(self, exchange(self, to, swap, self.pid, options))
}

/** The ids of all handlers, in the order in which they are told of events: the newest first (gen_event:which_handlers). */
export function whichHandlers<Api>(from: Caller, to: Target<Api>, options?: RequestOptions): Promise<HandlerId[]> {
  return heardBy(from, ask(from, to, { events: 'which' }, options) as Promise<HandlerId[]>)
}

async function install<Api>(
  from: Caller,
  to: Target<Api>,
  handler: AnyHandler,
  arg: unknown,
  owner: AnyPid | null,
  options: RequestOptions | undefined,
): Promise<void> {
  await checkIn(from, to, handler, arg, (installation) =>
    ask(from, to, { events: 'add', install: installation, owner }, options),
  )
}

async function exchange<Api, OldApi, NewApi, Arg>(
  from: Caller,
  to: Target<Api>,
  swap: Swap<Api, OldApi, NewApi, Arg>,
  owner: AnyPid | null,
  options: RequestOptions | undefined,
): Promise<void> {
  const { leaving } = swap
  await checkIn(from, to, swap.to, swap.arg, (installation) =>
    ask(from, to, { events: 'swap', handler: idOf(swap.from), leaving, install: installation, owner }, options),
  )
}

/** A handler for a manager of the same node waits at its counter while `use` runs. @throws `events.bad_definition` */
async function checkIn<Api>(
  from: Caller,
  to: Target<Api>,
  handler: AnyHandler,
  arg: unknown,
  use: (installation: Installation) => Promise<unknown>,
): Promise<void> {
  tablesOf(handler)
  const node = nodeOf(from)
  const { module, version } = handler
  const id = idOf(handler)
  if (!isHere(node.name, addressOf(from, to))) return void (await use({ ticket: null, module, version, id, arg }))
  const ticket = luggage.leave(node, { handler, arg })
  try {
    await use({ ticket, module, version, id, arg: undefined })
  } finally {
    luggage.take(node, ticket)
  }
}

function isHere(node: string, address: ProcessAddress): boolean {
  return typeof address === 'string' || address.node === node
}

async function ask<Api>(
  from: Caller,
  to: Target<Api>,
  payload: EventsRequest,
  options: RequestOptions = {},
): Promise<unknown> {
  const { timeoutMs = 'timeoutMs' in to ? to.timeoutMs : 5000 } = options
  const answer = (await from.request(addressOf(from, to), payload, { timeoutMs })) as EventsAnswer
  if ('ok' in answer) return answer.ok
  if ('missing' in answer)
    throw behavioursError('events.no_handler', { handler: describeHandler(answer.missing), id: answer.missing })
  if ('unknownModule' in answer) throw behavioursError('events.unknown_handler', { handler: answer.unknownModule })
  throw failed(payload, answer.failed)
}

function failed(payload: EventsRequest, reason: ExitReason): Error {
  const id = 'install' in payload ? payload.install.id : 'handler' in payload ? payload.handler : ''
  const code = 'install' in payload ? 'events.not_added' : 'events.handler_failed'
  return behavioursError(code, { handler: describeHandler(id), id, why: explain(reason), reason })
}
