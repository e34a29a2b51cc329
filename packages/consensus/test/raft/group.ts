/**
 * A few members side by side, for scripts: effects are carried out, disks and messages wait for the script to let them go.
 *
 * Time stands still unless the script moves it; nothing is random.
 */
import { Raft } from '../../src/raft/raft.ts'
import type {
  Change,
  Configuration,
  Effect,
  Entry,
  Input,
  MemberId,
  MemberRole,
  Message,
  RaftSettings,
  Refusal,
  Snapshot,
} from '../../src/raft/interface.ts'
import { MemoryStorage } from '../../src/storage/memory.ts'

export interface Sent {
  readonly from: MemberId
  readonly to: MemberId
  readonly message: Message
}

export type Outcome = Extract<Effect, { readonly ticket: number }>

/** One member with its disk. */
export class Seated {
  readonly id: MemberId
  readonly group: Group
  storage: MemoryStorage = new MemoryStorage()
  raft: Raft
  isUp = true
  /** With `false` nothing reaches the disk until `sync`. */
  syncs = true
  applied: Entry[] = []
  /** What it applied in all its lives. */
  history: Entry[] = []
  installed: Snapshot[] = []
  isRemoved = false
  #waiting: (() => void)[] = []
  /** The lives it had: what a crash leaves behind does nothing to the next one. */
  #life = 0

  constructor(group: Group, id: MemberId) {
    this.group = group
    this.id = id
    this.raft = this.#make()
  }

  #make(): Raft {
    const { genesis, settings, nowMs } = this.group
    const isFounder = genesis.some((member) => member.id === this.id)
    const number = Number(this.id.replaceAll(/\D/g, '')) || 0
    return new Raft({
      id: this.id,
      stored: this.storage.stored,
      genesis: isFounder ? genesis : [],
      settings,
      random: () => (number % 10) / 10,
      nowMs,
    })
  }

  get role(): string {
    return this.raft.status.role
  }

  step(input: Input): readonly Effect[] {
    if (!this.isUp) return []
    const effects = this.raft.step(this.group.nowMs, input)
    for (const effect of effects) this.#perform(effect)
    if (this.syncs) this.sync()
    return effects
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'write': {
        const { id, ...write } = effect.write
        this.#waiting.push(() => {
          void this.storage.write(write)
          this.step({ type: 'written', id })
        })
        return
      }
      case 'install':
        this.#waiting.push(() => void this.storage.save(effect.snapshot))
        this.installed.push(effect.snapshot)
        return
      case 'send':
        this.group.wire.push({ from: this.id, to: effect.to, message: effect.message })
        return
      case 'apply':
        this.applied.push(...effect.entries)
        this.history.push(...effect.entries)
        return
      case 'removed':
        this.isRemoved = true
        return
      case 'role':
        return
      default:
        this.group.outcomes.push(effect)
    }
  }

  /** What waits reaches the disk: all, or the first so many writes. */
  sync(count: number = Number.POSITIVE_INFINITY): void {
    const life = this.#life
    for (let done = 0; done < count && this.#waiting.length > 0 && life === this.#life; done++) this.#waiting.shift()!()
  }

  crash(): void {
    this.isUp = false
    this.#life++
    this.#waiting = []
  }

  restart(): void {
    this.isUp = true
    this.applied = []
    this.raft = this.#make()
  }

  /** Makes a snapshot of what is applied and drops the entries that it stands for. */
  compact(): void {
    const index = this.raft.status.commitIndex
    const snapshot: Snapshot = { ...this.raft.snapshotHead(index)!, state: `state ${index}` }
    void this.storage.save(snapshot)
    this.step({ type: 'compacted', snapshot })
  }

  commands(): unknown[] {
    return this.applied.flatMap((entry) => (entry.type === 'command' ? [entry.command] : []))
  }
}

