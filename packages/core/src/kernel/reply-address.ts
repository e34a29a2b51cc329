/**
 * A request in a message: it goes as an alias, and the first answer that comes through that settles it.
 *
 *     server ── { job, from: request } ──► worker, here or on another node      the request itself stays with the server
 *     worker ── answer through the ref ──► node of the server ── settles the request ──► its caller
 *
 * The ref lives as long as the request does. What comes through it later, or comes twice, goes nowhere.
 */
import type { Ref } from '../identity/ref.ts'
import type { Kernel } from './kernel.ts'
import type { Request } from './request.ts'

/** What the ref of a request holds. */
export class AwaitedReply {
  readonly #request: Request

  constructor(request: Request) {
    this.#request = request
  }

  /** Somebody still waits for it. */
  get isAwaited(): boolean {
    return this.#request.isPending
  }

  /** A message has come through the alias; it was copied already. */
  arrived(message: unknown): void {
    if (isAnswer(message)) this.#request.answered(message.answer)
  }
}

const addresses = new WeakMap<Request, Ref>()

export function addressOf(request: Request, kernel: Kernel): Ref {
  const known = addresses.get(request)
  if (known !== undefined) return known
  const ref = kernel.makeRef(null)
  ref.holds = new AwaitedReply(request)
  addresses.set(request, ref)
  return ref
}

/** What goes through the alias: `undefined` may be an answer, and is no message. It is part of the wire protocol. */
export interface Answer {
  readonly answer: unknown
}

function isAnswer(message: unknown): message is Answer {
  return typeof message === 'object' && message !== null && 'answer' in message
}
