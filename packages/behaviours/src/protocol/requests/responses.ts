/**
 * What comes of requests (gen_server:wait_response, receive_response, check_response).
 *
 *     waitResponse      until it comes or the time is up; then it may be waited for again
 *     receiveResponse   the same, but when the time is up the request is given up: no late answer is ever seen
 *     checkResponse     is this message the response to it?
 *     abandonRequest    it is given up now, without waiting
 *
 * The first three take a request, or a collection of which any may be answered; then the label comes with the response.
 * Dead servers, lost nodes and absent names are responses of type `error`.
 */
import { timedOut, type AgnerError, type AnyProcess, type Ref } from '@agner/core'
import { awaitResponse, giveUp, type Inquiry } from '@agner/core/kernel'
import { heardBy } from '../heard.ts'
import { RequestIds } from './collection.ts'
import { RequestId } from './request-id.ts'

export type CallResponse<R> =
  | { readonly type: 'reply'; readonly value: R }
  /** What the call would have been rejected with: `call.no_process`, `call.exited`, … */
  | { readonly type: 'error'; readonly error: AgnerError }

/** A response to one of a collection. */
export type LabelledResponse<R, Label> = CallResponse<R> & { readonly label: Label; readonly request: RequestId<R> }

export interface WaitOptions {
  /** Milliseconds to wait; 0 looks at what has come. Default Infinity. */
  readonly timeoutMs?: number
  /** An instant of `node.monotonicTimeMs()` to wait until, in place of `timeoutMs`: one deadline for several waits. */
  readonly untilMs?: number
}

export interface CollectionOptions {
  /** Whether a request that has its response is taken out of the collection. Default true. */
  readonly delete?: boolean
}

export type Waited<T> = Promise<T | typeof timedOut>

/**
 * Waits for a response. When the time is up the result is `timedOut`, and nothing has changed: it can be waited for
 * again. Of an empty collection the result is null.
 *
 * Rejects with `request.over` if it was given up, or had its response already; `request.foreign` if another process sent
 * it; `call.bad_timeout`.
 */
export function waitResponse<R>(self: AnyProcess, request: RequestId<R>, options?: WaitOptions): Waited<CallResponse<R>>
export function waitResponse<R, Label>(
  self: AnyProcess,
  requests: RequestIds<R, Label>,
  options?: WaitOptions & CollectionOptions,
): Waited<LabelledResponse<R, Label> | null>
export function waitResponse<R, Label>(
  self: AnyProcess,
  what: RequestId<R> | RequestIds<R, Label>,
  options: WaitOptions & CollectionOptions = {},
): Waited<CallResponse<R> | LabelledResponse<R, Label> | null> {
  return heardBy(self, wait(self, what, options, false))
}

/**
 * Waits for a response, and when the time is up gives the request up, or all those of the collection, which is empty
 * then: their answers are dropped whenever they come.
 *
 * Rejects as `waitResponse`.
 */
export function receiveResponse<R>(
  self: AnyProcess,
  request: RequestId<R>,
  options?: WaitOptions,
): Waited<CallResponse<R>>
export function receiveResponse<R, Label>(
  self: AnyProcess,
  requests: RequestIds<R, Label>,
  options?: WaitOptions & CollectionOptions,
): Waited<LabelledResponse<R, Label> | null>
export function receiveResponse<R, Label>(
  self: AnyProcess,
  what: RequestId<R> | RequestIds<R, Label>,
  options: WaitOptions & CollectionOptions = {},
): Waited<CallResponse<R> | LabelledResponse<R, Label> | null> {
  return heardBy(self, wait(self, what, options, true))
}

/**
 * The response that a message is; null if it is none to this request, or to any of these. For a body that receives, and
 * for the `info` handler of a server: `response: (state, message) => …`.
 */
export function checkResponse<R>(message: unknown, request: RequestId<R>): CallResponse<R> | null
export function checkResponse<R, Label>(
  message: unknown,
  requests: RequestIds<R, Label>,
  options?: CollectionOptions,
): LabelledResponse<R, Label> | null
export function checkResponse<R, Label>(
  message: unknown,
  what: RequestId<R> | RequestIds<R, Label>,
  options: CollectionOptions = {},
): CallResponse<R> | LabelledResponse<R, Label> | null {
  const ref = refOf(message)
  if (ref === null) return null
  if (what instanceof RequestId) return ref === what.ref ? responseOf<R>(what.inquiry) : null
  const inquiry = what.inquiries.find(ref)
  return inquiry === undefined ? null : labelled(what, inquiry, options)
}

/**
 * Gives a request up: no answer to it is ever seen after this, and one that is in the mailbox is taken out. The server goes
 * on with it, and its answer reaches nobody. For a server that asks, and has a deadline of its own.
 *
 * @returns false if that changes nothing: the response was had, or it was given up before; another process sent it; a wait for it is under way.
 */
export function abandonRequest(self: AnyProcess, { inquiry }: RequestId<unknown>): boolean {
  if (inquiry.hasWait) return false
  const wasDue = inquiry.isDue
  return giveUp(self, inquiry) !== null || (wasDue && !inquiry.isDue)
}

async function wait<R, Label>(
  self: AnyProcess,
  what: RequestId<R> | RequestIds<R, Label>,
  options: WaitOptions & CollectionOptions,
  givesUp: boolean,
): Waited<CallResponse<R> | LabelledResponse<R, Label> | null> {
  const { timeoutMs = Infinity, untilMs } = options
  const leftMs = untilMs === undefined ? timeoutMs : Math.max(0, untilMs - self.node.monotonicTimeMs())
  if (what instanceof RequestIds && what.size === 0) return null
  const inquiries = what instanceof RequestId ? what.inquiry : what.inquiries
  let come = await awaitResponse(self, inquiries, leftMs)
  // What has come since the time was up wins.
  if (come === timedOut && givesUp) come = await awaitResponse(self, inquiries, 0)
  if (come !== timedOut) return what instanceof RequestId ? responseOf<R>(come) : labelled(what, come, options)
  if (!givesUp) return timedOut
  for (const inquiry of what instanceof RequestId ? [what.inquiry] : what.inquiries.values()) giveUp(self, inquiry)
  if (what instanceof RequestIds) what.clear()
  return timedOut
}

function responseOf<R>(inquiry: Inquiry): CallResponse<R> {
  return inquiry.response as CallResponse<R>
}

function labelled<R, Label>(
  requests: RequestIds<R, Label>,
  inquiry: Inquiry,
  options: CollectionOptions,
): LabelledResponse<R, Label> {
  const { request, label } = requests.labelOf(inquiry.ref)!
  if (options.delete !== false) requests.delete(request)
  return { ...responseOf<R>(inquiry), label, request }
}

function refOf(message: unknown): Ref | null {
  const isResponse = typeof message === 'object' && message !== null && 'type' in message && message.type === 'response'
  return isResponse && 'ref' in message ? (message.ref as Ref) : null
}
