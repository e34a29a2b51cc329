/**
 * One node of the model's stage of real OS processes: does what it is told over the channel to its starter, and ends with it.
 *
 * A partition is made where connections are: those to a blocked node are closed, and new ones go where nobody listens.
 */
import { createNode } from '@agner/core'
import { startDistribution, tcp, type Network } from '@agner/distribution'
import { startGroups } from '../../src/index.ts'
import { Actor, type Order } from '../model/stage.ts'

export interface NodeOptions {
  readonly name: string
  readonly cookie: string
  /** Where each node listens. */
  readonly ports: Readonly<Record<string, number>>
}

export type Told =
  | { readonly id: number; readonly do: 'order'; readonly order: Order }
  | { readonly id: number; readonly do: 'look' }
  | { readonly id: number; readonly do: 'block'; readonly nodes: readonly string[] }
  | { readonly id: number; readonly do: 'drop'; readonly node: string }

const { name, cookie, ports } = JSON.parse(process.argv[2] ?? '{}') as NodeOptions
const host = '127.0.0.1'
const full = (short: string): string => `${short}@${host}`
const nobody = 1

let blocked: readonly string[] = []

const network: Network = {
  listen: (address, accept) => tcp.listen(address, accept),
  connect: (address, handlers) => {
    const isBlocked = blocked.some((node) => ports[node] === address.port)
    return tcp.connect(isBlocked ? { host, port: nobody } : address, handlers)
  },
}

const node = createNode({ name: full(name), report: () => {} })
const distribution = await startDistribution(node, {
  cookie,
  network,
  listen: { host, port: ports[name]! },
  portMapper: false,
  hosts: Object.fromEntries(Object.entries(ports).map(([short, port]) => [full(short), `${host}:${port}`])),
  tickMs: 1000,
})
const groups = await startGroups(node, distribution, {
  redialMs: 100,
  times: { graceMs: 300, timeoutMs: 4000, askMs: 2000, lingerMs: 2000, leaderlessMs: 3000 },
  raft: { electionTimeoutMs: 800, heartbeatMs: 150 },
})
const actor = new Actor(node, groups, () => distribution.nodes('connected'))

async function carryOut(told: Told): Promise<unknown> {
  switch (told.do) {
    case 'order':
      return actor.carryOut(told.order)
    case 'look':
      return actor.look()
    case 'drop':
      return distribution.disconnect(full(told.node))
    case 'block':
      blocked = told.nodes
      for (const other of blocked) distribution.disconnect(full(other))
      return null
  }
}

process.on('message', (told: Told) => {
  void carryOut(told).then((value) => process.send?.({ id: told.id, value: value ?? null }))
})
process.on('disconnect', () => process.exit())
process.send?.({ id: 0, value: null })
