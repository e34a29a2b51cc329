/**
 * Nodes n1, n2 and n3 with a table of distributed applications, on a network in memory: what trio.erl is in Erlang.
 *
 * What applications see goes into one list, in the order in which it happened. A node that is killed notes nothing more.
 */
import { createNode, type Node, type Process } from '../../packages/core/src/index.ts'
import {
  defineApplication,
  startApplication,
  StartError,
  whichApplications,
  type Application,
  type ApplicationContext,
} from '../../packages/behaviours/src/index.ts'
import {
  MemoryNetwork,
  startDistribution,
  type Distribution,
  type Network,
} from '../../packages/distribution/src/index.ts'
import {
  startDistributedApplications,
  type DistributedApplications,
  type DistributedApplicationsOptions,
} from '../../packages/release/src/index.ts'
import type { Raw } from './raw.ts'
import type { Stage } from './stage.ts'

const hosts = { n1: '127.0.0.11', n2: '127.0.0.12', n3: '127.0.0.13' } as const
export type Short = keyof typeof hosts
export const shorts = Object.keys(hosts) as Short[]
const port = 1
const pollMs = 5
/** A moment in which no more may come. */
const quietMs = 50
const untilMs = 8000

export const nameOf = (short: Short): string => `${short}@${hosts[short]}`
const shortOf = (name: string): string => name.slice(0, name.indexOf('@'))

/** An application and its nodes, by their short names. */
export interface Entry {
  readonly name: string
  readonly timeoutMs?: number
  readonly nodes: readonly (Short | readonly Short[])[]
  readonly phases?: readonly string[]
  /** Where its start fails. */
  readonly failsOn?: readonly Short[]
}

type More = Partial<Omit<DistributedApplicationsOptions, 'applications'>> & { readonly table?: readonly Entry[] }
export type Mores = Partial<Record<Short, More>> & { readonly without?: readonly Short[] }

interface Life {
  readonly short: Short
  readonly node: Node
  readonly distribution: Distribution
  readonly applications: DistributedApplications
}

export class Trio {
  readonly #self: Process<unknown>
  readonly #network: MemoryNetwork
  readonly #table: readonly Entry[]
  readonly #mores: Mores
  readonly #lives = new Map<Short, Life>()
  readonly #dead = new Set<Node>()
  readonly #cuts = new Set<string>()
  #notes: Raw[] = []

