/**
 * One member: the algorithm, its disk, its machine and its clock, run as a node runs them. It crashes and starts again with what its disk has;
 * it stands still for a while, and goes on with what has come meanwhile; or it is lost for ever.
 *
 *     network, disk, clients, clock ──► step ──► effects: disk, network, machine, answers
 */
import { Applier, type AnyMachine } from '../../../src/machine/applier.ts'
import type {
  Change,
  ClientRequest,
  Configuration,
  Effect,
  Entry,
  Input,
  MemberId,
  Message,
  Proposal,
  Role,
  Snapshot,
} from '../../../src/raft/interface.ts'
import { Clock } from './clock.ts'
import { Dice } from './dice.ts'
import { Disk } from './disk.ts'
import type { Subject } from './subject.ts'
import { Waiting, type Reply } from './waiting.ts'
import type { World } from './world.ts'

export class Host {
  readonly id: MemberId
  readonly isWitness: boolean
  readonly disk: Disk
  readonly waiting: Waiting = new Waiting()
  readonly #world: World
  readonly #genesis: Configuration
  readonly #dice: Dice
  readonly #clock: Clock
  subject: Subject | null = null
  applier: Applier | null = null
  role: Role = 'follower'
  /** Before the step that is being made. */
  roleBefore: Role = 'follower'
  term = 0
  leader: MemberId | null = null
  /** It will never start again. */
  isLost = false
  /** Counts its starts and crashes: what was meant for an earlier life is dropped. */
  life = 0
  #isPaused = false
  #backlog: (() => void)[] = []
  #wakeAtMs = Infinity
  #proposals: Proposal[] = []
  #isCompacting = false

