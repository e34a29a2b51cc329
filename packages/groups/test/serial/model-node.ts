/**
 * One node of the model's stage of real OS processes.
 *
 * A partition is made where connections are: those to a blocked node are closed, and new ones go where nobody listens.
 */
import { tcp, type Network } from '@agner/distribution'
import { definePeer, type PeerProgram } from '@agner/testing'
import { startGroups } from '../../src/index.ts'
import { Actor, type Order, type Outcome, type Snapshot } from '../model/stage.ts'

export interface ModelArgs {
  /** Where each node listens. */
  readonly ports: Readonly<Record<string, number>>
}

export interface ModelCalls {
  carryOut(order: Order): Promise<Outcome>
  look(): Snapshot
  drop(other: string): void
  /** Those, and no others any more. */
  block(others: readonly string[]): void
}

const host = '127.0.0.1'
const nobody = 1

const full = (short: string): string => `${short}@${host}`

let blocked: readonly string[] = []

const network = (ports: ModelArgs['ports']): Network => ({
  listen: (address, accept) => tcp.listen(address, accept),
  connect: (address, handlers) => {
    const isBlocked = blocked.some((node) => ports[node] === address.port)
    return tcp.connect(isBlocked ? { host, port: nobody } : address, handlers)
  },
})

const program: PeerProgram<ModelCalls, ModelArgs> = definePeer({
  node: () => ({ report: () => {} }),
  distribution: ({ name, args: { ports } }) => ({
    network: network(ports),
    listen: { host, port: ports[name.split('@')[0]!]! },
    hosts: Object.fromEntries(Object.entries(ports).map(([short, port]) => [full(short), `${host}:${port}`])),
    tickMs: 1000,
  }),
  start: async ({ node, distribution }) => {
    const groups = await startGroups(node, distribution!, {
      redialMs: 100,
      times: { graceMs: 300, timeoutMs: 4000, askMs: 2000, lingerMs: 2000, leaderlessMs: 3000 },
      raft: { electionTimeoutMs: 800, heartbeatMs: 150 },
    })
    const actor = new Actor(node, groups, () => distribution!.nodes('connected'))
    const drop = (other: string): void => void distribution!.disconnect(full(other))
    return {
      carryOut: (order: Order) => actor.carryOut(order),
      look: () => actor.look(),
      drop,
      block: (others: readonly string[]) => {
        blocked = others
        for (const other of others) drop(other)
      },
    }
  },
})

export default program
