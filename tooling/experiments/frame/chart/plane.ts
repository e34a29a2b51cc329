/** What both kinds of charts have: the title, the legend, the axes and their grid. */
import { figure } from '../figure.ts'
import { element, text } from './svg.ts'
import type { Scale } from './scale.ts'

export const panel = { width: 760, height: 400 } as const
/** Where values are drawn. */
export const plane = { left: 84, right: panel.width - 24, top: 84, bottom: panel.height - 64 } as const

/** Colours are classes, so that a dark page has its own. */
export const seriesClass = (index: number): string => `s${index % 6}`

const legendTop = 50
const legendLine = 19
const letterPixels = 7.1
const keyPixels = 26
const gapPixels = 20

/** Names, each with its key, in two lines if they need that. */
export function legend(names: readonly string[], keyOf: (index: number, x: number, y: number) => string): string {
  if (names.length < 2) return ''
  let x: number = plane.left
  let y = legendTop
  return names
    .map((name, index) => {
      const width = keyPixels + name.length * letterPixels
      if (x + width > plane.right && x > plane.left) {
        x = plane.left
        y += legendLine
      }
      const drawn = keyOf(index, x, y) + text(x + keyPixels, y + 4, name)
      x += width + gapPixels
      return drawn
    })
    .join('')
}

export function title(content: string): string {
  return text(plane.left, 28, content, { class: 'title' })
}

export function valueAxis(label: string, scale: Scale): string {
  const middle = (plane.top + plane.bottom) / 2
  return [
    ...scale.ticks.map((tick) => {
      const y = scale.at(tick)
      return (
        element('line', { class: 'grid', x1: plane.left, x2: plane.right, y1: y, y2: y }) +
        text(plane.left - 8, y + 4, figure(tick), { 'text-anchor': 'end', class: 'tick' })
      )
    }),
    text(0, 0, label, { class: 'label', 'text-anchor': 'middle', transform: `translate(18 ${middle}) rotate(-90)` }),
  ].join('')
}

export function baseline(y: number): string {
  return element('line', { class: 'axis', x1: plane.left, x2: plane.right, y1: y, y2: y })
}

/** Marks below the plane; what would run into the mark before it is left out. */
export function marksBelow(marks: readonly (readonly [x: number, mark: string])[]): string {
  let free = -Infinity
  return marks
    .map(([x, mark]) => {
      const half = (mark.length * letterPixels) / 2
      if (x - half < free) return ''
      free = x + half + 6
      return text(x, plane.bottom + 20, mark, { 'text-anchor': 'middle', class: 'tick' })
    })
    .join('')
}

export function labelBelow(label: string): string {
  const middle = (plane.left + plane.right) / 2
  return text(middle, plane.bottom + 46, label, { class: 'label', 'text-anchor': 'middle' })
}
