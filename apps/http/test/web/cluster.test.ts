import { describe, expect, test } from 'vitest'
import { layoutCluster, nodeRadius, pictureWidth } from '../../web/src/model/cluster-layout.ts'
import { linksOf, noteSightings, readCluster, shortName } from '../../web/src/model/cluster.ts'
import type { ClusterNode } from '../../web/src/model/cluster.ts'

const groups: Record<string, readonly string[]> = {
  front: ['http1', 'http2', 'db1', 'db2', 'log'],
  back: ['db1', 'db2', 'log', 'reporting', 'analytics'],
}
const names = ['http1', 'http2', 'db1', 'db2', 'log', 'reporting', 'analytics']

function cluster(down: readonly string[] = []): ClusterNode[] {
  return names.map((name) => {
    const own = Object.keys(groups).filter((group) => groups[group]?.includes(name))
    const mates = names.filter((other) => other !== name && own.some((group) => groups[group]?.includes(other)))
    const up = !down.includes(name)
    return {
      name,
      service: 'x',
      osPid: 1,
      up,
      url: undefined,
      groups: own,
      connections: up ? mates.filter((mate) => !down.includes(mate)) : [],
      database: undefined,
    }
  })
}

const countOf = (nodes: readonly ClusterNode[]): Record<string, number> =>
  Object.fromEntries(
    ['up', 'missing', 'down'].map((state) => [state, linksOf(nodes).filter((link) => link.state === state).length]),
  )

describe('links', () => {
  test('two groups of five that share three have 17', () =>
    expect(countOf(cluster())).toEqual({ up: 17, missing: 0, down: 0 }))

  test('those of a node that is down are down', () =>
    expect(countOf(cluster(['log']))).toEqual({ up: 11, missing: 0, down: 6 }))

  test('one that neither side lists is missing; one side is enough', () => {
    const cut = (node: ClusterNode, other: string): ClusterNode => ({
      ...node,
      connections: node.connections.filter((name) => name !== other),
    })
    const half = cluster().map((node) => (node.name === 'db1' ? cut(node, 'db2') : node))
    expect(countOf(half)).toEqual({ up: 17, missing: 0, down: 0 })
    const whole = half.map((node) => (node.name === 'db2' ? cut(node, 'db1') : node))
    expect(countOf(whole)).toEqual({ up: 16, missing: 1, down: 0 })
  })

  test('one between groups is drawn too, if it is there', () => {
    const nodes = cluster().map((node) =>
      node.name === 'http1' ? { ...node, connections: [...node.connections, 'analytics'] } : node,
    )
    expect(countOf(nodes).up).toBe(18)
  })
})

describe('the picture', () => {
  const layout = layoutCluster(cluster())

  test('has every node inside it, none on another', () => {
    expect(layout.spots.length).toBe(7)
    for (const [index, { x, y }] of layout.spots.entries()) {
      expect(x).toBeGreaterThan(nodeRadius)
      expect(x).toBeLessThan(pictureWidth - nodeRadius)
      expect(y + nodeRadius).toBeLessThan(layout.height)
      for (const other of layout.spots.slice(index + 1))
        expect(Math.hypot(x - other.x, y - other.y)).toBeGreaterThan(2.5 * nodeRadius)
    }
  })

  test('has exactly the members of a group inside its box', () => {
    for (const box of layout.boxes) {
      const inside = layout.spots.filter(
        ({ x, y }) => x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height,
      )
      expect(inside.map(({ node }) => node.name).sort()).toEqual([...groups[box.group]!].sort())
    }
  })

  test('runs no link through a third node', () => {
    const spots = new Map(layout.spots.map((spot) => [spot.node.name, spot]))
    for (const { from, to } of linksOf(cluster())) {
      const [a, b] = [spots.get(from)!, spots.get(to)!]
      for (const { node, x, y } of layout.spots) {
        if (node.name === from || node.name === to) continue
        const along = Math.max(
          0,
          Math.min(1, ((x - a.x) * (b.x - a.x) + (y - a.y) * (b.y - a.y)) / ((b.x - a.x) ** 2 + (b.y - a.y) ** 2)),
        )
        expect(
          Math.hypot(a.x + along * (b.x - a.x) - x, a.y + along * (b.y - a.y) - y),
          `${from}-${to} over ${node.name}`,
        ).toBeGreaterThan(nodeRadius)
      }
    }
  })

  test('does not move when a node goes down', () => {
    const places = (nodes: readonly ClusterNode[]): unknown =>
      layoutCluster(nodes).spots.map(({ node, x, y }) => [node.name, x, y])
    expect(places(cluster(['db1', 'http2']))).toEqual(places(cluster()))
  })

  test('copes with no node, no group, one node', () => {
    expect(layoutCluster([]).spots).toEqual([])
    const [alone] = cluster()
    expect(layoutCluster([{ ...alone!, groups: [] }]).boxes).toEqual([])
  })
})

describe('sightings', () => {
  const node = (up: boolean, osPid: number | undefined): ClusterNode => ({ ...cluster()[0]!, up, osPid })
  const see = (...looks: readonly [ClusterNode, number][]) =>
    looks
      .reduce(
        (before, [seen, atMs]) => noteSightings(before, [seen], atMs),
        new Map() as ReturnType<typeof noteSightings>,
      )
      .get('http1')

  test('the first look is no change', () =>
    expect(see([node(false, 1), 10])).toMatchObject({ changedMs: undefined, restartedMs: undefined }))

  test('down, and back as another process, although it had none meanwhile', () =>
    expect(
      see([node(true, 1), 10], [node(false, undefined), 20], [node(false, undefined), 30], [node(true, 2), 40]),
    ).toEqual({ up: true, osPid: 2, changedMs: 40, restartedMs: 40 }))

  test('a restart between two looks is seen by its process alone', () =>
    expect(see([node(true, 1), 10], [node(true, 2), 20])).toMatchObject({ changedMs: undefined, restartedMs: 20 }))
})

describe('what the server says', () => {
  test('is read as far as it makes sense', () => {
    const read = readCluster({
      nodes: [{ name: 'a', up: true, connections: ['b', { name: 'c' }], url: 'javascript:alert(1)' }, {}, null],
      applications: [{ name: 'x', node: 'a' }],
    })
    expect(read.nodes).toEqual([
      {
        name: 'a',
        service: '',
        osPid: undefined,
        up: true,
        url: undefined,
        groups: [],
        connections: ['b', 'c'],
        database: undefined,
      },
    ])
    expect(read.applications).toEqual([{ name: 'x', node: 'a', state: 'unknown' }])
    expect(readCluster(undefined)).toEqual({ nodes: [], applications: [] })
  })

  test('a node is called by its name without the host', () => {
    expect(shortName('db1@127.0.0.1')).toBe('db1')
    expect(shortName('@odd')).toBe('@odd')
  })
})
