/**
 * A random program of signals between nodes, and a small model that knows what must come of it.
 *
 * Processes monitor, link to and write to targets of other nodes, those of earlier lives among them, while ways are cut and heal,
 * connections drop, processes and nodes die and come back. The model says:
 * - a monitor gives one DOWN: by the time all is quiet, if its target or the way to it was lost, else when the target ends;
 *   a link breaks once; a target knows exactly the watchers and links that are still open;
 * - messages from one process to another, large ones in fragments among them, arrive in order and once, with a gap only where the sender's connection was lost between the two;
 *   and never in a later life;
 * - who is cut off from each other for longer than four ticks is not connected;
 * - a node whose thread is held for so long loses no connection by that, and gives up nobody when it is free again;
 * - when all is quiet every node is connected to every other, once, and nothing is left over.
 */
import type { Down, Exit, Pid, Process } from '@agner/core'
import { simulateCluster, type SimulatedCluster, type SimulatedNode, type VirtualRuntime } from '../../src/index.ts'
import { SeededRandom } from '../../src/random.ts'

interface Life {
  readonly member: SimulatedNode
  readonly targets: Target[]
  sender: Pid<Order> | null
  /** How often a connection to each other node was lost, by what its own distribution says. */
  readonly losses: Map<string, number>
  /** Whom it gave up for silence. */
  readonly timeouts: string[]
}

interface Target {
  readonly life: Life
  readonly pid: Pid<Letter>
  isKilled: boolean
}

interface Bond {
  readonly kind: 'monitor' | 'link'
  readonly owner: Life
  readonly target: Target
  readonly pid: Pid<never>
  isKilled: boolean
  /** The reasons it was told. */
  readonly told: unknown[]
}

interface Letter {
  readonly pair: string
  readonly seq: number
  readonly target: number
  readonly fill?: Uint8Array
}

interface Order {
  readonly to: Pid<Letter>
  readonly target: number
  readonly count: number
}

interface Pair {
  /** How many connections the sender had lost when it sent each letter. */
  readonly epochs: number[]
  latest: number
}

const names = ['a', 'b', 'c', 'd']
const targetsEach = 2
/** Every so many a letter is so large that it goes in fragments. */
const largeEvery = 9
const largeBytes = 10_000
const tickMs = 500
/** After so long who hears nothing of a peer must have given it up. */
const detectedMs = 5 * tickMs + 500
const handshakeTimeoutMs = 1500

export interface RandomSignalsOptions {
  readonly runtime: VirtualRuntime
  readonly seed: number
  /** Default 40. */
  readonly steps?: number
}

/** @throws an error that says what the model does not allow. */
export async function randomSignals({ runtime, seed, steps = 40 }: RandomSignalsOptions): Promise<void> {
  const program = new RandomSignals(new SeededRandom(seed, 9))
  program.cluster = await simulateCluster({
    runtime,
    nodes: names,
    trace: false,
    // Small frames, so that fragments need no large messages.
    distribution: { tickMs, handshakeTimeoutMs, limits: { frameBytes: 2048 } },
    // Fair, changing or foul, by the seed.
    network: [
      {},
      { stallChance: 0.01, stallMs: 500, dropChance: 0.002 },
      { stallChance: 0.05, stallMs: 300, dropChance: 0.02, splitChance: 0.5, latencyMs: [0, 40] as const },
    ][seed % 3] as object,
    setup: (member) => program.born(member),
  })
  for (let step = 0; step < steps; step++) await program.step()
  await program.finish()
}

class RandomSignals {
  cluster!: SimulatedCluster
  readonly #random: SeededRandom
  readonly #lives = new Map<string, Life>()
  readonly #targets: Target[] = []
  readonly #bonds: Bond[] = []
  readonly #pairs = new Map<string, Pair>()
  readonly #wrongs: string[] = []

  constructor(random: SeededRandom) {
    this.#random = random
  }

