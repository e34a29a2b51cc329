/**
 * A random program over relays: processes send and ask across groups and watch each other, while gateways, sources, targets, nodes and ways fail.
 *
 * - what arrives from one sender at one target is in the order of sending, and nothing twice;
 * - a monitor gives one DOWN, and it gives it if the target ended; a request has one outcome;
 * - what was handed over has arrived, or its source has counted it as in doubt, unsent or undelivered;
 * - no gateway has more than the windows allow, and nobody is connected to whom the plan does not say;
 * - when all is quiet, nothing of it is left at gateways and ends.
 */
import type { AnyPid, Down, Process, Request } from '@agner/core'
import { describeReason, reply } from '@agner/core'
import type { VirtualRuntime } from '@agner/testing'
import { pairOfGroups, startRelayed, type Relayed } from './relayed.ts'

const gateways = ['g', 'h', 'i', 'j']
const ends = ['a', 'b', 'c', 'd']
const lasts = 3000

interface Letter {
  readonly sender: string
  readonly number: number
}

interface Watched {
  readonly sourceLife: number
  readonly source: string
  readonly target: AnyPid
  readonly downs: Down[]
}

interface Pair {
  readonly name: string
  readonly source: string
  readonly target: Target
  /** Handed over in the present life of the source’s node. */
  sent: number
}

interface Target {
  readonly node: string
  readonly pid: AnyPid
  readonly life: number
  readonly got: Letter[]
  killed: boolean
}

export class RandomRelay {
  readonly #runtime: VirtualRuntime
  readonly wrongs: string[] = []
  readonly #watches: Watched[] = []
  readonly #pairs: Pair[] = []
  readonly #targets: Target[] = []
  readonly #toStart = new Set<string>()
  #relayed!: Relayed
  asked = 0
  answered = 0

  constructor(runtime: VirtualRuntime) {
    this.#runtime = runtime
  }

  get letters(): number {
    return this.#targets.reduce((sum, { got }) => sum + got.length, 0)
  }

  get inDoubt(): number {
    return ends.reduce((sum, name) => sum + this.#relayed.relay(name).stats().inDoubt, 0)
  }

  get downs(): number {
    return this.#watches.reduce((sum, { downs }) => sum + downs.length, 0)
  }

  #below(count: number): number {
    return Math.floor(this.#runtime.random() * count)
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!
  }

  async play(): Promise<void> {
    this.#relayed = await startRelayed({
      runtime: this.#runtime,
      tickMs: 200,
      redialMs: 150,
      network: { latencyMs: [0.2, 10], stallChance: 0.002, stallMs: 300 },
      limits: { windowMessages: 16, queueMessages: 64, mailboxMessages: 20 },
      times: { idleMs: 2000, attemptTimeoutMs: 200, openTimeoutMs: 800 },
    })
    for (const node of ['c', 'd']) for (let count = 0; count < 2; count++) this.#addTarget(node)
    for (const source of ['a', 'b']) for (const target of this.#targets) this.#addPair(source, target)
    for (let step = 0; step < 12; step++) {
      this.#disturb()
      for (const gateway of this.#toStart) await this.#relayed.cluster.start(gateway)
      this.#toStart.clear()
      await this.#relayed.cluster.run(this.#below(lasts / 12))
    }
    await this.#rest()
    this.#check()
    await this.#relayed.cluster.stop()
  }

  #addTarget(node: string): void {
    const { cluster } = this.#relayed
    const target: Target = { node, pid: null as never, life: cluster.node(node).life, got: [], killed: false }
    const pauseMs = this.#below(3)
    const pid = cluster.node(node).node.spawn<Letter | Request<string, string>>(async (self) => {
      for (;;) {
        const message = await self.receive()
        if ('number' in message) target.got.push(message)
        else reply(message, `to ${message.payload}`)
        if (pauseMs > 0 && target.got.length % 10 === 0) await self.sleep(pauseMs)
      }
    })
    this.#targets.push(Object.assign(target, { pid }))
  }

