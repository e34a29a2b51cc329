/**
 * Where the nodes of the cluster stand in the picture: a column for each set of groups that some node is in, so that a group is a box
 * around neighbouring columns and the nodes of two groups stand where the boxes overlap. Pure geometry, in the units of the SVG.
 */
import type { ClusterNode } from './cluster.ts'

export const pictureWidth = 400
export const nodeRadius = 19

const rowHeight = 78
const margin = { top: 30, side: 4, bottom: 18 }
/** Nodes of one column stand alternately left and right of its middle, so that no link runs through a third node. */
const stagger = 25

export interface Spot {
  readonly node: ClusterNode
  readonly x: number
  readonly y: number
}

export interface GroupBox {
  readonly group: string
  /** Position of the group among all groups: picks its colour and the side of its label. */
  readonly index: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface ClusterLayout {
  readonly height: number
  readonly spots: readonly Spot[]
  readonly boxes: readonly GroupBox[]
}

export function layoutCluster(nodes: readonly ClusterNode[]): ClusterLayout {
  const groups = groupsInOrder(nodes)
  const columns = columnsOf(nodes, groups)
  const tallest = Math.max(1, ...columns.map(({ members }) => members.length))
  const innerHeight = tallest * rowHeight
  const columnWidth = (pictureWidth - 2 * margin.side) / Math.max(1, columns.length)
  const middleOf = (column: number): number => margin.side + (column + 0.5) * columnWidth

  const spots = columns.flatMap(({ members }, column) =>
    members.map((node, row): Spot => {
      const isStaggered = members.length > 2
      const x = middleOf(column) + (isStaggered ? (row % 2 === 0 ? -stagger : stagger) : 0)
      return { node, x, y: margin.top + ((row + 0.5) * innerHeight) / members.length }
    }),
  )

  const boxes = groups.map((group, index): GroupBox => {
    const inside = columns.flatMap(({ key }, column) => (key.includes(group) ? [column] : []))
    const first = Math.min(...inside)
    const last = Math.max(...inside)
    // Boxes shrink towards their free side by turns, so that the edges of two overlapping groups never coincide.
    const inset = index % 2 === 0 ? 0 : 7
    return {
      group,
      index,
      x: middleOf(first) - columnWidth / 2 + 4,
      y: margin.top - 20 + inset,
      width: (last - first + 1) * columnWidth - 8,
      height: innerHeight + 34 - 2 * inset,
    }
  })
  return { height: margin.top + innerHeight + margin.bottom, spots, boxes }
}

interface Column {
  readonly key: readonly string[]
  readonly members: readonly ClusterNode[]
}

/** The groups of the first node come first: the order in which the cluster lists its nodes is its author's. */
const groupsInOrder = (nodes: readonly ClusterNode[]): readonly string[] => [
  ...new Set(nodes.flatMap(({ groups }) => groups)),
]

function columnsOf(nodes: readonly ClusterNode[], groups: readonly string[]): readonly Column[] {
  const columns = new Map<string, { key: readonly string[]; members: ClusterNode[] }>()
  for (const node of nodes) {
    const key = groups.filter((group) => node.groups.includes(group))
    const id = JSON.stringify(key)
    const column = columns.get(id)
    if (column) column.members.push(node)
    else columns.set(id, { key, members: [node] })
  }
  // By the mean position of its groups, a column of two groups falls between the columns of each. Nodes without a group come last.
  const place = ({ key }: Column): number =>
    key.length === 0 ? groups.length : key.reduce((sum, group) => sum + groups.indexOf(group), 0) / key.length
  return [...columns.values()].sort((a, b) => place(a) - place(b))
}