export class Group {
  readonly genesis: Configuration
  readonly settings: Partial<RaftSettings>
  readonly members: Map<MemberId, Seated> = new Map()
  nowMs = 0
  /** On their way. */
  wire: Sent[] = []
  outcomes: Outcome[] = []
  /** Which messages are lost. */
  loses: (sent: Sent) => boolean = () => false
  #tickets = 0

  constructor(roles: Readonly<Record<MemberId, MemberRole>>, settings: Partial<RaftSettings> = {}) {
    this.genesis = Object.entries(roles).map(([id, role]) => ({ id, role }))
    this.settings = settings
    for (const { id } of this.genesis) this.join(id)
  }

  /** A member that knows nothing and waits to be added. */
  join(id: MemberId): Seated {
    const member = new Seated(this, id)
    this.members.set(id, member)
    return member
  }

  at(id: MemberId): Seated {
    return this.members.get(id)!
  }

  /** The first message on its way arrives, or is lost. */
  deliverOne(): void {
    const sent = this.wire.shift()!
    if (!this.loses(sent)) this.members.get(sent.to)?.step({ type: 'message', from: sent.from, message: sent.message })
  }

  /** Everything on its way arrives, and what comes of it. */
  deliver(most = 10_000): void {
    for (let count = 0; this.wire.length > 0; count++) {
      if (count === most) throw new Error('The messages never end.')
      this.deliverOne()
    }
  }

  /** Time passes; whoever is due acts, and all messages arrive. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms
    for (;;) {
      const dueMs = Math.min(...this.#up().map((member) => member.raft.deadlineMs))
      if (dueMs > endMs) break
      this.nowMs = Math.max(this.nowMs, dueMs)
      for (const member of this.#up()) {
        if (member.raft.deadlineMs <= this.nowMs) member.step({ type: 'time' })
      }
      this.deliver()
    }
    this.nowMs = endMs
  }

  #up(): Seated[] {
    return [...this.members.values()].filter((member) => member.isUp)
  }

  /** Makes one lead, by an election that it wins. */
  elect(id: MemberId): Seated {
    const member = this.at(id)
    this.nowMs = Math.max(this.nowMs, ...this.#up().map((one) => one.raft.deadlineMs))
    member.step({ type: 'time' })
    this.deliver()
    if (member.role !== 'leader') throw new Error(`${id} was not elected.`)
    return member
  }

  leader(): Seated | undefined {
    return this.#up().find((member) => member.role === 'leader')
  }

  propose(id: MemberId, ...commands: unknown[]): number[] {
    const proposals = commands.map((command) => ({ ticket: ++this.#tickets, command, request: null }))
    this.at(id).step({ type: 'propose', commands: proposals })
    return proposals.map(({ ticket }) => ticket)
  }

  configure(id: MemberId, change: Change): number {
    const ticket = ++this.#tickets
    this.at(id).step({ type: 'configure', ticket, change })
    return ticket
  }

  read(id: MemberId): number {
    const ticket = ++this.#tickets
    this.at(id).step({ type: 'read', ticket })
    return ticket
  }

  transfer(id: MemberId, to: MemberId | null): number {
    const ticket = ++this.#tickets
    this.at(id).step({ type: 'transfer', ticket, to })
    return ticket
  }

  outcome(ticket: number): Outcome | undefined {
    return this.outcomes.findLast((outcome) => outcome.ticket === ticket)
  }

  refusal(ticket: number): Refusal | undefined {
    const outcome = this.outcome(ticket)
    return outcome?.type === 'refused' ? outcome.refusal : undefined
  }

  /** Takes the messages of one kind off the wire. */
  takeSent<T extends Message['type']>(
    type: T,
  ): (Sent & { readonly message: Extract<Message, { readonly type: T }> })[] {
    const taken = this.wire.filter((sent) => sent.message.type === type)
    this.wire = this.wire.filter((sent) => sent.message.type !== type)
    return taken as (Sent & { readonly message: Extract<Message, { readonly type: T }> })[]
  }
}

export const three = { n1: 'voter', n2: 'voter', n3: 'voter' } as const
