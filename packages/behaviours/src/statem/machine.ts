/**
 * A running state machine: between its messages and the callbacks of a definition (gen_statem's loop).
 *
 *     message ─► event ─► handler ─► step ─► actions ─► enter* ─► transition ─┬─► the next event of the queue
 *                                     │                                       ├─► else a timer that needs no clock
 *                                     └─ stop, throw, bad step: terminate     └─► else the next message
 *
 * What is pure stands elsewhere: which event comes next in {@link EventQueue}, what timers do in {@link TimerTable}, what
 * a step adds up to in {@link Transition}. The beginning, the end and what the system asks are those of every behaviour:
 * {@link Gen}.
 *
 * A machine goes on with its own events before it looks at a message, and enters its state as often as that repeats
 * itself. One that never comes to an end of it lets the others go on now and then.
 */
import type { AnyProcess, ExitReason, Module, Request } from '@agner/core'
import { isTraced } from '@agner/core/kernel'
import type { Beginning, Begun, Loop } from '../gen/beginning.ts'
import { Gen } from '../gen/gen.ts'
import type { Checked } from '../protocol/check.ts'
import type { ServerPid } from '../protocol/protocol.ts'
import { refusePayload } from '../protocol/refusal.ts'
import { sameState as asItWas, Step } from '../server/steps.ts'
import { Act } from './actions.ts'
import { CallbackStack } from './callback-stack.ts'
import { machineCallbacksOf } from './callbacks-of.ts'
import type { EventHandler, MachineCallbacks, MachineContext } from './callbacks.ts'
import { describeMove } from './describe-move.ts'
import { askSchema, nameInPart, withValue, type Asked } from './entering.ts'
import { EventQueue } from './event-queue.ts'
import type { AnyEvent } from './events.ts'
import { contentOf, eventOf, toldOf, wantStateAndData } from './intake.ts'
import { badAction, badEnterMove, badMove, badState, reportUnhandledInfo, unhandledEvent } from './misuse.ts'
import { perform } from './perform.ts'
import { crashDetailsOf, statusOf, type Seen } from './status.ts'
import { Move } from './steps.ts'
import { eventOfTimer } from './timer-message.ts'
import { ProcessClock } from './process-clock.ts'
import { TimerTable } from './timer-table.ts'
import { Transition } from './transition.ts'

/** A machine that makes events for itself, or repeats its state, lets the others go on after so many. */
const eventsInARow = 500

/** The end, or a promise of more; a transition into a state that is entered here and now; null: it goes on with what comes next. */
type Went = Loop | Transition | null

export class Machine extends Gen {
  readonly #modules: CallbackStack
  #context: MachineContext
  #state: unknown = undefined
  #data: unknown = undefined
  readonly #queue = new EventQueue<AnyEvent>()
  readonly #timers: TimerTable

  constructor(callbacks: MachineCallbacks, self: AnyProcess, beginning: Beginning) {
    super(self, beginning)
    this.#modules = new CallbackStack(callbacks)
    this.#timers = new TimerTable(new ProcessClock(self))
    this.#context = { self, pid: self.pid as ServerPid<never>, state: undefined }
  }

  /** Those of the callbacks that it runs now. */
  get module(): string {
    return this.#modules.current.module
  }

  get version(): string {
    return this.#modules.current.version
  }

  // — the beginning —

  protected begin(arg: unknown): Begun | Promise<Begun> {
    let made: unknown
    try {
      made = this.callback('init', arg, describeMove, () => this.#modules.current.init(arg, this.#context))
    } catch (error) {
      return this.#threw(error)
    }
    if (!(made instanceof Promise)) return this.#made(made)
    return made.then(
      (value: unknown) => this.#made(value),
      (error: unknown) => this.#threw(error),
    )
  }

  #made(made: unknown): Begun {
    if (made instanceof Step && made.kind === 'ignore') return { kind: 'ignore' }
    if (made instanceof Step && made.kind === 'stop') return { kind: 'stop', reason: made.reason }
    if (!(made instanceof Move) || made.kind !== 'begin') throw badMove(this.module, 'init', made)
    this.#become(made.state, made.data)
    return { kind: 'ok', go: () => this.#goOn(this.#take(new Transition(null, made.state, made.data), 'init', made)) }
  }

  /** Goes on in a state that was made elsewhere (enter_loop). */
  enter(state: unknown, data: unknown, actions: readonly unknown[]): Loop {
    this.adopt()
    this.#become(state, data)
    const first = new Move('begin', state, data, actions)
    return this.#goOn(this.#take(new Transition(null, state, data), 'init', first))
  }

  #threw(error: unknown): Begun {
    if (error instanceof Move || error instanceof Step) return this.#made(error)
    throw error
  }

