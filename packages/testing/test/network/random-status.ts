/**
 * Who is told that nodes come and go, while they meet at the same moment, lose each other, and die: a random program and what must
 * come of it.
 *
 * - nodeup and nodedown of a node alternate, a pair has one connection number, and numbers grow;
 * - what a node sends arrives between its nodeup and its nodedown, when `nodes()` shows it;
 * - who monitors one node is told once for each time, if the node was lost since, and not if it was not;
 * - when all is quiet there is one connection for each pair, and nothing half-open.
 */
import type { NodeDown, NodeUp, Pid } from '@agner/core'
import { simulateCluster, type SimulatedCluster, type SimulatedNode, type VirtualRuntime } from '../../src/index.ts'
import { SeededRandom } from '../../src/random.ts'

const names = ['a', 'b', 'c']
const tickMs = 500
const handshakeTimeoutMs = 1500

interface Letter {
  readonly type: 'letter'
  readonly from: string
}

interface Watch {
  readonly owner: SimulatedNode
  readonly node: string
  readonly times: number
  /** What its node had lost when it was set. */
  readonly losses: number
  readonly failures: number
  readonly told: NodeDown[]
}

class Program {
  cluster!: SimulatedCluster
  readonly random: SeededRandom
  readonly wrongs: string[] = []
  readonly watches: Watch[] = []
  readonly losses = new Map<SimulatedNode, Map<string, number>>()
  letters = 0

  constructor(seed: number) {
    this.random = new SeededRandom(seed, 17)
  }

  born(member: SimulatedNode): void {
    const { distribution, node, name } = member
    const up = new Map<string, number>()
    const losses = new Map<string, number>()
    this.losses.set(member, losses)
    distribution.onNodeChange(({ type, node: other }) => {
      if (type === 'nodedown') losses.set(other, (losses.get(other) ?? 0) + 1)
      if (distribution.nodes().includes(other) !== (type === 'nodeup'))
        this.wrong(`${name}: ${type} of ${other} too early`)
    })
    let latest = 0
    node.spawn<NodeUp | NodeDown | Letter>(
      async (self) => {
        distribution.monitorNodes(self, true, { nodeType: 'all', connectionId: true })
        for (;;) {
          const got = await self.receive()
          const number = up.get(got.type === 'letter' ? got.from : got.node)
          if (got.type === 'letter') {
            this.letters++
            if (number === undefined) this.wrong(`${name} got a letter of ${got.from}, which was not up`)
          } else if (got.type === 'nodeup') {
            if (number !== undefined) this.wrong(`${name} was told twice that ${got.node} is up`)
            if (got.connectionId! <= latest) this.wrong(`${name}: connection ${got.connectionId} came after ${latest}`)
            up.set(got.node, (latest = got.connectionId!))
          } else {
            if (number !== got.connectionId)
              this.wrong(`${name}: connection ${got.connectionId} ended in place of ${number}`)
            up.delete(got.node)
          }
        }
      },
      { name: 'watcher' },
    )
  }

  wrong(text: string): void {
    this.wrongs.push(text)
  }

  one<T>(list: readonly T[]): T {
    return list[this.random.below(list.length)] as T
  }

  pair(): [SimulatedNode, SimulatedNode] | null {
    const { up } = this.cluster
    if (up.length < 2) return null
    const first = this.random.below(up.length)
    return [up[first]!, up[(first + 1 + this.random.below(up.length - 1)) % up.length]!]
  }

  async step(): Promise<void> {
    const { cluster } = this
    const [one, other] = this.pair() ?? []
    const dice = this.random.below(20)
    if (one === undefined || other === undefined || dice === 0) await cluster.restart(this.one(names))
    else if (dice < 5)
      for (const [from, to] of [
        [one, other],
        [other, one],
      ] as const)
        void from.distribution.connect(to.node.name)
    else if (dice < 8)
      one.node.send({ name: 'watcher', node: other.node.name }, { type: 'letter', from: one.node.name } as never)
    else if (dice < 10) one.distribution.disconnect(other.node.name)
    else if (dice < 12) cluster.drop(one.name, other.name)
    else if (dice < 13) cluster.cut(one.name, other.name)
    else if (dice < 15) cluster.heal()
    else if (dice < 18) this.watch(one, other.node.name)
    else if (dice < 19) cluster.crash(one.name, this.random.below(2) === 0 ? 'reset' : 'silence')
    else await cluster.restart(one.name)
    await cluster.run(this.random.below(4) === 0 ? this.random.below(3000) : this.random.below(60))
  }

  watch(owner: SimulatedNode, node: string): void {
    const { distribution } = owner
    const told: NodeDown[] = []
    const times = 1 + this.random.below(3)
    const losses = this.losses.get(owner)!.get(node) ?? 0
    this.watches.push({ owner, node, times, losses, failures: distribution.stats().connectFailures, told })
    const pid: Pid<never> = owner.node.spawn<NodeDown>(async (self) => {
      for (;;) told.push(await self.receive())
    })
    for (let i = 0; i < times; i++) distribution.monitorNode({ pid }, node)
  }

  async finish(): Promise<void> {
    const { cluster } = this
    cluster.heal()
    for (const name of names) if (!cluster.up.some((each) => each.name === name)) await cluster.restart(name)
    await cluster.run(5 * tickMs + 2 * handshakeTimeoutMs + 3000)
    for (let round = 0; round < 10; round++)
      for (const { distribution, name } of cluster.up)
        for (const to of names) if (to !== name) await cluster.until(distribution.connect(`${to}@cluster`))
    for (const { distribution, name } of cluster.up) {
      const { connections, pendingHandshakes } = distribution.stats()
      if (connections !== names.length - 1 || pendingHandshakes !== 0)
        this.wrong(`${name} has ${connections} connections, ${pendingHandshakes} handshakes`)
    }
    for (const { owner, node, times, losses, failures, told } of this.watches) {
      if (!owner.isUp) continue
      const isLost = (this.losses.get(owner)!.get(node) ?? 0) > losses
      const hasFailed = owner.distribution.stats().connectFailures > failures
      const wanted = isLost ? [times] : hasFailed ? [0, times] : [0]
      if (!wanted.includes(told.length))
        this.wrong(`${owner.name} was told ${told.length} times that ${node} is lost, and not ${wanted.join(' or ')}`)
    }
    await cluster.stop()
    if (this.wrongs.length > 0) throw new Error(this.wrongs.slice(0, 5).join('\n'))
  }
}

/** @throws an error that says what the model does not allow. */
export async function randomStatus(
  runtime: VirtualRuntime,
  seed: number,
): Promise<{ readonly letters: number; readonly told: number }> {
  const program = new Program(seed)
  program.cluster = await simulateCluster({
    runtime,
    nodes: names,
    trace: false,
    distribution: { tickMs, handshakeTimeoutMs },
    network: seed % 2 === 0 ? {} : { stallChance: 0.05, stallMs: 300, splitChance: 0.5, latencyMs: [0, 40] as const },
    setup: (member) => program.born(member),
  })
  for (let step = 0; step < 60; step++) await program.step()
  await program.finish()
  return { letters: program.letters, told: program.watches.filter(({ told }) => told.length > 0).length }
}
