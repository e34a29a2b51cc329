/**
 * A scope: names that a set of nodes share. The names of the whole cluster are one, those of each group may be another.
 *
 * Lookups read this node's table and ask nobody. Registering asks the boss of the scope, which tells every member before it answers: after
 * `true` each member that can be reached knows the name.
 */
import type { ViaName } from '@agner/behaviours'
import { AgnerError, describeReason, Pid, type AnyPid, type AnyProcess, type Node } from '@agner/core'
import { onDeath, setLongTimer } from '@agner/core/kernel'
import { globalError } from '../errors.ts'
import { reportEnd } from '../keeper-end.ts'
import { completeLimits, type GlobalLimits, type ScopeStats } from '../limits.ts'
import { Burials } from './burials.ts'
import type { Claim } from './claim.ts'
import { keeperBody } from './keeper.ts'
import { Membership } from './membership.ts'
import { isName, nameLimit, type Question } from './messages.ts'
import { Outbox } from './outbox.ts'
import { isMethod, type RegisterOptions, type ResolveFunction } from './resolve.ts'
import { keeperName, noCounts, type ScopeState } from './scope-state.ts'
import { NamesTable, type Clock } from './table.ts'
import { running, viaScope } from './via.ts'

export interface ScopeOptions {
  /** The scope's name: nodes share names with those that have a scope of the same name. */
  readonly name: string
  /**
   * Nodes that are connected now and may have the scope. Asked whenever somebody says hello, who is turned away if it is none of them: a
   * node has to be here before `onCandidate` tells of it.
   */
  readonly candidates: () => readonly string[]
  /**
   * Tells when a candidate comes: when it is connected, and when it becomes one. Returns how to stop listening. Who is no candidate any more stays a
   * member until its connection, or its scope, ends.
   */
  readonly onCandidate: (listener: (node: string) => void) => () => void
  readonly limits?: Partial<GlobalLimits>
}

type Caller = AnyProcess | Node

/** Keepers that were told to end. */
const ending = new WeakSet<AnyPid>()

/**
 * One for all scopes of a node, past and present. A registration is known by the life of its boss and a version: a scope that begins anew in the same life
 * of its node, and at 0, would give those that others have buried.
 */
const clocks = new WeakMap<Node, Clock>()

function clockOf(node: Node): Clock {
  const clock = clocks.get(node) ?? { version: 0 }
  clocks.set(node, clock)
  return clock
}

/** Lost bosses that one registration lives through. */
const attempts = 5
const retryDelayMs = 50

export class Scope {
  readonly name: string
  readonly #node: Node
  readonly #state: ScopeState
  readonly #keeper: AnyPid
  readonly #stopListening: () => void
  /** Those that wait for all to be together. */
  readonly #syncing = new Set<(done: boolean) => void>()
  #isOver = false

  private constructor(state: ScopeState, keeper: AnyPid, stopListening: () => void) {
    this.name = state.scope
    this.#node = state.node
    this.#state = state
    this.#keeper = keeper
    this.#stopListening = stopListening
  }

