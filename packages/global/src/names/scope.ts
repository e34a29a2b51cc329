/**
 * A scope: names that a set of nodes share. The names of the whole cluster are one, those of each group another.
 *
 * Lookups read this node's table and ask nobody. Registering asks the boss of the scope, which tells every member before it answers: after
 * `true` each member that can be reached knows the name.
 */
import { call, startServer } from '@agner/behaviours'
import { AgnerError, type AnyPid, type Node, type AnyProcess, type Sendable } from '@agner/core'
import { globalError } from '../errors.ts'
import { Membership } from './membership.ts'
import { defineReplica, type ScopeState } from './replica.ts'
import { sequencerOf } from './scope.api.ts'
import { defineSequencer } from './sequencer.ts'
import { NamesTable } from './table.ts'

export interface ScopeOptions {
  /** The scope's name: nodes share names with those that have a scope of the same name. */
  readonly name: string
  /** Nodes that are connected now and may have the scope. */
  readonly candidates: () => readonly string[]
  /** Tells when a candidate comes. Returns how to stop listening. */
  readonly onCandidate: (listener: (node: string) => void) => () => void
}

/** Lost bosses that one registration lives through. */
const attempts = 5
const retryDelayMs = 50

export class Scope {
  readonly name: string
  readonly #node: Node
  readonly #state: ScopeState
  readonly #processes: AnyPid[]
  readonly #stopListening: () => void

  private constructor(node: Node, state: ScopeState, processes: AnyPid[], stopListening: () => void) {
    this.name = state.scope
    this.#node = node
    this.#state = state
    this.#processes = processes
    this.#stopListening = stopListening
  }

  static async start(node: Node, { name, candidates, onCandidate }: ScopeOptions): Promise<Scope> {
    const state: ScopeState = { scope: name, table: new NamesTable(), members: new Membership(node.name), candidates }
    const replica = defineReplica(state)
    const sequencer = defineSequencer(state)
    const deciding = await startServer(node, sequencer, undefined, { name: sequencer.module })
    const keeping = await startServer(node, replica, undefined, { name: replica.module })
    const stopListening = onCandidate((candidate) => node.send(keeping, { type: 'candidate', node: candidate }))
    return new Scope(node, state, [deciding, keeping], stopListening)
  }

  /** The members of the scope that this node sees, itself among them. */
  members(): string[] {
    return this.#state.members.all()
  }

  /**
   * Resolves with true once every node of `nodes` (default: all that are connected now and may have the scope) shares the names and has told what it
   * knows; with false after `timeoutMs` (global:sync/0).
   */
  sync(options: { readonly nodes?: readonly string[]; readonly timeoutMs?: number } = {}): Promise<boolean> {
    const { members, candidates } = this.#state
    const { nodes = candidates(), timeoutMs = 5000 } = options
    const isDone = () => nodes.every((node) => members.isMutual(node))
    if (isDone()) return Promise.resolve(true)
    return new Promise((resolve) => {
      const finish = (done: boolean) => {
        timer.clear()
        stopWatching()
        resolve(done)
      }
      const timer = this.#node.runtime.setTimer(timeoutMs, () => finish(false))
      const stopWatching = members.onChange(() => {
        if (isDone()) finish(true)
      })
    })
  }

  /** The process of a name, as this node knows it: a local read. */
  whereis(name: string): AnyPid | undefined {
    return this.#state.table.get(name)?.pid
  }

  names(): string[] {
    return this.#state.table.list().map(({ name }) => name)
  }

  /**
   * Gives a process a name in the scope.
   *
   * @returns false if the name is taken, or the process has another name in the scope.
   * @throws `global.no_boss` if no member could decide, `call.timeout` if one did not answer.
   */
  register(from: AnyProcess | Node, name: string, pid: AnyPid): Promise<boolean> {
    return this.#ask(from, 'claim', { name, pid, replace: false })
  }

  /** As `register`, taking the name away from the process that has it. */
  reregister(from: AnyProcess | Node, name: string, pid: AnyPid): Promise<boolean> {
    return this.#ask(from, 'claim', { name, pid, replace: true })
  }

  /** @returns false if nobody had the name. */
  unregister(from: AnyProcess | Node, name: string): Promise<boolean> {
    return this.#ask(from, 'unclaim', { name })
  }

  /** Sends to the process of a name. @throws `global.no_such_name` (as global:send/2 exits with badarg) */
  send(from: AnyProcess | Node, name: string, message: unknown): void {
    const pid = this.whereis(name)
    if (pid === undefined) throw globalError('global.no_such_name', { name, scope: this.name })
    from.send(pid as never, message as Sendable<never>)
  }

  async #ask(
    from: AnyProcess | Node,
    question: 'claim' | 'unclaim',
    request: { readonly name: string; readonly pid?: AnyPid; readonly replace?: boolean },
  ): Promise<boolean> {
    const sequencer = sequencerOf(this.name)
    for (let attempt = 1; ; attempt++) {
      const boss = this.#state.members.boss
      try {
        return await call(from, sequencer.at({ name: sequencer.module, node: boss }), question, request as never)
      } catch (error) {
        const wasLost =
          error instanceof AgnerError && ['call.no_connection', 'call.no_process', 'call.exited'].includes(error.code)
        if (!wasLost) throw error
        if (attempt === attempts) throw globalError('global.no_boss', { scope: this.name, name: request.name, boss })
      }
      await this.#pause(from)
    }
  }

  #pause(from: AnyProcess | Node): Promise<void> {
    if ('sleep' in from) return from.sleep(retryDelayMs)
    return new Promise((resolve) => this.#node.runtime.setTimer(retryDelayMs, resolve))
  }

  stop(): void {
    this.#stopListening()
    for (const pid of this.#processes) this.#node.sendExit(pid, 'shutdown')
  }
}
