/**
 * A simulated cluster whose nodes all run one scope of process groups.
 */
import type { AnyPid, Node, Process } from '@agner/core'
import { simulateCluster, type SimulatedCluster, type SimulatedClusterOptions } from '@agner/testing'
import { startPg, type Pg, type PgChange, type PgOptions } from '../../src/index.ts'

export class PgWorld {
  readonly cluster: SimulatedCluster
  readonly #pgs: Map<Node, Pg>

  private constructor(cluster: SimulatedCluster, pgs: Map<Node, Pg>) {
    this.cluster = cluster
    this.#pgs = pgs
  }

  /** Nodes that are connected with each other, and know each other's members. */
  static async of(
    nodes: number,
    options: Partial<SimulatedClusterOptions> & { readonly pg?: PgOptions; readonly apart?: boolean } = {},
  ): Promise<PgWorld> {
    const pgs = new Map<Node, Pg>()
    const { pg, apart, ...rest } = options
    const cluster = await simulateCluster({
      trace: false,
      ...rest,
      nodes,
      setup: async ({ node, distribution }) => void pgs.set(node, await startPg(node, distribution, pg)),
    })
    const world = new PgWorld(cluster, pgs)
    if (apart !== true) await world.connect()
    return world
  }

  pg(name: string): Pg {
    return this.#pgs.get(this.node(name))!
  }

  node(name: string): Node {
    return this.cluster.node(name).node
  }

  /** All that are up connect to each other, however often it takes, and have told each other what they have. */
  async connect(): Promise<void> {
    const { cluster } = this
    for (let tries = 0; tries < 60; tries++) {
      for (const one of cluster.up)
        for (const other of cluster.up) if (one.name < other.name) void one.distribution.connect(other.node.name)
      await cluster.run(2000)
      const others = cluster.up.length - 1
      if (
        cluster.up.every(
          ({ name, distribution }) => distribution.nodes().length === others && this.pg(name).nodes().length === others,
        )
      )
        return
    }
    throw new Error('The nodes do not come together.')
  }

  /** A process that waits. */
  idle(name: string): AnyPid {
    return this.node(name).spawn(async (self) => void (await self.receive()))
  }

  /** A process that keeps what it gets. */
  collector(name: string): { readonly pid: AnyPid; readonly got: unknown[] } {
    const got: unknown[] = []
    const pid = this.node(name).spawn<unknown>(async (self) => {
      for (;;) got.push(await self.receive())
    })
    return { pid, got }
  }

  /** What a monitor has told so far, put together: it has to be what the scope says. */
  watcher(name: string, group?: string): Watcher {
    const pg = this.pg(name)
    const watcher = new Watcher()
    const body = async (self: Process<PgChange>): Promise<void> => {
      if (group === undefined) watcher.begin(pg.monitorScope(self).groups)
      else watcher.begin(new Map([[group, pg.monitor(self, group).members]]))
      for (;;) watcher.take(await self.receive())
    }
    this.node(name).spawn(body)
    return watcher
  }

  stop(): Promise<void> {
    return this.cluster.stop()
  }
}

export class Watcher {
  readonly changes: [type: string, group: string, pids: number][] = []
  /** Leaves of who was no member. */
  wrong = 0
  readonly #groups = new Map<string, AnyPid[]>()

  begin(groups: ReadonlyMap<string, readonly AnyPid[]>): void {
    for (const [group, pids] of groups) this.#groups.set(group, [...pids])
  }

  take({ type, group, pids }: PgChange): void {
    this.changes.push([type, group, pids.length])
    const members = this.#groups.get(group) ?? []
    this.#groups.set(group, members)
    for (const pid of pids) {
      if (type === 'pgJoin') members.push(pid)
      else if (members.includes(pid)) members.splice(members.indexOf(pid), 1)
      else this.wrong++
    }
  }

  seen(): Record<string, string[]> {
    return shown([...this.#groups])
  }
}

/** Groups with members, in a form that can be compared. */
export function shown(groups: readonly (readonly [string, readonly AnyPid[]])[]): Record<string, string[]> {
  return Object.fromEntries(
    groups
      .filter(([, pids]) => pids.length > 0)
      .map(([group, pids]) => [group, pids.map(String).toSorted()] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

export function shownBy(pg: Pg): Record<string, string[]> {
  return shown(pg.whichGroups().map((group) => [group, pg.getMembers(group)]))
}
