/** A chart of bars in groups, with their values on top. */
import { figure } from '../figure.ts'
import type { BarChart } from './chart.ts'
import { baseline, legend, marksBelow, plane, seriesClass, title, valueAxis } from './plane.ts'
import { scaleOf } from './scale.ts'
import { element, text } from './svg.ts'

const widestBar = 64
/** Of the width of a group. */
const filled = 0.76

export function drawBars(chart: BarChart): string {
  const { groups, series } = chart
  const values = series.flatMap((one) => one.values.filter((value) => value !== null))
  const scale = scaleOf(chart.value, values, plane.bottom, plane.top)
  const groupWidth = (plane.right - plane.left) / Math.max(1, groups.length)
  const barWidth = Math.min(widestBar, (groupWidth * filled) / Math.max(1, series.length))
  const middleOf = (group: number): number => plane.left + groupWidth * (group + 0.5)
  // A logarithm has no zero to stand on: its bars stand on the lowest mark.
  const foot = chart.value.scale === 'log' ? plane.bottom : scale.at(0)

  const bar = (value: number | null | undefined, group: number, index: number): string => {
    if (value === null || value === undefined || !Number.isFinite(value)) return ''
    const left = middleOf(group) + (index - series.length / 2) * barWidth
    const end = scale.at(value)
    const [y, height] = [Math.min(end, foot), Math.abs(foot - end)]
    return (
      element('rect', { class: seriesClass(index), x: left + 1, y, width: barWidth - 2, height }) +
      text(left + barWidth / 2, y - 5, figure(value), { class: 'value', 'text-anchor': 'middle' })
    )
  }

  return [
    title(chart.title),
    legend(
      series.map(({ name }) => name),
      (index, x, y) => element('rect', { class: seriesClass(index), x: x + 4, y: y - 6, width: 14, height: 12 }),
    ),
    valueAxis(chart.value.label, scale),
    ...groups.map((_, group) => series.map((one, index) => bar(one.values[group], group, index)).join('')),
    baseline(foot),
    marksBelow(groups.map((group, i) => [middleOf(i), group])),
  ].join('\n')
}
