/** A trial: one job at certain sizes, the sides that play it in turns, and the rows that its figures become. */
import type { Form, Peer, Side, Sizes } from './job.ts'
import type { Better } from './statistics.ts'

/** The least that counts as done. */
export type Goal =
  /** Ahead of Erlang, or of who it is compared with, by this factor. */
  | { readonly ahead: number }
  /** Agner's own figure is no more than this. */
  | { readonly atMost: number }

export interface Row {
  /** Stands in the JSON; `--only` looks for its text in it. */
  readonly name: string
  readonly title: string
  readonly form: Form
  /** Which of the job's figures; default `value`. */
  readonly figure?: string
  readonly unit: string
  readonly better: Better
  /** Compared with this peer; default Erlang. */
  readonly beside?: Peer
  /** Null: only reported. */
  readonly goal: Goal | null
}

export interface Trial {
  /** The folder, and the Erlang module. */
  readonly job: string
  readonly full: Sizes
  readonly quick: Sizes
  /** Played a few times first, uncounted, so that both compilers have seen the code. */
  readonly warm: Sizes
  readonly rows: readonly Row[]
  /** Play as well, in turns with Agner and Erlang. */
  readonly peers?: readonly Peer[]
  /** Erlang has no half. */
  readonly alone?: boolean
  /** Fewer rounds than asked for: a run is long, and what it shows does not hang on a few per cent. */
  readonly mostRounds?: number
}

/** Who plays it on Agner, in turns. */
export function formsOf(trial: Trial): Form[] {
  return [...new Set(trial.rows.map(({ form }) => form))]
}

/** What they measured: figures by side, one of each round, in the order of the rounds. */
export type Measured = ReadonlyMap<Side, readonly Readonly<Record<string, number>>[]>
