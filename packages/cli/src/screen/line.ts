/** A line of the screen: pieces of text with a style each. Pure. */
import { clean } from './text.ts'
import { fit, widthOf } from './width.ts'

export type Style = 'plain' | 'bold' | 'dim' | 'good' | 'warn' | 'bad' | 'accent'

export interface Span {
  readonly text: string
  readonly style: Style
}

export interface Line {
  readonly spans: readonly Span[]
  /** The line that the keys act on. */
  readonly selected: boolean
}

export const span = (text: string, style: Style = 'plain'): Span => ({ text: clean(text), style })

export function line(...parts: readonly (Span | string)[]): Line {
  return { spans: parts.map((part) => (typeof part === 'string' ? span(part) : part)), selected: false }
}

export const blank: Line = line()

export function plain({ spans }: Line): string {
  return spans
    .map(({ text }) => text)
    .join('')
    .trimEnd()
}

/** Exactly so wide. */
export function fitLine({ spans, selected }: Line, width: number): Line {
  const fitted: Span[] = []
  let left = width
  for (const each of spans) {
    if (left <= 0) break
    const own = widthOf(each.text)
    fitted.push(own <= left ? each : { ...each, text: fit(each.text, left) })
    left -= Math.min(own, left)
  }
  if (left > 0) fitted.push(span(' '.repeat(left)))
  return { spans: fitted, selected }
}
