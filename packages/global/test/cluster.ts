/**
 * Some nodes in virtual time, on a network in memory.
 */
import { createNode, type Node, type Report } from '@agner/core'
import { MemoryNetwork, startDistribution, type Distribution } from '@agner/distribution'
import { createVirtualRuntime, type VirtualRuntime } from '@agner/testing'

export interface Member {
  readonly name: string
  readonly node: Node
  readonly distribution: Distribution
  readonly reports: Report[]
}

export class TestCluster {
  readonly runtime: VirtualRuntime
  readonly network: MemoryNetwork
  readonly members: Member[] = []

  constructor(seed?: number) {
    this.runtime = createVirtualRuntime(seed === undefined ? {} : { seed })
    this.network = new MemoryNetwork({ runtime: this.runtime, ...(seed === undefined ? {} : { seed }) })
  }

  async add(short: string): Promise<Member> {
    const reports: Report[] = []
    const name = `${short}@cluster`
    const node = createNode({ name, runtime: this.runtime, report: (report) => void reports.push(report) })
    const distribution = await this.runtime.runUntil(
      startDistribution(node, {
        cookie: 'a cookie for the tests',
        network: this.network,
        listen: { host: name, port: 1 },
        portMapper: false,
        hosts: hosts(),
      }),
    )
    const member = { name, node, distribution, reports }
    this.members.push(member)
    return member
  }

  /** As a crash does: everything of the node is gone at once. */
  async crash(member: Member): Promise<void> {
    this.members.splice(this.members.indexOf(member), 1)
    await this.runtime.runUntil(member.distribution.stop())
    await this.runtime.runUntil(member.node.stop({ timeoutMs: 1 }))
  }

  async stop(): Promise<void> {
    for (const member of [...this.members]) await this.crash(member)
  }
}

const shorts = ['a', 'b', 'c', 'd', 'e', 'f']

function hosts(): Record<string, string> {
  return Object.fromEntries(shorts.map((short) => [`${short}@cluster`, `${short}@cluster:1`]))
}