  constructor(world: World, id: MemberId, number: number, genesis: Configuration, isWitness: boolean) {
    this.id = id
    this.isWitness = isWitness
    this.#world = world
    this.#genesis = genesis
    this.#dice = new Dice(world.seed, 100 + number)
    this.#clock = new Clock(this.#dice)
    this.disk = new Disk(id, world.agenda, this.#dice)
  }

  get isUp(): boolean {
    return this.subject !== null
  }

  get appliedIndex(): number {
    return this.applier?.index ?? 0
  }

  start(): void {
    if (this.isUp || this.isLost) return
    const { watch, agenda, make, settings } = this.#world
    this.life++
    const stored = this.disk.load()
    watch.started(this, stored, this.#genesis)
    const machine = watch.machine as unknown as AnyMachine
    this.applier = new Applier(machine, this.isWitness)
    this.applier.configuration = this.#genesis
    if (stored?.snapshot != null) this.applier.restore(stored.snapshot)
    this.role = 'follower'
    this.leader = null
    this.subject = make({
      id: this.id,
      nowMs: this.#clock.shows(agenda.nowMs),
      random: () => this.#dice.unit(),
      settings,
      genesis: this.#genesis,
      stored,
    })
    this.#wakeAtMs = Infinity
    this.#setAlarm()
  }

  crash(): void {
    if (!this.isUp) return
    this.life++
    this.subject = null
    this.applier = null
    this.#isPaused = false
    this.#backlog = []
    this.#proposals = []
    this.#isCompacting = false
    this.waiting.clear()
    this.disk.crash()
  }

  pause(): void {
    if (this.isUp) this.#isPaused = true
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    const backlog = this.#backlog
    this.#backlog = []
    for (const act of backlog) this.#enter(act)
  }

  receive(from: MemberId, message: Message): void {
    this.#enter(() => this.#step({ type: 'message', from, message }))
  }

  down(id: MemberId): void {
    this.#enter(() => this.#step({ type: 'down', id }))
  }

  /** Proposals that come close together go in together. */
  submit(command: unknown, request: ClientRequest | null, reply: Reply): void {
    this.#enter(() => {
      this.#proposals.push({ ticket: this.waiting.ticket(reply), command, request })
      if (this.#proposals.length > 1) return
      this.#later(this.#dice.between(0, 1), () => {
        const commands = this.#proposals
        this.#proposals = []
        this.#step({ type: 'propose', commands })
      })
    })
  }

  read(query: unknown, reply: Reply): void {
    this.#enter(() => {
      const ticket = this.waiting.ticket((answer) =>
        reply(answer.type === 'done' ? { type: 'done', value: this.applier!.query(query) } : answer),
      )
      this.#world.watch.readAsked(this, ticket)
      this.#step({ type: 'read', ticket })
    })
  }

  configure(change: Change, reply: Reply): void {
    this.#enter(() => this.#step({ type: 'configure', ticket: this.waiting.ticket(reply), change }))
  }

  transfer(to: MemberId | null, reply: Reply): void {
    this.#enter(() => this.#step({ type: 'transfer', ticket: this.waiting.ticket(reply), to }))
  }

  /** Saves a snapshot of what is applied, and lets the algorithm forget the entries once it is on disk. */
  compact(): void {
    this.#enter(() => {
      const { applier } = this
      if (this.isWitness || this.#isCompacting || applier === null || applier.index <= this.#world.watch.baseOf(this))
        return
      this.#isCompacting = true
      const snapshot = applier.snapshot()
      this.#save(snapshot, () => {
        this.#isCompacting = false
        if (snapshot.index <= this.#world.watch.baseOf(this)) return
        this.#world.watch.compacted(this, snapshot)
        this.#step({ type: 'compacted', snapshot })
      })
    })
  }

  /** Acts in this life only, and not while it stands still. */
  #enter(act: () => void): void {
    if (!this.isUp) return
    if (this.#isPaused) this.#backlog.push(act)
    else act()
  }

  #later(delayMs: number, act: () => void): void {
    const { life } = this
    this.#world.agenda.after(delayMs, () => {
      if (life === this.life) this.#enter(act)
    })
  }

  #save(snapshot: Snapshot, done: () => void): void {
    const { life } = this
    this.disk.save(snapshot, () => {
      if (life === this.life) this.#enter(done)
    })
  }

  #step(input: Input): void {
    const { subject } = this
    if (subject === null) return
    const effects = subject.step(this.#clock.shows(this.#world.agenda.nowMs), input)
    this.roleBefore = this.role
    // What it does in a step it does as what it has become in it.
    for (const effect of effects) if (effect.type === 'role') this.#become(effect)
    for (const effect of effects) this.#carryOut(effect)
    this.#setAlarm()
  }

  #setAlarm(): void {
    const { deadlineMs } = this.subject!
    if (deadlineMs === Infinity) return
    const { agenda } = this.#world
    const atMs = Math.max(this.#clock.whenShows(deadlineMs), agenda.nowMs + 0.001)
    if (this.#wakeAtMs <= atMs && this.#wakeAtMs > agenda.nowMs) return
    this.#wakeAtMs = atMs
    const { life } = this
    agenda.at(atMs, () => {
      if (life !== this.life || this.#wakeAtMs !== atMs) return
      this.#wakeAtMs = Infinity
      this.#enter(() => this.#step({ type: 'time' }))
    })
  }

  #carryOut(effect: Effect): void {
    const { watch } = this.#world
    switch (effect.type) {
      case 'write': {
        const { write } = effect
        watch.wrote(this, write)
        const { life } = this
        this.disk.write(write, () => {
          if (life === this.life) this.#enter(() => this.#step({ type: 'written', id: write.id }))
        })
        return
      }
      case 'send':
        watch.sent(this, effect.to, effect.message)
        this.#world.deliver(this.id, effect.to, effect.message)
        return
      case 'apply':
        for (const entry of effect.entries) this.#apply(entry)
        if (this.appliedIndex - this.#world.watch.baseOf(this) >= this.#world.snapshotEntries) this.compact()
        return
      case 'install':
        this.#install(effect.snapshot)
        return
      case 'role':
        return
      case 'accepted':
        this.waiting.accepted(effect.ticket, effect.index, effect.term)
        return
      case 'refused':
        this.waiting.refused(effect.ticket, effect.refusal)
        return
      case 'readable':
        watch.readable(this, effect.ticket, effect.index)
        this.waiting.readable(effect.ticket, effect.index, this.appliedIndex)
        return
      case 'transferred':
        this.waiting.transferred(effect.ticket, effect.to)
        return
      case 'removed':
        this.#world.removed(this)
    }
  }

  #become({ role, term, leader }: Effect & { readonly type: 'role' }): void {
    this.role = role
    this.term = term
    this.leader = leader
    this.#world.watch.became(this)
  }

  #apply(entry: Entry): void {
    this.#world.watch.applying(this, entry)
    const outcome = this.applier!.apply(entry)
    this.#world.watch.applied(this)
    this.waiting.applied(entry, outcome)
  }

  #install(snapshot: Snapshot): void {
    this.#world.watch.installing(this, snapshot)
    if (snapshot.index > this.appliedIndex) {
      this.applier!.restore(snapshot)
      this.#world.watch.applied(this)
      this.waiting.overtaken(snapshot.index)
    }
    this.disk.save(snapshot, () => {})
  }
}
