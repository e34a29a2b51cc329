/** Lines as what a terminal is sent for them. Pure. */
import type { Line, Style } from './line.ts'

const codes: Readonly<Record<Style, string>> = {
  plain: '',
  bold: '1',
  dim: '2',
  good: '32',
  warn: '33',
  bad: '31',
  accent: '36',
}

export function ansi({ spans, selected }: Line, colors: boolean): string {
  if (selected) return `\x1b[7m${spans.map(({ text }) => text).join('')}\x1b[0m`
  return spans
    .map(({ text, style }) => {
      const code = colors || style === 'bold' || style === 'dim' ? codes[style] : ''
      return code === '' ? text : `\x1b[${code}m${text}\x1b[0m`
    })
    .join('')
}

/**
 * What makes the screen show `texts` where it shows `shown`: each row that changed, whole.
 *
 * A row is erased before it is written. Behind a line that fills it the cursor stands on its last cell, not behind it: to
 * erase from there on would take that cell away.
 */
export function paint(texts: readonly string[], shown: readonly string[]): string {
  return texts.flatMap((text, row) => (text === shown[row] ? [] : [`\x1b[${row + 1};1H\x1b[K${text}\x1b[0m`])).join('')
}
