/**
 * The handlers of a manager: how they begin, hand over, and end.
 *
 *     end: terminate ─► out of the list ─► its owner is told ─► (a crash is reported) ─► who asked is answered
 *
 * The link to an owner is made before `init` runs, so that no death of it is missed, and is not taken back with the
 * handler: another handler may be on it (gen_event of OTP: do_terminate, do_swap, server_add_sup_handler).
 */
import type { AnyPid, AnyProcess, ExitReason } from '@agner/core'
import { toExitReason } from '@agner/core/kernel'
import type { ServerPid } from '../protocol/protocol.ts'
import { Step } from '../server/steps.ts'
import { shownOf, tablesOf } from './callbacks.ts'
import type { HandlerEnd, HandlerWithArg, Predecessor } from './definition.ts'
import type { GenEventExit } from './gen-event-exit.ts'
import { added, replaced, without, withoutAll } from './handler-list.ts'
import { describeHandler as describe, idOf, type HandlerId } from './handler-protocol.ts'
import { Installed } from './installed.ts'
import type { PackedHandler } from './luggage.ts'
import { reportCrash } from './reports.ts'
import { attempt, inTurn, settle } from './settle.ts'
import type { HandlerStep, Successor } from './steps.ts'

type May<T> = T | Promise<T>

/** The process that they are in. */
export interface Host {
  readonly self: AnyProcess
  readonly module: string
  isDead(): boolean
  /** Calls a callback, and tells traces of it. */
  call(name: string, argument: unknown, run: () => unknown): unknown
}

/** What a handler was given when it failed, and in which callback. */
export interface Last {
  readonly callback: string
  readonly payload: unknown
}

export class Handlers {
  readonly #host: Host
  /** The newest first. */
  list: readonly Installed[] = []

  constructor(host: Host) {
    this.#host = host
  }

  /** The first ones, the last of them first: events come to them in the order in which they stand there. @throws what one refuses with */
  begin(initial: readonly HandlerWithArg<never>[]): May<void> {
    const all: Installed[] = []
    const install = ({ handler, arg }: HandlerWithArg<never>): May<void> =>
      settle(this.init(handler, idOf(handler), arg, null, null), (made) => {
        if (!(made instanceof Installed)) throw made.reason
        all.push(made)
      })
    return settle(inTurn(initial.toReversed(), install), () => {
      this.list = all.toReversed()
    })
  }

  /** Runs init; null when the handler is there, in front of all others. */
  install(
    module: PackedHandler['handler'],
    id: HandlerId,
    arg: unknown,
    owner: AnyPid | null,
    predecessor: Predecessor | null,
  ): May<{ readonly reason: ExitReason } | null> {
    if (owner !== null) this.#host.self.link(owner)
    return settle(this.init(module, id, arg, owner, predecessor), (made) => {
      if (!(made instanceof Installed)) return made
      this.list = added(this.list, made)
      return null
    })
  }

  init(
    module: PackedHandler['handler'],
    id: HandlerId,
    arg: unknown,
    owner: AnyPid | null,
    predecessor: Predecessor | null,
  ): May<Installed | { readonly reason: ExitReason }> {
    if (this.#host.isDead()) return never()
    const { self } = this.#host
    const context = Object.freeze({ self, pid: self.pid as ServerPid<never>, handler: id })
    const failed = (error: unknown) => ({
      reason: toExitReason(error instanceof Step && error.kind === 'stop' ? error.reason : error),
    })
    let tables
    try {
      tables = tablesOf(module)
    } catch (error) {
      return failed(error)
    }
    const { init } = tables
    return attempt(
      () => this.#host.call(`${describe(id)} init`, arg, () => init(arg, { ...context, predecessor })),
      (made) => (made instanceof Step ? failed(made) : new Installed(context, tables, owner, made)),
      failed,
    )
  }

  /** Runs terminate, takes the handler out, tells its owner; gives what terminate returned, or threw. */
  end(handler: Installed, why: HandlerEnd, told: GenEventExit['reason']): May<unknown> {
    return this.#terminate(handler, why, () => {
      this.list = without(this.list, handler)
      this.tellOwner(handler.owner, handler.id, told)
    })
  }

  /** Ends one after the other. Nobody can look at the list meanwhile, so they are taken out together. */
  endAll(handlers: readonly Installed[], why: HandlerEnd): May<void> {
    const end = (handler: Installed): May<unknown> =>
      this.#terminate(handler, why, () => this.tellOwner(handler.owner, handler.id, 'shutdown'))
    return settle(inTurn(handlers, end), () => {
      this.list = withoutAll(this.list, handlers)
    })
  }

  #terminate(handler: Installed, why: HandlerEnd, then: () => void): May<unknown> {
    if (this.#host.isDead()) return never()
    const { terminate } = handler.tables
    const gone = (left: unknown): unknown => {
      if (!this.#host.isDead()) then()
      return left
    }
    if (terminate === null) return gone(undefined)
    return attempt(
      () =>
        this.#host.call(`${describe(handler.id)} terminate`, why, () => terminate(why, handler.state, handler.context)),
      gone,
      gone,
    )
  }

  /** @param reason one that can be sent: what was thrown may be anything. */
  tellOwner(owner: AnyPid | null, handler: HandlerId, reason: GenEventExit['reason']): void {
    if (owner === null) return
    const message: GenEventExit = { type: 'genEventExit', manager: this.#host.self.pid, handler, reason }
    this.#host.self.send(owner as never, message as never)
  }

  /** @param thrown its `terminate` gets it as it is; all others as the exit reason that it counts as. */
  crashed(handler: Installed, thrown: unknown, last: Last): May<void> {
    // A promise may be rejected after the manager was killed: nothing is done in its name any more.
    if (this.#host.isDead()) return
    const reason = toExitReason(thrown)
    return settle(this.end(handler, { type: 'error', error: thrown as ExitReason }, reason), () => {
      const { state, message } = shownOf(handler.tables, { state: handler.state, message: last.payload, reason })
      reportCrash(this.#host.self, this.#host.module, { id: handler.id, state }, reason, message)
    })
  }

  goes(handler: Installed, step: HandlerStep): May<void> {
    if (step.successor === null) return settle(this.end(handler, { type: 'remove' }, 'normal'), nothing)
    handler.state = step.state
    return this.handOver(handler, step.successor)
  }

  /** In its place. One that cannot begin is gone like one that crashed. */
  handOver(handler: Installed, { to, arg, leaving }: Successor): May<void> {
    const { owner, id } = handler
    const before = this.list
    const successor = idOf(to)
    const why: HandlerEnd = { type: 'swap', arg: leaving, successor }
    return settle(this.end(handler, why, { swapped: { handler: successor, owner } }), (left) =>
      settle(this.init(to, successor, arg, owner, { handler: id, found: true, left }), (made) => {
        if (made instanceof Installed) {
          this.list = replaced(before, handler, made)
          return
        }
        this.tellOwner(owner, successor, made.reason)
        reportCrash(this.#host.self, this.#host.module, { id: successor, state: undefined }, made.reason, arg)
      }),
    )
  }
}

/** A promise of the handler before may settle after the manager was killed: the next one's callback does not run then. */
function never(): Promise<never> {
  return new Promise(() => {})
}

function nothing(): void {}
