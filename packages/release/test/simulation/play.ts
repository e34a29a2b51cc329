/**
 * Plays a program on three nodes that run one application between them, n1 before n2 and n3, and says what was wrong.
 *
 *     while it goes on     see watch.ts, looked at every 100 ms
 *     afterwards           what the journal shows: see judge.ts
 *     when all is quiet    exactly one instance, every node knows where, and there it stays; whoever asked for something has an answer. Nobody helps: every node
 *                          was told to start it when it came up, and only where somebody has stopped it since it is told again
 */
import { simulateCluster, type SimulatedCluster, type SimulatedNode, type VirtualRuntime } from '@agner/testing'
import { startDistributedApplications, type Arbiter, type DistributedApplications } from '../../src/index.ts'
import { Journal, type Instance } from './journal.ts'
import { judge, type Crash, type End } from './judge.ts'
import { policies, type PolicyName } from './policies.ts'
import { appNodes, runner, type Command, type Kind, type Step } from './program.ts'
import { Storage } from './storage.ts'
import { application, subject } from './subject.ts'
import { Watch, type Seen } from './watch.ts'

const timeoutMs = 1000
const lostMs = 500
/** A claim that is over is noticed by a process, which tells another, which stops the application. */
const lateMs = lostMs + 300
const lookEachMs = 100
const settleMs = 40_000
const staysMs = 2500
const full = (name: string): string => `${name}@cluster`
const short = (name: string): string => name.slice(0, name.indexOf('@'))

export interface Outcome {
  readonly wrongs: readonly string[]
  readonly instances: readonly Instance[]
  readonly accepted: number
  readonly refused: number
  /** For people. */
  readonly story: string
}

export interface Play {
  readonly policy: PolicyName
  readonly kind: Kind
  readonly program: readonly Step[]
}

export async function play(runtime: VirtualRuntime, { policy, kind, program }: Play): Promise<Outcome> {
  const player = await Player.open(runtime, policy, kind)
  try {
    for (const step of program) await player.step(step)
    await player.settle()
  } finally {
    await player.close()
  }
  return player.outcome()
}

class Player {
  readonly #runtime: VirtualRuntime
  readonly #policy: PolicyName
  readonly #kind: Kind
  readonly #journal = new Journal()
  readonly #storage = new Storage()
  readonly #crashes: Crash[] = []
  /** When a node was told that it may not run it any more. */
  readonly #ends: End[] = []
  readonly #wrongs = new Set<string>()
  readonly #applications = new Map<string, DistributedApplications>()
  /** What was asked and not answered yet, with the life of the node that was asked. */
  readonly #asked = new Map<Promise<unknown>, { readonly what: string; readonly node: string; readonly life: number }>()
  /** Nodes that were told last, in a life, that they may not run it. */
  readonly #unpermitted = new Map<string, number>()
  #isStopped = false
  #isCut = false
  readonly #watch: Watch
  #cluster!: SimulatedCluster
  #calm!: () => void

  private constructor(runtime: VirtualRuntime, policy: PolicyName, kind: Kind) {
    this.#runtime = runtime
    this.#policy = policy
    this.#kind = kind
    this.#watch = new Watch(this.#journal, policy === 'nodes' ? null : lateMs)
  }

