/**
 * A running server: the loop between a process's messages and the callbacks of a definition.
 *
 *     start request ─► name ─► init ─► answer "started" ─► continue* ─┐
 *                               │                                     │
 *                               └─ failed: unlink the parent, exit    │
 *     ┌───────────────────────────────────────────────────────────────┘
 *     └─► message ─► callback ─► step ─► continue* ─► message …
 *                                 │
 *                                 └─ stop, throw, bad return: terminate ─► answer ─► exit
 *
 * The order is the point. The starter is released before `continue` runs, and `continue` before any message. A server
 * that fails in init takes back the link to its starter before it exits, so that the failure is told once, by the
 * answer. At a stop, `terminate` runs to its end, then the caller is answered, then links and monitors hear of it
 * (gen_server of OTP: init_it, loop, terminate).
 *
 * A crash leaves by `throw`, so that the kernel reports the original error. While a callback's promise is pending the
 * kernel lets messages wait and signals act, so there is nothing to do about either here.
 */
import { Request, reply as answerRequest, type AnyPid, type AnyProcess, type Exit, type ExitReason } from '@agner/core'
import { isTraced, traceCall, type TracedCall } from '@agner/core/kernel'
import { isCall, isCast, isSystem, type StartAnswer, type SystemEnvelope } from '../protocol/envelope.ts'
import type { ServerPid } from '../protocol/protocol.ts'
import type { AnyContext, Callbacks, Handler } from './callbacks.ts'
import { badReturn, noContinue, reportUnhandled, unknownCall, unknownCast } from './misuse.ts'
import { describeInit, describeStep, sameState, Step } from './steps.ts'

/** Who started it; null is code outside any process. */
export type Parent = AnyPid | null

/** How a process of a server begins. */
export interface Beginning {
  readonly parent: Parent
  readonly arg: unknown
  /** Registered at the start request; a start on the same node has registered it by then. */
  readonly name: string | null
}

type Asked = Request<unknown, unknown>
type Loop = Running | Promise<Running>
type Describe = NonNullable<TracedCall['describe']>

export class Running {
  readonly #callbacks: Callbacks
  readonly #context: AnyContext
  readonly #parent: Parent
  /** Null once init has begun. */
  #beginning: Beginning | null
  #state: unknown = undefined

  constructor(callbacks: Callbacks, self: AnyProcess, beginning: Beginning) {
    this.#callbacks = callbacks
    this.#context = { self, pid: self.pid as ServerPid<never> }
    this.#parent = beginning.parent
    this.#beginning = beginning
    if (callbacks.trapExits) self.trapExits(true)
  }

