/**
 * A process as its own code sees it: `self`.
 *
 * After death every awaited operation here never settles, and every other one does nothing; no `catch` or `finally` goes on as the process.
 * A foreign promise awaited bare does resume a dead body: bring it in with {@link Process.wait}.
 */
import type { ExitReason } from '../exit-reason.ts'
import type { AnyPid, Pid } from '../identity/pid.ts'
import type { Alias, Ref } from '../identity/ref.ts'
import type { AsyncBody, timedOut } from '../kernel/async-body.ts'
import type { CallbackBody } from '../kernel/callback-body.ts'
import type { MonitorAlias } from '../kernel/monitor.ts'
import type { Closable } from '../kernel/process-record.ts'
import type { NameAddress } from '../kernel/router.ts'
import type { Accepts } from '../messages.ts'
import type { Node } from '../node.ts'
import type { Sendable } from '../values/sendable.ts'

/** Where a message may go: a pid, an alias, a local name, or a name on a node. Names carry no type. */
export type Destination<M> = Pid<M> | Alias<M> | string | NameAddress

/** What may be linked to, called or monitored by name: a pid, a local name, or a name on a node. */
export type ProcessAddress = AnyPid | string | NameAddress

export interface SpawnOptions {
  /** Registered before the process runs. */
  readonly name?: string
  /** More messages than this waiting end the process. Default: the node's. */
  readonly mailboxLimit?: number
  /** Whether exit signals come as messages, from the very first one. */
  readonly trapExits?: boolean
  /** Makes it the leader of a group: what it spawns on this node, and what those spawn, has it as `leader` in `processInfo`. */
  readonly leads?: boolean
}

export interface RemoteSpawnOptions {
  readonly version?: string
  readonly link?: boolean
  readonly monitor?: boolean
}

export interface ReceiveOptions {
  /** Skips, at no cost, what was in the mailbox before this ref was made: it cannot be the answer to it. */
  readonly since?: Ref
}

export interface TimedReceiveOptions extends ReceiveOptions {
  /** Milliseconds from now; 0 looks at what has arrived and does not wait. */
  readonly timeoutMs: number
}

export interface MonitorOptions {
  /** The `type` of the DOWN message: what a behaviour finds its `info` handler by. Default `down`. */
  readonly tag?: string
  /** Makes the ref an alias, too, and says how long it lasts. */
  readonly alias?: MonitorAlias
}

export interface RequestOptions {
  /** Milliseconds until the call fails with `call.timeout`; default 5,000; Infinity waits for ever. */
  readonly timeoutMs?: number
}

export interface Process<in out M> {
  readonly pid: Pid<Accepts<M>>
  readonly node: Node

  // — messages —

  /**
   * Sends, and goes on at once. The message is copied now (see `Sendable`); it arrives after everything this process sent there before. To a dead process or a lost node it
   * goes nowhere, silently (erlang:send/2).
   *
   * @throws `copy.unsendable`, `copy.too_deep`; `send.no_such_name` for a local name that nobody has.
   */
  send<T>(to: Destination<T>, message: NoInfer<T> & Sendable<NoInfer<T>>): void
  /**
   * The next message, in order of arrival; with a guard the first that it lets through, the others stay where they are. With a timeout
   * the result may be {@link timedOut}; the deadline counts from the call and messages that do not match do not prolong it.
   *
   * @throws `receive.pending` (as a rejection) if this process already waits in another receive; `receive.bad_timeout`.
   */
  receive(): Promise<M>
  receive(options: TimedReceiveOptions): Promise<M | typeof timedOut>
  receive<T extends M>(guard: (message: M) => message is T, options?: ReceiveOptions): Promise<T>
  receive<T extends M>(guard: (message: M) => message is T, options: TimedReceiveOptions): Promise<T | typeof timedOut>
  receive(guard: (message: M) => boolean, options?: ReceiveOptions): Promise<M>
  receive(guard: (message: M) => boolean, options: TimedReceiveOptions): Promise<M | typeof timedOut>
  /**
   * Sends a request and waits for its answer: message, monitor, reply alias and timeout in one, so no late answer is ever seen. The server takes it as a `Request` and answers with
   * `reply`. Behaviours build their typed calls on this.
   *
   * Rejects with an AgnerError: `call.timeout`, `call.no_process`, `call.no_connection`, `call.exited` (its `details.reason` is the exit
   * reason), `call.calling_self`.
   */
  request(to: ProcessAddress, payload: unknown, options?: RequestOptions): Promise<unknown>

