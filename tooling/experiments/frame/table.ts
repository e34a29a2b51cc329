/** A table: rows of cells under named columns. Numbers stay numbers in the JSON and are rounded for Markdown. */
import { figure } from './figure.ts'

/** Null: there is nothing to say. */
export type Cell = string | number | null

export interface Table {
  readonly caption: string
  /** With units: `p50 ms`. */
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

function textOf(cell: Cell): string {
  if (cell === null) return '–'
  return typeof cell === 'number' ? figure(cell) : cell.replaceAll('|', String.raw`\|`)
}

/** A column with numbers only is set flush right. */
function alignment({ rows }: Table, column: number): string {
  return rows.every((row) => typeof row[column] !== 'string') ? '---:' : '---'
}

export function tableAsMarkdown(table: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line(table.columns),
    line(table.columns.map((_, column) => alignment(table, column))),
    ...table.rows.map((row) => line(row.map(textOf))),
  ].join('\n')
}

/** Rows as objects by the names of their columns. */
export function tableAsData({ caption, columns, rows }: Table): unknown {
  return { caption, rows: rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null]))) }
}
