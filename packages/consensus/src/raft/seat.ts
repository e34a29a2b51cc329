/**
 * What all parts of a member share: who it is, its ballot, its log, what is committed; and the effects of the step that is being made.
 */
import { Disk } from './disk.ts'
import type {
  Ballot,
  Configuration,
  Effect,
  Entry,
  MemberId,
  MemberRole,
  Message,
  RaftSettings,
  Role,
  Snapshot,
} from './interface.ts'
import { Log } from './log.ts'

export interface SeatOptions {
  readonly id: MemberId
  readonly settings: RaftSettings
  /** From 0 to below 1. */
  readonly random: () => number
  readonly ballot: Ballot
  readonly snapshot: Snapshot | null
  readonly entries: readonly Entry[]
  readonly genesis: Configuration
}

export class Seat {
  readonly id: MemberId
  readonly settings: RaftSettings
  readonly random: () => number
  readonly log: Log
  readonly disk: Disk
  nowMs = 0
  term: number
  votedFor: MemberId | null
  role: Role = 'follower'
  leader: MemberId | null = null
  commitIndex: number
  appliedIndex: number
  /** Writes and installs, which come before all other effects of a step. */
  #stored: Effect[] = []
  #effects: Effect[] = []

  constructor(options: SeatOptions) {
    this.id = options.id
    this.settings = options.settings
    this.random = options.random
    this.term = options.ballot.term
    this.votedFor = options.ballot.votedFor
    this.log = new Log(options.genesis, options.snapshot, options.entries)
    this.disk = new Disk(this.log.lastIndex)
    this.commitIndex = this.log.base.index
    this.appliedIndex = this.log.base.index
  }

  /**
   * What it is in the group. While a change is not committed, the more of what it was and will be: one that leaves may be needed for the very change.
   */
  get standing(): MemberRole | null {
    const { log } = this
    const role = log.electorate.roleOf(this.id)
    if (role === 'voter' || log.configurationIndex <= this.commitIndex) return role
    const before = log.previousElectorate.roleOf(this.id)
    return before === 'learner' || before === null ? (role ?? before) : before
  }

  vote(term: number, votedFor: MemberId | null): void {
    this.term = term
    this.votedFor = votedFor
    this.disk.ballot({ term, votedFor })
  }

  emit(effect: Effect): void {
    this.#effects.push(effect)
  }

  send(to: MemberId, message: Message): void {
    this.#effects.push({ type: 'send', to, message })
  }

  /** Sends it once all that was given to be written up to now is on disk. */
  promise(to: MemberId, message: Message): void {
    if (!this.disk.promise(to, message)) this.send(to, message)
  }

  append(entries: readonly Entry[]): void {
    this.log.append(entries)
    this.disk.append(entries)
  }

  truncateFrom(index: number): void {
    this.log.truncateFrom(index)
    this.disk.truncateFrom(index)
  }

  install(snapshot: Snapshot): void {
    // What was cut off goes to disk first: entries of another history must never stand behind the snapshot.
    this.flush()
    this.#stored.push({ type: 'install', snapshot })
  }

  flush(): void {
    const write = this.disk.take()
    if (write !== null) this.#stored.push({ type: 'write', write })
  }

  /** The effects of the step that ends. */
  leave(): readonly Effect[] {
    this.flush()
    const effects = this.#effects
    this.#effects = []
    if (this.#stored.length === 0) return effects
    const stored = this.#stored
    this.#stored = []
    for (const effect of effects) stored.push(effect)
    return stored
  }
}