  static async open(runtime: VirtualRuntime, policy: PolicyName, kind: Kind): Promise<Player> {
    const player = new Player(runtime, policy, kind)
    const { others, begin } = policies[policy]
    player.#cluster = await simulateCluster({
      runtime,
      nodes: others,
      later: appNodes,
      trace: false,
      distribution: { tickMs: 1000 },
      setup: (node) => (appNodes.includes(node.name) ? player.#setup(node) : undefined),
    })
    player.#calm = await begin(player.#cluster)
    for (const name of appNodes) await player.#cluster.start(name)
    await player.#run(2000)
    return player
  }

  async #setup(simulated: SimulatedNode): Promise<void> {
    const { name, node, distribution } = simulated
    const { journal, storage } = { journal: this.#journal, storage: this.#storage }
    const arbiter: Arbiter | null = await policies[this.#policy].arbiter(simulated)
    const applications = await startDistributedApplications(node, distribution, {
      applications: [
        {
          application: subject({ runtime: this.#runtime, journal, storage }, simulated),
          nodes: [full('n1'), [full('n2'), full('n3')]],
          timeoutMs,
          lostMs,
          ...(arbiter !== null && { arbiter }),
        },
      ],
      optional: appNodes.filter((other) => other !== name).map(full),
      syncTimeoutMs: 300,
    })
    this.#applications.set(name, applications)
    // It may have to wait for the others, who are not up yet.
    this.#ask(simulated, 'start', applications.start(application))
  }

  /** It may be refused, and it may have to wait; while its node lives it is answered. */
  #ask({ name, life }: Pick<SimulatedNode, 'name' | 'life'>, what: string, answer: Promise<unknown>): void {
    const isOver = () => void this.#asked.delete(answer)
    this.#asked.set(answer, { what, node: name, life })
    void answer.then(isOver, isOver)
  }

  async step({ thenMs, ...written }: Step): Promise<void> {
    const command = this.#aimed(written)
    this.#note(JSON.stringify(command))
    const cluster = this.#cluster
    switch (command.do) {
      case 'boot':
        if (!this.#isUp(command.node)) await cluster.start(command.node)
        break
      case 'crash':
        if (!this.#isUp(command.node)) break
        this.#lost(command.node)
        cluster.crash(command.node, command.how)
        break
      case 'leave':
        if (!this.#isUp(command.node)) break
        this.#ends.push({ node: command.node, atMs: this.#runtime.nowMs() })
        await cluster.until(ignore(this.#of(command.node).leave({ timeoutMs: 3000 })))
        this.#lost(command.node)
        await cluster.stop(command.node)
        break
      case 'takeover':
      case 'start':
        if (!this.#isUp(command.node)) break
        this.#ask(cluster.node(command.node), command.do, this.#of(command.node)[command.do](application))
        break
      case 'stop':
        if (!this.#isUp(command.node)) break
        this.#ends.push({ node: command.node, atMs: this.#runtime.nowMs() })
        this.#isStopped = true
        this.#ask(cluster.node(command.node), 'stop', this.#of(command.node).stop(application))
        break
      case 'permit':
        if (!this.#isUp(command.node)) break
        if (!command.isPermitted) this.#ends.push({ node: command.node, atMs: this.#runtime.nowMs() })
        this.#permit(command.node, command.isPermitted)
        break
      case 'partition': {
        this.#isCut = true
        const rest = cluster.names.filter((each) => !command.side.includes(each))
        cluster.partition(command.side, rest)
        break
      }
      case 'cutOneWay':
        if (command.from === command.to) break
        this.#isCut = true
        cluster.cutOneWay(command.from, command.to)
        break
      case 'drop':
        if (command.from !== command.to && this.#isUp(command.from)) cluster.drop(command.from, command.to)
        break
      case 'hold':
        if (!this.#isUp(command.node)) break
        cluster.hold(command.node, command.ms)
        this.#watch.held(command.node, this.#runtime.nowMs() + command.ms)
        break
      case 'heal':
        this.#isCut = false
        cluster.heal()
        break
      case 'wait':
        break
    }
    await this.#run(thenMs)
  }

  #aimed(command: Command): Command {
    const name = this.#journal.running().at(-1)?.node ?? 'n1'
    return JSON.parse(JSON.stringify(command).replaceAll(JSON.stringify(runner), JSON.stringify(name))) as Command
  }

  #permit(name: string, isPermitted: boolean): void {
    const simulated = this.#cluster.node(name)
    if (isPermitted) this.#unpermitted.delete(name)
    else this.#unpermitted.set(name, simulated.life)
    this.#ask(simulated, `permit ${isPermitted}`, this.#of(name).permit(application, isPermitted))
  }

  /** The network is whole, and whoever is up may run it: it comes to rest. Then the others come back, and it does so again. */
  async settle(): Promise<void> {
    this.#note('the network is whole')
    this.#isCut = false
    this.#cluster.heal()
    this.#calm()
    if (!appNodes.some((name) => this.#isUp(name))) await this.#cluster.start('n2')
    await this.#rest()
    this.#note('all are back')
    for (const name of appNodes) if (!this.#isUp(name)) await this.#cluster.start(name)
    await this.#rest()
  }

  async #rest(): Promise<void> {
    const up = appNodes.filter((name) => this.#isUp(name))
    for (const name of up) {
      if (this.#unpermitted.get(name) === this.#cluster.node(name).life) this.#permit(name, true)
      if (this.#isStopped) this.#ask(this.#cluster.node(name), 'start', this.#of(name).start(application))
    }
    for (let ms = 0; ms < settleMs; ms += staysMs) {
      const before = this.#only(up)
      await this.#run(staysMs)
      // A thread that is held answers nobody, and keeps others waiting.
      if (before !== null && this.#only(up) === before && this.#unanswered().length === 0) return
    }
    for (const what of this.#unanswered()) this.#wrongs.add(`${what} was never answered`)
    if (this.#only(up) !== null) return
    const places = up.map((name) => `${name} says ${JSON.stringify(this.#of(name).where(application))}`)
    this.#wrongs.add(`${this.#journal.running().length} instances run when all is quiet: ${places.join(', ')}`)
  }

  #unanswered(): string[] {
    return [...this.#asked.values()].flatMap(({ what, node, life }) =>
      this.#isUp(node) && this.#cluster.node(node).life === life ? [`${what} on ${node}`] : [],
    )
  }

  /** The only instance, if every node knows where it is. */
  #only(up: readonly string[]): Instance | null {
    const running = this.#journal.running()
    const [only] = running
    if (only === undefined || running.length > 1 || only.upMs === null) return null
    return up.every((name) => this.#of(name).where(application)?.node === full(only.node)) ? only : null
  }

  async #run(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= lookEachMs) {
      await this.#cluster.run(Math.min(leftMs, lookEachMs))
      this.#look()
    }
  }

  #look(): void {
    const up = this.#cluster.up.filter(({ name }) => this.#applications.has(name))
    const seen = up.map(({ name, distribution }): [string, Seen] => [
      name,
      { applications: this.#of(name), neighbours: distribution.nodes('connected').map(short) },
    ])
    this.#watch.look(this.#runtime.nowMs(), new Map(seen), this.#isCut)
  }

  #isUp(name: string): boolean {
    return this.#cluster.up.some((node) => node.name === name)
  }

  #of(name: string): DistributedApplications {
    return this.#applications.get(name)!
  }

  #lost(name: string): void {
    const atMs = this.#runtime.nowMs()
    this.#crashes.push({ node: name, life: this.#cluster.node(name).life, atMs })
    this.#journal.crashed(name, atMs)
  }

  #note(text: string): void {
    this.#journal.troubles.push({ atMs: this.#runtime.nowMs(), text })
  }

  async close(): Promise<void> {
    for (const { name } of this.#cluster.up) this.#cluster.crash(name)
    await this.#runtime.settle()
  }

  outcome(): Outcome {
    const terms = {
      hasArbiter: this.#policy !== 'nodes',
      isCalm: this.#kind === 'crashes',
      timeoutMs: this.#policy === 'decider' ? null : timeoutMs,
    }
    const judged = judge(this.#journal, this.#storage.accepted, this.#crashes, this.#ends, terms)
    return {
      wrongs: [...this.#wrongs, ...this.#watch.wrongs, ...judged],
      instances: this.#journal.instances,
      accepted: this.#storage.accepted.length,
      refused: this.#storage.refused,
      story: this.#journal.toString(),
    }
  }
}

/** What is asked may be refused, or never be answered. */
function ignore(promise: Promise<unknown>): Promise<void> {
  return promise.then(
    () => {},
    () => {},
  )
}