  // — events —

  protected ordinary(message: unknown): Loop {
    const event = eventOf(message, this.#timers)
    if (event === null) return this
    const { schemas } = this.#modules.current
    const asked = schemas === null ? null : askSchema(schemas, event)
    if (asked === null) return this.#goOn(this.#handle(event))
    const { checked } = asked
    return checked instanceof Promise
      ? this.later(
          checked,
          (said) => this.#enter(asked, said as Checked),
          (error) => this.crash(error),
        )
      : this.#enter(asked, checked)
  }

  #enter({ event }: Asked, checked: Checked): Loop {
    if (checked.ok) return this.#goOn(this.#handle(withValue(event, checked.value)))
    const refused = { module: this.module, name: nameInPart(event), issues: checked.issues }
    refusePayload(this.self, refused, event.type === 'call' ? (event.from as Request<unknown, unknown>) : undefined)
    return this
  }

  /** Goes on with the state enter call, the events of the queue, then with timers that need no clock. */
  #goOn(first: Went): Loop {
    let went = first
    for (let left = eventsInARow; went === null || went instanceof Transition; left--) {
      const next: Transition | AnyEvent | null = went ?? this.#next()
      if (next === null) return this
      if (left === 0)
        return this.later(
          this.self.yield(),
          () => this.#goOn(this.#do(next)),
          (error) => this.crash(error),
        )
      went = this.#do(next)
    }
    return went
  }

  #do(next: Transition | AnyEvent): Went {
    return next instanceof Transition ? this.#enterState(next) : this.#handle(next)
  }

  #next(): AnyEvent | null {
    const event = this.#queue.take()
    if (event !== null) return event
    const key = this.#timers.takeZero()
    return key === null ? null : eventOfTimer(key, this.#timers.content)
  }

  #handle(event: AnyEvent): Went {
    const handler = this.#modules.current.tableOf(this.#state)?.find(event) ?? null
    const transition = new Transition(event, this.#state, this.#data)
    if (handler === null) return this.#unhandled(transition)
    const { self, pid, state } = this.#context
    const context = event.type === 'call' ? { self, pid, state, from: event.from } : this.#context
    return this.#call(transition, handler, handler.isWhole ? event : contentOf(event), context)
  }

  #unhandled(transition: Transition): Went {
    const event = transition.event!
    if (event.type !== 'info') return this.crash(unhandledEvent(this.#modules.current, this.#state, event))
    reportUnhandledInfo(this.module, this.self, this.status()['state'], event.message)
    return this.#finish(transition)
  }

  /** Calls the handler of an event, or a state enter call, and takes what it gives. */
  #call(transition: Transition, handler: EventHandler, content: unknown, context: MachineContext): Went {
    const { data } = transition
    let given: unknown
    try {
      given = isTraced(this.self)
        ? this.callback(handler.name, content, describeMove, () => handler.run(data, content, context))
        : handler.run(data, content, context)
    } catch (error) {
      return this.#caught(transition, handler.name, error)
    }
    if (!(given instanceof Promise)) return this.#take(transition, handler.name, given)
    return this.later(
      given,
      (value) => this.#goOn(this.#take(transition, handler.name, value)),
      (error) => this.#goOn(this.#caught(transition, handler.name, error)),
    )
  }

  /** A callback may throw a step in place of returning it; anything else is a crash, over what was before the event. */
  #caught(transition: Transition, callback: string, error: unknown): Went {
    if (this.isDead) return this
    return error instanceof Move || error instanceof Step ? this.#take(transition, callback, error) : this.crash(error)
  }

  // — steps —

  #take(transition: Transition, callback: string, given: unknown): Went {
    if (given instanceof Step && given.kind === 'stop') {
      if (given.state !== asItWas) transition.data = given.state
      return this.#stop(transition, given.reason)
    }
    if (!(given instanceof Move)) return this.#fail(transition, badMove(this.module, callback, given))
    const { kind } = given
    if (kind === 'begin' && callback !== 'init') return this.#fail(transition, badMove(this.module, callback, given))
    const way = transition.go(given)
    if (way === 'nowhere') return this.#fail(transition, badEnterMove(this.module, callback, given.state))
    const error = this.#act(transition, callback, given.actions)
    if (error !== null) return this.#fail(transition, error)
    if (kind === 'stop') return this.#stop(transition, given.reason)
    if (kind === 'begin') transition.postpones = false
    return this.#arrive(transition, callback, way === 'enter')
  }

  /** The actions, in order. @returns what is wrong with one of them. */
  #act(transition: Transition, callback: string, actions: readonly unknown[]): Error | null {
    for (const action of actions) {
      const problem = action instanceof Act ? perform(transition, action, this.#modules, this.self) : 'it is none'
      if (problem !== null)
        return problem instanceof Error ? problem : badAction(this.module, callback, action, problem)
    }
    return null
  }

  /** The transition is whole, or its state has an enter call to be made first. */
  #arrive(transition: Transition, callback: string, enters: boolean): Went {
    const { state } = transition
    const table = this.#modules.current.tableOf(state)
    if (table === undefined) return this.#fail(transition, badState(this.#modules.current, callback, state))
    if (!enters || table.enter === null) return this.#finish(transition)
    transition.isEntering = true
    return transition
  }

  #enterState(transition: Transition): Went {
    const { state } = transition
    const { enter } = this.#modules.current.tableOf(state)!
    return this.#call(transition, enter!, this.#state, { self: this.self, pid: this.#context.pid, state })
  }

  /** All is known: the transition is made. */
  #finish(transition: Transition): Went {
    const { state, data, event } = transition
    const changed = transition.leaves(this.#state)
    this.#become(state, data)
    this.#queue.transition(event, transition.postpones, changed, transition.inserted)
    this.#timers.transition(changed, transition.timeouts)
    this.debug?.tell(toldOf(transition))
    if (transition.hibernates) this.#sleep()
    return null
  }

  #become(state: unknown, data: unknown): void {
    if (state !== this.#state) {
      const { self, pid } = this.#context
      this.#context = { self, pid, state }
    }
    this.#state = state
    this.#data = data
  }

  protected override takesExits(): boolean {
    return this.#modules.current.takesExits
  }

  /** Only one that would wait now: its own events come first. */
  #sleep(): void {
    if (this.#queue.isEmpty && !this.#timers.hasZero) this.hibernate()
  }

  // — sys —

  currentState(): unknown {
    return { state: this.#state, data: this.#data }
  }

  withState(replace: (state: unknown) => unknown): unknown {
    const { state, data } = wantStateAndData(replace(this.currentState()))
    this.#become(state, data)
    return { state, data }
  }

  override '~held'(): Iterable<unknown> {
    return [this.#state, this.#data, this.#queue.waiting, this.#queue.postponed]
  }

  status(): Readonly<Record<string, unknown>> {
    return statusOf(this.#seen)
  }

  override '~crashDetails'(reason: ExitReason, lastMessage: unknown): Readonly<Record<string, unknown>> {
    return { module: this.module, ...crashDetailsOf(this.#seen, reason, lastMessage) }
  }

  get #seen(): Seen {
    const [state, data, modules, queue, timers] = [this.#state, this.#data, this.#modules, this.#queue, this.#timers]
    return { state, data, modules, queue, timers }
  }

  changeCode(module: Module, oldVersion: string, extra: unknown): void | Promise<void> {
    const callbacks = machineCallbacksOf(module)
    const change = callbacks.codeChange
    const take = (given: unknown): void => {
      const { state, data } = wantStateAndData(given)
      if (callbacks.tableOf(state) === undefined) throw badState(callbacks, 'codeChange', state)
      this.#modules.current = callbacks
      this.#become(state, data)
    }
    if (change === null) return take(this.currentState())
    const given = this.callback('codeChange', extra, describeMove, () =>
      change(oldVersion, this.#state, this.#data, extra, this.#context),
    )
    return given instanceof Promise ? given.then(take) : take(given)
  }

  // — the end —

  #stop(transition: Transition, reason: ExitReason): Loop {
    this.#become(transition.state, transition.data)
    return this.finishWith(reason)
  }

  /** What a callback gave is wrong: it crashes where it wanted to go. */
  #fail(transition: Transition, error: Error): Loop {
    this.#become(transition.state, transition.data)
    return this.crash(error)
  }

  protected ending(reason: ExitReason): unknown {
    const { terminate } = this.#modules.current
    if (terminate === null) return undefined
    return this.callback('terminate', reason, describeMove, () =>
      terminate(reason, this.#state, this.#data, this.#context),
    )
  }
}
