/**
 * The two kinds of charts that the experiments need, as data.
 *
 * Drawn by the files beside this one: the libraries that put a whole chart with its legend into one SVG without a browser are 60 MB
 * to install, which everybody who starts the repository would wait for.
 */
export interface Axis {
  /** With its unit. */
  readonly label: string
  /** Default: linear, from 0. */
  readonly scale?: 'linear' | 'log'
  /** Where the axis is marked; it reaches from the first to the last, and further if values do. Default: round numbers. */
  readonly ticks?: readonly number[]
}

export interface LineSeries {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
  /** For what is a formula, or a bound. */
  readonly dashed?: boolean
}

/** How something grows. */
export interface LineChart {
  readonly type: 'lines'
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  /** At most six: there are no more colours that everybody tells apart. */
  readonly series: readonly LineSeries[]
}

export interface BarSeries {
  readonly name: string
  /** One for each group; null: none. */
  readonly values: readonly (number | null)[]
}

/** Things side by side. */
export interface BarChart {
  readonly type: 'bars'
  readonly title: string
  readonly value: Axis
  readonly groups: readonly string[]
  /** At most six. */
  readonly series: readonly BarSeries[]
}

export type Chart = LineChart | BarChart