  #addPair(source: string, target: Target): void {
    const { cluster } = this.#relayed
    const relay = this.#relayed.relay(source)
    const pair: Pair = { name: `${source}>${this.#pairs.length}`, source, target, sent: 0 }
    this.#pairs.push(pair)
    const { node } = cluster.node(source)
    node.spawn(async (self: Process<never>) => {
      while (this.#runtime.nowMs() < lasts) {
        const burst = this.#below(12)
        for (let count = 0; count < burst; count++)
          if (relay.trySend(self, target.pid as never, { sender: pair.name, number: pair.sent } as never)) pair.sent++
        await self.sleep(this.#runtime.random() * 60)
      }
    })
    node.spawn(async (self: Process<never>) => {
      while (this.#runtime.nowMs() < lasts) {
        const question = `${pair.name} ${this.asked++}`
        const answer = await relay
          .request(self, target.pid, question, { timeoutMs: 1000 })
          .catch((error: Error) => error)
        if (typeof answer === 'string' && answer !== `to ${question}`)
          this.wrongs.push(`${question} was answered ${answer}`)
        this.answered++
        await self.sleep(this.#runtime.random() * 300)
      }
    })
    this.#watch(source, target)
  }

  #watch(source: string, target: Target): void {
    const { life, node } = this.#relayed.cluster.node(source)
    node.spawn<Down>(async (self) => {
      for (;;) {
        const watched: Watched = { source, sourceLife: life, target: target.pid, downs: [] }
        this.#watches.push(watched)
        const ref = this.#relayed.relay(source).monitor(self, target.pid)
        const down = await self.receive()
        if (down.ref !== ref) this.wrongs.push(`${source} has two DOWNs of one monitor`)
        watched.downs.push(down)
        await self.sleep(100)
        if (this.#runtime.nowMs() > lasts || down.reason === 'noproc') return
      }
    })
  }

  #disturb(): void {
    const { cluster } = this.#relayed
    const gateway = this.#one(gateways)
    const other = this.#one([...gateways, ...ends].filter((name) => name !== gateway))
    const isUp = cluster.up.some(({ name }) => name === gateway)
    switch (this.#below(7)) {
      case 0:
        if (isUp) cluster.crash(gateway, this.#one(['reset', 'silence'] as const))
        return
      case 1:
        if (!isUp) this.#toStart.add(gateway)
        return
      case 2:
        if (isUp) cluster.drop(gateway, other)
        return
      case 3:
        cluster.cut(gateway, other)
        return
      case 4:
        cluster.heal()
        return
      case 5:
        if (isUp) cluster.hold(gateway, this.#below(500))
        return
      case 6: {
        const target = this.#one(this.#targets)
        if (this.#below(3) > 0 || target.killed) return
        target.killed = true
        cluster.node(target.node).node.sendExit(target.pid, 'kill')
      }
    }
  }

  async #rest(): Promise<void> {
    const { cluster } = this.#relayed
    cluster.heal()
    for (const gateway of gateways) if (!cluster.up.some(({ name }) => name === gateway)) await cluster.start(gateway)
    await cluster.run(lasts + 6000)
  }

  #check(): void {
    for (const { got } of this.#targets) {
      const last = new Map<string, number>()
      for (const { sender, number } of got) {
        if (number <= (last.get(sender) ?? -1)) this.wrongs.push(`${sender}: ${number} came after ${last.get(sender)}`)
        last.set(sender, number)
      }
    }
    this.#checkLosses()
    this.#checkWatches()
    this.#checkConnections()
    if (this.asked !== this.answered) this.wrongs.push(`${this.asked} asked, ${this.answered} outcomes`)
  }

  #checkLosses(): void {
    for (const source of ['a', 'b']) {
      const pairs = this.#pairs.filter((pair) => pair.source === source)
      const sent = pairs.reduce((sum, pair) => sum + pair.sent, 0)
      const names = new Set(pairs.map(({ name }) => name))
      const arrived = this.#targets.reduce(
        (sum, { got }) => sum + got.filter(({ sender }) => names.has(sender)).length,
        0,
      )
      const { inDoubt, unsent, undelivered } = this.#relayed.relay(source).stats()
      if (sent - arrived > inDoubt + unsent + undelivered)
        this.wrongs.push(
          `${source}: ${sent} sent, ${arrived} arrived, only ${inDoubt} + ${unsent} + ${undelivered} told`,
        )
    }
  }

  #checkWatches(): void {
    for (const { downs, target, source } of this.#watches) {
      const { killed } = this.#targets.find(({ pid }) => pid === target)!
      if (downs.length > 1) this.wrongs.push(`${source}: ${downs.length} DOWNs`)
      if (killed && downs.length === 0) this.wrongs.push(`${source}: no DOWN of a process that is dead`)
      const [down] = downs
      if (down !== undefined && !killed && down.reason !== 'noconnection')
        this.wrongs.push(`${source}: DOWN of a live process: ${describeReason(down.reason)}`)
    }
  }

  #checkConnections(): void {
    for (const { name, distribution } of this.#relayed.cluster.up) {
      const wanted = Object.values(pairOfGroups)
        .filter((group) => group.includes(name))
        .flat()
      for (const peer of distribution.nodes())
        if (!wanted.includes(peer.replace('@cluster', ''))) this.wrongs.push(`${name} is connected to ${peer}`)
      const { waitingFrames, faults } = this.#relayed.relay(name).stats()
      if (waitingFrames > 0) this.wrongs.push(`${name} still holds ${waitingFrames} frames`)
      if (faults > 0) this.wrongs.push(`${name}: ${faults} faults`)
    }
    const circuits = ['a', 'b'].reduce(
      (sum, name) =>
        sum +
        this.#relayed
          .relay(name)
          .paths()
          .filter(({ way }) => way.length > 0).length,
      0,
    )
    const ended = ['c', 'd'].reduce((sum, name) => sum + this.#relayed.relay(name).stats().targets, 0)
    if (ended !== circuits) this.wrongs.push(`${circuits} circuits begin, ${ended} end`)
  }
}
