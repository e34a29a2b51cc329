/**
 * A process as its own code sees it: `self`.
 *
 * After death every awaited operation here never settles, and every other one does nothing; no `catch` or `finally` goes on as the process.
 * A foreign promise awaited bare does resume a dead body: bring it in with {@link Process.wait}.
 */
import type { TrySendOptions, TrySent } from './try-send.ts'
import type { ExitReason } from '../exit-reason.ts'
import type { AnyPid, Pid } from '../identity/pid.ts'
import type { Alias, Ref } from '../identity/ref.ts'
import type { AsyncBody, timedOut } from '../kernel/async-body.ts'
import type { CallbackBody } from '../kernel/callback-body.ts'
import type { MonitorAlias } from '../kernel/monitor.ts'
import type { Priority } from '../kernel/priority.ts'
import type { Closable } from '../kernel/process-record.ts'
import type { NameAddress } from '../kernel/router.ts'
import type { Accepts } from '../messages.ts'
import type { Node } from '../node-interface.ts'
import type { ProcessInfo, ProcessItem, ProcessItems } from '../process-info.ts'
import type { ClockStamp, TraceContext } from '../trace-context.ts'
import type { Sendable } from '../values/sendable.ts'
import type { ProcessDictionary } from './dictionary.ts'
import type { ProcessFlags } from './process-flags.ts'

/** Where a message may go: a pid, an alias, a local name, or a name on a node. Names carry no type. */
export type Destination<M> = Pid<M> | Alias<M> | string | NameAddress

/** A message of type `V` for a destination that takes `T`: what that says; for a name, which says nothing, anything that can be sent. */
export type MessageTo<T, V> = unknown extends T ? V & NoInfer<Sendable<V>> : NoInfer<T & Sendable<T>>

/** What may be linked to, called or monitored by name: a pid, a local name, or a name on a node. */
export type ProcessAddress = AnyPid | string | NameAddress

export interface SpawnOptions {
  /** Registered before the process runs. */
  readonly name?: string
  /** More messages than this waiting end the process. Default: the node's. */
  readonly mailboxLimit?: number
  /** Whether exit signals come as messages, from the very first one. */
  readonly trapExits?: boolean
  /** Who goes first; default `normal`, whatever the parent has. @see Process.flag */
  readonly priority?: Priority
  /** Makes it the leader of a group: what it spawns, and what those spawn, has it as its `groupLeader`. */
  readonly leads?: boolean
}

/** A spawn with a monitor, and with a link if it is wanted (erlang:spawn_opt/2). */
export interface SpawnMonitorOptions extends SpawnOptions, MonitorOptions {
  readonly link?: boolean
}

export interface RemoteSpawnOptions {
  /** Default: the one that was registered last on that node. */
  readonly version?: string
  readonly link?: boolean
  /** True, or the tag and the alias of the monitor; an alias is active once the process is made. */
  readonly monitor?: boolean | MonitorOptions
}

/** How a spawn request is answered. */
export interface SpawnReplyOptions {
  /** Whether the answer comes as a message: always (the default), never, or only if it is of that kind. */
  readonly reply?: 'yes' | 'no' | 'errorOnly' | 'successOnly'
  /** The `type` of that message. Default `spawnReply`. */
  readonly replyTag?: string
}

export interface SpawnRequestOptions extends SpawnOptions, SpawnReplyOptions {
  readonly link?: boolean
  /** As for {@link RemoteSpawnOptions}. The ref of the request is also that of the monitor. */
  readonly monitor?: boolean | MonitorOptions
}

export interface RemoteSpawnRequestOptions extends RemoteSpawnOptions, SpawnReplyOptions {}

