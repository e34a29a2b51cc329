/**
 * Hand-written processes that take part in sys (special processes of OTP: handle_system_msg, system_continue, …).
 *
 *     async (self) => {
 *       const part = sys.takePart(self, { module: '@acme/pump', getState: () => level })
 *       for (;;) {
 *         const message = await part.receive()        // system requests are answered in here
 *         …
 *       }
 *     }
 *
 * While it is suspended `receive` takes in no ordinary message; they wait in the mailbox. At the end (a stop, or the exit
 * of the parent, when exits are trapped) `terminate` runs, and the process exits with exactly that reason.
 */
import { reply, Request, type AnyProcess, type Exit, type ExitReason, type Module, type Process } from '@agner/core'
import { replyAsIs } from '@agner/core/kernel'
import type { Parent } from '../gen/beginning.ts'
import type { Debug } from '../gen/debug.ts'
import { inEvent, type SysEvent } from '../gen/sys-event.ts'
import { answerSystem, type Part } from '../gen/system.ts'
import { isSystem, type SysAnswer, type SystemEnvelope } from '../protocol/envelope.ts'

/**
 * What a hand-written process says of itself; what is left out is refused, or shown as nothing. Where `getState` or
 * `status` throws, who asked is told (`sys.callback_failed`), and the process goes on.
 */
export interface SpecialCallbacks<State = unknown> {
  /** As the registry of modules knows its code. */
  readonly module: string
  /** Default `0.0.0`. */
  readonly version?: string
  /** system_get_state. */
  readonly getState?: () => State
  /** system_replace_state: takes a new state. */
  readonly setState?: (state: State) => void
  /** What `getStatus` shows; default: the state. */
  readonly status?: () => Readonly<Record<string, unknown>>
  /** system_code_change: goes on with another version of its module. To throw refuses. */
  readonly codeChange?: (module: Module, oldVersion: string, extra: unknown) => void | Promise<void>
  /** system_terminate. */
  readonly terminate?: (reason: ExitReason) => unknown
}

/** A process's part in sys. */
export interface SpecialProcess<M> {
  /** The next ordinary message; with a guard the first that it lets through. */
  receive(guard?: (message: M) => boolean): Promise<M>
  /** Tells those who look of something (handle_debug). Messages that are received are told of by themselves. */
  tell(event: SysEvent): void
}

/** Makes a hand-written process take part in sys; call it once, at its beginning. */
export function takePart<M, State = unknown>(self: Process<M>, callbacks: SpecialCallbacks<State>): SpecialProcess<M> {
  return new Special(self as unknown as AnyProcess, callbacks as unknown as SpecialCallbacks) as SpecialProcess<M>
}

type SystemRequest = Request<SystemEnvelope, unknown>

/** @internal */
export class Special implements Part {
  readonly self: AnyProcess
  readonly parent: Parent
  readonly #callbacks: SpecialCallbacks
  debug: Debug | null = null
  isSuspended = false
  #version: string

  constructor(self: AnyProcess, callbacks: SpecialCallbacks) {
    this.self = self
    this.#callbacks = callbacks
    this.#version = callbacks.version ?? '0.0.0'
    this.parent = self.processInfo(self.pid)?.parent ?? null
  }

  get module(): string {
    return this.#callbacks.module
  }

  get version(): string {
    return this.#version
  }

  async receive(guard?: (message: unknown) => boolean): Promise<unknown> {
    const receiving = this.self as unknown as { receive(guard: (message: unknown) => boolean): Promise<unknown> }
    for (;;) {
      const message = await receiving.receive(
        (each) => this.#isUrgent(each) || (!this.isSuspended && (guard === undefined || guard(each))),
      )
      if (isSystemRequest(message)) await this.#asked(message)
      else if (this.#isUrgent(message)) await this.#end((message as Exit).reason)
      else {
        this.debug?.tell(inEvent(message))
        return message
      }
    }
  }

  tell(event: SysEvent): void {
    this.debug?.tell(event)
  }

  #isUrgent(message: unknown): boolean {
    if (isSystemRequest(message)) return true
    if (typeof message !== 'object' || message === null || !('type' in message) || message.type !== 'exit') return false
    return (message as Exit).from === this.parent || (message as Exit).from === null
  }

  async #asked(request: SystemRequest): Promise<void> {
    const { payload } = request
    if (payload.system === 'start') return
    if (payload.system === 'stop') return this.#end(payload.reason as ExitReason)
    const answer = await this.self.wait(
      Promise.resolve(answerSystem(this, payload, request.from.node === this.self.node.name)),
    )
    try {
      replyAsIs(request, answer)
    } catch {
      reply(request, { refused: 'sys.unsendable', details: { module: this.module } } satisfies SysAnswer)
    }
  }

  async #end(reason: ExitReason): Promise<never> {
    await this.self.wait(Promise.resolve(this.#callbacks.terminate?.(reason)))
    return this.self.exit(reason)
  }

  // — what sys asks for —

  suspend(on: boolean): void {
    this.isSuspended = on
  }

  look(debug: Debug | null): void {
    this.debug = debug
  }

  currentState(): unknown {
    return this.#callbacks.getState?.() ?? null
  }

  withState(replace: (state: unknown) => unknown): unknown {
    const { setState } = this.#callbacks
    if (setState === undefined) throw new Error(`${this.module} does not let its state be replaced.`)
    const state = replace(this.currentState())
    setState(state)
    return state
  }

  status(): Readonly<Record<string, unknown>> {
    return this.#callbacks.status?.() ?? { state: this.currentState() }
  }

  async changeCode(module: Module, oldVersion: string, extra: unknown): Promise<void> {
    const { codeChange } = this.#callbacks
    if (codeChange === undefined) throw new Error(`${this.module} does not let its code be changed.`)
    await this.self.wait(Promise.resolve(codeChange(module, oldVersion, extra)))
    this.#version = module.version
  }
}

function isSystemRequest(message: unknown): message is SystemRequest {
  return message instanceof Request && isSystem(message.payload)
}
