/**
 * A member that runs: the algorithm, storage and machine of one node, and what goes between them.
 *
 *     messages, timers, clients ──► step(input) ──► effects, carried out in order ──► storage, members, machine, clients
 *
 * All of it happens in the member's process. Nothing here waits: what takes time comes back as a message.
 */
import { Pid, type AnyPid, type AnyProcess, type NameAddress } from '@agner/core'
import { messageOf } from '@agner/core/kernel'
import { consensusError } from '../errors.ts'
import { Applier, type AnyMachine, type Outcome, type OwnCommand } from '../machine/applier.ts'
import { Raft } from '../raft/raft.ts'
import type {
  ClientRequest,
  Configuration,
  Effect,
  Entry,
  Input,
  MemberId,
  RaftSettings,
  Snapshot,
} from '../raft/interface.ts'
import type { Storage, Stored } from '../storage/storage.ts'
import { Admission, plainRequest } from './admission.ts'
import { Alarm } from './alarm.ts'
import { Disk } from './disk.ts'
import { Forgetting } from './forgetting.ts'
import { Founding } from './founding.ts'
import { memberIdOf } from './group.ts'
import type { Envelope, Refused } from './member.api.ts'
import type { AppliedEvent, LogEnd, MemberLimits, MemberStatus, RoleEvent } from './member-interface.ts'
import { Peers } from './peers.ts'
import { giveOrRefuse } from './answers.ts'
import { give, Requests, type Asker } from './requests.ts'
import type { Watchers } from './watchers.ts'

export interface RunningOptions {
  readonly group: string
  readonly id: MemberId
  readonly machine: AnyMachine
  readonly isWitness: boolean
  readonly connects: boolean
  readonly isFirst: boolean
  readonly waitsToForget: boolean
  readonly settings: Partial<RaftSettings>
  readonly limits: MemberLimits
  readonly watchers: Watchers
}

export class Running {
  readonly #self: AnyProcess
  readonly #options: RunningOptions
  readonly #raft: Raft
  readonly #applier: Applier
  readonly #admission: Admission
  readonly #isWitness: boolean
  readonly #disk: Disk
  readonly #peers: Peers
  readonly #requests: Requests
  readonly #alarm: Alarm
  readonly #forgetting: Forgetting
  readonly #founding: Founding
  /** It is no member any more, and the group knows. */
  isRemoved = false

