import { describe, expect, it } from 'vitest'
import type { DatabaseStatus } from '../src/boot/status.api.ts'
import { missingIn, restartAll, type Look } from '../src/launcher/rolling-restart.ts'
import { groups, groupsOf, nodes as plan } from '../src/topology.ts'

type Seen = Look['nodes'][number]

/** Every node up and linked, with what `change` makes of each. */
function whole(change: (node: Seen) => Seen = (node) => node): Look {
  return {
    nodes: plan.map(({ name }) => {
      const mates = groupsOf(name).flatMap((group) => groups[group])
      return change({ name, up: true, connections: [...new Set(mates)].filter((mate) => mate !== name) })
    }),
  }
}

const part = (change: Partial<DatabaseStatus>): DatabaseStatus => ({
  role: 'follower',
  term: 3,
  leader: 'db1@127.0.0.1',
  committed: 1000,
  applied: 1000,
  lag: 0,
  serves: 'nothing',
  ...change,
})
const kept = (log: Partial<DatabaseStatus>): Look =>
  whole((node) => {
    if (node.name.startsWith('db1')) return { ...node, database: part({ role: 'leader', serves: 'readsAndWrites' }) }
    return node.name.startsWith('log') ? { ...node, database: part(log) } : node
  })

describe('a rolling restart', () => {
  it('restarts every node once, each when the cluster is whole again, the doors last', async () => {
    const restarted: string[] = []
    const said: string[] = []
    let away = 0
    await restartAll({
      look: async () => (away-- > 0 ? null : whole()),
      restart: async (node) => {
        expect(away).toBeLessThan(0)
        restarted.push(node)
        away = 1
      },
      isOver: () => false,
      say: (line) => void said.push(line),
    })
    expect([...restarted].sort()).toEqual(plan.map(({ name }) => name).sort())
    expect(restarted.slice(-2)).toEqual(['http1@127.0.0.1', 'http2@127.0.0.1'])
    expect(said.at(-1)).toBe('rolling restart: all nodes were restarted')
  })

  it('stops at a cluster that does not become whole, and says why', async () => {
    const restarted: string[] = []
    const tools = {
      look: async () => whole((node) => ({ ...node, up: node.name !== restarted[0] })),
      restart: async (node: string) => void restarted.push(node),
      isOver: () => false,
      say: () => {},
    }
    await expect(restartAll(tools, 60)).rejects.toThrow(/after 1 of 7 nodes: analytics@127.0.0.1 is down/)
    expect(restarted).toHaveLength(1)
  })

  it('ends with a node that is not ready again, says so, and restarts no further one', async () => {
    const restarted: string[] = []
    const tools = {
      look: async () => whole(),
      restart: async (node: string) => {
        if (restarted.push(node) === 3) throw new Error(`${node} is not ready`)
      },
      isOver: () => false,
      say: () => {},
    }
    await expect(restartAll(tools)).rejects.toThrow(
      'the rolling restart ends after 2 of 7 nodes: log@127.0.0.1 is not ready. Mend that, then ask for it again.',
    )
    expect(restarted).toHaveLength(3)
  })

  it('ends quietly when the launcher stops', async () => {
    let steps = 0
    const tools = {
      look: async () => whole(),
      restart: async () => void steps++,
      isOver: () => steps === 2,
      say: () => {},
    }
    await restartAll(tools)
    expect(steps).toBe(2)
  })
})

describe('whole', () => {
  it('is a cluster with every node and every link', () => {
    expect(missingIn(whole())).toBe(null)
    expect(missingIn({ nodes: [] })).toMatch(/is down/)
    expect(missingIn(whole((node) => (node.name.startsWith('http1') ? { ...node, connections: [] } : node)))).toMatch(
      /^http1@127.0.0.1 has no connection to /,
    )
  })

  it('asks of those who keep the messages that one takes them and the others have caught up', () => {
    expect(missingIn(kept({}))).toBe(null)
    expect(missingIn(kept({ applied: 100 }))).toBe(null)
    expect(missingIn(kept({ applied: 0, committed: 1001 }))).toBe('log@127.0.0.1 has not caught up')
    expect(missingIn(kept({ leader: null, role: 'candidate' }))).toBe('log@127.0.0.1 has not caught up')
    const readOnly = part({ role: 'leader', serves: 'reads' })
    expect(missingIn(whole((node) => ({ ...node, database: readOnly })))).toBe('no node takes messages')
  })
})
