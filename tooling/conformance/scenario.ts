/**
 * A scenario: a small story about processes, told twice, here and in the Erlang module of the same name as its topic.
 *
 * Both halves run in a process labelled `main`, label the processes that they make, and emit what those see. A scenario must not
 * depend on luck: its trace is the same in each run on Erlang, on the real runtime, and under every seed of the virtual one.
 */
import type { Process } from '../../packages/core/src/index.ts'
import type { Edge, EventKey } from './compare.ts'
import type { FaultName } from './faults/index.ts'
import type { Stage } from './stage.ts'

export interface Scenario {
  /** The items of the catalogue (items/) that it tries. */
  readonly items: readonly string[]
  /** Wrong implementations under which it fails. At least one. */
  readonly faults: readonly FaultName[]
  readonly before?: readonly Edge[]
  /** Events that differ from Erlang's on purpose. */
  readonly differs?: Readonly<Record<EventKey, Intended>>
  play(self: Process<unknown>, t: Stage): Promise<unknown>
}

/** A difference on purpose. */
export interface Intended {
  /** The id of its reason in docs/differences.md. */
  readonly why: string
  /** The data of Agner's event, as a trace has it; null if it has no such event. */
  readonly ours: string | null
}

/** Scenarios by name: the name of the function in the Erlang module. */
export type Topic = Readonly<Record<string, Scenario>>
