/**
 * A running event manager: one process, and the handlers in it.
 *
 *     event ─► newest handler ─► next ─► … ─► oldest            each makes its next state
 *                   │
 *                   └─ throws, or returns what it should not: terminate({ error }) ─► report ─► its owner is told;
 *                      the manager and the other handlers go on
 *
 * When the manager ends it unlinks the owners, who are told by messages alone (gen_event of OTP: server_notify, do_unlink).
 */
import { reply, Request, type AnyPid, type AnyProcess, type Exit, type ExitReason, type Module } from '@agner/core'
import { copy, isTraced, toExitReason } from '@agner/core/kernel'
import { begun, type Beginning, type Begun, type Loop } from '../gen/beginning.ts'
import { Gen } from '../gen/gen.ts'
import { describeStep, Step } from '../server/steps.ts'
import { shownOf, tablesOf, type HandlerTables, type RunHandler } from './callbacks.ts'
import type { HandlerEnd, HandlerWithArg, Predecessor } from './definition.ts'
import { check, type Checked } from '../protocol/check.ts'
import { refusePayload } from '../protocol/refusal.ts'
import type { SchemaTables } from '../protocol/schemas.ts'
import { isEvent, isEventsRequest, type EventsAnswer, type EventsRequest, type Installation } from './envelope.ts'
import { find } from './handler-list.ts'
import { describeHandler as describe, type HandlerId } from './handler-protocol.ts'
import { Handlers, type Last } from './handlers.ts'
import type { Installed } from './installed.ts'
import { fetchHandler } from './luggage.ts'
import { badReturn, noEvent, unknownCall, wrongSuccessor } from './misuse.ts'
import { reportUnhandled } from './reports.ts'
import { attempt, inTurn, settle } from './settle.ts'
import { HandlerStep } from './steps.ts'

type May<T> = T | Promise<T>
type Asked = Request<unknown, EventsAnswer>

/** What a manager is of. */
export interface ManagerCode {
  readonly module: string
  readonly version: string
  readonly schemas: SchemaTables | null
}

export class EventManaging extends Gen {
  readonly module: string
  readonly version: string
  readonly #initial: readonly HandlerWithArg<never>[]
  /** Null when its protocol has none. */
  readonly #schemas: SchemaTables | null
  readonly #handlers: Handlers