  private constructor(self: Process<unknown>, t: Stage, table: readonly Entry[], mores: Mores) {
    this.#self = self
    this.#network = new MemoryNetwork({ runtime: self.node.runtime, ...(t.seed !== undefined && { seed: t.seed }) })
    this.#table = table
    this.#mores = mores
    t.atEnd(() => this.#close())
  }

  /** All three at once: they wait for each other. Those of `without` do not start. */
  static async open(self: Process<unknown>, t: Stage, table: readonly Entry[], mores: Mores = {}): Promise<Trio> {
    const trio = new Trio(self, t, table, mores)
    const now = shorts.filter((short) => !mores.without?.includes(short))
    await self.wait(Promise.all(now.map((short) => trio.#start(short, {}))))
    await trio.#connected()
    return trio
  }

  /** A node that is not up, in another life. */
  async boot(short: Short, more: More = {}): Promise<void> {
    await this.#self.wait(this.#start(short, more))
    await this.#connected()
  }

  /** Whether a node comes up. */
  async boots(short: Short, more: More = {}): Promise<boolean> {
    return this.#self.wait(
      this.#start(short, more).then(
        () => true,
        () => false,
      ),
    )
  }

  /** It is gone at once, and tells nobody. */
  async kill(short: Short): Promise<void> {
    const { node, distribution } = this.#lives.get(short)!
    this.#dead.add(node)
    await this.#self.wait(distribution.stop())
    await this.#self.wait(node.stop({ timeoutMs: 0 }))
    await this.#gone(short)
  }

  /** It stops its applications first. */
  async halt(short: Short): Promise<void> {
    const { node, distribution } = this.#lives.get(short)!
    await this.#self.wait(node.stop())
    await this.#self.wait(distribution.stop())
    await this.#gone(short)
  }

  async cut(one: Short, other: Short): Promise<void> {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      this.#cuts.add(`${from} ${to}`)
      this.on(from).distribution.disconnect(nameOf(to))
    }
    await this.until(() => !this.#sees(one, other) && !this.#sees(other, one))
  }

  async heal(one: Short, other: Short): Promise<void> {
    this.#cuts.clear()
    await this.until(
      () => this.#sees(one, other) && this.#sees(other, one),
      () => void this.on(one).distribution.connect(nameOf(other)),
    )
  }

  on(short: Short): Life {
    return this.#lives.get(short)!
  }

  start(short: Short, name: string): Promise<Raw> {
    return this.#outcome(short, this.on(short).applications.start(name))
  }

  stop(short: Short, name: string): Promise<Raw> {
    return this.#outcome(short, this.on(short).applications.stop(name))
  }

  takeover(short: Short, name: string): Promise<Raw> {
    return this.#outcome(short, this.on(short).applications.takeover(name, 'permanent'))
  }

  permit(short: Short, name: string, isPermitted: boolean): Promise<Raw> {
    return this.#outcome(short, this.on(short).applications.permit(name, isPermitted))
  }

  /** The same on all that are up, at once: in their order. */
  async all<T>(run: (short: Short) => Promise<T>): Promise<T[]> {
    return this.#self.wait(Promise.all(this.#up().map(run)))
  }

  startAll(name: string): Promise<Raw[]> {
    return this.all((short) => this.start(short, name))
  }

  running(name: string): Promise<boolean[]> {
    return this.all(async (short) => (await whichApplications(this.on(short).node)).some((each) => each.name === name))
  }

  /** Its top supervisor is killed. */
  async end(short: Short, name: string): Promise<void> {
    const { node } = this.on(short)
    const running = await this.#self.wait(whichApplications(node))
    node.sendExit(running.find((each) => each.name === name)!.supervisor!, 'kill')
  }

  /** Starts an application that is not distributed. */
  startLocal(short: Short, name: string): Promise<Raw> {
    return this.#outcome(short, startApplication(this.on(short).node, this.#define({ name, nodes: [] }, short)))
  }

  /** What was noted since the last time. */
  notes(): Raw[] {
    return this.#notes.splice(0)
  }

  /** Waits until so many are there, and gives them. Then no more may come for a moment. */
  async awaits(count: number): Promise<Raw[]> {
    await this.until(() => this.#notes.length >= count)
    await this.#self.sleep(quietMs)
    return this.notes()
  }

  /** False if it does not become true in a while. @param meanwhile done at first, and each time that it is not so. */
  async until(isSo: () => boolean, meanwhile: () => void = () => {}): Promise<boolean> {
    for (let leftMs = untilMs; !isSo(); leftMs -= pollMs) {
      if (leftMs <= 0) return false
      meanwhile()
      await this.#self.sleep(pollMs)
    }
    return true
  }

  async #start(short: Short, more: More): Promise<void> {
    const others = shorts.filter((other) => other !== short).map(nameOf)
    const { table = this.#table, ...options } = { optional: others, syncTimeoutMs: 200, ...this.#mores[short], ...more }
    const node = createNode({ name: nameOf(short), runtime: this.#self.node.runtime, report: () => {} })
    const distribution = await startDistribution(node, {
      cookie: 'a cookie of the judge',
      network: this.#networkOf(short),
      listen: { host: hosts[short], port },
      portMapper: false,
      hosts: Object.fromEntries(shorts.map((each) => [nameOf(each), `${hosts[each]}:${port}`])),
      log: () => {},
    })
    try {
      const applications = await startDistributedApplications(node, distribution, {
        ...options,
        applications: table.map((entry) => ({
          application: this.#define(entry, short, node),
          nodes: entry.nodes.map((each) => (typeof each === 'string' ? nameOf(each) : each.map(nameOf))),
          ...(entry.timeoutMs !== undefined && { timeoutMs: entry.timeoutMs }),
        })),
      })
      this.#lives.set(short, { short, node, distribution, applications })
    } catch (error) {
      await distribution.stop()
      await node.stop({ timeoutMs: 0 })
      throw error
    }
  }

  /** That of all, but for ways that are cut. */
  #networkOf(short: Short): Network {
    const nowhere = { host: '127.0.0.99', port }
    const isCut = (host: string): boolean => shorts.some((to) => hosts[to] === host && this.#cuts.has(`${short} ${to}`))
    return {
      listen: (address, accept) => this.#network.listen(address, accept),
      connect: (address, handlers) => this.#network.connect(isCut(address.host) ? nowhere : address, handlers),
    }
  }

  #define({ name, phases = [], failsOn = [] }: Entry, short: Short, on?: Node): Application<object> {
    const note = (...what: Raw[]): void => {
      if (on === undefined || !this.#dead.has(on)) this.#notes.push([short, ...what])
    }
    const run = (phase: string) => (context: ApplicationContext<object>) => note('phase', phase, name, why(context))
    return defineApplication<object, string>({
      name,
      version: '1',
      ...(phases.length > 0 && { startPhases: Object.fromEntries(phases.map((phase) => [phase, run(phase)])) }),
      start: (context) => {
        if (failsOn.includes(short)) throw new StartError('start.failed', 'it had no luck', 'no_luck')
        note('start', name, why(context))
        return { intensity: 0, children: [], state: name }
      },
      prepareStop: () => note('prep_stop', name),
      stop: () => note('stop', name),
    })
  }

  #up(): Short[] {
    return shorts.filter((short) => this.#lives.has(short))
  }

  #sees(one: Short, other: Short): boolean {
    return this.on(one).distribution.nodes().includes(nameOf(other))
  }

  async #connected(): Promise<void> {
    const all = this.#up()
    await this.until(() => all.every((one) => all.every((other) => one === other || this.#sees(one, other))))
  }

  /** The others know of it when this resolves. */
  async #gone(short: Short): Promise<void> {
    this.#lives.delete(short)
    await this.until(() => this.#up().every((other) => !this.#sees(other, short)))
  }

  async #outcome(short: Short, done: Promise<void>): Promise<Raw> {
    try {
      await done
      return 'ok'
    } catch (error) {
      return ['error', ...inErlang(short, error as Failure)]
    }
  }

  async #close(): Promise<void> {
    for (const { node, distribution } of this.#lives.values()) {
      this.#dead.add(node)
      await distribution.stop()
      await node.stop({ timeoutMs: 0 })
    }
  }
}

function why({ startType: { type, from } }: ApplicationContext<object>): Raw {
  return from === null ? type : [type, shortOf(from)]
}

interface Failure {
  readonly code: string
  readonly details: { readonly node?: string; readonly why?: string }
}

function inErlang(short: Short, { code, details: { node = '', why: text = '' } }: Failure): Raw[] {
  switch (code) {
    case 'release.runs_here':
      return ['already_running_locally']
    case 'release.runs_nowhere':
      return ['not_running_distributed']
    case 'release.start_failed':
      return shortOf(node) === short ? [text] : [shortOf(node), text]
    default:
      return [code.replace('release.', '').replace('application.', '')]
  }
}
