/**
 * The process of a supervisor: what static and dynamic ones have in common.
 *
 *     child ── EXIT ──► afterExit? ─┬─ forget / keep ──► was it significant? ──► all children end, exit(shutdown)
 *                                   └─ count ─┬─ too many: all children end, exit(shutdown)
 *                                             └─ restart ─┬─ it runs
 *                                                         └─ failed: `again` to itself; others are served between
 *
 * The decisions are pure (`after-exit.ts`, `intensity.ts`, `strategies/`); here and in the two kinds they are carried
 * out, in order. While a child starts or stops the supervisor waits for it, as OTP's does. A message that it does not
 * know it tells and drops; a call or cast that it does not know ends it, as in OTP.
 */
import { reply, Request, type AnyPid, type AnyProcess, type Exit, type ExitReason, type Module } from '@agner/core'
import { behavioursError, type BehavioursErrorCode } from '../errors.ts'
import type { Beginning, Loop } from '../gen/beginning.ts'
import { Gen } from '../gen/gen.ts'
import { isCall, isCast } from '../protocol/envelope.ts'
import { afterExit, endsSupervisor } from './after-exit.ts'
import type { Outcome, Refused } from './api.ts'
import type { FullManners } from './child-spec.ts'
import type { FullFlags, SupervisorModule } from './definition.ts'
import { RestartWindow } from './intensity.ts'
import { reportFailure, reportUnknown } from './reports.ts'

/** What a supervisor is asked. */
export type Calls = Readonly<Record<string, (arg: never) => unknown>>

const againType = '$agner/again'

/** `Key` names a child within its supervisor. */
export abstract class Supervising<Key> extends Gen {
  readonly module: string
  version: string
  protected abstract readonly calls: Calls
  protected abstract flags: FullFlags
  protected restarts: RestartWindow = new RestartWindow()

  constructor({ module, version }: Required<SupervisorModule>, self: AnyProcess, beginning: Beginning) {
    super(self, beginning)
    this.module = module
    this.version = version
  }

  protected abstract readonly children: { list(): Iterable<unknown> }
  /** A child that is there under this pid; undefined for an exit of an earlier incarnation, or of a stranger. */
  protected abstract at(pid: AnyPid): { readonly key: Key; readonly spec: FullManners } | undefined
  protected abstract forget(key: Key): void
  /** The child has no process any more; its specification stays, where that is of use. */
  protected abstract lost(key: Key, isRestarted: boolean): void
  protected abstract get significantRun(): boolean
  /** Starts it again, and whoever else its strategy says; null if there is nothing to be tried again, else the key. */
  protected abstract restarted(key: Key): Promise<Key | null>
  /** What is to be started again now, and why it is not running; undefined if that is over. */
  protected abstract restarting(key: Key): FullManners | undefined
  protected abstract stopAll(): Promise<void>

  protected ordinary(message: unknown): Loop {
    if (message instanceof Request) return this.#asked(message as Request<unknown, unknown>)
    if (typeof message === 'object' && message !== null && 'type' in message) {
      if (message.type === 'exit') return this.exited(message as Exit)
      if (message.type === againType) return this.again((message as unknown as { readonly key: Key }).key)
      if (isCast(message)) return this.crash(this.#unknown('supervisor.unknown_cast', message.cast))
    }
    reportUnknown(this.self, message)
    return this
  }

  protected ending(): Promise<void> {
    return this.stopAll()
  }

  #asked(request: Request<unknown, unknown>): Loop {
    const { payload } = request
    const answers = isCall(payload) && Object.hasOwn(this.calls, payload.call) ? this.calls[payload.call] : undefined
    if (answers === undefined) {
      return this.crash(this.#unknown('supervisor.unknown_call', isCall(payload) ? payload.call : 'that looks like it'))
    }
    const answer = answers((payload as { readonly arg: never }).arg)
    if (answer instanceof Promise) {
      return answer.then((later: unknown) => {
        answered(request, later)
        return this
      })
    }
    answered(request, answer)
    return this
  }

  #unknown(code: BehavioursErrorCode, name: string): Error {
    return behavioursError(code, { name, known: Object.keys(this.calls).join(', ') })
  }

  protected exited({ from, reason }: Exit): Loop {
    const child = from === null ? undefined : this.at(from)
    if (child === undefined) return this
    const { key, spec } = child
    const { act, report } = afterExit(spec, reason)
    if (report) reportFailure(this.self, 'childTerminated', spec, from, reason)
    if (act === 'restart') {
      this.lost(key, true)
      return this.restart(key, spec, reason)
    }
    if (act === 'forget') this.forget(key)
    else this.lost(key, false)
    return endsSupervisor(this.flags.autoShutdown, spec, this.significantRun) ? this.finishWith('shutdown') : this
  }

  protected again(key: Key): Loop {
    const spec = this.restarting(key)
    return spec === undefined ? this : this.restart(key, spec, 'the restart before failed')
  }

  protected restart(key: Key, spec: FullManners, reason: ExitReason): Loop {
    if (this.restarts.count(this.self.node.runtime.nowMs(), this.flags)) {
      reportFailure(this.self, 'shutdown', spec, null, reason)
      this.forget(key)
      return this.finishWith('shutdown')
    }
    return this.restarted(key).then((failed) => {
      // By a message, so that whoever asks meanwhile is answered.
      if (failed !== null) this.self.send(this.self.pid as never, { type: againType, key: failed } as never)
      return this
    })
  }

  // — sys —

  /** The children are processes, which no other state would bring about: it is changed by the supervisor's own calls. */
  withState(): never {
    throw behavioursError('supervisor.fixed_state')
  }

  /** The flags, and the children as `whichChildren` tells them. */
  currentState(): unknown {
    const { intensity, periodMs, autoShutdown } = this.flags
    const { whichChildren } = this.calls as { readonly whichChildren: () => unknown }
    return { intensity, periodMs, autoShutdown, restarts: this.restarts.size, children: whichChildren() }
  }

  /** As they are: a list for others of a hundred thousand children is made only for who wants it. */
  override '~held'(): Iterable<unknown> {
    return this.children.list()
  }

  status(): Readonly<Record<string, unknown>> {
    return { state: this.currentState() }
  }

  abstract override changeCode(module: Module, oldVersion: string, extra: unknown): void
}

/** Whatever a start gave that no message can carry: its children must not pay for it. */
function answered(request: Request<unknown, unknown>, answer: unknown): void {
  try {
    reply(request, answer)
  } catch (error) {
    reply(request, refuse('supervisor.unsendable', { problem: (error as Error).message }))
  }
}

export function granted<T>(value: T): Outcome<T> {
  return { done: value }
}

export function refuse(refused: BehavioursErrorCode, details?: Readonly<Record<string, unknown>>): Refused {
  return details === undefined ? { refused } : { refused, details }
}
