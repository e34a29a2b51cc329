/**
 * What a group agrees on: a pure reducer that every member runs over the same log.
 *
 * `apply` must depend on nothing but its arguments: no clock, no randomness, no state of its own. A `throw` in it is a bug that would
 * hit every member alike; it stops the member with a report. So does a promise, or what has no `state` and `result`: `consensus.bad_machine`.
 */
export interface Machine<Command, Result, State, Query = never, Answer = never> {
  /** Identifies what the log is about; members with another name are refused. */
  readonly name: string
  /** States are kept and handed on as bytes: no result may depend on what these do not have, such as −0 or half a character (PROTOCOL.md of distribution, 6). */
  readonly init: () => State
  /** Neither state nor command may be changed: make a new state. */
  readonly apply: (state: State, command: Command, at: AppliedAt) => Applied<State, Result>
  /** Changes nothing. What it throws is told to its asker, and ends nobody. */
  readonly query?: (state: State, query: Query) => Answer
}

export interface AppliedAt {
  /** The place in the log: unique, and grows. It can be a fencing token. */
  readonly index: number
}

export interface Applied<State, Result> {
  readonly state: State
  /** Must be sendable: it is the answer, and kept for requests that come again. If it is not, its asker is told `consensus.result_unsendable`, and the state stays. */
  readonly result: Result
}
