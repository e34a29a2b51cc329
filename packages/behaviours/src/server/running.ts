/**
 * A running server: between its messages and the callbacks of a definition (gen_server's loop).
 *
 *     call, cast, message ─► handler ─► step ─┬─► reply, the next state, continue* ─► message …
 *                                             └─► stop, throw, bad return: terminate ─► answer ─► exit
 *
 * The beginning, the end and what the system asks are those of every behaviour: {@link Gen}.
 */
import {
  describeReason,
  Request,
  reply as answerRequest,
  type AnyProcess,
  type ExitReason,
  type Module,
} from '@agner/core'
import { isTraced, refuse } from '@agner/core/kernel'
import { begun, type Beginning, type Begun, type Loop } from '../gen/beginning.ts'
import { Gen } from '../gen/gen.ts'
import { isCall, isCast, type CastEnvelope } from '../protocol/envelope.ts'
import type { ServerPid } from '../protocol/protocol.ts'
import type { AnyContext, Callbacks, Handler } from './callbacks.ts'
import type { ShownStatus } from './definition.ts'
import { callbacksOf } from './callbacks-of.ts'
import { badReturn, noContinue, reportUnhandled, unknownCall, unknownCast } from './misuse.ts'
import {
  describeInit,
  describeStep,
  sameState,
  saysHow,
  Step,
  type Hibernate,
  type Then,
  type WithinLimit,
} from './steps.ts'

type Asked = Request<unknown, unknown>

const timeoutMessage = Object.freeze({ type: 'timeout' })

/** A server that continues lets the others go on after so many. */
const continuesInARow = 500

/** The server itself, its end, or a promise of these; or a step that says how it goes on, here and now. */
type Went = Loop | Step

export class RunningServer extends Gen {
  #callbacks: Callbacks
  readonly #context: AnyContext
  #state: unknown = undefined

  constructor(callbacks: Callbacks, self: AnyProcess, beginning: Beginning) {
    super(self, beginning)
    this.#callbacks = callbacks
    this.#context = { self, pid: self.pid as ServerPid<never> }
  }

  get module(): string {
    return this.#callbacks.module
  }

  get version(): string {
    return this.#callbacks.version
  }

  // — the beginning —