export interface ReceiveOptions {
  /**
   * Begins behind what was in the mailbox when this ref was made, at no cost: that cannot be the answer to it. For speed, not for choice: once messages
   * that came after have been taken, an older one may be shown to the guard, which should know the answer by itself.
   */
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

export interface SuspendOptions {
  /** Does nothing if this process suspends it already; `suspend` returns false then. */
  readonly unlessSuspending?: boolean
}

export interface TimerOptions {
  /** `ms` is an instant of `node.monotonicTimeMs()`, and no delay. One that is over fires at once. */
  readonly abs?: boolean
}

export interface ReadTimerOptions {
  /** The answer comes as a message, {@link TimerRead}, and the call returns undefined. */
  readonly async?: boolean
}

export interface CancelTimerOptions {
  /** The answer comes as a message, {@link TimerCancelled}, and the call returns undefined. The timer is cancelled all the same before it returns. */
  readonly async?: boolean
  /** With false there is no answer: the call returns undefined and no message comes. Saves a look at the clock. */
  readonly info?: boolean
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
   * When much waits for another node already, the process waits after its present step, until less does; one that sends without end, and
   * never awaits anything, is refused in the end.
   *
   * @throws `copy.unsendable`, `copy.too_deep`; `send.no_such_name` for a local name that nobody has; `send.peer_full` when too much waits
   * for another node.
   */
  send<T, V>(to: Destination<T>, message: MessageTo<T, V>): void
  /**
   * As `send`, but never makes the process wait: says `nosuspend` instead, and has sent nothing. With `connect: false` it says `noconnect` for a node that is not
   * connected (erlang:send/3). Always `ok` for processes of this node. The message is copied only when it is sent.
   *
   * @throws as `send`.
   */
  trySend<T, V>(to: Destination<T>, message: MessageTo<T, V>, options?: TrySendOptions): TrySent
  /**
   * The next message, in order of arrival; with a guard the first that it lets through, the others stay where they are. With a timeout
   * the result may be {@link timedOut}; the deadline counts from the call and messages that do not match do not prolong it. A guard
   * only looks: while it runs the process takes in nothing.
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
  request<Q>(to: ProcessAddress, payload: Q & NoInfer<Sendable<Q>>, options?: RequestOptions): Promise<unknown>

  // — other processes —

  spawn<N = never, S = unknown>(body: AsyncBody<N> | CallbackBody<N, S>, options?: SpawnOptions): Pid<Accepts<N>>
  /** Spawns and links in one step: no death goes unseen. */
  spawnLink<N = never, S = unknown>(body: AsyncBody<N> | CallbackBody<N, S>, options?: SpawnOptions): Pid<Accepts<N>>
  /** Spawns and monitors, and links if it is told to, in one step. */
  spawnMonitor<N = never, S = unknown>(
    body: AsyncBody<N> | CallbackBody<N, S>,
    options: SpawnMonitorOptions & { readonly alias: MonitorAlias },
  ): { readonly pid: Pid<Accepts<N>>; readonly ref: Alias<Accepts<M>> }
  spawnMonitor<N = never, S = unknown>(
    body: AsyncBody<N> | CallbackBody<N, S>,
    options?: SpawnMonitorOptions,
  ): { readonly pid: Pid<Accepts<N>>; readonly ref: Ref }
  /**
   * Spawns a function of a registered module, on this node or another one.
   *
   * Rejects with `spawn.no_connection`, `spawn.not_carried`, `module.unknown` or `module.no_function`.
   */
  spawnAt(
    node: string,
    module: string,
    name: string,
    argument: unknown,
    options?: RemoteSpawnOptions,
  ): Promise<{ readonly pid: AnyPid; readonly ref: Ref | null }>
  /**
   * Spawns, and says how it went by a message: a `SpawnReply`. What is wrong with the options, a name that is taken or a node that is full is the
   * answer, too, and no exception (erlang:spawn_request/5).
   *
   * @throws `spawn.bad_body`
   */
  spawnRequest<N = never, S = unknown>(body: AsyncBody<N> | CallbackBody<N, S>, options?: SpawnRequestOptions): Ref
  /** The same for a function of a registered module, on this node or another one. @throws `copy.unsendable` */
  spawnRequestAt(
    node: string,
    module: string,
    name: string,
    argument: unknown,
    options?: RemoteSpawnRequestOptions,
  ): Ref
  /**
   * Gives a request up: no answer comes after this, and no link or monitor. The process may be made all the same; if it was to be linked, it
   * gets an exit signal with the reason `abandoned`.
   *
   * @returns false if there is no such request, or its answer is on its way or here.
   */
  abandonSpawn(request: Ref): boolean
  link(other: AnyPid): void
  /**
   * No exit of that link arrives after this; one already in the mailbox stays. If the two are linked again before the other side has heard of it, an
   * exit that was on its way is that of the new link.
   */
  unlink(other: AnyPid): void
  /**
   * One `Down` will come, whatever happens to the process or its node. Each call is a monitor of its own; of oneself there is a ref and no monitor. With a
   * tag, the message's type is the tag instead of `down`; with an alias, the ref can be sent to as well (erlang:monitor/3).
   */
  monitor(target: ProcessAddress, options: MonitorOptions & { readonly alias: MonitorAlias }): Alias<Accepts<M>>
  monitor(target: ProcessAddress, options?: MonitorOptions): Ref
  /**
   * No `Down` arrives after this; with `flush` one in the mailbox is removed too, and so are all `TimeOffsetChanged`s of a monitor of the time offset.
   * Returns whether there was a monitor.
   */
  demonitor(ref: Ref, options?: { readonly flush?: boolean }): boolean
  /**
   * An exit signal (erlang:exit/2). `'kill'` cannot be trapped; `'normal'` does nothing to others that do not trap. Code outside any process, whose pid stands in
   * the `from` of its requests, none can end.
   */
  sendExit(to: AnyPid, reason: ExitReason): void
  isAlive(pid: AnyPid): boolean
  /**
   * From now on a process of this node handles signals, and runs none of its code: messages wait, and so do answers, timers and promises. What this process sent
   * there before counts as come. It goes on when each `suspend` of each process is undone by a `resume`, or by the suspender's death
   * (erlang:suspend_process/2). An async body that was resumed just before gets to its next own `await`. For tests and debugging: what waits
   * for the suspended process waits, too.
   *
   * @returns true; with `unlessSuspending`, false if this process suspends it already.
   * @throws `suspend.itself`, `suspend.no_process`, `pid.bad`
   */
  suspend(pid: AnyPid, options?: SuspendOptions): boolean
  /** Undoes one `suspend` of this process (erlang:resume_process/1). @throws `resume.not_suspended`, `pid.bad` */
  resume(pid: AnyPid): void

