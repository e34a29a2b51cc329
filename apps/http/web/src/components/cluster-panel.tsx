/** The nodes as a picture and as a list, who keeps the messages, and the applications that run on them; looked at closely while it is shown. */
import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { useClusterClosely } from '../live/use-cluster.tsx'
import { linksOf, noteSightings, shortName } from '../model/cluster.ts'
import type { Cluster, Sightings } from '../model/cluster.ts'
import { storingOf, type Storing } from '../model/database.ts'
import { ClusterPicture } from './cluster-picture.tsx'
import { NodeList } from './node-list.tsx'
import { Trouble } from './trouble.tsx'

export function ClusterPanel(): JSX.Element {
  const { data: cluster, problem } = useClusterClosely()
  const [chosen, setChosen] = useState<string>()
  const sightings = useSightings(cluster)
  if (!cluster) return <p class="muted">{problem ?? 'Looking at the cluster…'}</p>

  const links = linksOf(cluster.nodes)
  const up = cluster.nodes.filter((node) => node.up).length
  const down = cluster.nodes.filter((node) => !node.up).map(({ name }) => shortName(name))
  const linksUp = links.filter(({ state }) => state === 'up').length
  const missing = links
    .filter(({ state }) => state === 'missing')
    .map(({ from, to }) => `${shortName(from)} – ${shortName(to)}`)
  const summary = `${up} of ${cluster.nodes.length} nodes up, ${linksUp} of ${links.length} links${down.length > 0 ? `. Down: ${down.join(', ')}` : ''}`

  return (
    <section data-testid="cluster" data-stale={problem ? 'true' : undefined} class="cluster" aria-label="Nodes">
      <p class={down.length > 0 ? 'headline is-bad' : 'headline'} role="status">
        {summary}
      </p>
      <StoringLine cluster={cluster} />
      {missing.length > 0 && <p class="missing-links">Up, yet not connected: {missing.join(', ')}</p>}
      {problem && <Trouble text={problem} />}
      <ClusterPicture nodes={cluster.nodes} links={links} summary={summary} chosen={chosen} onChoose={setChosen} />
      <NodeList nodes={cluster.nodes} links={links} sightings={sightings} chosen={chosen} onChoose={setChosen} />
      <Applications cluster={cluster} />
    </section>
  )
}

const storingWords: Record<Exclude<Storing, 'unknown' | 'works'>, string> = {
  readOnly: 'Messages are read-only: too few of their nodes are there',
  moving: 'Messages are changing their node',
  away: 'Messages are away: none of their nodes is there',
}

/** Who serves the messages, or why nobody does. */
function StoringLine({ cluster: { nodes } }: { cluster: Cluster }): JSX.Element | null {
  const storing = storingOf(nodes)
  if (storing === 'unknown') return null
  const server = nodes.find(({ up, database }) => up && database?.serves === 'readsAndWrites')
  return (
    <p
      class={`storing ${storing === 'works' ? '' : storing === 'moving' ? 'is-waiting' : 'is-bad'}`}
      role="status"
      data-testid="storing-line"
      data-storing={storing}
    >
      {storing === 'works' ? `Messages are served by ${shortName(server?.name ?? '')}` : storingWords[storing]}
    </p>
  )
}

/** Compares each answer with the one before it, once. */
function useSightings(cluster: Cluster | undefined): Sightings {
  const last = useRef<{ cluster: Cluster | undefined; sightings: Sightings }>({
    cluster: undefined,
    sightings: new Map(),
  })
  if (cluster && cluster !== last.current.cluster)
    last.current = { cluster, sightings: noteSightings(last.current.sightings, cluster.nodes, Date.now()) }
  return last.current.sightings
}

function Applications({ cluster: { applications } }: { cluster: Cluster }): JSX.Element | null {
  if (applications.length === 0) return null
  return (
    <>
      <h2 class="panel-title">Applications</h2>
      <ul class="plain-list applications">
        {applications.map(({ name, node, state }) => (
          <li key={`${name} ${node}`} data-testid="application">
            <span class="application-name">{name}</span>
            <span class="muted">{node === '' ? '' : `on ${shortName(node)}`}</span>
            <span class={/running|started|leader|active|up/i.test(state) ? 'tag tag-good' : 'tag'}>{state}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
