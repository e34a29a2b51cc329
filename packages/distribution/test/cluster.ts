/** Several nodes in virtual time on a network in memory: where most tests of distribution take place. */
import { createNode, type Module, type Node, type Notice, type Process } from '@agner/core'
import { collectReports, createVirtualRuntime, type CollectedReports, type VirtualRuntime } from '@agner/testing'
import { MemoryNetwork, startDistribution, type Distribution, type DistributionOptions } from '../src/index.ts'

export const cookie = 'a cookie for the tests'

export interface Member {
  readonly node: Node
  readonly distribution: Distribution
  readonly reports: CollectedReports
  /** The texts of notices, of at least `warning`. */
  readonly notices: () => string[]
}

export interface Cluster {
  readonly runtime: VirtualRuntime
  readonly network: MemoryNetwork
  start(
    name: string,
    options?: Partial<DistributionOptions> & { readonly modules?: readonly Module[] },
  ): Promise<Member>
  /** Runs `body` as a process of `member` to its end; what it throws fails the test. */
  inProcess<M>(member: Member, body: (self: Process<M>) => Promise<unknown>): Promise<void>
  /** Whether a message of `from` arrives at `to`, once, within a second. */
  arrives(from: Member, to: Member): Promise<boolean>
  /** Stops every member, distribution first. */
  stop(): Promise<void>
}

export function createCluster(
  seed?: number,
  runtime: VirtualRuntime = createVirtualRuntime(seed === undefined ? {} : { seed }),
): Cluster {
  const network = new MemoryNetwork(seed === undefined ? { runtime } : { runtime, seed })
  const members: Member[] = []
  return {
    runtime,
    network,
    async start(name, { modules = [], ...options } = {}) {
      const reports = collectReports()
      const node = createNode({ name, runtime, modules, report: reports.report })
      const distribution = await runtime.runUntil(startDistribution(node, { cookie, network, ...options }))
      const notices = () =>
        reports.all
          .filter(
            (report): report is Notice =>
              report.type === 'notice' && (report.level === 'warning' || report.level === 'error'),
          )
          .map((notice) => notice.text)
      const member = { node, distribution, reports, notices }
      members.push(member)
      return member
    },
    async inProcess(member, body) {
      const reason = await runtime.runUntil(member.node.exited(member.node.spawn(body)))
      if (reason !== 'normal')
        throw reason instanceof Error ? reason : new Error(`the process ended with ${JSON.stringify(reason)}`)
    },
    async arrives(from, to) {
      const seen: unknown[] = []
      const sink = to.node.spawn<unknown>(async (self) => {
        for (;;) seen.push(await self.receive())
      })
      from.node.send(sink, 'still here')
      await runtime.advance(1000)
      return seen.length === 1 && seen[0] === 'still here'
    },
    async stop() {
      for (const { distribution, node } of members) {
        await runtime.runUntil(distribution.stop())
        await runtime.runUntil(node.stop())
      }
      await runtime.settle()
    },
  }
}
