/**
 * Charts, one below the other, as one SVG file that needs nothing else.
 *
 * Drawn from the data alone: the same figures give the same bytes. The colours are those of Okabe and Ito, told apart also by those who do not
 * see red and green; a dark page gets lighter ones.
 */
import { drawBars } from './bars.ts'
import type { Chart } from './chart.ts'
import { drawLines } from './lines.ts'
import { panel } from './plane.ts'
import { element, escape } from './svg.ts'

const light = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00']
const dark = ['#56b4e9', '#ff8c42', '#2cc99a', '#e6a3c8', '#9ad4f5', '#f0c04a']

function colours(series: readonly string[], ink: string, faint: string, paper: string): string {
  return [
    `svg{--ink:${ink};--faint:${faint};--paper:${paper}}`,
    ...series.map((colour, index) => `.s${index}{--series:${colour}}`),
  ].join('')
}

const style = [
  colours(light, '#1f2328', '#d8dee4', '#ffffff'),
  `@media(prefers-color-scheme:dark){${colours(dark, '#e6edf3', '#30363d', '#0d1117')}}`,
  'text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--ink)}',
  '.title{font-size:16px;font-weight:600}.tick,.value{font-size:12px}',
  '.paper{fill:var(--paper)}.grid{stroke:var(--faint)}.axis{stroke:var(--ink)}',
  'rect[class^=s],.mark{fill:var(--series)}.line{fill:none;stroke:var(--series);stroke-width:2}.dashed{stroke-dasharray:6 4}',
].join('')

function draw(chart: Chart): string {
  return chart.type === 'lines' ? drawLines(chart) : drawBars(chart)
}

export function pictureOf(charts: readonly Chart[]): string {
  const height = panel.height * charts.length
  const size = { width: panel.width, height }
  const name = charts.map(({ title }) => title).join('; ')
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${panel.width} ${height}`, ...size, role: 'img' },
    `\n${element('title', {}, escape(name))}`,
    `\n${element('style', {}, style)}`,
    `\n${element('rect', { class: 'paper', ...size })}\n`,
    ...charts.map(
      (chart, index) =>
        `${element('g', { transform: `translate(0 ${index * panel.height})` }, `\n${draw(chart)}\n`)}\n`,
    ),
  ).concat('\n')
}
