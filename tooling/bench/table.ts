/** The report as text. Columns are as wide as their widest cell; the first is flush left, the others right. */
import type { Side } from './job.ts'
import type { Result, Verdict } from './result.ts'
import { leastRounds } from './statistics.ts'
import type { Goal } from './trial.ts'

const marks: Readonly<Record<Verdict, string>> = {
  reached: '✓ reached',
  open: '~ within the interval',
  missed: '✗ missed',
  failed: '! failed',
  unknown: '? not compared',
  reported: '',
}

export interface Pair {
  readonly alone: Result
  /** Null where nothing was played after the others. */
  readonly afterOthers: Result | null
}

export function formatResults(pairs: readonly Pair[]): string {
  const header = ['job', 'unit', 'Agner', 'Erlang', 'ratio', '95 %', 'after others', 'goal', '']
  const rows = pairs.map(({ alone, afterOthers }) => [
    alone.row.title,
    alone.row.unit,
    figure(alone.agner),
    alone.row.beside === undefined ? figure(alone.other) : `${alone.row.beside} ${figure(alone.other)}`,
    factor(alone.ratio),
    alone.interval === null ? '–' : `${figure(alone.interval.low)}–${factor(alone.interval.high)}`,
    afterOthers === null ? '–' : afterOthers.problem === null ? factor(afterOthers.ratio) : 'failed',
    alone.row.goal === null ? '' : formatGoal(alone.row.goal),
    mark(alone),
  ])
  return align([header, ...rows])
}

/** With too few rounds for an interval a verdict rests on a median alone, and says so. */
function mark({ verdict, rounds }: Result): string {
  const judged = verdict === 'reached' || verdict === 'missed'
  return judged && rounds < leastRounds ? `${marks[verdict]} (median of ${rounds})` : marks[verdict]
}

const names: Readonly<Partial<Record<Side, string>>> = {
  async: 'Agner async',
  callback: 'Agner callback',
  erlang: 'Erlang',
  tcp: 'TCP echo',
  http: 'HTTP JSON',
  grpc: 'gRPC',
}

/** What its column is called. */
export function columnOf(side: Side): string {
  return names[side] ?? side
}

export interface PeerLine {
  readonly title: string
  readonly unit: string
  /** Medians; a text where there is none. */
  readonly figures: ReadonlyMap<Side, number | string>
}

export function formatPeers(lines: readonly PeerLine[], sides: readonly Side[]): string {
  const header = ['job', 'unit', ...sides.map((side) => columnOf(side))]
  const rows = lines.map(({ title, unit, figures }) => [
    title,
    unit,
    ...sides.map((side) => {
      const value = figures.get(side) ?? '–'
      return typeof value === 'number' ? figure(value) : value
    }),
  ])
  return align([header, ...rows])
}

/** `12 reached, 3 missed`, in the order of the verdicts. */
export function formatTotals(results: readonly Result[]): string {
  const counted = (Object.keys(marks) as Verdict[]).map(
    (verdict) => [verdict, results.filter((one) => one.verdict === verdict).length] as const,
  )
  return counted
    .flatMap(([verdict, count]) => (count > 0 && verdict !== 'reported' ? `${count} ${verdict}` : []))
    .join(', ')
}

function formatGoal(goal: Goal): string {
  return 'ahead' in goal ? `≥ ${goal.ahead}×` : `≤ ${goal.atMost}`
}

/** Three digits that count, and no more than needed: 0.0123, 1.23, 12.3, 1,234. */
export function figure(value: number | null): string {
  if (value === null) return '–'
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toLocaleString('en', { maximumFractionDigits: Math.min(digits, 6), minimumFractionDigits: 0 })
}

function factor(value: number | null): string {
  return value === null ? '–' : `${figure(value)}×`
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column < 2 || column === row.length - 1 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  )
  return lines.toSpliced(1, 0, widths.map((width) => '─'.repeat(width)).join('──')).join('\n')
}
