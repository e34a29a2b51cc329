/**
 * Looks at everything that every member does, as it does it, and throws at what must never be.
 *
 * It knows only what crosses the seam: what a member writes, sends, applies and says of itself, and what its disk has.
 */
import type { Configuration, Entry, MemberId, Message, Snapshot, Write } from '../../../src/raft/interface.ts'
import type { Stored } from '../../../src/storage/storage.ts'
import type { Host } from '../world/host.ts'
import { createRegisters, type Registers, type RegistersMachine } from '../world/registers.ts'
import { Elections } from './elections.ts'
import { Ledger, majorityOf } from './ledger.ts'
import { ShadowLog } from './shadow-log.ts'
import { Violation } from './violation.ts'

export class Watch {
  readonly elections: Elections = new Elections()
  readonly ledger: Ledger = new Ledger()
  readonly machine: RegistersMachine
  /** How often a log was cut, and a snapshot of the leader installed. */
  truncations = 0
  installs = 0
  readonly #logs = new Map<MemberId, ShadowLog>()
  readonly #terms = new Map<MemberId, number>()
  /** Of every member, from index 1 on: what the state was after it. */
  readonly #digests: (number | undefined)[] = []
  readonly #effects = new Map<number, number>()
  /** What was known to be committed when a read was asked for. */
  readonly #reads = new Map<string, number>()
  readonly #hosts: ReadonlyMap<MemberId, Host>
  /** Off: nothing but the answers that clients get, and the storage, are judged. */
  readonly #isStrict: boolean

