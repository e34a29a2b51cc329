/**
 * A bridge between a supervisor and something that is no supervised process: a subsystem that a library starts and
 * stops in its own way (supervisor_bridge(3)).
 *
 *     supervisor ── start ──► bridge ── init ──► { pid, state }        the bridge is linked to the pid
 *     supervisor ── shutdown ──► bridge ── terminate(reason, state)    which must stop the subsystem
 *     pid ── EXIT ──► bridge ──► exits for the same reason             there is nothing left to stop
 */
import { reply, Request, type AnyPid, type AnyProcess, type Exit, type ExitReason, isOrderlyExit } from '@agner/core'
import { behavioursError } from '../../errors.ts'
import { begun, type Beginning, type Begun, type Loop } from '../../gen/beginning.ts'
import type { GenCode } from '../../gen/code.ts'
import { Gen } from '../../gen/gen.ts'
import { startGen, startGenChild, type Starter } from '../../gen/start.ts'
import { isCall } from '../../protocol/envelope.ts'
import { heardBy } from '../../protocol/heard.ts'
import { Step, type Ignore, type Stop } from '../../server/steps.ts'
import type { ChildCounts } from '../api.ts'
import type { ChildManners, ChildSettings, ChildSpec } from '../child-spec.ts'
import { reportFailure, reportStarted } from '../reports.ts'
import { refuse } from '../supervising.ts'
import type { SupervisorOptions } from '../supervisor.ts'

/** The subsystem as it runs. */
export interface Bridged<out State> {
  /** The process that stands for it: when it ends, the bridge does. */
  readonly pid: AnyPid
  /** What `terminate` needs to stop it. */
  readonly state: State
}

export interface SupervisorBridgeDefinition<in out State> {
  /** Starts the subsystem. A throw or `stop(reason)` is a failed start; `ignore()`: there is nothing to run. */
  readonly init: (
    self: AnyProcess,
  ) => Bridged<State> | Ignore | Stop<never> | Promise<Bridged<State> | Ignore | Stop<never>>
  /** Must stop it, all of it. Not called when the pid ended by itself. */
  readonly terminate: (reason: ExitReason, state: State, self: AnyProcess) => void | Promise<void>
}

export interface SupervisorBridge {
  /** A child specification: `type` is supervisor, and `shutdownMs` Infinity. */
  child(settings: ChildSettings & ChildManners & { readonly id: string }): ChildSpec
}

/** Defines a bridge, to stand under a supervisor. */
export function defineSupervisorBridge<State>(definition: SupervisorBridgeDefinition<State>): SupervisorBridge {
  const code = toCode(definition)
  return Object.freeze({
    child: ({ name, ...settings }: ChildSettings & { readonly id: string }): ChildSpec => ({
      type: 'supervisor',
      ...settings,
      start: (above) => startGenChild(above, code, undefined, name === undefined ? {} : { name }),
    }),
  })
}

/** Starts a bridge (supervisor_bridge:start_link). Rejects with a `StartError` if `init` failed. */
export function startSupervisorBridge<State>(
  parent: Starter,
  definition: SupervisorBridgeDefinition<State>,
  options: SupervisorOptions = {},
): Promise<AnyPid> {
  return heardBy(parent, startGen(parent, toCode(definition), undefined, options))
}

const module = '@agner/supervisor_bridge'

function toCode<State>(definition: SupervisorBridgeDefinition<State>): GenCode {
  const make = (self: AnyProcess, beginning: Beginning): Gen =>
    new RunningBridge(self, beginning, definition as SupervisorBridgeDefinition<unknown>)
  return { module, version: '0.0.0', trapExits: true, make }
}

/** The process of a bridge. */
export class RunningBridge extends Gen {
  readonly module: string = module
  readonly version: string = '0.0.0'
  readonly #definition: SupervisorBridgeDefinition<unknown>
  #bridged: Bridged<unknown> | null = null

  constructor(self: AnyProcess, beginning: Beginning, definition: SupervisorBridgeDefinition<unknown>) {
    super(self, beginning)
    this.#definition = definition
  }

  protected async begin(): Promise<Begun> {
    const made = await this.self.wait(Promise.resolve(this.#definition.init(this.self)))
    if (made instanceof Step) {
      const { kind, reason } = made as Step
      return kind === 'ignore' ? { kind } : { kind: 'stop', reason }
    }
    const bridged = made as Bridged<unknown>
    this.self.link(bridged.pid)
    this.#bridged = bridged
    reportStarted(this.self, manners, bridged.pid)
    return begun
  }

  protected ordinary(message: unknown): Loop {
    if (message instanceof Request) {
      reply(message as Request<unknown, unknown>, this.#answer(message.payload))
      return this
    }
    return isExit(message) && message.from === this.#bridged?.pid ? this.#ended(message) : this
  }

  #ended({ from, reason }: Exit): Loop {
    if (!isOrderlyExit(reason)) reportFailure(this.self, 'childTerminated', manners, from, reason)
    this.#bridged = null
    return this.finishWith(reason)
  }

  /** To its supervisor it is a supervisor, with no children that could be named. */
  #answer(payload: unknown): unknown {
    const name = isCall(payload) ? payload.call : ''
    if (name === 'whichChildren') return []
    if (name !== 'countChildren') return refuse('supervisor.bridge')
    const active = this.#bridged === null ? 0 : 1
    return { specs: 1, active, supervisors: 0, workers: 1 } satisfies ChildCounts
  }

  protected async ending(reason: ExitReason): Promise<void> {
    const bridged = this.#bridged
    if (bridged === null) return
    try {
      await this.self.wait(Promise.resolve(this.#definition.terminate(reason, bridged.state, this.self)))
    } catch (error) {
      reportFailure(this.self, 'shutdownError', manners, bridged.pid, error as ExitReason)
    }
  }

  currentState(): unknown {
    return this.#bridged
  }

  withState(replace: (state: unknown) => unknown): unknown {
    return (this.#bridged = replace(this.#bridged) as Bridged<unknown> | null)
  }

  status(): Readonly<Record<string, unknown>> {
    return { state: this.#bridged }
  }

  changeCode(): never {
    throw behavioursError('supervisor.bad_definition', {
      problem: 'a bridge holds functions of its own, and has no other version',
    })
  }
}

const manners = {
  id: null,
  restart: 'temporary',
  shutdownMs: Infinity,
  type: 'supervisor',
  significant: false,
} as const

function isExit(message: unknown): message is Exit {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'exit'
}
