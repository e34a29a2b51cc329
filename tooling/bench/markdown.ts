/** The report as the tables of docs/performance.md. */
import type { Side } from './job.ts'
import type { Result } from './result.ts'
import { columnOf, figure, type PeerLine } from './table.ts'

/** A row for each result: what one plays it with again, both figures, and the ratio with its interval. Bold: Agner is not ahead. */
export function resultsAsMarkdown(results: readonly Result[]): string {
  return table(
    ['job', '`--only`', 'Agner', 'Erlang', 'ratio', 'goal'],
    results.map((result) => [
      result.row.title,
      `\`${result.row.name}\``,
      measured(result.agner, result.row.unit),
      besideWhom(result),
      ratio(result),
      goal(result),
    ]),
  )
}

/** Empty without lines. */
export function peersAsMarkdown(lines: readonly PeerLine[], sides: readonly Side[]): string {
  if (lines.length === 0) return ''
  return table(
    ['job', ...sides.map(columnOf)],
    lines.map(({ title, unit, figures }) => [
      title,
      ...sides.map((side) => {
        const value = figures.get(side) ?? null
        return typeof value === 'string' ? value : measured(value, unit)
      }),
    ]),
  )
}

const [from, to] = ['<!-- remote -->\n', '<!-- /remote -->\n']

/** `text` with `tables` in place of what stood between its two marks; null if it has not both. */
export function replaceBetweenMarks(text: string, tables: string): string | null {
  const [start, end] = [text.indexOf(from), text.indexOf(to)]
  return start < 0 || end < start ? null : `${text.slice(0, start)}${from}\n${tables}\n${text.slice(end)}`
}

/** `17.3 µs`: what it is of, the title says. */
function measured(value: number | null, unit: string): string {
  if (value === null) return '–'
  return `${figure(value)} ${unit === 'MB/s' ? unit : unit.replace(/^(\S+)\/(?!s$).*$/, '$1').replace(/^.*\/s$/, '/s')}`
}

function besideWhom({ row, other }: Result): string {
  const text = measured(other, row.unit)
  return row.beside === undefined || other === null ? text : `${columnOf(row.beside)} ${text}`
}

function ratio({ ratio: value, interval, problem }: Result): string {
  if (problem !== null) return 'failed'
  if (value === null) return '–'
  const times = `${value.toFixed(2)}×`
  const range = interval === null ? '' : ` (${interval.low.toFixed(2)}–${interval.high.toFixed(2)})`
  return (value < 1 ? `**${times}**` : times) + range
}

function goal({ row, verdict }: Result): string {
  if (row.goal === null) return ''
  const text = 'ahead' in row.goal ? `${row.goal.ahead}×` : `at most ${row.goal.atMost}`
  return verdict === 'missed' ? `${text}, missed` : text
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  return [header, header.map(() => '---'), ...rows].map(line).join('')
}
