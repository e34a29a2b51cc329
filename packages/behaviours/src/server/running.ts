/**
 * A running server: the loop between a process's messages and the callbacks of a definition.
 *
 *     start request ─► init ─► answer "started" ─► continue* ─► message ─► callback ─► step ─► continue* ─► message …
 *                        │                                                      │
 *                        └─ failed: unlink the parent, then exit                └─ stop, throw, bad return: terminate ─► answer ─► exit
 *
 * The order is the point. The starter is released before `continue` runs, and `continue` before any message. A server that fails
 * in init takes back the link to its starter before it exits, so that the failure is told once, by the answer. At a stop `terminate` runs to its end, then the caller
 * is answered, then links and monitors hear of it (gen_server of OTP, init_it, loop, terminate).
 *
 * While a callback's promise is pending the kernel lets messages wait and signals act, so there is nothing to do about either here.
 */
import { AgnerError, reply as answerRequest, describeReason, Request, type AnyPid, type Exit, type ExitReason, type Process } from '@agner/core'
import { behavioursError } from '../errors.ts'
import { isCall, isCast, isSystem, type StartAnswer, type SystemEnvelope } from '../protocol/envelope.ts'
import type { ServerPid } from '../protocol/protocol.ts'
import { sameState, Step } from './steps.ts'

/** A definition whose types are forgotten: they were checked where it was written. */
export interface AnyDefinition {
  readonly module: string
  readonly trapExits: boolean
  readonly init: (arg: unknown, context: AnyContext) => unknown
  readonly continue: ((state: unknown, key: unknown, context: AnyContext) => unknown) | undefined
  readonly calls: ReadonlyMap<string, AnyHandler>
  readonly casts: ReadonlyMap<string, AnyHandler>
  readonly info: ReadonlyMap<string, AnyHandler>
  readonly terminate: ((reason: ExitReason, state: unknown, context: AnyContext) => unknown) | undefined
}

export type AnyHandler = (state: unknown, payload: unknown, context: AnyContext) => unknown

export interface AnyContext {
  readonly self: Process<never>
  readonly pid: ServerPid<never>
  readonly from?: Request<unknown, unknown>
}

/** Who started it; null is code outside any process. */
export type Parent = AnyPid | null

export class Running {
  readonly #definition: AnyDefinition
  readonly #context: AnyContext
  readonly #parent: Parent
  #arg: unknown
  #begun = false
  #state: unknown = undefined

  constructor(definition: AnyDefinition, self: Process<never>, parent: Parent, arg: unknown) {
    this.#definition = definition
    this.#context = { self, pid: self.pid as ServerPid<never> }
    this.#parent = parent
    this.#arg = arg
    if (definition.trapExits) self.trapExits(true)
  }

  message(message: unknown): Running | Promise<Running> {
    if (isSystem(message)) return this.#system(message)
    if (!this.#begun) return this.#early(message)
    if (message instanceof Request) return this.#call(message as Request<unknown, unknown>)
    if (isCast(message)) {
      const handler = this.#definition.casts.get(message.cast)
      if (handler === undefined) return this.#crash(this.#unknown('server.unknown_cast', message.cast, this.#definition.casts))
      return this.#handle('casts', message.cast, handler, message.arg, this.#context, null)
    }
    return this.#info(message)
  }

  // — starting —

  /** Runs init. Who waits for it is answered as soon as it has succeeded. */
  start(request: Request<SystemEnvelope, StartAnswer> | null): Running | Promise<Running> {
    if (this.#begun) return this
    this.#begun = true
    const arg = this.#arg
    this.#arg = undefined
    let made: unknown
    try {
      made = this.#definition.init(arg, this.#context)
    } catch (error) {
      return this.#started(request, thrownStep(error, (reason) => this.#refuse(reason)))
    }
    if (!(made instanceof Promise)) return this.#started(request, made)
    return made.then(
      (value: unknown) => this.#started(request, value),
      (error: unknown) => this.#started(request, thrownStep(error, (reason) => this.#refuse(reason))),
    )
  }

  /** Before init only the end of the starter matters: who else could know this process? */
  #early(message: unknown): Running {
    if (typeof message === 'object' && message !== null && 'type' in message && message.type === 'exit') this.#context.self.exit((message as Exit).reason)
    return this
  }

  #started(request: Request<SystemEnvelope, StartAnswer> | null, made: unknown): Running | Promise<Running> {
    if (this.#dead) return this
    const { self } = this.#context
    if (!(made instanceof Step)) {
      this.#state = made
      if (request !== null) answerRequest(request, 'started')
      return this
    }
    if (made.kind === 'ok') {
      this.#state = made.state
      if (request !== null) answerRequest(request, 'started')
      return this.#continue(made)
    }
    this.#unlinkParent()
    if (made.kind === 'stop') return self.exit(made.reason)
    if (made.kind !== 'ignore') throw this.#badReturn('init', made)
    if (request !== null) answerRequest(request, 'ignored')
    return self.exit('normal')
  }

  #refuse(reason: unknown): never {
    if (!this.#dead) this.#unlinkParent()
    throw reason
  }

  #unlinkParent(): void {
    if (this.#parent !== null) this.#context.self.unlink(this.#parent)
  }

  // — messages —

  #system(request: Request<SystemEnvelope, StartAnswer>): Running | Promise<Running> {
    const { payload } = request
    if (payload.system === 'start') return this.start(request)
    return this.#begun ? this.#terminate(payload.reason, payload.reason, null) : this
  }