  constructor(self: AnyProcess, options: RunningOptions, storage: Storage, stored: Stored | null) {
    const { group, id, machine } = options
    this.#self = self
    this.#options = options
    this.#raft = new Raft({
      id,
      stored,
      genesis: [],
      settings: options.settings,
      nowMs: self.node.monotonicTimeMs(),
      random: () => self.node.runtime.random(),
    })
    this.#admission = new Admission(this.#raft.seat.settings.commandBytes)
    this.#isWitness = options.isWitness || this.#raft.seat.standing === 'witness'
    this.#applier = new Applier(machine, this.#isWitness)
    if (stored?.snapshot) this.#applier.restore(stored.snapshot)
    const { limits, waitsToForget: waits } = options
    this.#forgetting = new Forgetting({ saved: stored?.snapshot?.index ?? 0, waits, limits })
    this.#peers = new Peers(self, { group, about: machine.name, id, connects: options.connects })
    const isNew = stored !== null && stored.ballot.term === 0 && this.#raft.seat.log.lastIndex === 0
    this.#founding = new Founding(self, options, isNew && id === memberIdOf(self.node, 'durable'))
    this.#requests = new Requests(this.#refusal.bind(this))
    this.#disk = new Disk(storage, {
      done: () => self.node.send(self.pid, { type: 'raftWritten' } as never),
      failed: (reason) => self.node.send(self.pid, { type: 'raftStorageFailed', reason: messageOf(reason) } as never),
    })
    this.#alarm = new Alarm(self, 'raftTime')
    if (options.isFirst && stored !== null && stored.entries.length === 0) this.#raft.election.hasten()
  }

  /** Nothing is promised before. */
  begin(): void {
    this.step({ type: 'time' })
  }

  // — what comes in —

  heard(envelope: Envelope): void {
    const input = this.#peers.mayHear(envelope) ? this.#peers.open(envelope) : null
    if (input === null) return
    const { log } = this.#raft.seat
    if (log.electorate.roleOf(envelope.from) !== null) this.#peers.watch(envelope)
    if (input.type === 'message') this.#founding.heard(input.from, input.message, log.lastIndex)
    this.step(input)
  }

  lost(ref: Parameters<Peers['lost']>[0]): void {
    const id = this.#peers.lost(ref)
    if (id !== null) this.step({ type: 'down', id })
  }

  time(alarm: number): void {
    if (this.#alarm.rang(alarm)) this.step({ type: 'time' })
  }

  onDisk(): void {
    const { written, saved } = this.#disk.take()
    if (written !== null) this.step({ type: 'written', id: written })
    if (saved === null) return
    this.#forgetting.done(saved.index)
    this.step({ type: 'compacted', snapshot: saved })
  }

  propose(command: unknown, request: ClientRequest | null, from: Asker | null): void {
    const why = this.#mayNot()
    if (why !== null) {
      if (from !== null) give(from, this.#refusal(why, false))
      return
    }
    const admitted = this.#admission.admit(command)
    if (admitted.type === 'refused') {
      if (from !== null) give(from, { ...this.#refusal(admitted.why, false), message: admitted.message })
      return
    }
    const plain = request === null ? null : plainRequest(request)
    if (this.#requests.propose(admitted.command, plain, from)) this.#flushSoon()
  }

  openSession(owner: string, from: Asker): void {
    const { sessions, resultsPerSession: results } = this.#options.limits
    this.propose({ own: 'open', owner, limits: { sessions, results } } satisfies OwnCommand, null, from)
  }

  read(query: unknown, from: Asker): void {
    const why = this.#mayNot()
    if (why !== null) give(from, this.#refusal(why, false))
    else if (this.#requests.read({ query, from })) this.#flushSoon()
  }

  ask(from: Asker, input: (ticket: number) => Input): void {
    this.step(input(this.#requests.ticket(from)))
  }

  /** What came together goes together: this stands behind all that waits in the mailbox. */
  #flushSoon(): void {
    this.#self.send(this.#self.pid as never, { type: 'raftFlush' } as never)
  }

  flush(): void {
    const commands = this.#requests.takeProposals()
    if (commands.length > 0) this.step({ type: 'propose', commands })
    const ticket = this.#requests.takeReads()
    if (ticket !== null) this.step({ type: 'read', ticket })
  }

  #mayNot(): Refused['why'] | null {
    if (this.#raft.seat.role !== 'leader') return 'not_leader'
    return this.#requests.waiting >= this.#options.limits.waiting ? 'busy' : null
  }

  // — what comes of it —

  step(input: Input): void {
    for (const effect of this.#raft.step(this.#self.node.monotonicTimeMs(), input)) this.#perform(effect)
    this.#answerReads()
    this.#snapshotIfDue()
    this.#alarm.set(this.#raft.deadlineMs)
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        return this.#peers.send(effect.to, effect.message)
      case 'write':
        return this.#disk.write(effect.write)
      case 'apply':
        for (const entry of effect.entries) this.#apply(entry)
        return
      case 'install':
        return this.#install(effect.snapshot)
      case 'role':
        if (effect.role !== 'leader') {
          this.#requests.overtaken()
          this.#peers.leadsNoMore()
        }
        this.#self.label(`${effect.role} of ${this.#options.group}, term ${String(effect.term)}`)
        return this.#options.watchers.role(this.#self, this.roleEvent())
      case 'accepted':
        return this.#requests.accepted(effect.ticket, effect.index, effect.term)
      case 'refused':
        return this.#requests.refused(effect.ticket, effect.refusal.why)
      case 'readable':
        return this.#requests.readable(effect.ticket, effect.index)
      case 'transferred':
        return this.#requests.done(effect.ticket, effect.to)
      case 'removed':
        this.isRemoved = true
    }
  }

  #apply(entry: Entry): void {
    const { index, term } = entry
    const outcome = this.#applier.apply(entry)
    if (entry.type === 'configuration') this.#configured(entry.configuration)
    const from = this.#requests.takeApplied(index, term)
    if (from !== null) {
      if (outcome.type === 'result') this.#answer(from, 'result_unsendable', () => outcome.value)
      else if (outcome.type === 'refused') give(from, this.#refusal(outcome.why, false))
      else give(from, { ...this.#refusal('result_unsendable', false), message: outcome.why })
    }
    if (!this.#options.watchers.listensToApplied) return
    const event = this.#eventOf(entry, outcome)
    if (event !== null) this.#tell(event)
  }

  #configured(configuration: Configuration): void {
    const { group, id } = this.#options
    this.#peers.keep(configuration)
    const own = configuration.find((member) => member.id === id)
    if (this.#isWitness && own !== undefined && own.role !== 'witness')
      throw consensusError('consensus.witness_only', { group, id, role: own.role })
  }

  #install(snapshot: Snapshot): void {
    this.#disk.save(snapshot, false)
    this.#applier.restore(snapshot)
    this.#forgetting.replaced(snapshot.index)
    this.#requests.overtaken(snapshot.index)
    this.#configured(snapshot.configuration)
    this.#tell(this.appliedEvent())
  }

  #tell(event: AppliedEvent<unknown, unknown>): void {
    this.#options.watchers.applied(this.#self, event)
  }

  #answerReads(): void {
    for (const { query, from } of this.#requests.takeReadable(this.#applier.index))
      this.#query(from, () => this.#applier.query(query))
  }

  /** Of what is applied here, whoever leads. */
  readLocal(query: unknown, from: Asker): void {
    const { id: member } = this.#options
    this.#query(from, () => ({ answer: this.#applier.query(query), member, applied: this.#applier.index }))
  }

  #query(from: Asker, ask: () => unknown): void {
    if (this.#applier.hasQuery) this.#answer(from, 'query_failed', ask)
    else give(from, this.#refusal('no_query', false))
  }

  #answer(from: Asker, whyNot: Refused['why'], ask: () => unknown): void {
    giveOrRefuse(from, ask, () => this.#refusal(whyNot, false))
  }

  #snapshotIfDue(): void {
    // What a witness need not keep it hears from the leader: it may be the only one that has what a voter lacks.
    if (this.#isWitness) return
    // One that is being added has not come to the members yet.
    if (this.#applier.configuration.length === 0) return
    const snapshot = this.#forgetting.take(this.#applier.index, () => this.#applier.snapshot())
    if (snapshot !== null) this.#disk.save(snapshot, true)
  }

  #refusal(why: Refused['why'], mayCome: boolean): Refused {
    const { leader, term, log } = this.#raft.seat
    return { type: 'refused', why, leader, term, members: log.electorate.configuration, mayCome }
  }

  // — what it knows —

  get state(): unknown {
    return this.#applier.state
  }

  get applied(): number {
    return this.#applier.index
  }

  /** What the machine would be if all that is in this member's log were committed. */
  get ahead(): LogEnd<unknown> {
    const { log } = this.#raft.seat
    const applier = new Applier(this.#options.machine, this.#isWitness)
    applier.restore(this.#applier.snapshot())
    for (const entry of log.from(applier.index + 1, log.lastIndex - applier.index)) applier.apply(entry)
    return { ...log.last, state: applier.state }
  }

  /** @param after the last entry that it has heard of; null: it wants to hear what comes. */
  watch(pid: AnyPid, on: boolean, after: number | null): void {
    const { watchers } = this.#options
    // A slow node would make the member wait.
    if (pid.node !== this.#self.node.name) return
    if (!on) return watchers.remove(this.#self, pid)
    const since = after === null ? null : this.#since(after)
    const applied = since ?? [this.appliedEvent()]
    watchers.add(this.#self, pid, { role: this.roleEvent(), applied, after: since === null ? 0 : after! })
  }

  /** What was applied after an entry, by applying it once more from the snapshot on; null if that has taken the place of some of it. */
  #since(after: number): AppliedEvent<unknown, unknown>[] | null {
    const { log } = this.#raft.seat
    const from = log.snapshot?.index ?? 0
    const upTo = this.#applier.index
    if (after < from) return null
    if (after >= upTo) return []
    const applier = new Applier(this.#options.machine, this.#isWitness)
    if (log.snapshot !== null) applier.restore(log.snapshot)
    const events: AppliedEvent<unknown, unknown>[] = []
    for (const entry of log.from(from + 1, upTo - from)) {
      const event = this.#eventOf(entry, applier.apply(entry))
      if (event !== null && event.index > after) events.push(event)
    }
    return events
  }

  mayForget(index: number): void {
    this.#forgetting.mayForget(index)
    this.#snapshotIfDue()
  }

  unwatch(process: AnyPid | NameAddress): void {
    if (process instanceof Pid) this.#options.watchers.remove(this.#self, process)
  }

  status(): MemberStatus {
    const { group, id } = this.#options
    const { role, term, leader, configuration, commitIndex, lastIndex, followers } = this.#raft.status
    return {
      group,
      id,
      role,
      term,
      leader,
      members: configuration,
      membersAt: this.#raft.seat.log.configurationIndex,
      commit: commitIndex,
      last: lastIndex,
      applied: this.#applier.index,
      snapshot: this.#forgetting.saved,
      followers: followers.flatMap(({ id: follower, role: as, match }) =>
        as === null ? [] : [{ id: follower, role: as, match, lag: lastIndex - match }],
      ),
      sessions: this.#applier.sessionCount,
      waiting: this.#requests.waiting,
    }
  }

  roleEvent(): RoleEvent {
    const { role, term, leader } = this.#raft.seat
    return { role, term, leader }
  }

  appliedEvent(): AppliedEvent<unknown, unknown> {
    const { index, configuration } = this.#applier
    return { type: 'snapshot', index, configuration }
  }

  #eventOf(entry: Entry, outcome: Outcome): AppliedEvent<unknown, unknown> | null {
    const { index } = entry
    if (entry.type === 'configuration') return { type: 'configuration', index, configuration: entry.configuration }
    if (outcome.type === 'refused' || outcome.command === undefined) return null
    const { group } = this.#options
    const result =
      outcome.type === 'result'
        ? outcome.value
        : consensusError('consensus.result_unsendable', { group, message: outcome.why })
    return { type: 'command', index, command: outcome.command.value, result }
  }
}
