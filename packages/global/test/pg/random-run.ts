/**
 * A random life of a cluster with process groups, against a model of a few lines: each node knows its own members at once, and in the end, when all is healed, everybody
 * knows those of all.
 */
import type { AnyPid } from '@agner/core'
import { onDeath } from '@agner/core/kernel'
import { createVirtualRuntime, type VirtualRuntime } from '@agner/testing'
import { expect } from 'vitest'
import { PgWorld, shown, shownBy, type Watcher } from './world.ts'

const names = ['a', 'b', 'c', 'd'] as const
const groups = ['g', 'h', 'k']

/** What one process broadcast to one group, as a member got it. */
interface Numbered {
  readonly by: string
  readonly count: number
}

class Model {
  /** By node, then group: who has joined, as often as that. */
  readonly #joined = new Map<string, Map<string, AnyPid[]>>()

  of(name: string): Map<string, AnyPid[]> {
    let own = this.#joined.get(name)
    if (own === undefined) this.#joined.set(name, (own = new Map()))
    return own
  }

  join(name: string, group: string, pids: readonly AnyPid[]): void {
    this.of(name).set(group, [...(this.of(name).get(group) ?? []), ...pids])
  }

  leave(name: string, group: string, pid: AnyPid): boolean {
    const pids = this.of(name).get(group) ?? []
    const at = pids.indexOf(pid)
    if (at !== -1) pids.splice(at, 1)
    return at !== -1
  }

  forget(name: string, pid: AnyPid): void {
    for (const [group, pids] of this.of(name))
      this.of(name).set(
        group,
        pids.filter((each) => each !== pid),
      )
  }

  clear(name: string): void {
    this.#joined.delete(name)
  }

  local(name: string): Record<string, string[]> {
    return shown([...this.of(name)])
  }

  all(): Record<string, string[]> {
    const all = new Map<string, AnyPid[]>()
    for (const own of this.#joined.values())
      for (const [group, pids] of own) all.set(group, [...(all.get(group) ?? []), ...pids])
    return shown([...all])
  }
}

/** Throws where model and cluster differ. */
export async function randomRun(runtime: VirtualRuntime, steps = 40): Promise<void> {
  const world = await PgWorld.of(4, {
    runtime,
    distribution: { tickMs: 2000, liveness: false },
    network: { latencyMs: [0.2, 20] },
  })
  const run = new Run(world, runtime)
  for (let step = 0; step < steps; step++) {
    await run.step()
    run.checkLocal()
  }
  await run.settle()
  run.checkAll()
  await world.stop()
}

class Run {
  readonly #world: PgWorld
  readonly #runtime: VirtualRuntime
  readonly #model = new Model()
  readonly #processes = new Map<string, AnyPid[]>()
  readonly #got: Numbered[][] = []
  readonly #watchers = new Map<string, Watcher>()
  #count = 0
  #crashes = 0

  constructor(world: PgWorld, runtime: VirtualRuntime) {
    this.#world = world
    this.#runtime = runtime
    for (const name of names) this.#watchers.set(name, world.watcher(name))
  }

