/**
 * A simulated cluster whose nodes have a table of distributed applications. What the applications go through is noted, in order, for all nodes together.
 */
import { defineApplication, type Application, type ApplicationContext, type ChildSpec } from '@agner/behaviours'
import type { AnyProcess, Process } from '@agner/core'
import {
  startDistributedApplications,
  type ApplicationChange,
  type DistributedApplication,
  type DistributedApplications,
  type DistributedApplicationsOptions,
} from '@agner/release'
import {
  simulateCluster,
  type SimulatedCluster,
  type SimulatedClusterOptions,
  type SimulatedNode,
} from '@agner/testing'

export interface StageOptions extends Partial<SimulatedClusterOptions> {
  /** Of each node, by its short name. */
  readonly table?: (stage: Stage, name: string) => readonly DistributedApplication[]
  readonly more?: (stage: Stage, name: string) => Partial<DistributedApplicationsOptions>
  /** Nodes that have no distributed applications. */
  readonly without?: readonly string[]
}

export const full = (name: string): string => `${name}@cluster`

const never = () => new Promise<never>(() => {})

export class Stage {
  cluster!: SimulatedCluster
  readonly all: Map<string, DistributedApplications> = new Map()
  readonly notes: string[] = []
  /** Nodes on which a start of the application of that name fails, or never ends. */
  readonly fails: Set<string> = new Set()
  readonly hangs: Set<string> = new Set()
  /** Nodes on which a start, or a stop, takes until `release`. */
  readonly holdsItsStart: Set<string> = new Set()
  readonly holdsItsStop: Set<string> = new Set()
  readonly #applications = new Map<string, Application<object>>()
  readonly #releases: (() => void)[] = []

  static async start(options: StageOptions = {}): Promise<Stage> {
    const stage = new Stage()
    const { table, more, without = [], ...cluster } = options
    stage.cluster = await simulateCluster({
      trace: false,
      nodes: ['n1', 'n2', 'n3'],
      distribution: { tickMs: 1000 },
      ...cluster,
      setup: async (life) => {
        if (without.includes(life.name)) return
        await stage.setUp(life, table?.(stage, life.name) ?? [stage.talk()], more?.(stage, life.name))
      },
    })
    await stage.cluster.run(3000)
    return stage
  }

  async setUp(
    { name, node, distribution }: SimulatedNode,
    applications: readonly DistributedApplication[],
    more: Partial<DistributedApplicationsOptions> = {},
  ): Promise<void> {
    const listed = applications.flatMap(({ nodes }) => nodes.flat())
    const up = this.cluster?.up.map((each) => each.node.name) ?? []
    const optional = up.filter((each) => each !== node.name && listed.includes(each))
    const options = { applications, optional, syncTimeoutMs: 1000, ...more }
    this.all.set(name, await startDistributedApplications(node, distribution, options))
  }

  talk(more: Partial<DistributedApplication> = {}): DistributedApplication {
    return { application: this.application('app'), nodes: ['n1', ['n2', 'n3']].map(named), timeoutMs: 2000, ...more }
  }

  /** The same value for all nodes, as a program has it; its callbacks take notes. */
  application(name: string, phases = true): Application<object> {
    const known = this.#applications.get(name)
    if (known !== undefined) return known
    const note = (context: ApplicationContext<object>, what: string) => {
      const { type, from, token } = context.startType
      const on = short(context.node.name)
      const why = what !== 'start' && what !== 'phase' ? '' : from === null ? ` ${type}` : ` ${type} ${short(from)}`
      this.notes.push(`${on} ${what} ${name}${why}${token === null ? '' : ` #${String(token)}`}`)
      return on
    }
    const application = defineApplication<object, undefined>({
      name,
      version: '1',
      ...(phases ? { startPhases: { phase: (context) => void note(context, 'phase') } } : {}),
      start: async (context) => {
        const on = note(context, 'start')
        if (this.hangs.has(on)) await never()
        if (this.holdsItsStart.has(on)) await this.#held()
        if (this.fails.has(on)) throw new Error('no luck')
        const worker: ChildSpec = {
          id: 'worker',
          start: async (above: AnyProcess) => above.spawnLink(never, { name }),
          restart: 'temporary',
          significant: true,
        }
        return { autoShutdown: 'anySignificant', intensity: 0, children: [worker] }
      },
      prepareStop: (context) => void note(context, 'prepareStop'),
      stop: async (context) => {
        const on = note(context, 'stop')
        if (this.holdsItsStop.has(on)) await this.#held()
      },
    })
    this.#applications.set(name, application)
    return application
  }

  #held(): Promise<void> {
    return new Promise((resolve) => this.#releases.push(resolve))
  }

  release(): void {
    for (const resolve of this.#releases.splice(0)) resolve()
  }

  on(name: string): DistributedApplications {
    return this.all.get(name)!
  }

  /** What was noted since the last time. */
  take(): string[] {
    return this.notes.splice(0)
  }

  /** Calls start on these nodes, or on all. */
  start(...names: string[]): Promise<string[]> {
    return this.cluster.until(this.begin(...names))
  }

  /** The same, and lets no time pass. */
  begin(...names: string[]): Promise<string[]> {
    const on = names.length === 0 ? this.cluster.up.map(({ name }) => name) : names
    return Promise.all(on.map((name) => codeOf(this.on(name).start('app'))))
  }

  run(ms: number): Promise<void> {
    return this.cluster.run(ms)
  }

  /** Where each node that is up says that it runs. */
  where(name = 'app'): Record<string, string | null> {
    return Object.fromEntries(
      this.cluster.up
        .filter((each) => this.all.has(each.name))
        .map((each) => {
          const at = this.on(each.name).where(name)
          return [each.name, at === null ? null : short(at.node)]
        }),
    )
  }

  /** The nodes on which it runs. */
  running(name = 'app'): string[] {
    return this.cluster.up.filter((each) => each.node.whereis(name) !== undefined).map((each) => each.name)
  }

  crash(name: string, how: 'reset' | 'silence' = 'reset'): void {
    this.cluster.crash(name, how)
    this.all.delete(name)
  }

  /** And time for the others to meet it. */
  async restart(name: string, ms = 3000): Promise<void> {
    await this.cluster.restart(name)
    await this.run(ms)
  }

  /** What a node has reported, in words. */
  reports(name: string): string[] {
    return this.cluster.node(name).reports.all.map((report) => ('text' in report ? report.text : report.type))
  }

  /** What must never be reported. */
  faults(): string[] {
    const isFault = (text: string) => text === 'crash' || text.includes('no handler') || text.includes('dropped')
    return this.cluster.up.flatMap(({ name }) => this.reports(name).filter(isFault))
  }

  /** A process that writes down the changes that it is sent. */
  watch(name: string): ApplicationChange[] {
    const changes: ApplicationChange[] = []
    const { node } = this.cluster.node(name)
    const pid = node.spawn(async (self: Process<ApplicationChange>) => {
      for (;;) changes.push(await self.receive())
    })
    this.on(name).watch({ pid })
    return changes
  }
}

export function named(nodes: string | readonly string[]): string | readonly string[] {
  return typeof nodes === 'string' ? full(nodes) : nodes.map(full)
}

export function short(name: string): string {
  return name.slice(0, name.indexOf('@'))
}

/** `ok`, or the code of the error. */
export function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'ok',
    (error: unknown) => (error as { readonly code: string }).code ?? String(error),
  )
}