  // — itself —

  /** Ends this process. Throws to leave the code that runs; if that is caught, the process is dead all the same. */
  exit(reason?: ExitReason): never
  /** Whether exit signals come as `Exit` messages. Returns the old setting. */
  trapExits(on: boolean): boolean
  /**
   * Changes a flag of this process, and returns its old value (erlang:process_flag/2).
   *
   * @throws `flag.unknown`, `flag.bad_value`
   */
  flag<Name extends keyof ProcessFlags>(name: Name, value: ProcessFlags[Name]): ProcessFlags[Name]
  /**
   * Lets the others go on first: all that have something to do, and no lower priority (erlang:yield/0). For a body, or an async handler, that
   * computes for long: it cannot be interrupted.
   */
  yield(): Promise<void>
  /** @throws `name.taken`, `name.process_has_name`, `name.bad` */
  register(name: string): void
  /** @throws `name.unknown` */
  unregister(name: string): void
  whereis(name: string): AnyPid | undefined
  makeRef(): Ref
  /** An address that can be taken back: with `once` it ends itself with the first message. */
  alias(options?: { readonly once?: boolean }): Alias<Accepts<M>>
  unalias(alias: Alias<never>): boolean
  /** What it is for, for people: shown in reports and in process info. Null takes it away. @throws `copy.unsendable` */
  label<T>(label: T & Sendable<NoInfer<T>>): void
  /** What this process keeps for itself. Made when first asked for. */
  readonly dictionary: ProcessDictionary
  /**
   * Which request of the outside world it works for. What it sends, asks and spawns, here and on other nodes, carries it; the next message
   * that it takes says what it is then, and one without takes it away. Answers to its own requests leave it as it is. Timers carry none
   * (seq_trace; W3C Trace Context).
   *
   * @throws `trace_context.bad` when it is set to what is none.
   */
  traceContext: TraceContext | null
  /** When the message that it handles was sent, if it came from another node whose hybrid logical clock is on. Null else. */
  readonly messageClock: ClockStamp | null
  /** Who leads the group that it is in; inherited from its parent on the same node. Null outside any group. */
  readonly groupLeader: AnyPid | null
  /**
   * Moves a process of this node into another group, or out of any. It is a signal, in order with all others from here; what the process has spawned
   * before stays where it is (erlang:group_leader/2).
   *
   * @throws `leader.no_process`
   */
  setGroupLeader(pid: AnyPid, leader: AnyPid | null): void
  /**
   * What is known of a live process of this node, itself included; undefined if it is dead. Without items what costs little, else exactly
   * those (erlang:process_info/2). Everything that this process sent there before counts.
   *
   * @throws `info.not_local` for a process of another node, `info.bad_item`
   */
  processInfo(pid: AnyPid): ProcessInfo | undefined
  processInfo<Item extends ProcessItem>(pid: AnyPid, items: readonly Item[]): Pick<ProcessItems, Item> | undefined