  #call(request: Request<unknown, unknown>): Running | Promise<Running> {
    const { payload } = request
    const name = isCall(payload) ? payload.call : null
    const handler = name === null ? undefined : this.#definition.calls.get(name)
    if (handler === undefined) return this.#crash(this.#unknown('server.unknown_call', name, this.#definition.calls))
    const { self, pid } = this.#context
    return this.#handle('calls', name!, handler, (payload as { readonly arg: unknown }).arg, { self, pid, from: request }, request)
  }

  #info(message: unknown): Running | Promise<Running> {
    const type = typeof message === 'object' && message !== null && 'type' in message && typeof message.type === 'string' ? message.type : null
    const handler = type === null ? undefined : this.#definition.info.get(type)
    if (type === 'exit' && this.#endsWith(message as Exit, handler)) return this.#terminate((message as Exit).reason, (message as Exit).reason, null)
    if (handler !== undefined) return this.#handle('info', type!, handler, message, this.#context, null)
    this.#report('warning', `${this.#definition.module} ${String(this.#context.pid)} got a message that it has no handler for, and dropped it`, { message })
    return this
  }

  /** The parent's exit is never the callbacks' affair; nor is one that the node itself sends, when it stops, unless they ask for exits. */
  #endsWith({ from }: Exit, handler: AnyHandler | undefined): boolean {
    return from === this.#parent || (from === null && handler === undefined)
  }

  #handle(table: string, name: string, handler: AnyHandler, payload: unknown, context: AnyContext, from: Request<unknown, unknown> | null): Running | Promise<Running> {
    let step: unknown
    try {
      step = handler(this.#state, payload, context)
    } catch (error) {
      return this.#caught(`${table}.${name}`, error, from)
    }
    if (!(step instanceof Promise)) return this.#take(`${table}.${name}`, step, from)
    return step.then(
      (value: unknown) => (this.#dead ? this : this.#take(`${table}.${name}`, value, from)),
      (error: unknown) => this.#caught(`${table}.${name}`, error, from),
    )
  }

  // — steps —

  /** A promise may settle, or code go on, after the process was ended: it must not act as it any more. */
  get #dead(): boolean {
    const { self } = this.#context
    return !self.isAlive(self.pid)
  }

  /** A callback may throw a step in place of returning it; anything else that it throws is a crash. */
  #caught(callback: string, error: unknown, from: Request<unknown, unknown> | null): Running | Promise<Running> {
    if (this.#dead) return this
    return error instanceof Step ? this.#take(callback, error, from) : this.#crash(error)
  }

  #take(callback: string, step: unknown, from: Request<unknown, unknown> | null): Running | Promise<Running> {
    if (!(step instanceof Step)) return this.#crash(this.#badReturn(callback, step))
    if (step.kind === 'noreply') {
      this.#state = step.state
    } else if (step.kind === 'reply' && from !== null) {
      this.#state = step.state
      const refused = this.#answer(from, step.value)
      if (refused !== null) return this.#crash(refused.error)
    } else if (step.kind === 'stop') {
      if (step.state !== sameState) this.#state = step.state
      return this.#terminate(step.reason, step.reason, null)
    } else if (step.kind === 'stopAndReply' && from !== null) {
      if (step.state !== sameState) this.#state = step.state
      const { value } = step
      return this.#terminate(step.reason, step.reason, () => answerRequest(from, value))
    } else return this.#crash(this.#badReturn(callback, step))
    return step.then === undefined ? this : this.#continue(step)
  }

  /** A value that cannot be sent is the callback's fault: it crashes, and the caller hears of that. */
  #answer(from: Request<unknown, unknown>, value: unknown): { readonly error: unknown } | null {
    try {
      answerRequest(from, value)
      return null
    } catch (error) {
      return { error }
    }
  }

  #continue(step: Step): Running | Promise<Running> {
    const handler = this.#definition.continue
    if (handler === undefined) return this.#crash(behavioursError('server.bad_definition', { module: this.#definition.module, problem: 'a step says { continue }, but there is no continue callback' }))
    return this.#handle('continue', 'callback', handler, step.then!.continue, this.#context, null)
  }

  // — the end —

  #crash(error: unknown): Running | Promise<Running> {
    return this.#terminate(error as ExitReason, error, null)
  }

  /** @param thrown what ends the process: thrown, so that a crash is reported with the original error. */
  #terminate(reason: unknown, thrown: unknown, last: (() => void) | null): Promise<Running> | Running {
    const { terminate } = this.#definition
    if (terminate === undefined) return end(thrown, last)
    const done: unknown = terminate(reason as ExitReason, this.#state, this.#context)
    return done instanceof Promise ? done.then(() => end(thrown, last)) : end(thrown, last)
  }

  #unknown(code: 'server.unknown_call' | 'server.unknown_cast', name: string | null, table: ReadonlyMap<string, unknown>): AgnerError {
    const known = [...table.keys()].join(', ')
    return behavioursError(code, { module: this.#definition.module, name: name === null ? '(a request that is no call)' : `"${name}"`, known: known === '' ? 'none' : known })
  }

  #badReturn(callback: string, value: unknown): AgnerError {
    const what = value instanceof Step ? `the step ${value.kind}, which has no place there` : value === undefined ? 'nothing' : `${typeof value} ${describeReason(value as ExitReason)}`.slice(0, 200)
    return behavioursError('server.bad_return', { module: this.#definition.module, callback, value: what })
  }

  #report(level: 'warning', text: string, details: Readonly<Record<string, unknown>>): void {
    this.#context.self.node.report({ type: 'notice', level, source: 'server', text, details: { pid: this.#context.pid, module: this.#definition.module, ...details } })
  }
}

function thrownStep(error: unknown, otherwise: (error: unknown) => never): Step {
  return error instanceof Step ? error : otherwise(error)
}

function end(thrown: unknown, last: (() => void) | null): never {
  last?.()
  throw thrown
}
