/**
 * A random life of a cluster with global names, and what must be so when it is healed and quiet:
 *
 * - all nodes know the same names, of the same processes, all of which live; no process has two names and no name two processes;
 * - a process that was given a name, from whom nobody took it, and whom no verdict told that it lost, has it;
 * - of several that were given a name by the sides of a partition, one is left, and only one;
 * - who was refused a name has none, and a name that was taken back is not back.
 */
import type { AnyPid } from '@agner/core'
import {
  createVirtualRuntime,
  simulateCluster,
  type SimulatedCluster,
  type SimulatedNode,
  type VirtualRuntime,
} from '@agner/testing'
import { startGlobal, type Global, type Resolve } from '../../src/index.ts'

const nodeNames = ['a', 'b', 'c', 'd']
const tickMs = 500

/** The names, with what decides when two processes have one: the same for all that want it. */
const methods: Readonly<Record<string, (program: Program) => Resolve>> = {
  exit: () => 'randomExit',
  exit2: () => 'randomExit',
  notify: () => 'randomNotify',
  nobody: () => 'notifyAll',
  chosen: () => (_name, a, b) => (a.id < b.id ? a : b),
  broken: () => () => {
    throw new Error('a resolve function that fails')
  },
}
const names = Object.keys(methods)

interface Proc {
  readonly pid: AnyPid
  readonly home: SimulatedNode
  endedByTest: boolean
  conflicts: number
}

interface Op {
  readonly type: 'register' | 'reregister' | 'unregister'
  readonly name: string
  readonly proc: Proc | null
  readonly begun: number
  ended: number
  /** Null: not known, since there was an error, or the node crashed. */
  outcome: boolean | null
  /** Whoever asked lost somebody meanwhile, and may have asked again: a no may be the answer to the second question alone. */
  isTroubled: boolean
}

export interface RandomNames {
  readonly ops: number
  readonly decided: number
  readonly given: number
}

class Program {
  cluster!: SimulatedCluster
  /** Numbers for what happens, apart from those for how it goes. */
  readonly #dice: VirtualRuntime
  readonly globals = new Map<SimulatedNode, Global>()
  /** How many nodes each has lost. */
  readonly losses = new Map<SimulatedNode, number>()
  readonly procs: Proc[] = []
  readonly ops: Op[] = []
  readonly wrongs: string[] = []
  crashes = 0
  decided = 0
  #clock = 0

  constructor(seed: number) {
    this.#dice = createVirtualRuntime({ seed: 1_000_000 + seed })
  }

