/**
 * The cluster as a graph: boxes for the groups, a disc per node, a line per link. A node that is down is hollow, crossed and named so,
 * never told by colour alone. The list below says the same in words; for a reader of the screen this is one picture with one sentence.
 */
import type { JSX } from 'preact'
import { layoutCluster, nodeRadius, pictureWidth } from '../model/cluster-layout.ts'
import type { GroupBox, Spot } from '../model/cluster-layout.ts'
import { shortName } from '../model/cluster.ts'
import type { ClusterNode, Link } from '../model/cluster.ts'
import { serviceGlyph } from './icons.tsx'

interface Properties {
  readonly nodes: readonly ClusterNode[]
  readonly links: readonly Link[]
  readonly summary: string
  readonly chosen: string | undefined
  readonly onChoose: (name: string | undefined) => void
}

export function ClusterPicture({ nodes, links, summary, chosen, onChoose }: Properties): JSX.Element {
  const { height, spots, boxes } = layoutCluster(nodes)
  const spotOf = new Map(spots.map((spot) => [spot.node.name, spot]))
  return (
    <svg
      class="picture"
      data-testid="cluster-picture"
      viewBox={`0 0 ${pictureWidth} ${height}`}
      role="img"
      aria-label={summary}
    >
      {boxes.map((box) => (
        <Group key={box.group} box={box} />
      ))}
      {links.map((link) => {
        const from = spotOf.get(link.from)
        const to = spotOf.get(link.to)
        if (!from || !to) return null
        const touches = chosen === link.from || chosen === link.to
        return (
          <line
            key={`${link.from} ${link.to}`}
            class={`link link-${link.state}${touches ? ' is-chosen' : ''}${chosen !== undefined && !touches ? ' is-aside' : ''}`}
            x1={from.x}
            y1={from.y}
            x2={to.x}
            y2={to.y}
          />
        )
      })}
      {spots.map((spot) => (
        <Disc key={spot.node.name} spot={spot} isChosen={chosen === spot.node.name} onChoose={onChoose} />
      ))}
    </svg>
  )
}

function Group({ box }: { box: GroupBox }): JSX.Element {
  const isLeft = box.index % 2 === 0
  return (
    <g class={`group group-${box.index % 4}`}>
      <rect x={box.x} y={box.y} width={box.width} height={box.height} rx="22" />
      <text x={isLeft ? box.x + 16 : box.x + box.width - 16} y={box.y + 18} text-anchor={isLeft ? 'start' : 'end'}>
        {box.group}
      </text>
    </g>
  )
}

function Disc({
  spot: { node, x, y },
  isChosen,
  onChoose,
}: {
  spot: Spot
  isChosen: boolean
  onChoose: Properties['onChoose']
}): JSX.Element {
  return (
    <g
      class={`disc ${node.up ? 'is-up' : 'is-down'}${isChosen ? ' is-chosen' : ''}`}
      transform={`translate(${x} ${y})`}
      onPointerEnter={() => onChoose(node.name)}
      onPointerLeave={() => onChoose(undefined)}
    >
      <circle class="disc-ripple" r={nodeRadius} />
      <circle class="disc-ground" r={nodeRadius + 3} />
      <circle class="disc-face" r={nodeRadius} />
      <path class="disc-glyph" d={serviceGlyph(node.service)} />
      {node.up && node.database?.role === 'leader' && (
        <g class="disc-leads" transform="translate(-15 -14)">
          <circle r="8.5" />
          <path d="M-4.4 2.9v-5.4l2.5 2.3L0-3.9l1.9 3.7 2.5-2.3v5.4z" />
        </g>
      )}
      {!node.up && <path class="disc-cross" d="M9-19 19-9M19-19 9-9" />}
      <text class="disc-name" y={nodeRadius + 15} text-anchor="middle">
        {shortName(node.name)}
        {!node.up && ' · down'}
      </text>
    </g>
  )
}