  // — time —

  /** Rejects with `timer.bad_delay`, `timer.too_many`. */
  sleep(ms: number): Promise<void>
  /**
   * Sends `message` after `ms`, copied now (erlang:send_after/4). Never early; timers of equal deadlines fire in the order of setting. The timer
   * is cancelled when a destination pid dies, and outlives the process that set it. A name is looked up when the time comes.
   *
   * @throws `timer.bad_delay`, `timer.bad_time`, `timer.too_many`; `copy.unsendable`, `copy.too_deep`
   */
  sendAfter<T, V>(ms: number, to: Destination<T>, message: MessageTo<T, V>, options?: TimerOptions): Ref
  /** Sends itself `{ type: 'timeout', ref, message }` after `ms`: as `sendAfter` (erlang:start_timer/4). */
  startTimer<V>(ms: number, message: V & NoInfer<Sendable<V>>, options?: TimerOptions): Ref
  /**
   * Milliseconds that were left, and the message will not come; or false: then it has been sent, and may be in the mailbox, or the timer was
   * cancelled, or it is none of this node. Any process that has the ref may cancel (erlang:cancel_timer/2).
   *
   * @throws `ref.bad`
   */
  cancelTimer(timer: Ref): number | false
  cancelTimer(timer: Ref, options: CancelTimerOptions): number | false | undefined
  /** Milliseconds that are left, or false, as of `cancelTimer`. @throws `ref.bad` */
  readTimer(timer: Ref): number | false
  readTimer(timer: Ref, options: ReadTimerOptions): number | false | undefined
  /**
   * A {@link TimeOffsetChanged} comes each time that the wall clock was set, within a second or so, until `demonitor`
   * (erlang:monitor/2 of `time_offset`).
   */
  monitorTimeOffset(): Ref

  // — the world —

  /** Awaits a foreign promise as this process: a dead body is never resumed, and a late rejection is absorbed. */
  wait<T>(promise: PromiseLike<T>): Promise<T>
  /** Closes `thing` when this process ends; its end is announced after that (or 5 s later at most). Returns `thing`. */
  own<T extends Closable>(thing: T): T
  /**
   * Aborted when this process ends: hand it to fetch, streams, child processes. A listener of your own that throws is reported as
   * `closing_failed`; one of what `AbortSignal.any()` makes of it ends the program, as any listener does in Node.js.
   */
  readonly signal: AbortSignal
  /**
   * Goes on as another function of a registered module, in its newest version, with an empty stack and the same mailbox. Whatever the old one
   * still waits for through `self` never settles; a foreign promise that it awaits bare does, and resumes it.
   */
  become(module: string, name: string, argument: unknown): Promise<never>
  /**
   * As `become`, once there is a message, at once if one waits: until then nothing is kept but the mailbox, the argument and what the kernel knows of the process.
   * The message is left for the function to receive (erlang:hibernate/3). A callback process that waits holds no more than that anyway.
   *
   * Rejects as `become`.
   */
  hibernate(module: string, name: string, argument: unknown): Promise<never>
}

/** A process whatever it receives: for code that acts as a process and does not take its messages. Every `Process<M>` is one. */
export type AnyProcess = Omit<Process<never>, 'receive'>