  message(message: unknown): Loop {
    if (message instanceof Request) return this.#asked(message as Asked)
    if (this.#beginning !== null) return this.#early(message)
    if (!isCast(message)) return this.#info(message)
    const { casts } = this.#callbacks
    const handler = casts.get(message.cast)
    if (handler === undefined) return this.#crash(unknownCast(this.#callbacks, message.cast))
    return this.#run(handler, message.arg, this.#context, null)
  }

  // — starting —

  /** Runs init; who waits for it is answered as soon as it has succeeded. */
  start(request: Request<unknown, StartAnswer> | null): Loop {
    if (this.#beginning === null) return this
    const { arg, name } = this.#beginning
    this.#beginning = null
    let made: unknown
    try {
      if (name !== null) this.#context.self.register(name)
      made = this.#call('init', arg, () => this.#callbacks.init(arg, this.#context), describeInit)
    } catch (error) {
      return this.#failed(request, error)
    }
    if (!(made instanceof Promise)) return this.#started(request, made)
    return made.then(
      (value: unknown) => this.#started(request, value),
      (error: unknown) => this.#failed(request, error),
    )
  }

  #started(request: Request<unknown, StartAnswer> | null, made: unknown): Loop {
    if (this.#dead) return this
    const step = made instanceof Step ? made : null
    if (step === null || step.kind === 'ok') {
      this.#state = step === null ? made : step.state
      if (request !== null) answerRequest(request, 'started')
      return step === null ? this : this.#continue(step)
    }
    this.#unlinkParent()
    if (step.kind === 'stop') return this.#context.self.exit(step.reason)
    if (step.kind !== 'ignore') throw badReturn(this.#callbacks, 'init', step)
    if (request !== null) answerRequest(request, 'ignored')
    return this.#context.self.exit('normal')
  }

  #failed(request: Request<unknown, StartAnswer> | null, error: unknown): Loop {
    if (error instanceof Step) return this.#started(request, error)
    if (!this.#dead) this.#unlinkParent()
    throw error
  }

  #unlinkParent(): void {
    if (this.#parent !== null) this.#context.self.unlink(this.#parent)
  }

  /** Before init only the end of the starter matters: who else could know this process? */
  #early(message: unknown): Loop {
    return typeOf(message) === 'exit' ? this.#context.self.exit((message as Exit).reason) : this
  }

  // — messages —

  #asked(request: Asked): Loop {
    const { payload } = request
    if (isSystem(payload)) return this.#system(payload, request as Request<unknown, StartAnswer>)
    if (this.#beginning !== null) return this
    const handler = isCall(payload) ? this.#callbacks.calls.get(payload.call) : undefined
    if (handler === undefined) return this.#crash(unknownCall(this.#callbacks, payload))
    const { self, pid } = this.#context
    return this.#run(handler, (payload as { readonly arg: unknown }).arg, { self, pid, from: request }, request)
  }

  #system(payload: SystemEnvelope, request: Request<unknown, StartAnswer>): Loop {
    if (payload.system === 'start') return this.start(request)
    return this.#beginning === null ? this.#terminate(payload.reason, null) : this
  }

  #info(message: unknown): Loop {
    const type = typeOf(message)
    const handler = type === null ? undefined : this.#callbacks.info.get(type)
    if (type === 'exit' && this.#endsWith(message as Exit, handler))
      return this.#terminate((message as Exit).reason, null)
    if (handler !== undefined) return this.#run(handler, message, this.#context, null)
    reportUnhandled(this.#callbacks, this.#context.self, message)
    return this
  }

  /**
   * The parent's exit is never the callbacks' affair; nor is one that the node sends when it stops, unless they ask for
   * exits.
   */
  #endsWith({ from }: Exit, handler: Handler | undefined): boolean {
    return from === this.#parent || (from === null && handler === undefined)
  }

  #run(handler: Handler, payload: unknown, context: AnyContext, from: Asked | null): Loop {
    let step: unknown
    try {
      step = isTraced(context.self)
        ? this.#call(handler.name, payload, () => handler.run(this.#state, payload, context))
        : handler.run(this.#state, payload, context)
    } catch (error) {
      return this.#caught(handler, error, from)
    }
    if (!(step instanceof Promise)) return this.#take(handler, step, from)
    return step.then(
      (value: unknown) => (this.#dead ? this : this.#take(handler, value, from)),
      (error: unknown) => this.#caught(handler, error, from),
    )
  }

  /** Calls a callback, and tells traces of it. */
  #call(callback: string, argument: unknown, run: () => unknown, describe: Describe = describeStep): unknown {
    const { self } = this.#context
    return isTraced(self)
      ? traceCall(self, { module: this.#callbacks.module, callback, argument, describe }, run)
      : run()
  }

  // — steps —

  /** A promise may settle, or code go on, after the process was ended: nothing may be done in its name any more. */
  get #dead(): boolean {
    const { self } = this.#context
    return !self.isAlive(self.pid)
  }

  /** A callback may throw a step in place of returning it; anything else that it throws is a crash. */
  #caught(handler: Handler, error: unknown, from: Asked | null): Loop {
    if (this.#dead) return this
    return error instanceof Step ? this.#take(handler, error, from) : this.#crash(error)
  }

  #take(handler: Handler, step: unknown, from: Asked | null): Loop {
    if (!(step instanceof Step)) return this.#crash(badReturn(this.#callbacks, handler.name, step))
    const { kind, state, value, reason } = step
    if (kind === 'ok' || kind === 'ignore' || (from === null && (kind === 'reply' || kind === 'stopAndReply'))) {
      return this.#crash(badReturn(this.#callbacks, handler.name, step))
    }
    if (state !== sameState) this.#state = state
    if (kind === 'stop') return this.#terminate(reason, null)
    if (kind === 'stopAndReply') return this.#terminate(reason, () => answerRequest(from!, value))
    if (kind === 'reply') {
      try {
        answerRequest(from!, value)
      } catch (error) {
        // A value that cannot be sent is the callback's fault: it crashes, and the caller hears of that.
        return this.#crash(error)
      }
    }
    return step.then === undefined ? this : this.#continue(step)
  }

  #continue(step: Step): Loop {
    const handler = this.#callbacks.continue
    if (handler === null) return this.#crash(noContinue(this.#callbacks))
    return this.#run(handler, step.then!.continue, this.#context, null)
  }

  // — the end —

  #crash(error: unknown): Loop {
    return this.#terminate(error, null)
  }

  /** @param last what is done between `terminate` and the exit. */
  #terminate(reason: unknown, last: (() => void) | null): Loop {
    const { terminate } = this.#callbacks
    const done: unknown =
      terminate === null
        ? undefined
        : this.#call('terminate', reason, () => terminate(reason as ExitReason, this.#state, this.#context))
    return done instanceof Promise ? done.then(() => leave(reason, last)) : leave(reason, last)
  }
}

function leave(reason: unknown, last: (() => void) | null): never {
  last?.()
  throw reason
}

function typeOf(message: unknown): string | null {
  return typeof message === 'object' && message !== null && 'type' in message && typeof message.type === 'string'
    ? message.type
    : null
}