  /** One of a name for each node; after `stop`, again. @throws `global.bad_option`, `global.already_started` */
  static async start(node: Node, { name, candidates, onCandidate, limits }: ScopeOptions): Promise<Scope> {
    const all = completeLimits(limits)
    // One that was stopped may not have ended yet.
    const before = node.whereis(keeperName(name))
    if (before !== undefined && ending.has(before)) await node.exited(before)
    const holder = node.whereis(keeperName(name))
    if (holder !== undefined)
      throw globalError('global.already_started', { scope: name, node: node.name, holder: String(holder) })
    const state: ScopeState = {
      scope: name,
      node,
      limits: all,
      table: new NamesTable(clockOf(node)),
      members: new Membership(node.name),
      burials: new Burials(all.remembered, all.rememberedMs),
      outbox: new Outbox(() => node.send(keeper as never, { type: 'flush' } as never)),
      counts: noCounts(),
      functions: new WeakMap(),
      candidates,
    }
    const keeper: AnyPid = node.spawn(keeperBody(state), { name: keeperName(name) })
    const stopListening = onCandidate((candidate) =>
      node.send(keeper as never, { type: 'candidate', node: candidate } as never),
    )
    const scope = new Scope(state, keeper, stopListening)
    running.add(node, scope)
    onDeath(node, keeper, () => scope.#end())
    void reportEnd(node, keeper, `names of ${name}`)
    await node.request(keeper, { ask: 'ready' } satisfies Question)
    return scope
  }

  /** The members of the scope that this node sees, itself among them, in order. The first of them decides. */
  members(): string[] {
    return this.#isOver ? [] : [...this.#state.members.all]
  }

  /**
   * Resolves with true once every node of `nodes` (default: all that are connected now and may have the scope) shares the names and has told what it
   * knows; with false after `timeoutMs`, or when the scope is stopped (global:sync/0). Rejects with `global.bad_option`.
   */
  async sync(options: { readonly nodes?: readonly string[]; readonly timeoutMs?: number } = {}): Promise<boolean> {
    const { members, candidates } = this.#state
    const { nodes = candidates(), timeoutMs = 5000 } = options
    if (!(timeoutMs >= 0))
      throw globalError('global.bad_option', { option: 'timeoutMs', wanted: 'a number from 0 up, or Infinity' })
    if (this.#isOver) return false
    const isDone = () => nodes.every((node) => members.isMutual(node))
    if (isDone()) return true
    return new Promise((resolve) => {
      const finish = (done: boolean) => {
        timer.clear()
        stopWatching()
        this.#syncing.delete(finish)
        resolve(done)
      }
      this.#syncing.add(finish)
      const timer = setLongTimer(this.#node, timeoutMs, () => finish(false))
      const stopWatching = members.onChange(() => {
        if (isDone()) finish(true)
      })
    })
  }

  /** The process of a name, as this node knows it: a local read. Of several, as long as that is not decided, the newest. */
  whereis(name: string): AnyPid | undefined {
    return this.#state.table.get(name)?.pid
  }

  /** The name of a process, as this node knows it. */
  nameOf(pid: AnyPid): string | undefined {
    return this.#state.table.nameOf(pid)
  }

  names(): string[] {
    return this.#state.table.names()
  }

  /**
   * Gives a process a name in the scope.
   *
   * @returns false if the name is taken, or the process has another name in the scope, or is dead.
   * @throws `global.bad_name`, `global.bad_resolve`, `global.resolve_elsewhere`, `global.not_a_member`, `global.too_many_names`, `global.busy`;
   * `global.no_boss` if no member could decide, `call.timeout` if one did not answer.
   */
  register(from: Caller, name: string, pid: AnyPid, options: RegisterOptions = {}): Promise<boolean> {
    return this.#claim(from, name, pid, options, false)
  }

  /** As `register`, taking the name away from the process that has it. */
  reregister(from: Caller, name: string, pid: AnyPid, options: RegisterOptions = {}): Promise<boolean> {
    return this.#claim(from, name, pid, options, true)
  }

  /** @returns false if nobody had the name; if a boss was lost meanwhile, always true. */
  unregister(from: Caller, name: string): Promise<boolean> {
    return this.#ask(from, name, () => ({ ask: 'unclaim', name, gone: this.#state.outbox.losses }))
  }

  /** Sends to the process of a name. @returns it. @throws `global.no_such_name` (as global:send/2 exits with badarg) */
  send(from: Caller, name: string, message: unknown): AnyPid {
    const pid = this.whereis(name)
    if (pid === undefined) throw globalError('global.no_such_name', { name, scope: this.name })
    from.send(pid as never, message as never)
    return pid
  }

  /** The name as an address of calls, and as the name that a behaviour is started under. On each node it is that of its own scope of this name. */
  at(name: string, options: RegisterOptions = {}): ViaName {
    return viaScope(this.name, name, options)
  }

  stats(): Omit<ScopeStats, 'locks' | 'refusedLocks'> {
    const { table, burials, counts } = this.#state
    return {
      ...counts,
      names: table.size,
      conflicts: table.contestedCount,
      remembered: burials.size,
      forgotten: burials.forgotten,
    }
  }

  /** The names of processes of this node are gone for the others when their monitors fire. */
  stop(): void {
    this.#end()
    ending.add(this.#keeper)
    this.#node.sendExit(this.#keeper, 'shutdown')
  }

  /** Also when the keeper ends by itself: nobody would hear of names that are gone. */
  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#stopListening()
    running.remove(this.#node, this)
    this.#state.table.clear()
    for (const finish of this.#syncing) finish(false)
  }

  async #claim(
    from: Caller,
    name: string,
    pid: AnyPid,
    { resolve }: RegisterOptions,
    replace: boolean,
  ): Promise<boolean> {
    if (!(pid instanceof Pid)) throw globalError('global.bad_pid', { value: describeReason(pid) })
    const method: Claim['resolve'] = typeof resolve === 'function' ? 'own' : resolve
    if (typeof resolve === 'function') {
      if (pid.node !== this.#node.name)
        throw globalError('global.resolve_elsewhere', { pid: String(pid), node: pid.node })
    } else if (resolve !== undefined && !isMethod(resolve)) {
      throw globalError('global.bad_resolve', { value: describeReason(resolve) })
    }
    const claim = { name, pid, ...(method !== undefined && { resolve: method }) }
    const forget = typeof resolve === 'function' ? this.#remember(pid, name, resolve) : null
    let isGiven = false
    try {
      isGiven = await this.#ask(from, name, () => ({ ask: 'claim', claim, replace, gone: this.#state.outbox.losses }))
    } finally {
      if (!isGiven) forget?.()
    }
    return isGiven
  }

  /** A conflict may be there before the answer is. Returns what undoes it: a registration that is refused changes nothing. */
  #remember(pid: AnyPid, name: string, resolve: ResolveFunction): () => void {
    const { functions } = this.#state
    let ofPid = functions.get(pid)
    if (ofPid === undefined) functions.set(pid, (ofPid = new Map<string, { readonly resolve: ResolveFunction }>()))
    const before = ofPid.get(name)
    // Another registration of the same may be under way: each undoes its own.
    const own = { resolve }
    ofPid.set(name, own)
    return () => {
      if (ofPid.get(name) !== own) return
      if (before === undefined) ofPid.delete(name)
      else ofPid.set(name, before)
    }
  }

  async #ask(from: Caller, name: string, question: () => Question): Promise<boolean> {
    if (!isName(name))
      throw globalError('global.bad_name', {
        value: typeof name === 'string' ? `one of ${String(name).length}` : typeof name,
        limit: nameLimit,
      })
    for (let attempt = 1; ; attempt++) {
      if (this.#isOver) throw globalError('global.not_running', { scope: this.name, node: this.#node.name })
      const { boss } = this.#state.members
      try {
        const keeper = this.#state.members.keeperOf(boss) ?? this.#keeper
        const answer = (await from.request(keeper, question())) === true
        // A boss that was lost may have done it: then nobody has the name now.
        return answer || (attempt > 1 && question().ask === 'unclaim')
      } catch (error) {
        const wasLost =
          error instanceof AgnerError && ['call.no_connection', 'call.no_process', 'call.exited'].includes(error.code)
        if (!wasLost) throw error
        if (attempt === attempts) throw globalError('global.no_boss', { scope: this.name, name, boss })
      }
      await this.#pause(from)
    }
  }

  #pause(from: Caller): Promise<void> {
    if ('sleep' in from) return from.sleep(retryDelayMs)
    return new Promise((resolve) => this.#node.runtime.setTimer(retryDelayMs, resolve))
  }
}