  // — other processes —

  spawn<N = never, S = unknown>(body: AsyncBody<N> | CallbackBody<N, S>, options?: SpawnOptions): Pid<Accepts<N>>
  /** Spawns and links in one step: no death goes unseen. */
  spawnLink<N = never, S = unknown>(body: AsyncBody<N> | CallbackBody<N, S>, options?: SpawnOptions): Pid<Accepts<N>>
  /** Spawns and monitors in one step. */
  spawnMonitor<N = never, S = unknown>(
    body: AsyncBody<N> | CallbackBody<N, S>,
    options?: SpawnOptions,
  ): { readonly pid: Pid<Accepts<N>>; readonly ref: Ref }
  /**
   * Spawns a function of a registered module, on this node or another one.
   *
   * Rejects with `spawn.no_connection`, `module.unknown` or `module.no_function`.
   */
  spawnAt(
    node: string,
    module: string,
    name: string,
    argument: unknown,
    options?: RemoteSpawnOptions,
  ): Promise<{ readonly pid: AnyPid; readonly ref: Ref | null }>
  link(other: AnyPid): void
  /** No exit of that link arrives after this; one already in the mailbox stays. */
  unlink(other: AnyPid): void
  /**
   * One `Down` will come, whatever happens to the process or its node. Each call is a monitor of its own; of oneself there is a ref and no monitor. With a
   * tag, the message's type is the tag instead of `down`; with an alias, the ref can be sent to as well (erlang:monitor/3).
   */
  monitor(target: ProcessAddress, options: MonitorOptions & { readonly alias: MonitorAlias }): Alias<Accepts<M>>
  monitor(target: ProcessAddress, options?: MonitorOptions): Ref
  /** No `Down` arrives after this; with `flush` one in the mailbox is removed too. Returns whether there was a monitor. */
  demonitor(ref: Ref, options?: { readonly flush?: boolean }): boolean
  /** An exit signal (erlang:exit/2). `'kill'` cannot be trapped; `'normal'` does nothing to others that do not trap. */
  sendExit(to: AnyPid, reason: ExitReason): void
  isAlive(pid: AnyPid): boolean

  // — itself —

  /** Ends this process. Throws to leave the code that runs; if that is caught, the process is dead all the same. */
  exit(reason?: ExitReason): never
  /** Whether exit signals come as `Exit` messages. Returns the old setting. */
  trapExits(on: boolean): boolean
  /** @throws `name.taken`, `name.process_has_name`, `name.bad` */
  register(name: string): void
  /** @throws `name.unknown` */
  unregister(name: string): void
  whereis(name: string): AnyPid | undefined
  makeRef(): Ref
  /** An address that can be taken back: with `once` it ends itself with the first message. */
  alias(options?: { readonly once?: boolean }): Alias<Accepts<M>>
  unalias(alias: Alias<never>): boolean
  /** Shown in reports. */
  label(label: string): void

  // — time —

  sleep(ms: number): Promise<void>
  /** Sends `message` after `ms`; cancelled when a destination pid dies. A name is looked up when the time comes. */
  sendAfter<T>(ms: number, to: Destination<T>, message: NoInfer<T> & Sendable<NoInfer<T>>): Ref
  /** Sends itself `{ type: 'timeout', ref, message }` after `ms`. */
  startTimer(ms: number, message: unknown): Ref
  /** Milliseconds that were left, or false: then it has fired, and its message may be in the mailbox. */
  cancelTimer(timer: Ref): number | false
  readTimer(timer: Ref): number | false

  // — the world —

  /** Awaits a foreign promise as this process: a dead body is never resumed, and a late rejection is absorbed. */
  wait<T>(promise: PromiseLike<T>): Promise<T>
  /** Closes `thing` when this process ends; its end is announced after that (or 5 s later at most). Returns `thing`. */
  own<T extends Closable>(thing: T): T
  /** Aborted when this process ends: hand it to fetch, streams, child processes. */
  readonly signal: AbortSignal
  /** Goes on as another function of a registered module, in its newest version, with an empty stack and the same mailbox. */
  become(module: string, name: string, argument: unknown): Promise<never>
}

/** A process whatever it receives: for code that acts as a process and does not take its messages. Every `Process<M>` is one. */
export type AnyProcess = Omit<Process<never>, 'receive'>
