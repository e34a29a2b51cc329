/**
 * A stage whose nodes n1, n2 and n3 run the application where a lease is held; k1, k2 and k3 keep the leases. What the lease protects, a storage that checks tokens, is
 * written to by whoever believes that it runs.
 */
import { checkFence, leaseGroup, memberIdOf, startClient, startLeaseMember, type LeaseGroup } from '@agner/consensus'
import { leaseArbiter, type Arbiter } from '@agner/release'
import { simulateCluster } from '@agner/testing'
import { full, Stage, type StageOptions } from './stage.ts'

const leases: LeaseGroup = leaseGroup('leases')
const keepers = ['k1', 'k2', 'k3']
const runners = ['n1', 'n2', 'n3']

export async function leasedStage(options: Pick<StageOptions, 'seed' | 'runtime'> = {}): Promise<Stage> {
  const stage = new Stage()
  const arbiters = new Map<string, Arbiter>()
  stage.cluster = await simulateCluster({
    trace: false,
    distribution: { tickMs: 1000 },
    ...options,
    nodes: keepers,
    later: runners,
    setup: async (life) => {
      if (keepers.includes(life.name)) return
      const client = await startClient(life.node, leases, { nodes: keepers.map(full) })
      arbiters.set(life.name, leaseArbiter(client, { durationMs: 2000 }))
      await stage.setUp(life, [stage.talk({ arbiter: arbiters.get(life.name)!, lostMs: 100, timeoutMs: 500 })])
    },
  })
  const members = stage.cluster.up.map(({ node }) => node)
  const founders = members.map((node) => ({ id: memberIdOf(node, 'memory'), role: 'voter' }) as const)
  for (const node of members)
    await stage.cluster.until(startLeaseMember(node, leases, { founders, settings: { heartbeatMs: 200 } }))
  for (const name of runners) await stage.cluster.start(name)
  await stage.run(3000)
  return stage
}

/** Takes writes of those whose token is not older than one that it has seen. */
export class Fenced {
  greatest = 0
  readonly accepted: string[] = []
  refused = 0

  write(by: string, token: number): void {
    try {
      this.greatest = checkFence(this.greatest, token)
      if (this.accepted.at(-1) !== `${by} #${String(token)}`) this.accepted.push(`${by} #${String(token)}`)
    } catch {
      this.refused++
    }
  }
}