  constructor(
    { module, version, schemas }: ManagerCode,
    initial: readonly HandlerWithArg<never>[],
    self: AnyProcess,
    beginning: Beginning,
  ) {
    super(self, beginning)
    this.module = module
    this.version = version
    this.#initial = initial
    this.#schemas = schemas
    this.#handlers = new Handlers({
      self,
      module,
      isDead: () => this.isDead,
      call: (name, argument, run) => this.callback(name, argument, describeStep, run),
    })
  }

  protected begin(): May<Begun> {
    return settle(this.#handlers.begin(this.#initial), () => begun)
  }

  protected ordinary(message: unknown): Loop {
    if (isEvent(message)) return this.#told(message.event, null)
    if (message instanceof Request) return this.#asked(message as Asked)
    if (typeOf(message) === 'exit') return this.exit(message as Exit)
    return this.info(message)
  }

  protected ending(): May<void> {
    const { list } = this.#handlers
    return settle(this.#handlers.endAll(list, { type: 'stop' }), () => {
      for (const { owner } of list) if (owner !== null && owner !== this.parent) this.self.unlink(owner)
    })
  }

  // — events and messages —

  /** Anybody may send what is no event: no handler sees it, and who waits for it is told. */
  #told(event: unknown, request: Asked | null): Loop {
    if (typeOf(event) !== null) return this.enter('events', event as { readonly type: string }, request)
    if (request === null) reportUnhandled(this.self, this.module, event)
    else refusePayload(this.self, { module: this.module, name: 'events', issues: noEvent }, request)
    return this
  }

  /** At the door: what its schema refuses, no handler sees. */
  enter(
    table: 'events' | 'info',
    message: { readonly type: string },
    request: Request<unknown, EventsAnswer> | null,
  ): Loop {
    const schema = this.#schemas === null ? undefined : this.#schemas[table].get(message.type)
    if (schema === undefined) return this.tell(table, message, this.#handlers.list, 0, request)
    const go = (said: Checked): Loop => {
      if (said.ok) return this.tell(table, said.value as typeof message, this.#handlers.list, 0, request)
      const refused = { module: this.module, name: `${table}.${message.type}`, issues: said.issues }
      refusePayload(this.self, refused, request ?? undefined)
      return this
    }
    const checked = check(schema, message)
    return checked instanceof Promise ? this.later(checked, go, (error) => this.crash(error)) : go(checked)
  }

  /** One after the other. A handler changes the list in its own place only, so the list as it was is gone through. */
  tell(
    table: 'events' | 'info',
    message: { readonly type: string },
    handlers: readonly Installed[],
    from: number,
    request: Request<unknown, EventsAnswer> | null,
  ): Loop {
    for (let index = from; index < handlers.length; index++) {
      const handler = handlers[index]!
      const { tables } = handler
      const run = tables[table].get(message.type) ?? (table === 'events' ? tables.event : undefined)
      if (run == null) continue
      const pending = this.#handle(handler, table, run, message)
      if (pending !== null)
        return this.later(
          pending,
          () => this.tell(table, message, handlers, index + 1, request),
          (error) => this.crash(error),
        )
    }
    if (request !== null) reply(request, { ok: undefined })
    return this
  }

  /** @returns null when it is done. */
  #handle(
    handler: Installed,
    table: 'events' | 'info',
    run: RunHandler,
    message: { readonly type: string },
  ): Promise<void> | null {
    let step: unknown
    try {
      step = isTraced(this.self)
        ? this.callback(nameOf(handler, table, message.type), message, describeStep, () =>
            run(handler.state, message, handler.context),
          )
        : run(handler.state, message, handler.context)
    } catch (error) {
      return this.#thrown(handler, error, { callback: `${table}.${message.type}`, payload: message })
    }
    // The usual one, and nothing to do but to keep the state.
    if (step instanceof Step && step.kind === 'noreply' && step.then === undefined) {
      handler.state = step.state
      return null
    }
    const last = { callback: `${table}.${message.type}`, payload: message }
    if (!(step instanceof Promise)) return this.#take(handler, step, last)
    return step.then(
      (value: unknown) => this.#take(handler, value, last) ?? undefined,
      (error: unknown) => this.#thrown(handler, error, last) ?? undefined,
    )
  }

  /** A callback may throw a step in place of returning it. */
  #thrown(handler: Installed, error: unknown, last: Last): Promise<void> | null {
    if (error instanceof Step || error instanceof HandlerStep) return this.#take(handler, error, last)
    return pendingOf(this.#handlers.crashed(handler, error, last))
  }

  #take(handler: Installed, step: unknown, last: Last): Promise<void> | null {
    if (this.isDead) return null
    if (step instanceof Step && step.kind === 'noreply' && this.goesOn(handler, step)) return null
    if (step instanceof HandlerStep && !step.answers) {
      const wrong = wrongSuccessor(step)
      return pendingOf(
        wrong === null ? this.#handlers.goes(handler, step) : this.#handlers.crashed(handler, wrong.error, last),
      )
    }
    return pendingOf(this.#handlers.crashed(handler, badReturn(handler, last, step), last))
  }

  /** False if it says to go on as no handler can. One handler is enough to put the manager to sleep. */
  goesOn(handler: Installed, { state, then }: Step): boolean {
    if (then !== undefined && (typeof then !== 'object' || then === null || !('hibernate' in then))) return false
    handler.state = state
    if (then !== undefined) this.hibernate()
    return true
  }

  /** Nothing else goes to the handlers of one whose owner is gone but the end; the others hear of it as of any exit. */
  exit(exit: Exit): Loop {
    const { from, reason } = exit
    const owned = this.#handlers.list.filter(({ owner }) => owner !== null && owner === from)
    const why: HandlerEnd = { type: 'ownerExit', owner: from as AnyPid, reason }
    return this.later(
      this.#handlers.endAll(owned, why),
      () => this.tell('info', exit, this.#handlers.list, 0, null),
      (error) => this.crash(error),
    )
  }

  info(message: unknown): Loop {
    const type = typeOf(message)
    if (type !== null && this.#handlers.list.some(({ tables }) => tables.info.has(type)))
      return this.enter('info', message as { readonly type: string }, null)
    reportUnhandled(this.self, this.module, message)
    return this
  }

  // — requests —

  #asked(request: Asked): Loop {
    const { payload } = request
    // Of another version, say.
    if (!isEventsRequest(payload)) return this.info(payload)
    switch (payload.events) {
      case 'notify':
        return this.#told(payload.event, request)
      case 'which':
        return this.#answer(request, { ok: this.#handlers.list.map(({ id }) => id) })
      case 'call':
        return this.#answer(request, this.call(payload))
      case 'add':
        return this.#answer(request, this.add(payload.install, payload.owner, null))
      case 'delete':
        return this.#answer(request, this.delete(payload.handler, payload.arg))
      case 'swap':
        return this.#answer(request, this.swap(payload))
    }
  }

  #answer(request: Asked, answer: May<EventsAnswer>): Loop {
    return this.later(
      answer,
      (value) => {
        try {
          reply(request, value)
        } catch (error) {
          // What terminate returned cannot be sent: who asked hears of that.
          reply(request, { failed: error as ExitReason })
        }
        return this
      },
      (error) => this.crash(error),
    )
  }

  call({ handler: id, call, arg }: Extract<EventsRequest, { events: 'call' }>): May<EventsAnswer> {
    const handler = find(this.#handlers.list, id)
    if (handler === undefined) return { missing: id }
    const last = { callback: `calls.${call}`, payload: { call, arg } }
    const failed = (error: unknown): May<EventsAnswer> =>
      settle(this.#handlers.crashed(handler, error, last), () => ({ failed: toExitReason(error) }))
    const take = (step: unknown): May<EventsAnswer> => {
      if (!isAnswer(step)) return failed(badReturn(handler, last, step))
      // Before anything else comes of the step: a value that cannot be sent is the handler's fault.
      let value: unknown
      try {
        value = copy(step.value)
      } catch (error) {
        return failed(error)
      }
      if (step instanceof Step)
        return this.goesOn(handler, step) ? { ok: value } : failed(badReturn(handler, last, step))
      const wrong = wrongSuccessor(step)
      if (wrong !== null) return failed(wrong.error)
      return settle(this.#handlers.goes(handler, step), () => ({ ok: value }))
    }
    const run = handler.tables.calls.get(call)
    if (run === undefined) return failed(unknownCall(handler, call))
    return attempt(
      () =>
        this.callback(nameOf(handler, 'calls', call), arg, describeStep, () =>
          run(handler.state, arg, handler.context),
        ),
      take,
      (error) => (error instanceof Step || error instanceof HandlerStep ? take(error) : failed(error)),
    )
  }

  add(install: Installation, owner: AnyPid | null, predecessor: Predecessor | null): May<EventsAnswer> {
    const found = fetchHandler(this.self.node, install)
    if (found === null) return { unknownModule: install.module }
    return settle(this.#handlers.install(found.handler, install.id, found.arg, owner, predecessor), (failure) =>
      failure === null ? { ok: undefined } : { failed: failure.reason },
    )
  }

  delete(id: HandlerId, arg: unknown): May<EventsAnswer> {
    const handler = find(this.#handlers.list, id)
    if (handler === undefined) return { missing: id }
    return settle(this.#handlers.end(handler, { type: 'delete', arg }, 'normal'), (left) => ({ ok: left }))
  }

  swap({ handler: id, leaving, install, owner }: Extract<EventsRequest, { events: 'swap' }>): May<EventsAnswer> {
    const old = find(this.#handlers.list, id)
    if (old === undefined) return this.add(install, owner, { handler: id, found: false })
    const next = owner ?? old.owner
    const why: HandlerEnd = { type: 'swap', arg: leaving, successor: install.id }
    const told = { swapped: { handler: install.id, owner: next } }
    return settle(this.#handlers.end(old, why, told), (left) =>
      this.add(install, next, { handler: id, found: true, left }),
    )
  }

  // — sys —

  currentState(): HandlerState[] {
    return this.#handlers.list.map(({ id, state }) => ({ handler: id, state }))
  }

  /** `replace` is called for each handler; where it throws, or names another handler, that one keeps its state. */
  withState(replace: (state: unknown) => unknown): unknown {
    for (const handler of this.#handlers.list) {
      try {
        const given = replace({ handler: handler.id, state: handler.state }) as HandlerState
        if (typeof given === 'object' && given !== null && 'state' in given) handler.state = given.state
      } catch {
        // It stays as it was.
      }
    }
    return this.currentState()
  }

  status(): Readonly<Record<string, unknown>> {
    const shown = ({ id, tables, state, owner }: Installed) => ({
      handler: id,
      state: shownOf(tables, { state }).state,
      owner,
    })
    return { handlers: this.#handlers.list.map(shown) }
  }

  /** Each handler goes on with the version of its module that was registered last; all of them, or none. */
  changeCode(_module: Module, _oldVersion: string, extra: unknown): May<void> {
    const { list } = this.#handlers
    const modules = this.self.node.modules()
    const changed: (() => void)[] = []
    const change = (handler: Installed): May<void> => {
      const tables = newestOf(modules, handler.tables)
      const made =
        tables === handler.tables || tables.codeChange === null
          ? handler.state
          : tables.codeChange(handler.tables.version, handler.state, extra, handler.context)
      return settle(made, (state) => {
        changed.push(() => {
          handler.tables = tables
          handler.state = state
        })
      })
    }
    return settle(inTurn(list, change), () => changed.forEach((make) => make()))
  }
}

function newestOf(modules: readonly Module[], tables: HandlerTables): HandlerTables {
  const found = modules.findLast(({ module }) => module === tables.name)
  return found === undefined ? tables : tablesOf(found)
}

/** What sys shows of a handler. */
export interface HandlerState {
  readonly handler: HandlerId
  readonly state: unknown
}

function nameOf({ id }: Installed, table: 'events' | 'info' | 'calls', entry: string): string {
  return `${describe(id)} ${table}.${entry}`
}

function isAnswer(step: unknown): step is Step | HandlerStep {
  return step instanceof HandlerStep ? step.answers : step instanceof Step && step.kind === 'reply'
}

function pendingOf(done: May<void>): Promise<void> | null {
  return done instanceof Promise ? done : null
}

function typeOf(message: unknown): string | null {
  if (typeof message !== 'object' || message === null) return null
  const { type } = message as { readonly type?: unknown }
  return typeof type === 'string' ? type : null
}