  born(member: SimulatedNode): void {
    const life: Life = { member, targets: [], sender: null, losses: new Map(), timeouts: [] }
    this.#lives.set(member.name, life)
    member.distribution.onNodeChange((change) => {
      if (change.type === 'nodeup') return
      const { node, reason } = change
      life.losses.set(node, (life.losses.get(node) ?? 0) + 1)
      if (reason === 'net_tick_timeout') life.timeouts.push(node)
    })
    for (let i = 0; i < targetsEach; i++) this.#spawnTarget(life)
    life.sender = member.node.spawn(async (self: Process<Order>) => {
      for (;;) this.#send(self, life, await self.receive())
    })
  }

  #spawnTarget(life: Life): void {
    const number = this.#targets.length
    const pid = life.member.node.spawn<Letter | Exit>(async (self) => {
      self.trapExits(true)
      for (;;) {
        const got = await self.receive()
        if ('pair' in got) this.#received(got, number)
      }
    })
    const target: Target = { life, pid, isKilled: false }
    life.targets.push(target)
    this.#targets.push(target)
  }

  #epoch(life: Life, node: string): number {
    return (life.losses.get(node) ?? 0) + life.member.distribution.stats().connectFailures
  }

  #send(self: Process<Order>, life: Life, { to, target, count }: Order): void {
    const key = `${String(self.pid)} ${life.member.node.incarnation} → ${String(target)}`
    let pair = this.#pairs.get(key)
    if (pair === undefined) this.#pairs.set(key, (pair = { epochs: [], latest: -1 }))
    for (let i = 0; i < count; i++) {
      const seq = pair.epochs.push(this.#epoch(life, to.node)) - 1
      self.send(to, { pair: key, seq, target, ...(seq % largeEvery === 0 ? { fill: new Uint8Array(largeBytes) } : {}) })
    }
  }

  #received({ pair: key, seq, target }: Letter, by: number): void {
    if (target !== by) this.#wrong(`a message for target ${target} reached target ${by}, of another life`)
    const pair = this.#pairs.get(key)!
    const { latest, epochs } = pair
    if (seq <= latest) this.#wrong(`${key}: message ${seq} came after ${latest}`)
    else if (seq > latest + 1 && epochs[latest + 1] === epochs[seq])
      this.#wrong(`${key}: messages from ${latest + 1} to ${seq - 1} were lost over a connection that stood`)
    pair.latest = seq
  }

  #wrong(text: string): void {
    this.#wrongs.push(`at ${this.cluster.runtime.nowMs().toFixed(1)} ms: ${text}`)
  }

  #check(): void {
    if (this.#wrongs.length > 0) throw new Error(this.#wrongs.slice(0, 5).join('\n'))
  }

  // — steps —

  #below(count: number): number {
    return this.#random.below(count)
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T
  }

  #life(): Life {
    return this.#lives.get(this.#one(this.cluster.up).name)!
  }

  /** Mostly one that lives. */
  #target(): Target {
    return this.#below(4) === 0 ? this.#one(this.#targets) : this.#one(this.#life().targets)
  }

  #pair(): [string, string] {
    const first = this.#below(names.length)
    return [names[first] as string, names[(first + 1 + this.#below(names.length - 1)) % names.length] as string]
  }

  async step(): Promise<void> {
    const { cluster } = this
    const [one, other] = this.#pair()
    const dice = this.#below(43)
    if (dice < 7) this.#bond('monitor')
    else if (dice < 11) this.#bond('link')
    else if (dice < 20) this.#write()
    else if (dice < 22) this.#killTarget()
    else if (dice < 24) this.#killBond()
    else if (dice < 26) cluster.cut(one, other)
    else if (dice < 27) cluster.cutOneWay(one, other)
    else if (dice < 28) await this.#longCut(one, other)
    else if (dice < 29) this.#onBothUp(one, other, () => this.#meetHalfway(one, other))
    else if (dice < 32) cluster.heal()
    else if (dice < 34) this.#onBothUp(one, other, () => cluster.drop(one, other))
    else if (dice < 35) this.#onBothUp(one, other, () => cluster.stall(one, other, this.#below(1500)))
    else if (dice < 36) this.#onBothUp(one, other, () => this.#disconnect(one, other))
    else if (dice < 38) await this.#crash()
    else if (dice < 40) await this.#hold()
    else await this.#restart()
    await cluster.run(this.#below(5) === 0 ? this.#below(4000) : this.#below(200))
    this.#check()
  }

  #onBothUp(one: string, other: string, act: () => void): void {
    const up = cluster(this)
    if (up.has(one) && up.has(other)) act()
  }

  #disconnect(one: string, other: string): void {
    this.cluster.node(one).distribution.disconnect(`${other}@cluster`)
  }

  /** Both connect at the same moment. */
  #meetHalfway(one: string, other: string): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const)
      void this.cluster.node(from).distribution.connect(`${to}@cluster`)
  }

  #bond(kind: 'monitor' | 'link'): void {
    const [owner, target] = [this.#life(), this.#target()]
    const told: unknown[] = []
    const pid = owner.member.node.spawn(async (self: Process<Down | Exit>) => {
      self.trapExits(true)
      if (kind === 'monitor') self.monitor(target.pid)
      else self.link(target.pid)
      for (;;) told.push((await self.receive()).reason)
    })
    this.#bonds.push({ kind, owner, target, pid: pid as Pid<never>, isKilled: false, told })
  }

  #write(): void {
    const [{ member, sender }, target] = [this.#life(), this.#target()]
    const order: Order = { to: target.pid, target: this.#targets.indexOf(target), count: 1 + this.#below(20) }
    member.node.send(sender!, order)
  }

  #killTarget(): void {
    const life = this.#life()
    const target = this.#one(life.targets)
    target.isKilled = true
    life.member.node.sendExit(target.pid, 'kill')
    life.targets.splice(life.targets.indexOf(target), 1)
    this.#spawnTarget(life)
  }

  #killBond(): void {
    const alive = this.#bonds.filter((bond) => this.#isAlive(bond))
    if (alive.length === 0) return
    const bond = this.#one(alive)
    bond.isKilled = true
    bond.owner.member.node.sendExit(bond.pid, 'kill')
  }

  async #longCut(one: string, other: string): Promise<void> {
    this.cluster.cut(one, other)
    await this.cluster.run(detectedMs)
    this.#isApart(one, other)
    this.#isApart(other, one)
  }

  #isApart(one: string, other: string): void {
    const life = this.cluster.up.find(({ name }) => name === one)
    if (life?.distribution.nodes('connected').includes(`${other}@cluster`) === true)
      this.#wrong(`${one} is still connected to ${other}, of which it has heard nothing for ${detectedMs} ms`)
  }

  async #crash(): Promise<void> {
    if (this.cluster.up.length < 3) return
    const { name } = this.#life().member
    const how = this.#below(2) === 0 ? 'reset' : 'silence'
    this.cluster.crash(name, how)
    if (this.#below(2) === 0) return
    await this.cluster.run(detectedMs)
    for (const each of names) if (each !== name) this.#isApart(each, name)
  }

  async #hold(): Promise<void> {
    const { cluster } = this
    cluster.heal()
    await cluster.run(2000)
    const { member } = this.#life()
    // With whom it has a lane on both sides: what began just now has none yet, and silence is all that counts.
    const laned = ({ distribution }: SimulatedNode, name: string): boolean =>
      distribution.status().peers.some(({ node, lane }) => node === `${name}@cluster` && lane === 'up')
    const peers = cluster.up.filter((peer) => laned(member, peer.name) && laned(peer, member.name))
    const given = (name: string, about: string): number =>
      this.#lives.get(name)!.timeouts.filter((node) => node === `${about}@cluster`).length
    const before = peers.map(({ name }) => given(name, member.name) + given(member.name, name))
    cluster.hold(member.name, detectedMs)
    await cluster.run(detectedMs + 500)
    for (const [index, { name }] of peers.entries())
      if (given(name, member.name) + given(member.name, name) !== before[index])
        this.#wrong(`${name} and ${member.name}, which was held for ${detectedMs} ms, gave each other up`)
  }

  async #restart(): Promise<void> {
    const up = cluster(this)
    const down = names.filter((name) => !up.has(name))
    await this.cluster.restart(down.length > 0 ? this.#one(down) : this.#one(names))
  }

  // — the end —

  async finish(): Promise<void> {
    const { cluster } = this
    cluster.heal()
    for (const name of names) if (!cluster.up.some((each) => each.name === name)) await cluster.restart(name)
    await cluster.run(detectedMs + 2 * handshakeTimeoutMs + 3000)
    await this.#meet()
    this.#compare()
    for (const life of this.#lives.values()) this.#countOver(life)
    this.#check()

    for (const { life, pid } of this.#alive()) life.member.node.sendExit(pid, 'kill')
    await cluster.run(3000)
    for (const bond of this.#bonds)
      if (this.#isAlive(bond) && bond.told.length !== 1)
        this.#wrong(`a ${bond.kind} gave ${bond.told.length} signals (${bond.told.join()}); its target is dead`)
    for (const bond of this.#bonds) if (this.#isAlive(bond)) bond.owner.member.node.sendExit(bond.pid, 'kill')
    await cluster.run(1000)
    for (const { member } of this.#lives.values()) {
      const { processes, timers } = member.node.counters()
      if (processes !== 1 || timers !== 0)
        this.#wrong(`${member.name} is left with ${processes} processes, ${timers} timers`)
    }
    this.#check()
  }

  /** Everybody is connected with everybody, and everybody's messages arrive. */
  async #meet(): Promise<void> {
    const { cluster } = this
    for (let round = 0; round < 20; round++)
      for (const { distribution } of cluster.up)
        for (const name of names)
          if (`${name}@cluster` !== distribution.node.name) await cluster.until(distribution.connect(`${name}@cluster`))
    for (const { distribution, name } of cluster.up) {
      const { connections, pendingHandshakes } = distribution.stats()
      if (distribution.nodes().length !== names.length - 1) this.#wrong(`${name} sees ${distribution.nodes().join()}`)
      if (connections !== names.length - 1 || pendingHandshakes !== 0)
        this.#wrong(`${name} has ${connections} connections, ${pendingHandshakes} handshakes`)
    }
  }

  #alive(): Target[] {
    return this.#targets.filter((target) => !target.isKilled && target.life.member.isUp)
  }

  #isAlive(bond: Bond): boolean {
    return !bond.isKilled && bond.owner.member.isUp
  }

  #compare(): void {
    const alive = new Set(this.#alive())
    for (const bond of this.#bonds) {
      if (!this.#isAlive(bond)) continue
      if (bond.told.length > 1) this.#wrong(`a ${bond.kind} gave ${bond.told.length} signals: ${bond.told.join()}`)
      if (bond.told.length === 0 && !alive.has(bond.target))
        this.#wrong(`a ${bond.kind} gave no signal, and its target is gone`)
    }
    for (const target of alive) {
      const open = (kind: Bond['kind']): string =>
        this.#bonds
          .filter((bond) => bond.kind === kind && bond.target === target && this.#isAlive(bond))
          .filter(({ told }) => told.length === 0)
          .map(({ pid }) => String(pid))
          .sort()
          .join()
      const info = target.life.member.node.processInfo(target.pid, ['links', 'monitoredBy'])!
      const [links, watchers] = [info.links, info.monitoredBy].map((pids) => pids.map(String).sort().join())
      if (watchers !== open('monitor'))
        this.#wrong(`a target is monitored by ${watchers || 'nobody'}; it should be by ${open('monitor') || 'nobody'}`)
      if (links !== open('link'))
        this.#wrong(`a target is linked to ${links || 'nobody'}; it should be to ${open('link') || 'nobody'}`)
    }
  }

  #countOver({ member, targets }: Life): void {
    const bonds = this.#bonds.filter((bond) => bond.owner.member === member && !bond.isKilled).length
    const { processes, timers } = member.node.counters()
    if (processes !== targets.length + bonds + 1)
      this.#wrong(`${member.name} has ${processes} processes; ${targets.length + bonds + 1} were not ended`)
    if (timers !== 0) this.#wrong(`${member.name} has ${timers} timers`)
  }
}

function cluster({ cluster: { up } }: RandomSignals): Set<string> {
  return new Set(up.map(({ name }) => name))
}
