/**
 * The cluster as `/api/cluster` tells it, and what changed since it was last asked.
 */
import { readDatabase, type DatabasePart } from './database.ts'
import { fieldsOf, listOf, numberOf, textOf, textsOf } from './wire.ts'

export interface ClusterNode {
  readonly name: string
  readonly service: string
  readonly osPid: number | undefined
  readonly up: boolean
  readonly url: string | undefined
  readonly groups: readonly string[]
  readonly connections: readonly string[]
  /** Its part in keeping the messages, if it has one. */
  readonly database: DatabasePart | undefined
}

export interface ClusterApplication {
  readonly name: string
  readonly node: string
  readonly state: string
}

export interface Cluster {
  readonly nodes: readonly ClusterNode[]
  readonly applications: readonly ClusterApplication[]
}

export function readCluster(body: unknown): Cluster {
  const fields = fieldsOf(body)
  return {
    nodes: listOf(fields['nodes'])
      .map(readNode)
      .filter(({ name }) => name !== ''),
    applications: listOf(fields['applications']).map((value) => {
      const application = fieldsOf(value)
      return {
        name: textOf(application['name']),
        node: textOf(application['node']),
        state: textOf(application['state']) || 'unknown',
      }
    }),
  }
}

function readNode(value: unknown): ClusterNode {
  const node = fieldsOf(value)
  const url = textOf(node['url'])
  return {
    name: textOf(node['name']),
    service: textOf(node['service']),
    osPid: numberOf(node['osPid']),
    up: node['up'] === true,
    url: /^https?:\/\//.test(url) ? url : undefined,
    groups: textsOf(node['groups']),
    connections: textsOf(
      listOf(node['connections']).map(
        (entry) => textOf(fieldsOf(entry)['name']) || textOf(fieldsOf(entry)['node']) || entry,
      ),
    ),
    database: readDatabase(node['database']),
  }
}

/** `db1` for `db1@host`: the host says nothing while all nodes share it. */
export const shortName = (name: string): string => name.split('@', 1)[0] || name

export type LinkState = 'up' | 'missing' | 'down'

export interface Link {
  readonly from: string
  readonly to: string
  readonly state: LinkState
}

/**
 * Every pair that is connected or, sharing a group, should be. `missing`: both are up and share a group, yet neither lists the other.
 * `down`: one of the two is. A pair counts as connected when either side that is up says so, since the other may not have noticed yet.
 */
export function linksOf(nodes: readonly ClusterNode[]): readonly Link[] {
  const links: Link[] = []
  nodes.forEach((a, index) => {
    for (const b of nodes.slice(index + 1)) {
      const isConnected = (a.up && a.connections.includes(b.name)) || (b.up && b.connections.includes(a.name))
      const belongsTogether = a.groups.some((group) => b.groups.includes(group))
      if (!isConnected && !belongsTogether) continue
      links.push({ from: a.name, to: b.name, state: a.up && b.up ? (isConnected ? 'up' : 'missing') : 'down' })
    }
  })
  return links
}

/** What the page remembers about a node from one look to the next. */
export interface Sighting {
  readonly up: boolean
  readonly osPid: number | undefined
  /** When `up` was last seen to change; `undefined` for as long as it never did. */
  readonly changedMs: number | undefined
  /** When another OS process was first seen under this name. */
  readonly restartedMs: number | undefined
}

export type Sightings = ReadonlyMap<string, Sighting>

export function noteSightings(before: Sightings, nodes: readonly ClusterNode[], nowMs: number): Sightings {
  return new Map(
    nodes.map((node) => {
      const last = before.get(node.name)
      const isAnother = last?.osPid !== undefined && node.osPid !== undefined && last.osPid !== node.osPid
      const sighting: Sighting = {
        up: node.up,
        // A node that is down may have no OS process: the last one is kept, so that the next is known as another.
        osPid: node.osPid ?? last?.osPid,
        changedMs: last !== undefined && last.up !== node.up ? nowMs : last?.changedMs,
        restartedMs: isAnother ? nowMs : last?.restartedMs,
      }
      return [node.name, sighting]
    }),
  )
}
