/** A peer, as the test that started it sees it. */
import type { PeerExit } from './os-process.ts'

/** With a guard, what it lets through is known to be of its type. */
export interface Until {
  <M>(fits: (message: unknown) => message is M): Promise<M>
  (fits: (message: unknown) => boolean): Promise<unknown>
}

/** What a function takes. */
export type Taken<Call> = Call extends (...args: infer Args) => unknown ? Args : never

/** What a function gives, in the end. */
export type Given<Call> = Call extends (...args: never[]) => infer Result ? Awaited<Result> : never

/** @typeParam Calls the functions that its program gave. */
export interface Peer<Calls> extends AsyncDisposable {
  /** The name of its node. */
  readonly name: string
  readonly osPid: number
  /** How its OS process ended. Never rejects: whether that was wanted is the test's to know. */
  readonly exited: Promise<PeerExit>
  /**
   * Calls a function that its program gave, whether its node is connected or not, and gives what that gives. It rejects with what the
   * function throws: an error keeps its name, message, code, stack and cause (peer:call/4).
   *
   * @throws `testing.peer_no_call`, `testing.peer_unsendable`, `testing.peer_call_timeout`, `testing.peer_stopping`, `testing.peer_gone`
   */
  call<Name extends keyof Calls & string>(name: Name, ...args: Taken<Calls[Name]>): Promise<Given<Calls[Name]>>
  /** As `call`, without an answer: what it throws is printed by the peer (peer:cast/4). @throws `testing.peer_unsendable` */
  cast<Name extends keyof Calls & string>(name: Name, ...args: Taken<Calls[Name]>): void
  /**
   * Sends to the process of the peer's node that is registered as `to`, whether the node is connected or not. Nothing happens if there is
   * none (peer:send/3). In order with calls and casts.
   *
   * @throws `testing.peer_unsendable`
   */
  send(to: string, message: unknown): void
  /** What its program has said so far, in order; of more than 100,000 messages the oldest are dropped. */
  readonly said: readonly unknown[]
  /**
   * The first message in `said` that fits, now or later.
   *
   * @throws `testing.peer_silent` after `callTimeoutMs`, `testing.peer_gone`
   */
  readonly until: Until
  /** The end of what it printed on stdout and stderr, at most 65,536 characters. */
  readonly output: string
  /**
   * Stops the distribution and the node, whose peers see `shutdown`, and lets the process end by itself. One that has not ended
   * within `timeoutMs` (default 5,000; Infinity: never) is killed, which `signal: 'SIGKILL'` says: something keeps it alive, or holds its
   * thread. Stopped again, it has until the first of these times is over. From the first stop on it is not called any more.
   *
   * @throws `testing.peer_bad_timeout`
   */
  stop(options?: { readonly timeoutMs?: number }): Promise<PeerExit>
  /** Sends its OS process a signal, default SIGKILL; SIGSTOP and SIGCONT freeze it and let it go on. False: it has ended. */
  kill(signal?: NodeJS.Signals): boolean
  /** As `stop()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}
