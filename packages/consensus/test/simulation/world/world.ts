/** Members, clients, and what is between them: everything that a schedule happens in. */
import type { SessionLimits } from '../../../src/machine/sessions.ts'
import type { Configuration, MemberId, MemberRole, Message, RaftSettings } from '../../../src/raft/interface.ts'
import { Client } from '../clients/client.ts'
import { History } from '../clients/history.ts'
import type { Plan } from '../schedule/plan.ts'
import { Watch } from '../watch/watch.ts'
import { Agenda } from './agenda.ts'
import { Dice } from './dice.ts'
import { Host } from './host.ts'
import { Network } from './network.ts'
import type { MakeSubject } from './subject.ts'

export class World {
  readonly seed: number
  readonly settings: RaftSettings
  readonly sessionLimits: SessionLimits
  readonly make: MakeSubject
  readonly agenda: Agenda = new Agenda()
  readonly network: Network
  readonly hosts: Map<MemberId, Host> = new Map()
  readonly watch: Watch
  readonly history: History = new History()
  readonly clients: readonly Client[]
  readonly genesis: Configuration
  readonly #plan: Plan
  #operations = 0
  /** What ends each fault that is still going on. */
  readonly #heals = new Set<() => void>()

  constructor(plan: Plan, make: MakeSubject, isStrict: boolean) {
    this.seed = plan.seed
    this.settings = plan.settings
    this.sessionLimits = plan.sessionLimits
    this.make = make
    this.#plan = plan
    this.network = new Network(this.agenda, new Dice(plan.seed, 1), plan.weather)
    this.watch = new Watch(this.hosts, isStrict)
    this.genesis = plan.members
    for (const { id, role } of this.genesis) this.addHost(id, role, this.genesis)
    this.clients = plan.clients.map((client, n) => new Client(this, `c${n + 1}`, new Dice(plan.seed, 10 + n), client))
    for (const host of this.hosts.values()) host.start()
    for (const { hands } of this.clients) for (const hand of hands) hand.begin()
  }

  get snapshotEntries(): number {
    return this.#plan.snapshotEntries
  }

  get healAtMs(): number {
    return this.#plan.healAtMs
  }

  addHost(id: MemberId, role: MemberRole, genesis: Configuration): Host {
    const host = new Host(this, id, this.hosts.size, genesis, role === 'witness')
    host.disk.slowestSyncMs = this.#plan.slowestSyncMs
    this.hosts.set(id, host)
    return host
  }

  nextOperation(): number {
    return ++this.#operations
  }

  deliver(from: MemberId, to: MemberId, message: Message): void {
    if (this.#plan.isFrozen) freeze(message)
    this.network.send(from, to, () => this.hosts.get(to)?.receive(from, message))
  }

  /** It says that it may be stopped: in some schedules it is. */
  removed(host: Host): void {
    this.watch.removed(host, this.genesis)
    if (!this.#plan.stopsRemoved || this.isWanted(host.id)) return
    const { life } = host
    this.agenda.after(5, () => {
      if (life === host.life && !this.isWanted(host.id)) host.crash()
    })
  }

  /** Whether some log has it as a member. */
  isWanted(id: MemberId): boolean {
    return this.latestConfigurations().some((configuration) => configuration.some((member) => member.id === id))
  }

  /** Of each log that is not lost. */
  latestConfigurations(): Configuration[] {
    return [...this.hosts.values()].flatMap(({ id, isLost }) => {
      const log = this.watch.logOf(id)
      return isLost || log === undefined ? [] : [log.configuration]
    })
  }

  /** Who leads the latest term, as the members themselves see it. */
  leader(): Host | null {
    let latest: Host | null = null
    for (const host of this.hosts.values()) {
      if (host.isUp && host.role === 'leader' && host.term > (latest?.term ?? -1)) latest = host
    }
    return latest
  }

  /** A fault that has begun ends after a time, or when everything heals, or is ended. */
  endAfter(durationMs: number, heal: () => void): () => void {
    const end = (): void => {
      if (this.#heals.delete(end)) heal()
    }
    this.#heals.add(end)
    if (durationMs !== Infinity) this.agenda.after(durationMs, end)
    return end
  }

  /** All that is broken is whole again, and whoever is not lost runs. */
  heal(): void {
    for (const end of this.#heals) end()
    this.network.weather = { ...this.network.weather, fastestMs: 0.5, slowestMs: 3, loss: 0, late: 0 }
    for (const host of this.hosts.values()) {
      host.disk.slowestSyncMs = 1
      host.resume()
      host.start()
    }
    for (const { hands } of this.clients) for (const hand of hands) hand.finish()
  }
}

function freeze(message: Message): void {
  Object.freeze(message)
  if (message.type === 'append') Object.freeze(message.entries)
}
