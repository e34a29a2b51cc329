/**
 * The process of a behaviour: what gen_server, gen_statem and gen_event have in common (gen, proc_lib and sys of OTP).
 *
 *     start request ─► name ─► begin ─► answer "started" ─► go ─┐
 *                                 │                             │
 *                                 └─ failed: name and link given back, exit
 *     ┌─────────────────────────────────────────────────────────┘
 *     └─► message ─┬─ system request ─► answered here, whatever the behaviour           (sys)
 *                  ├─ exit of the parent ─► ending ─► exit with the same reason
 *                  └─ any other ─► ordinary ─► message …
 *                                     └─ crash, finishWith: ending ─► last ─► exit
 *
 * The order is the point. The starter is released before `go` runs, and `go` before any message. A process that fails to
 * begin takes back the link to its starter before it exits, so that the failure is told once, by the answer. At the end
 * `ending` runs to its end, then `last` answers the caller, then links and monitors hear of it.
 *
 * A crash leaves by `throw`, so that the kernel reports the original error. While a promise of a callback is pending the
 * kernel lets messages wait and signals act, so there is nothing to do about either here.
 */
import {
  finish,
  isOrderlyExit,
  reply,
  Request,
  type AnyPid,
  type AnyProcess,
  type Exit,
  type ExitReason,
  type Module,
} from '@agner/core'
import { isTraced, replyAsIs, takeOnly, traceCall, type TracedCall } from '@agner/core/kernel'
import { watchDeadlocks } from '../deadlock/watch.ts'
import { isSystem, type StartAnswer, type SysAnswer, type SystemEnvelope } from '../protocol/envelope.ts'
import type { Beginning, Begun, Loop, Parent } from './beginning.ts'
import type { Debug } from './debug.ts'
import { giveNameBack, takeName, type ServerName } from './name.ts'
import { inEvent } from './sys-event.ts'
import { answerSystem, type Part } from './system.ts'
import { isTold } from './told-once.ts'
import { Waiting } from './waiting.ts'

type Asked = Request<unknown, unknown>
type Starting = Request<unknown, StartAnswer> | null
type Describe = NonNullable<TracedCall['describe']>

/** Why a message is looked at more closely; none on the way of most. */
const starting = 1
const observed = 2
const waiting = 4

export abstract class Gen implements Part {
  readonly self: AnyProcess
  readonly parent: Parent
  /** As traces and errors name its code, and the registry of modules knows it. */
  abstract readonly module: string
  abstract readonly version: string
  /** Null while nobody looks: `this.debug?.tell(…)` costs a test. */
  debug: Debug | null = null
  isSuspended = false
  #attention = starting
  #name: ServerName | null
  #arg: unknown
  #waiting: Waiting | null = null

  constructor(self: AnyProcess, { parent, arg, name, hibernateAfterMs, sensitive, priority, debug }: Beginning) {
    this.self = self
    this.parent = parent
    this.#name = name
    this.#arg = arg
    watchDeadlocks(self.node)
    if (sensitive !== undefined) self.flag('sensitive', sensitive)
    if (priority !== undefined) self.flag('priority', priority)
    if (hibernateAfterMs !== undefined) this.#wait(hibernateAfterMs)
    for (const option of debug ?? []) void answerSystem(this, option, true)
  }

  // — what a behaviour says —

  /** Makes the first state. To throw is a failed start, and reported. */
  protected abstract begin(arg: unknown): Begun | Promise<Begun>
  /** A message that is no affair of the system: a Request (a call), a cast, or anything else. */
  protected abstract ordinary(message: unknown): Loop
  /** The terminate callback. What it throws takes the place of the reason. */
  protected abstract ending(reason: ExitReason): unknown
  // What sys asks for; public, for it alone.
  /** The state, as `getState` shows it (sys:get_state). */
  abstract currentState(): unknown
  /** Puts another state in its place, and returns that (sys:replace_state). What `replace` throws leaves all as it was. */
  abstract withState(replace: (state: unknown) => unknown): unknown
  /** What `getStatus` shows of this behaviour, besides what it shows of all (sys:get_status, format_status). */
  abstract status(): Readonly<Record<string, unknown>>
  /**
   * Goes on with another version of its code (code_change). `module` is registered on this node under the name of this
   * one. To throw refuses: nothing may have changed then.
   */
  abstract changeCode(module: Module, oldVersion: string, extra: unknown): void | Promise<void>
  /** Whether exits that nobody sent, as those of a node that stops, come as messages; else they end it. */
  protected takesExits(): boolean {
    return false
  }