  constructor(hosts: ReadonlyMap<MemberId, Host>, isStrict: boolean) {
    this.#hosts = hosts
    this.#isStrict = isStrict
    this.machine = createRegisters((operation, index) => this.#tookEffect(operation, index))
  }

  logOf(id: MemberId): ShadowLog | undefined {
    return this.#logs.get(id)
  }

  baseOf({ id }: Host): number {
    return this.#logs.get(id)!.baseIndex
  }

  started({ id }: Host, stored: Stored | null, genesis: Configuration): void {
    const log = new ShadowLog(genesis)
    this.#logs.set(id, log)
    this.#terms.set(id, stored?.ballot.term ?? 0)
    if (stored === null) return
    log.load(stored.snapshot, stored.entries, genesis)
    if (this.#isStrict) for (const entry of log.entries) this.#known(id, log, entry)
  }

  wrote(host: Host, write: Write): void {
    const { id } = host
    const log = this.#logs.get(id)!
    const { ballot, truncateFrom, entries = [] } = write
    if (ballot !== undefined) this.#terms.set(id, Math.max(this.#terms.get(id)!, ballot.term))
    if (truncateFrom !== undefined && truncateFrom <= log.lastIndex && this.#isStrict) {
      if (host.role === 'leader') throw new Violation('leader append-only', `${id} truncates from ${truncateFrom}`)
      if (truncateFrom <= host.appliedIndex) {
        throw new Violation(
          'committed is kept',
          `${id} truncates from ${truncateFrom}, has applied ${host.appliedIndex}`,
        )
      }
    }
    const from = Math.min(truncateFrom ?? Infinity, log.lastIndex + 1)
    for (const [place, { index }] of entries.entries()) {
      if (index !== from + place)
        throw new Violation('storage', `${id} writes entry ${index} after ${from + place - 1}`)
    }
    if (truncateFrom !== undefined) this.truncations++
    log.write(write)
    if (this.#isStrict) for (const entry of entries) this.#known(id, log, entry)
  }

  sent(host: Host, to: MemberId, message: Message): void {
    if (!this.#isStrict) return
    const { id, disk } = host
    const term = disk.ballot?.term ?? 0
    if (message.type === 'vote' && message.granted && !message.pre) {
      this.elections.votes(id, message.term, to)
      if (term !== message.term || disk.ballot?.votedFor !== to) {
        throw new Violation('promise', `${id} votes for ${to} in term ${message.term}, which is not on its disk`)
      }
    }
    if (message.type === 'appended' && message.success) {
      if (message.index > disk.lastIndex || term < message.term) {
        throw new Violation(
          'promise',
          `${id} says it has ${message.index} in term ${message.term}, its disk ends at ${disk.lastIndex} in term ${term}`,
        )
      }
    }
    if (message.type === 'append' && this.elections.leaderOf(message.term) !== id) {
      throw new Violation(
        'election safety',
        `${id} sends entries as the leader of term ${message.term}, which it is not`,
      )
    }
  }

  became(host: Host): void {
    const { id, role, term } = host
    this.#terms.set(id, Math.max(this.#terms.get(id)!, term))
    if (role !== 'leader' || !this.#isStrict) return
    this.elections.leads(id, term)
    this.elections.votes(id, term, id)
    const log = this.#logs.get(id)!
    const member = log.configuration.find((other) => other.id === id)
    // One that is to become a learner may lead until that is committed.
    if (member?.role === 'learner' && log.configurationIndex <= host.appliedIndex) {
      throw new Violation('election safety', `${id} leads term ${term} as ${member.role}`)
    }
    const { committed } = this.ledger
    const last = committed.findLastIndex(({ byTerm }) => byTerm < term)
    const index = last + 1
    if (last >= 0 && index > log.baseIndex && log.termAt(index) !== committed[last]!.entry.term) {
      throw new Violation(
        'leader completeness',
        `${id} leads term ${term} without ${index}/${committed[last]!.entry.term}, which was committed before`,
      )
    }
  }

  applying(host: Host, entry: Entry): void {
    const { id } = host
    if (entry.index !== host.appliedIndex + 1) {
      throw new Violation('state machine safety', `${id} applies ${entry.index} after ${host.appliedIndex}`)
    }
    if (!this.#isStrict) return
    const isFirst = this.ledger.applied(id, entry, this.#terms.get(id)!)
    const log = this.#logs.get(id)!
    if (log.at(entry.index)?.term !== entry.term) {
      throw new Violation('state machine safety', `${id} applies ${entry.index}/${entry.term}, which is not in its log`)
    }
    if (isFirst) this.#isCommitted(host, log, entry)
  }

  /** Once an entry or a snapshot is applied: the state is that of everybody at that place. */
  applied({ id, applier, isWitness }: Host): void {
    if (isWitness || !this.#isStrict) return
    const { digest } = applier!.state as Registers
    const known = (this.#digests[applier!.index] ??= digest)
    if (known !== digest) {
      throw new Violation('state machine safety', `${id} has another state than others after ${applier!.index}`)
    }
  }

  installing(host: Host, snapshot: Snapshot): void {
    const { id } = host
    const log = this.#logs.get(id)!
    if (this.#isStrict) {
      // A witness has no state that could go back: it is told which entries it need not keep.
      if (snapshot.index <= (host.isWitness ? log.baseIndex : host.appliedIndex)) {
        throw new Violation(
          'committed is kept',
          `${id} goes back from ${host.appliedIndex} to a snapshot of ${snapshot.index}`,
        )
      }
      const committed = this.ledger.committed[snapshot.index - 1]
      if (committed?.entry.term !== snapshot.term) {
        throw new Violation(
          'state machine safety',
          `${id} installs ${snapshot.index}/${snapshot.term}, which is not committed`,
        )
      }
      this.#hasConfiguration(id, snapshot)
    }
    log.compact(snapshot)
    this.installs++
  }

  compacted({ id }: Host, snapshot: Snapshot): void {
    if (this.#isStrict) this.#hasConfiguration(id, snapshot)
    this.#logs.get(id)!.compact(snapshot)
  }

  readAsked({ id, life }: Host, ticket: number): void {
    this.#reads.set(`${id} ${life} ${ticket}`, this.ledger.committed.length)
  }

  readable({ id, life }: Host, ticket: number, index: number): void {
    const committed = this.#reads.get(`${id} ${life} ${ticket}`)!
    if (this.#isStrict && index < committed) {
      throw new Violation('reads', `${id} reads at ${index}, when ${committed} was committed before it was asked`)
    }
  }

  /** Some committed configuration must be without it, or that of the founders. */
  removed({ id }: Host, founders: Configuration): void {
    const isWithout = (members: Configuration): boolean => !members.some((member) => member.id === id)
    const isRemoved =
      isWithout(founders) ||
      this.ledger.committed.some(({ entry }) => entry.type === 'configuration' && isWithout(entry.configuration))
    if (!isRemoved && this.#isStrict) throw new Violation('removal', `${id} was never removed`)
  }

  #known(id: MemberId, log: ShadowLog, entry: Entry): void {
    const previousTerm = log.termAt(entry.index - 1)
    if (previousTerm === undefined)
      throw new Violation('storage', `${id} has ${entry.index}, and not what is before it`)
    this.ledger.appended(id, entry, previousTerm)
  }

  /** The first who applies it leads, and a majority of the configuration in force has it on disk. */
  #isCommitted(host: Host, log: ShadowLog, entry: Entry): void {
    const { configuration } = log
    let having = 0
    for (const { id, role } of configuration) {
      const disk = role === 'learner' ? undefined : this.#hosts.get(id)?.disk
      if (disk === undefined) continue
      const isInSnapshot = (disk.snapshot?.index ?? 0) >= entry.index
      if (isInSnapshot || disk.entryAt(entry.index)?.term === entry.term) having++
    }
    const isLeader = host.role === 'leader' || host.roleBefore === 'leader'
    if (!isLeader || having < majorityOf(configuration)) {
      throw new Violation(
        'commitment',
        `${host.id}, ${host.role} of ${host.term}, is the first to apply ${entry.index}/${entry.term}, which ${having} of ${JSON.stringify(configuration)} have on disk`,
      )
    }
  }

  #hasConfiguration(id: MemberId, { index, configuration }: Snapshot): void {
    const last = this.ledger.committed.findLast(({ entry }) => entry.index <= index && entry.type === 'configuration')
    if (last?.entry.type !== 'configuration') return
    if (JSON.stringify(last.entry.configuration) !== JSON.stringify(configuration)) {
      throw new Violation('snapshots', `${id} has a snapshot of ${index} with another configuration than was in force`)
    }
  }

  #tookEffect(operation: number, index: number): void {
    const known = this.#effects.get(operation)
    if (known === undefined) this.#effects.set(operation, index)
    else if (known !== index && this.#isStrict) {
      throw new Violation('applied once', `operation ${operation} takes effect at ${known} and at ${index}`)
    }
  }
}
