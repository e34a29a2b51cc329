/**
 * What an experiment is: a file `tooling/experiments/NAME.ts` with a default export of this shape.
 *
 *     npm run experiment -- NAME [--option value …]
 *       options ──► run ──► Outcome ──► docs/experiments/NAME.md, NAME.json, NAME.svg
 *
 * It measures and says; it writes no file and prints nothing but what it tells while it runs.
 */
import type { Chart } from './chart/chart.ts'
import type { Table } from './table.ts'

/** The default says the kind: a number, a list of numbers, a text, or a flag (whose default is false). */
export type OptionDefault = number | readonly number[] | string | boolean

export type Options = Readonly<Record<string, OptionDefault>>

type Value<Default> = Default extends readonly number[]
  ? readonly number[]
  : Default extends number
    ? number
    : Default extends boolean
      ? boolean
      : string

/** Options as `run` gets them: of the kind of their defaults. */
export type Values<Given extends Options> = { readonly [Name in keyof Given]: Value<Given[Name]> }

/** A sentence that the figures must bear out. The command ends with 1 when one does not hold. */
export interface Claim {
  readonly text: string
  readonly holds: boolean
}

export interface Outcome {
  /** Each stands in the document with the command above it. */
  readonly tables: readonly Table[]
  /** Panels of the one picture, from top to bottom. */
  readonly charts: readonly Chart[]
  readonly claims?: readonly Claim[]
  /** Paragraphs in Markdown, below the tables: what the figures mean, and what they do not. */
  readonly notes?: readonly string[]
  /** What the JSON keeps besides the tables: single measurements, say. */
  readonly data?: unknown
}

export interface Experiment<Given extends Options = Options> {
  readonly title: string
  /** Markdown, above the tables: what is done, and how it is measured. */
  readonly about: string
  readonly options: Given
  /** @param tell prints a line of progress. */
  readonly run: (values: Values<Given>, tell: (line: string) => void) => Promise<Outcome>
}

/** Gives `run` the types of its options. */
export function defineExperiment<const Given extends Options>(experiment: Experiment<Given>): Experiment<Given> {
  return experiment
}