  // — messages —

  message(message: unknown): Loop {
    return this.#attention === 0 ? this.#handle(message) : this.#attend(message)
  }

  #handle(message: unknown): Loop {
    if (message instanceof Request) {
      const asked = message as Asked
      // Refused on its way, to break a circle of calls: handling it would close that anew, without end.
      if (asked.refusal !== null) return this
      return isSystem(asked.payload) ? this.#system(asked, asked.payload) : this.ordinary(asked)
    }
    if (isExit(message)) {
      if (isTold(this.self, message)) return this
      if (this.endsWith(message)) return this.finishWith(message.reason)
    }
    return this.ordinary(message)
  }

  /** It has not begun, waits in a way of its own, or is looked at. */
  #attend(message: unknown): Loop {
    if (this.#attention & starting) return this.#early(message)
    const own = this.#waiting?.meet(message) ?? null
    if (own === 'nothing') return this
    const isAsked = isSystemRequest(message)
    this.#waiting?.end(!isAsked)
    if (!isAsked) this.debug?.tell(own === 'over' ? { type: 'in', kind: 'timeout' } : inEvent(message))
    const left = own === 'over' ? this.timedOut() : this.#handle(message)
    if (this.#waiting !== null) this.#waitAgain(left, isAsked)
    return left
  }

  #waitAgain(left: Loop, isAsked: boolean): void {
    if (left instanceof Promise) void left.then(() => this.#waiting!.touch(), ignore)
    else if (left === this) {
      this.#waiting!.touch()
      if (isAsked && !this.isSuspended) this.#waiting!.again()
    }
  }

  /** Only the end of the starter matters as yet: who else could know this process? */
  #early(message: unknown): Loop {
    if (isSystemRequest(message)) return this.#system(message, message.payload)
    return isExit(message) ? this.self.exit(message.reason) : this
  }

  #system(request: Asked, payload: SystemEnvelope): Loop {
    if (payload.system === 'start') return this.start(request as Request<unknown, StartAnswer>)
    if (this.#attention & starting) return this
    if (payload.system === 'stop') return this.finishWith(payload.reason as ExitReason)
    const answered = (answer: SysAnswer): Loop => {
      this.#answer(request, answer)
      return this
    }
    return this.later(answerSystem(this, payload, request.from.node === this.self.node.name), answered, (error) =>
      this.crash(error),
    )
  }

  #answer(request: Asked, answer: SysAnswer): void {
    try {
      replyAsIs(request, answer)
    } catch {
      const refused: SysAnswer = { refused: 'sys.unsendable', details: { module: this.module } }
      reply(request, refused)
    }
  }

  /** The parent's exit is never the callbacks' affair; nor is one that the node sends when it stops. */
  endsWith({ from }: Exit): boolean {
    return from === this.parent || (from === null && !this.takesExits())
  }

  // — the beginning —

  /** It is begun already: a process that was made by hand (enter_loop). */
  protected adopt(): void {
    this.#attention &= ~starting
  }

  /** Takes the name and begins; who waits for it is answered as soon as that has succeeded. */
  start(request: Starting): Loop {
    if ((this.#attention & starting) === 0) return this
    this.#attention &= ~starting
    const name = this.#name
    if (name === null) return this.#begin(request)
    let holder: AnyPid | null | Promise<AnyPid | null>
    try {
      holder = takeName(this.self, name)
    } catch (error) {
      return this.#failed(request, error)
    }
    return this.later(
      holder,
      (known) => (known === null ? this.#begin(request) : this.#notNamed(request, known)),
      (error) => this.#failed(request, error),
    )
  }

  /** The name is another's. */
  #notNamed(request: Starting, holder: AnyPid): Loop {
    this.#name = null
    return this.#leave(request, { alreadyStarted: holder })
  }

  #begin(request: Starting): Loop {
    const arg = this.#arg
    this.#arg = undefined
    let made: Begun | Promise<Begun>
    try {
      made = this.begin(arg)
    } catch (error) {
      return this.#failed(request, error)
    }
    return this.later(
      made,
      (value) => this.#begun(request, value),
      (error) => this.#failed(request, error),
    )
  }

  #begun(request: Starting, made: Begun): Loop {
    if (made.kind === 'ok') {
      if (request !== null) reply(request, 'started')
      return made.go === undefined ? this : made.go()
    }
    if (made.kind === 'ignore') return this.#leave(request, 'ignored')
    const { reason } = made
    return this.#giveBack(() => finish(reason))
  }

  #leave(request: Starting, answer: StartAnswer): Loop {
    return this.#giveBack(() => {
      if (request !== null) reply(request, answer)
      return finish()
    })
  }

  #failed(_request: Starting, error: unknown): Loop {
    return this.#giveBack(() => {
      throw error
    })
  }

  /** Nothing of it may be left when its starter hears that it failed. */
  #giveBack(then: () => Loop): Loop {
    const free = (): Loop => {
      if (this.parent !== null) this.self.unlink(this.parent)
      return then()
    }
    return this.later(giveNameBack(this.self, this.#name), free, free)
  }

  // — for behaviours —

  /** Until the next message: a limit, which `timedOut` tells of, or sleep. @throws `timer.bad_delay` */
  protected rest(timeoutMs: number | null, hibernates: boolean): void {
    this.#wait(Infinity).set(timeoutMs, hibernates)
  }

  /** Gives back what memory it can do without until the next message. */
  protected hibernate(): void {
    this.rest(null, true)
  }

  /** No message came within the limit. */
  protected timedOut(): Loop {
    return this
  }

  #wait(hibernateAfterMs: number): Waiting {
    this.#attention |= waiting
    return (this.#waiting ??= new Waiting(this.self, hibernateAfterMs))
  }

  /** What the kernel's crash report tells of it. */
  '~crashDetails'(_reason: ExitReason, _lastMessage: unknown): Readonly<Record<string, unknown>> {
    return { module: this.module, ...this.status() }
  }

  /** What the kernel counts as its memory, besides its own fields: callbacks' state stands where no walk reaches it. */
  '~held'(): Iterable<unknown> {
    return [this.currentState()]
  }

  // — taking part in sys —

  suspend(on: boolean): void {
    this.isSuspended = on
    takeOnly(this.self, on ? (message) => this.isUrgent(message) : null)
  }

  /** What it takes while it is suspended. */
  isUrgent(message: unknown): boolean {
    return isSystemRequest(message) || (isExit(message) && this.endsWith(message))
  }

  look(debug: Debug | null): void {
    this.debug = debug
    this.#attention = debug === null ? this.#attention & ~observed : this.#attention | observed
  }

  /** Goes on with a value that may be a promise; not at all if the process was ended meanwhile. */
  protected later<T>(value: T | Promise<T>, then: (value: T) => Loop, failed: (error: unknown) => Loop): Loop {
    if (!(value instanceof Promise)) return then(value)
    return value.then(
      (settled) => (this.isDead ? this : then(settled)),
      (error: unknown) => (this.isDead ? this : failed(error)),
    )
  }

  /** A promise may settle, or code go on, after the process was ended: nothing may be done in its name any more. */
  protected get isDead(): boolean {
    return !this.self.isAlive(this.self.pid)
  }

  /** Calls a callback, and tells traces of it. On a hot path ask `isTraced` first: this takes a closure. */
  protected callback(name: string, argument: unknown, describe: Describe | null, run: () => unknown): unknown {
    const { self, module } = this
    if (!isTraced(self)) return run()
    return traceCall(self, { module, callback: name, argument, ...(describe !== null && { describe }) }, run)
  }

  // — the end —

  /** A callback failed: terminate, and the error is the exit reason. */
  protected crash(error: unknown): Loop {
    return this.finishWith(error as ExitReason, null, true)
  }

  /** @param last what is done between `ending` and the exit, even if `ending` fails: an answer. */
  protected finishWith(reason: ExitReason, last: (() => void) | null = null, crashed = false): Loop {
    const left = (): Loop => leave(reason, last, crashed)
    const failed = (error: unknown): Loop => leave(error as ExitReason, last, true)
    let done: unknown
    try {
      done = this.ending(reason)
    } catch (error) {
      return failed(error)
    }
    return done instanceof Promise ? done.then(left, failed) : left()
  }
}

/** What is thrown is a crash and reported, unless it is orderly; `finish` saves the throw. */
function leave(reason: ExitReason, last: (() => void) | null, crashed: boolean): Loop {
  last?.()
  if (!crashed && isOrderlyExit(reason)) return finish(reason)
  throw reason
}

function isSystemRequest(message: unknown): message is Request<SystemEnvelope, unknown> {
  return message instanceof Request && isSystem(message.payload)
}

function ignore(): void {}

function isExit(message: unknown): message is Exit {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'exit'
}