  below(count: number): number {
    return Math.floor(this.#dice.random() * count)
  }

  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  wrong(text: string): void {
    this.wrongs.push(text)
  }

  async step(): Promise<void> {
    const { cluster } = this
    const dice = this.below(100)
    const member = cluster.up.length === 0 ? null : this.one(cluster.up)
    const other = this.one(nodeNames)
    if (member === null) await cluster.restart(other)
    else if (dice < 34) this.register(member, 'register')
    else if (dice < 39) this.register(member, 'reregister')
    else if (dice < 45) this.unregister(member)
    else if (dice < 52) this.kill()
    else if (dice < 60) this.partition()
    else if (dice < 68) cluster.heal()
    else if (dice < 72 && other !== member.name) cluster.cut(member.name, other)
    else if (dice < 74 && other !== member.name) cluster.cutOneWay(member.name, other)
    else if (dice < 77 && other !== member.name) cluster.drop(member.name, other)
    else if (dice < 79 && other !== member.name) member.distribution.disconnect(`${other}@cluster`)
    else if (dice < 81 && other !== member.name) cluster.stall(member.name, other, this.below(1500))
    else if (dice < 83) this.crash(member)
    else if (dice < 86) this.garbage(member)
    else if (dice < 89 && !cluster.up.some(({ name }) => name === other)) await cluster.restart(other)
    else if (other !== member.name) void member.distribution.connect(`${other}@cluster`)
    const pause = this.below(8)
    if (pause < 4) return
    await cluster.run(pause === 7 ? this.below(4000) : this.below(60))
  }

  partition(): void {
    const cut = 1 + this.below(nodeNames.length - 1)
    const mixed = nodeNames.toSorted(() => this.below(3) - 1)
    this.cluster.partition(mixed.slice(0, cut), mixed.slice(cut))
  }

  crash(member: SimulatedNode): void {
    this.crashes++
    for (const proc of this.procs) if (proc.home === member) proc.endedByTest = true
    this.cluster.crash(member.name, this.below(2) === 0 ? 'reset' : 'silence')
  }

  /** Whatever comes, from whomever, ends nobody. */
  garbage(member: SimulatedNode): void {
    const to = { name: '@agner/global/names/global', node: `${this.one(nodeNames)}@cluster` }
    const claim = { name: 'exit', pid: member.node.spawn(async () => {}), version: 2 ** 60, by: 'z' }
    const rubbish = [
      null,
      42,
      { type: 'put' },
      { type: 'hello', keeper: claim.pid, claims: 'none' },
      { type: 'told', keeper: claim.pid, claims: [claim], losses: [] },
      { type: 'mine', keeper: claim.pid, claims: [] },
      { type: 'took', batch: 1, node: 'nobody@cluster', refused: [], rivals: [], skipped: [] },
      { type: 'chosen', id: 999, pid: claim.pid },
      { type: 'constructor' },
    ]
    member.node.send(to, this.one(rubbish) as never)
    void member.node.request(to, this.one(rubbish) ?? 7, { timeoutMs: 500 }).catch(() => {})
  }

  spawn(home: SimulatedNode): Proc {
    const pid = home.node.spawn<{ readonly type: string }>(async (self) => {
      for (;;) if ((await self.receive()).type === 'globalNameConflict') proc.conflicts++
    })
    const proc: Proc = { pid, home, endedByTest: false, conflicts: 0 }
    this.procs.push(proc)
    return proc
  }

  /** Mostly a process of its own node, mostly a new one. */
  register(member: SimulatedNode, type: 'register' | 'reregister'): void {
    const known = this.procs.filter(({ home, pid }) => home.isUp && home.node.isAlive(pid))
    const home = this.below(5) === 0 ? this.one(this.cluster.up) : member
    const proc = known.length > 0 && this.below(4) === 0 ? this.one(known) : this.spawn(home)
    const name = this.one(names)
    const resolve = methods[name]!(this)
    const isElsewhere = typeof resolve === 'function' && proc.home !== member
    const by = isElsewhere ? proc.home : member
    this.perform({ type, name, proc }, by, () => this.globals.get(by)![type](by.node, name, proc.pid, { resolve }))
  }

  unregister(member: SimulatedNode): void {
    const name = this.one(names)
    this.perform({ type: 'unregister', name, proc: null }, member, () =>
      this.globals.get(member)!.unregister(member.node, name),
    )
  }

  perform(what: Pick<Op, 'type' | 'name' | 'proc'>, by: SimulatedNode, act: () => Promise<boolean>): void {
    const op: Op = { ...what, begun: ++this.#clock, ended: Infinity, outcome: null, isTroubled: false }
    const losses = this.losses.get(by)
    this.ops.push(op)
    act().then(
      (outcome) => {
        op.outcome = outcome
        op.isTroubled = this.losses.get(by) !== losses
        op.ended = ++this.#clock
      },
      () => {
        op.ended = ++this.#clock
      },
    )
  }

  kill(): void {
    const known = this.procs.filter(({ home, pid }) => home.isUp && home.node.isAlive(pid))
    if (known.length === 0) return
    const proc = this.one(known)
    proc.endedByTest = true
    proc.home.node.sendExit(proc.pid, 'kill')
  }

  // — the end —

  async finish(): Promise<void> {
    const { cluster } = this
    cluster.heal()
    for (const name of nodeNames) if (!cluster.up.some((each) => each.name === name)) await cluster.restart(name)
    await cluster.run(5 * tickMs + 3000)
    for (let round = 0; round < 3; round++) {
      for (const { distribution, name } of cluster.up)
        for (const to of nodeNames) if (to !== name) await cluster.until(distribution.connect(`${to}@cluster`))
      await cluster.run(1500)
    }
    await cluster.run(12_000)
    this.check()
    for (const global of this.globals.values()) this.decided += global.stats().decided
  }

  check(): void {
    const all = this.cluster.up.map((member) => ({ member, global: this.globals.get(member)! }))
    const owners = new Map<AnyPid, string>()
    for (const name of names) {
      const pids = new Set(all.map(({ global }) => global.whereis(name)))
      if (pids.size > 1) this.wrong(`"${name}" is ${[...pids].map(String).join(' and ')}`)
      const [pid] = pids
      if (pid === undefined) continue
      if (owners.has(pid)) this.wrong(`${String(pid)} has the names "${owners.get(pid)}" and "${name}"`)
      owners.set(pid, name)
      const proc = this.procs.find((each) => each.pid === pid)
      if (proc?.home.isUp !== true || !proc.home.node.isAlive(pid)) this.wrong(`"${name}" is the dead ${String(pid)}`)
    }
    for (const { member, global } of all) {
      if (global.members().length !== nodeNames.length) this.wrong(`${member.name} sees ${global.members().join(', ')}`)
      if (global.stats().conflicts > 0) this.wrong(`${member.name} has conflicts left`)
      if (global.stats().waiting > 0) this.wrong(`${member.name} has registrations that wait`)
      for (const report of member.reports.all)
        if (
          report.type === 'crash' ||
          (report.type === 'notice' && report.source === 'global' && !report.text.includes('resolve function'))
        )
          this.wrong(`${member.name} reported: ${report.type === 'notice' ? report.text : 'a crash'}`)
    }
    for (const name of names) this.checkGiven(name, owners)
    this.checkTaken(owners)
  }

  isAlive({ home, pid }: Proc): boolean {
    return home.isUp && home.node.isAlive(pid)
  }

  /** Those that were given the name for good: nobody tried to take it from them later, or at the same time. */
  checkGiven(name: string, owners: ReadonlyMap<AnyPid, string>): void {
    const of = this.ops.filter((op) => op.name === name)
    const interferes = (op: Op, given: Op): boolean =>
      op !== given &&
      op.type !== 'register' &&
      (op.type === 'reregister' || op.outcome !== false) &&
      op.ended > given.begun
    const given = of.filter(
      (op) => op.type !== 'unregister' && op.outcome === true && !of.some((other) => interferes(other, op)),
    )
    const decides = name !== 'chosen' && name !== 'broken'
    for (const { proc } of given) {
      if (proc === null || !this.isAlive(proc) || !decides || proc.conflicts > 0) continue
      if (owners.get(proc.pid) !== name)
        this.wrong(`${String(proc.pid)} was given "${name}" and has ${owners.get(proc.pid) ?? 'no name'}`)
    }
    const everEnded = of.some(({ proc, outcome }) => outcome !== false && proc?.endedByTest === true)
    const procs = new Set(given.map(({ proc }) => proc!).filter(({ endedByTest }) => !endedByTest))
    const isLeftToOne = name !== 'nobody' && name !== 'broken'
    if (procs.size === 0 || everEnded || !isLeftToOne || of.some((op) => op.outcome === null)) return
    if (of.some((op) => op.type === 'reregister' || (op.type === 'unregister' && op.outcome !== false))) return
    // Whose second question was answered with no may have it by the first.
    const asked = of.flatMap(({ proc, isTroubled }) => (isTroubled && proc !== null ? [proc] : []))
    if (![...procs, ...asked].some((proc) => owners.get(proc.pid) === name))
      this.wrong(
        `"${name}" was given to ${[...procs].map(({ pid }) => String(pid)).join(', ')}, and nobody is left with it`,
      )
  }

  /** Nobody has a name that it was only ever refused, or that was taken back for good. */
  checkTaken(owners: ReadonlyMap<AnyPid, string>): void {
    if (this.crashes > 0) return
    for (const [pid, name] of owners) {
      const claims = this.ops.filter((op) => op.name === name && op.proc?.pid === pid)
      if (claims.every(({ outcome, isTroubled }) => outcome === false && !isTroubled))
        this.wrong(`${String(pid)} was refused "${name}" and has it`)
    }
  }
}

/** @throws an error that says what the model does not allow. */
export async function randomNames(runtime: VirtualRuntime, seed: number, steps = 40): Promise<RandomNames> {
  const program = new Program(seed)
  program.cluster = await simulateCluster({
    runtime,
    nodes: nodeNames,
    trace: false,
    distribution: { tickMs, handshakeTimeoutMs: 1500, liveness: false },
    network: seed % 3 === 0 ? { latencyMs: [0, 80], stallChance: 0.02, stallMs: 400 } : { latencyMs: [0.2, 20] },
    setup: async (member) => {
      program.losses.set(member, 0)
      member.distribution.onNodeChange(({ type }) => {
        if (type === 'nodedown') program.losses.set(member, program.losses.get(member)! + 1)
      })
      program.globals.set(member, await startGlobal(member.node, member.distribution))
      for (const other of program.cluster?.up ?? [])
        if (other.name !== member.name) void member.distribution.connect(other.node.name)
    },
  })
  for (const name of nodeNames.slice(1))
    await program.cluster.until(program.cluster.node('a').distribution.connect(`${name}@cluster`))
  await program.cluster.run(300)
  for (let step = 0; step < steps; step++) await program.step()
  await program.finish()
  if (program.wrongs.length > 0) throw new Error(program.wrongs.slice(0, 5).join('\n'))
  const given = program.ops.filter(({ outcome }) => outcome === true).length
  return { ops: program.ops.length, decided: program.decided, given }
}