  #any<T>(from: readonly T[]): T {
    return from[Math.floor(this.#runtime.random() * from.length)]!
  }

  async step(): Promise<void> {
    const { cluster } = this.#world
    const up = cluster.up.map(({ name }) => name)
    const name = this.#any(up)
    // Between a keeper's crash and the next one nothing can be done there.
    if (this.#keeper(name) === undefined) return cluster.run(10)
    const [one, other] = [this.#any(names), this.#any(names)]
    const chance = this.#runtime.random()
    if (chance < 0.3) this.#join(name)
    else if (chance < 0.45) this.#leave(name)
    else if (chance < 0.55) this.#kill(name)
    else if (chance < 0.65) this.#broadcast(name)
    else if (chance < 0.7) cluster.partition(names.slice(0, 2), names.slice(2))
    else if (chance < 0.74 && one !== other) cluster.cut(one, other)
    else if (chance < 0.8) cluster.heal()
    else if (chance < 0.85 && one !== other && up.includes(one)) cluster.drop(one, other)
    else if (chance < 0.88) this.#crashKeeper(name)
    else if (chance < 0.91) await this.#restart(name)
    else if (one !== other && up.includes(one)) void cluster.node(one).distribution.connect(`${other}@cluster`)
    if (this.#runtime.random() >= 0.5) return
    await cluster.run(this.#runtime.random() * (chance < 0.8 ? 30 : 12_000))
    this.#checkLost()
  }

  #join(name: string): void {
    const group = this.#any(groups)
    const pid = this.#process(name)
    const pids = this.#runtime.random() < 0.3 ? [pid, pid] : [pid]
    this.#world.pg(name).join(group, pids)
    this.#model.join(name, group, pids)
  }

  #process(name: string): AnyPid {
    const known = this.#processes.get(name) ?? []
    if (known.length > 0 && this.#runtime.random() < 0.5) return this.#any(known)
    const got: Numbered[] = []
    this.#got.push(got)
    const pid = this.#world.node(name).spawn<Numbered>(async (self) => {
      for (;;) got.push(await self.receive())
    })
    this.#processes.set(name, [...known, pid])
    return pid
  }

  #leave(name: string): void {
    const pid = this.#any(this.#processes.get(name) ?? [])
    if (pid === undefined) return
    const group = this.#any(groups)
    expect(this.#world.pg(name).leave(group, pid)).toBe(this.#model.leave(name, group, pid))
  }

  #kill(name: string): void {
    const pid = this.#any(this.#processes.get(name) ?? [])
    if (pid === undefined) return
    // As it dies, and not when it is told to.
    onDeath(this.#world.node(name), pid, () => this.#model.forget(name, pid))
    this.#world.node(name).sendExit(pid, 'kill')
    this.#processes.set(
      name,
      (this.#processes.get(name) ?? []).filter((each) => each !== pid),
    )
  }

  #broadcast(name: string): void {
    const group = this.#any(groups)
    const pg = this.#world.pg(name)
    const by = `${name}${++this.#count}`
    this.#world.node(name).spawn(async (self) => {
      for (let count = 0; count < 3; count++) {
        pg.broadcast(self, group, { by, count })
        await self.sleep(1)
      }
    })
  }

  #keeper(name: string): AnyPid | undefined {
    return this.#world.node(name).whereis('@agner/global/pg/pg')
  }

  /** Not so often that its supervisor gives up. */
  #crashKeeper(name: string): void {
    const node = this.#world.node(name)
    const keeper = this.#keeper(name)
    if (keeper === undefined || ++this.#crashes > 4) return
    onDeath(node, keeper, () => this.#model.clear(name))
    node.sendExit(keeper, 'kill')
  }

  async #restart(name: string): Promise<void> {
    this.#world.cluster.crash(name)
    this.#model.clear(name)
    this.#processes.delete(name)
    await this.#world.cluster.start(name)
    this.#watchers.set(name, this.#world.watcher(name))
  }

  /** Nobody of a node that is not connected is a member. */
  #checkLost(): void {
    for (const { name, node, distribution } of this.#world.cluster.up) {
      const reached = new Set([node.name, ...distribution.nodes()])
      for (const pids of Object.values(shownBy(this.#world.pg(name))))
        for (const pid of pids) {
          const home = /<(.*@cluster)/.exec(pid)![1]!
          if (!reached.has(home)) expect.fail(`${pid} is a member at ${name}, which is not connected to ${home}`)
        }
    }
  }

  /** What a node knows of itself is right at every moment. */
  checkLocal(): void {
    for (const { name } of this.#world.cluster.up) {
      const pg = this.#world.pg(name)
      const local = shown(pg.whichLocalGroups().map((group) => [group, pg.getLocalMembers(group)]))
      const wanted = this.#model.local(name)
      if (JSON.stringify(local) !== JSON.stringify(wanted))
        expect(local, `what ${name} knows of itself`).toEqual(wanted)
    }
  }

  async settle(): Promise<void> {
    this.#world.cluster.heal()
    await this.#world.cluster.run(9000)
    await this.#world.connect()
  }

  checkAll(): void {
    const all = this.#model.all()
    for (const name of names) {
      const pg = this.#world.pg(name)
      expect(shownBy(pg), `what ${name} knows`).toEqual(all)
      const watcher = this.#watchers.get(name)!
      expect(watcher.seen(), `what the monitor at ${name} was told`).toEqual(all)
      expect(watcher.wrong, `leaves of strangers at ${name}`).toBe(0)
      expect(pg.stats().refused).toBe(0)
    }
    for (const got of this.#got) {
      const last = new Map<string, number>()
      for (const { by, count } of got) {
        if (count <= (last.get(by) ?? -1)) expect.fail(`what ${by} broadcast did not arrive in order`)
        last.set(by, count)
      }
    }
  }
}

/** The first seed from 1 on under which it fails; null if none of so many does. */
export async function firstFailure(seeds: number): Promise<number | null> {
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      await randomRun(createVirtualRuntime({ seed }))
    } catch {
      return seed
    }
  }
  return null
}
