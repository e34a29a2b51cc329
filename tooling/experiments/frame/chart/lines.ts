/** A chart of lines. Each series has a mark of its own shape: colour is never all that tells two apart. */
import { figure } from '../figure.ts'
import type { LineChart, LineSeries } from './chart.ts'
import { baseline, labelBelow, legend, marksBelow, plane, seriesClass, title, valueAxis } from './plane.ts'
import { scaleOf, type Scale } from './scale.ts'
import { element } from './svg.ts'

const size = 4

/** Corners of the marks, around their middle. The first is a circle. */
const shapes: readonly (readonly (readonly [number, number])[] | null)[] = [
  null,
  [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ],
  [
    [0, -1.3],
    [1.2, 0.9],
    [-1.2, 0.9],
  ],
  [
    [0, -1.4],
    [1.4, 0],
    [0, 1.4],
    [-1.4, 0],
  ],
  [
    [0, 1.3],
    [1.2, -0.9],
    [-1.2, -0.9],
  ],
  [
    [-1.4, -0.5],
    [1.4, -0.5],
    [1.4, 0.5],
    [-1.4, 0.5],
  ],
]

function mark(index: number, x: number, y: number): string {
  const shape = shapes[index % shapes.length] ?? null
  const look = { class: `${seriesClass(index)} mark` }
  if (shape === null) return element('circle', { ...look, cx: x, cy: y, r: size })
  const points = shape.map(([dx, dy]) => `${(x + dx * size).toFixed(1)},${(y + dy * size).toFixed(1)}`)
  return element('polygon', { ...look, points: points.join(' ') })
}

function line({ points, dashed }: LineSeries, index: number, x: Scale, y: Scale): string {
  const placed = points
    .filter(([, value]) => Number.isFinite(value))
    .toSorted(([a], [b]) => a - b)
    .map(([at, value]) => [x.at(at), y.at(value)] as const)
  const path = placed.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(' ')
  const look = { class: `${seriesClass(index)} line${dashed === true ? ' dashed' : ''}` }
  const drawn = element('polyline', { ...look, points: path })
  return dashed === true ? drawn : drawn + placed.map(([px, py]) => mark(index, px, py)).join('')
}

export function drawLines(chart: LineChart): string {
  const points = chart.series.flatMap((series) => series.points)
  const x = scaleOf(
    { ...chart.x, ticks: chart.x.ticks ?? [...new Set(points.map(([at]) => at))].toSorted((a, b) => a - b) },
    points.map(([at]) => at),
    plane.left + 12,
    plane.right - 12,
  )
  const y = scaleOf(
    chart.y,
    points.map(([, value]) => value),
    plane.bottom,
    plane.top,
  )
  const keyOf = (index: number, left: number, top: number): string => {
    const isDashed = chart.series[index]?.dashed === true
    const stroke = { class: `${seriesClass(index)} line${isDashed ? ' dashed' : ''}` }
    const drawn = element('line', { ...stroke, x1: left, x2: left + 20, y1: top, y2: top })
    return isDashed ? drawn : drawn + mark(index, left + 10, top)
  }
  return [
    title(chart.title),
    legend(
      chart.series.map(({ name }) => name),
      keyOf,
    ),
    valueAxis(chart.y.label, y),
    baseline(plane.bottom),
    marksBelow(x.ticks.map((tick) => [x.at(tick), figure(tick)])),
    labelBelow(chart.x.label),
    ...chart.series.map((series, index) => line(series, index, x, y)),
  ].join('\n')
}
