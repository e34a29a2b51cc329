import type { JSX } from 'preact'
import { shortName } from '../model/cluster.ts'
import type { ClusterNode, Link, Sighting, Sightings } from '../model/cluster.ts'
import { DatabaseWords } from './database-words.tsx'
import { span } from './moments.ts'

/** How long a new OS process is called new. */
const newForMs = 15_000

interface Properties {
  readonly nodes: readonly ClusterNode[]
  readonly links: readonly Link[]
  readonly sightings: Sightings
  readonly chosen: string | undefined
  readonly onChoose: (name: string | undefined) => void
}

export function NodeList({ nodes, links, sightings, chosen, onChoose }: Properties): JSX.Element {
  const nowMs = Date.now()
  return (
    <ul class="plain-list nodes">
      {nodes.map((node) => {
        const count = links.filter(
          (link) => link.state === 'up' && (link.from === node.name || link.to === node.name),
        ).length
        return (
          <li
            key={node.name}
            class={`node ${node.up ? 'is-up' : 'is-down'}${chosen === node.name ? ' is-chosen' : ''}`}
            data-testid="cluster-node"
            data-name={node.name}
            data-up={String(node.up)}
            data-service={node.service}
            data-pid={node.osPid}
            onPointerEnter={() => onChoose(node.name)}
            onPointerLeave={() => onChoose(undefined)}
          >
            <span class="node-lamp" aria-hidden="true" />
            <span class="node-name" title={node.name}>
              {node.url ? (
                <a href={node.url} target="_blank" rel="noopener" title={`The page of this node itself: ${node.url}`}>
                  {shortName(node.name)}
                </a>
              ) : (
                shortName(node.name)
              )}
            </span>
            <span class="node-service">
              {node.service}
              {node.groups.map((group) => (
                <span key={group} class="node-group">
                  {group}
                </span>
              ))}
            </span>
            <span class="node-pid">{pidWords(node, sightings.get(node.name))}</span>
            <span class="node-state">{stateWords(node, count, sightings.get(node.name), nowMs)}</span>
            {node.up && node.database && <DatabaseWords part={node.database} nodes={nodes} />}
          </li>
        )
      })}
    </ul>
  )
}

/** The process of a node that is down is the one that was. */
function pidWords({ up, osPid }: ClusterNode, sighting: Sighting | undefined): string {
  const last = osPid ?? sighting?.osPid
  return last === undefined ? '' : up ? `pid ${last}` : `was pid ${last}`
}

function stateWords(node: ClusterNode, links: number, sighting: Sighting | undefined, nowMs: number): JSX.Element {
  if (!node.up)
    return (
      <strong class="bad">
        down{sighting?.changedMs === undefined ? '' : ` for ${span(nowMs - sighting.changedMs)}`}
      </strong>
    )
  const isNew = sighting?.restartedMs !== undefined && nowMs - sighting.restartedMs < newForMs
  return (
    <>
      {isNew ? <strong class="good">restarted</strong> : 'up'} · {links} {links === 1 ? 'link' : 'links'}
    </>
  )
}