  protected begin(arg: unknown): Begun | Promise<Begun> {
    let made: unknown
    try {
      made = this.callback('init', arg, describeInit, () => this.#callbacks.init(arg, this.#context))
    } catch (error) {
      return this.#threw(error)
    }
    if (!(made instanceof Promise)) return this.#made(made)
    return made.then(
      (value: unknown) => this.#made(value),
      (error: unknown) => this.#threw(error),
    )
  }

  /** Goes on from a state that was made elsewhere (enter_loop). */
  enter(state: unknown, then: Then<unknown> | undefined): Loop {
    this.adopt()
    this.#state = state
    const first = new Step('ok', state, then)
    if (!saysHow(first)) return this.crash(badReturn(this.#callbacks, 'enterLoop', first))
    return then === undefined ? this : this.goOn(first)
  }

  #made(made: unknown): Begun {
    if (!(made instanceof Step)) {
      this.#state = made
      return begun
    }
    if (made.kind === 'ok' && saysHow(made)) {
      this.#state = made.state
      return made.then === undefined ? begun : { kind: 'ok', go: () => this.goOn(made) }
    }
    if (made.kind === 'ignore') return { kind: 'ignore' }
    if (made.kind === 'stop') return { kind: 'stop', reason: made.reason }
    throw badReturn(this.#callbacks, 'init', made)
  }

  #threw(error: unknown): Begun {
    if (error instanceof Step) return this.#made(error)
    throw error
  }

  // — messages —

  protected ordinary(message: unknown): Loop {
    if (message instanceof Request) return this.#asked(message as Asked)
    if (!isCast(message)) return this.plain(message)
    const handler = this.#callbacks.casts.get(message.cast)
    if (handler === undefined) return this.#unknownCast(message)
    return this.#run(handler, message.arg, this.#context, null)
  }

  #asked(request: Asked): Loop {
    const { payload } = request
    const handler = isCall(payload) ? this.#callbacks.calls.get(payload.call) : undefined
    if (handler === undefined) return this.#unknownCall(request)
    const { self, pid } = this.#context
    return this.#run(handler, (payload as { readonly arg: unknown }).arg, { self, pid, from: request }, request)
  }

  #unknownCall(request: Asked): Loop {
    const error = unknownCall(this.#callbacks, request.payload)
    if (!this.#callbacks.refusesUnknown) return this.crash(error)
    refuse(request, error)
    return this
  }

  #unknownCast(message: CastEnvelope): Loop {
    if (!this.#callbacks.refusesUnknown) return this.crash(unknownCast(this.#callbacks, message.cast))
    reportUnhandled(this.#callbacks, this.self, message)
    return this
  }

  plain(message: unknown): Loop {
    const type = typeOf(message)
    const handler = type === null ? undefined : this.#callbacks.info.get(type)
    if (handler !== undefined) return this.#run(handler, message, this.#context, null)
    reportUnhandled(this.#callbacks, this.self, message)
    return this
  }

  protected override takesExits(): boolean {
    return this.#callbacks.info.has('exit')
  }

  #run(handler: Handler, payload: unknown, context: AnyContext, from: Asked | null): Loop {
    const went = this.#call(handler, payload, context, from)
    return went === this ? this : this.goOn(went)
  }

  #call(handler: Handler, payload: unknown, context: AnyContext, from: Asked | null): Went {
    let step: unknown
    try {
      step = isTraced(context.self)
        ? this.callback(handler.name, payload, describeStep, () => handler.run(this.#state, payload, context))
        : handler.run(this.#state, payload, context)
    } catch (error) {
      return this.caught(handler, error, from)
    }
    if (!(step instanceof Promise)) return this.#take(handler, step, from)
    return this.later(
      step,
      (value) => this.goOn(this.#take(handler, value, from)),
      (error) => this.goOn(this.caught(handler, error, from)),
    )
  }

  // — steps —

  /** A callback may throw a step in place of returning it; anything else that it throws is a crash. */
  caught(handler: Handler, error: unknown, from: Asked | null): Went {
    if (this.isDead) return this
    return error instanceof Step ? this.#take(handler, error, from) : this.crash(error)
  }

  #take(handler: Handler, step: unknown, from: Asked | null): Went {
    if (!(step instanceof Step) || !saysHow(step)) return this.crash(badReturn(this.#callbacks, handler.name, step))
    const { kind, state, value, reason } = step
    if (kind === 'ok' || kind === 'ignore' || (from === null && (kind === 'reply' || kind === 'stopAndReply'))) {
      return this.crash(badReturn(this.#callbacks, handler.name, step))
    }
    if (state !== sameState) this.#state = state
    if (kind === 'stop') return this.finishWith(reason)
    if (kind === 'stopAndReply') return this.finishWith(reason, () => answerRequest(from!, value))
    if (kind === 'reply') {
      try {
        answerRequest(from!, value)
        this.debug?.tell({ type: 'out', value, to: from!.from })
      } catch (error) {
        // A value that cannot be sent is the callback's fault: it crashes, and the caller hears of that.
        return this.crash(error)
      }
    }
    return step.then === undefined ? this : step
  }

  /** Continues for as long as the steps say so. */
  goOn(first: Went): Loop {
    let went = first
    for (let left = continuesInARow; went instanceof Step; left--) {
      const step: Step = went
      const then = step.then!
      if (!('continue' in then)) return this.#wait(then)
      const handler = this.#callbacks.continue
      if (handler === null) return this.crash(noContinue(this.#callbacks))
      if (left === 0)
        return this.later(
          this.self.yield(),
          () => this.goOn(step),
          (error) => this.crash(error),
        )
      went = this.#call(handler, then.continue, this.#context, null)
    }
    return went
  }

  #wait(then: WithinLimit | Hibernate): Loop {
    try {
      if ('timeoutMs' in then) this.rest(then.timeoutMs, false)
      else if (then.hibernate) this.hibernate()
      return this
    } catch (error) {
      return this.crash(error)
    }
  }

  protected override timedOut(): Loop {
    return this.plain(timeoutMessage)
  }

  // — sys —

  currentState(): unknown {
    return this.#state
  }

  withState(replace: (state: unknown) => unknown): unknown {
    this.#state = replace(this.#state)
    return this.#state
  }

  status(): Readonly<Record<string, unknown>> {
    return { state: this.#shown({ state: this.#state }).state }
  }

  override '~crashDetails'(reason: ExitReason, lastMessage: unknown): Readonly<Record<string, unknown>> {
    const { state, message } = this.#shown({ state: this.#state, message: lastMessage, reason })
    return { module: this.module, state, lastMessage: message }
  }

  #shown(status: ShownStatus<unknown>): ShownStatus<unknown> {
    const { formatStatus } = this.#callbacks
    if (formatStatus === null) return status
    try {
      return { ...status, ...formatStatus(status) }
    } catch (error) {
      const failed = `formatStatus of ${this.module} threw ${describeReason(error as ExitReason)}`
      return { state: failed, message: failed }
    }
  }

  changeCode(module: Module, oldVersion: string, extra: unknown): void | Promise<void> {
    const callbacks = callbacksOf(module)
    const change = callbacks.codeChange
    const take = (state: unknown): void => {
      this.#callbacks = callbacks
      this.#state = state
    }
    if (change === null) return take(this.#state)
    const state = this.callback('codeChange', extra, describeInit, () =>
      change(oldVersion, this.#state, extra, this.#context),
    )
    return state instanceof Promise ? state.then(take) : take(state)
  }

  // — the end —

  protected ending(reason: ExitReason): unknown {
    const { terminate } = this.#callbacks
    if (terminate === null) return undefined
    return this.callback('terminate', reason, describeStep, () => terminate(reason, this.#state, this.#context))
  }
}

function typeOf(message: unknown): string | null {
  return typeof message === 'object' && message !== null && 'type' in message && typeof message.type === 'string'
    ? message.type
    : null
}
