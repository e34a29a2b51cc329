import { describe, expect, it } from 'vitest'
import { missingIn, type ClusterView, type DatabaseView } from '../../src/chaos/whole.ts'
import { groups, nodes } from '../../src/topology.ts'

const peersOf = (name: string): string[] => [
  ...new Set(
    Object.values(groups)
      .filter((group) => group.includes(name))
      .flat(),
  ),
]
const whole: ClusterView = {
  nodes: nodes.map(({ name }, index) => ({ name, osPid: index + 1, up: true, connections: peersOf(name) })),
}
const first = nodes[0]!.name
const change = (other: Partial<ClusterView['nodes'][number]>): ClusterView => ({
  nodes: whole.nodes.map((node) => (node.name === first ? { ...node, ...other } : node)),
})
const part = (other: Partial<DatabaseView>): ClusterView =>
  change({ database: { role: 'leader', committed: 9, applied: 9, lag: 0, serves: 'readsAndWrites', ...other } })

describe('a cluster', () => {
  it('is whole when every node is up and connected', () => {
    expect(missingIn(whole, new Set())).toBeNull()
    expect(missingIn(part({}), new Set())).toBeNull()
  })

  it.each<[string, ClusterView, RegExp]>([
    ['a node is down', change({ up: false, osPid: null }), /is not up/],
    ['a node is missing', { nodes: whole.nodes.slice(1) }, /is not up/],
    ['a node is not connected', change({ connections: [] }), /is not connected to/],
    ['no database takes messages', part({ serves: 'reads' }), /no node takes messages/],
    ['a copy is behind', part({ lag: 5000 }), /5000 entries behind/],
  ])('is not when %s', (_, view, expected) => {
    expect(missingIn(view, new Set())).toMatch(expected)
  })

  it('is not while a node is the process that had to go', () => {
    expect(missingIn(whole, new Set([1]))).toMatch(/still its old process/)
  })
})
