/**
 * The leader of a replicated log as an arbiter: an application runs where its log leads.
 *
 *     elected ──► everything before is committed and applied here ──► held, token = term ──► another leads, or none: claimLost
 *     release({ to }) ──► leadership is handed over, without a gap in the log
 *
 * An election is asked for by nobody, so every node with a member keeps a claim waiting. What an old leader proposes under an old term is never committed; what
 * an old instance says through a client shows its token, which the machine compares.
 */
import { nodeOfMember, type GroupClient, type GroupMember, type MemberStatus } from '@agner/consensus'
import {
  describeReason,
  type AnyProcess,
  type ExitReason,
  type Process,
  type Ref,
  type TimeoutMessage,
} from '@agner/core'
import { isDuration, longestMs } from '../duration.ts'
import { releaseError } from '../errors.ts'
import { toYesOrNo } from '../yes-or-no.ts'
import type { Arbiter, ClaimLost } from './arbiter.ts'
import { claimFrom, type Asked, type Authority, type HolderMessage, type Notice, type Right } from './holder.ts'

/** What is needed of a member, whatever its log is about. */
export type LeadingMember = Pick<GroupMember<never, never, never>, 'id' | 'pid' | 'status' | 'onRole'>

export interface LeaderArbiterOptions {
  readonly name: string
  /** The member of this node as it lives now; null while there is none. One that was started again is another. */
  readonly member: () => LeadingMember | null
  /** Hands the leadership over. */
  readonly client: Pick<GroupClient<never, never>, 'transfer'>
  /**
   * Whether this node could run the application now. While it is false and this member leads, no claim is given, and the leadership is handed to another
   * voter, once in every election timeout. One that throws counts as false, and so does one that is async. Default: always.
   */
  readonly isReady?: () => boolean
  /** As the members have it in their settings. Default 1,000. */
  readonly electionTimeoutMs?: number
}

/**
 * An arbiter for the one application whose log that is. It decides by itself: see {@link Arbiter.decides}.
 *
 * A claim of the same node in the same term has the same token as the one that was released before it.
 *
 * @throws `release.bad_option`
 */
export function leaderArbiter(options: LeaderArbiterOptions): Arbiter {
  const { electionTimeoutMs = 1000, name } = options
  if (!isDuration(electionTimeoutMs, 2, longestMs))
    throw releaseError('release.bad_option', {
      option: 'electionTimeoutMs',
      wanted: 'a number of milliseconds from 2 up',
    })
  return {
    name,
    decides: true,
    isReady: options.isReady ?? (() => true),
    claim: (owner, application, waiting = {}) =>
      claimFrom(owner, application, waiting, () => new Leading({ isReady: () => true, ...options, electionTimeoutMs })),
  }
}

/** A log that has just been elected for is asked whether all is applied, every so often. */
const applyingMs = 20

type Settings = Required<LeaderArbiterOptions>

class Leading implements Authority {
  readonly #options: Settings
  #heardOf: LeadingMember | null = null
  /** The end of the log when this member was first seen to lead this term. */
  #beginning: { readonly term: number; readonly last: number } = { term: 0, last: 0 }
  #leads = false
  #mayTransferAtMs = -Infinity

  constructor(options: Settings) {
    this.#options = options
  }

  restMs(): number {
    return this.#leads ? applyingMs : this.#options.electionTimeoutMs
  }

  async ask(self: Process<HolderMessage>): Promise<Asked> {
    const member = this.#options.member()
    this.#leads = false
    if (member === null) return unavailable('this node has no member of the log')
    this.#hear(self, member)
    const status = member.status()
    if (status.role !== 'leader' || isWitness(status)) return takenBy(status)
    this.#leads = true
    const { term, last } = status
    if (this.#beginning.term !== term) this.#beginning = { term, last }
    const whyNot = this.#whyNotReady()
    if (whyNot !== null) {
      await this.#transferAway(self, status)
      return unavailable(`this node leads, but ${whyNot}`)
    }
    if (Math.min(status.commit, status.applied) < this.#beginning.last)
      return unavailable('this node leads, and has not applied everything yet')
    const { client, electionTimeoutMs } = this.#options
    return { type: 'held', right: new Leadership(self, { member, client, term, electionTimeoutMs }) }
  }

  /** Null: it is ready. A node that cannot even say so is not. */
  #whyNotReady(): string | null {
    try {
      return toYesOrNo(this.#options.isReady()) ? null : 'is not ready'
    } catch (error) {
      return `its isReady() failed: ${describeReason(error as ExitReason)}`
    }
  }

  /** A change of roles ends the rest. */
  #hear(self: Process<HolderMessage>, member: LeadingMember): void {
    if (this.#heardOf === member) return
    this.#heardOf = member
    const changed: Notice = { type: 'roleChanged' }
    const end = member.onRole(() => self.node.send(self.pid as never, changed as never))
    self.own({ close: end })
    self.monitor(member.pid, { tag: 'memberDown' })
  }

  /** To any voter: the one that is furthest may not be ready either, and would hand it back. */
  async #transferAway(self: AnyProcess, { id, members }: MemberStatus): Promise<void> {
    const { client, electionTimeoutMs } = this.#options
    const { node } = self
    if (node.monotonicTimeMs() < this.#mayTransferAtMs) return
    this.#mayTransferAtMs = node.monotonicTimeMs() + electionTimeoutMs
    const others = members.filter((member) => member.role === 'voter' && member.id !== id)
    const heir = others[Math.floor(node.runtime.random() * others.length)]
    if (heir !== undefined) await client.transfer(self, heir.id, { timeoutMs: electionTimeoutMs }).catch(() => null)
  }
}

interface Seat {
  readonly member: LeadingMember
  readonly client: Settings['client']
  readonly term: number
  readonly electionTimeoutMs: number
}

/**
 * A term of leading, looked at again and again. A thread that was held for more than half an election timeout knows nothing: the member may still think that it
 * leads. So for an election timeout after that it says that it does not; by then the member has heard a majority, or has stepped down.
 */
class Leadership implements Right {
  readonly #self: Process<HolderMessage>
  readonly #seat: Seat
  #lookedMs: number
  #doubtUntilMs = -Infinity
  #timer: Ref
  #isOver = false

  constructor(self: Process<HolderMessage>, seat: Seat) {
    this.#self = self
    this.#seat = seat
    this.#lookedMs = self.node.monotonicTimeMs()
    this.#timer = this.#startTimer()
    // Within the member's own step, so that nobody sees the end of it later. It is looked at for every call: that must be quick.
    const end = seat.member.onRole(({ role, term }) => {
      this.#isOver ||= role !== 'leader' || term !== seat.term
    })
    self.own({ close: end })
  }

  get token(): number {
    return this.#seat.term
  }

  isHeld(): boolean {
    return this.#leads() && this.#look(false)
  }

  judge(message: Notice): ClaimLost['why'] | null {
    if (message.type === 'memberDown') return 'lost'
    if (isTimeout(message) && message.ref === this.#timer) {
      this.#look(true)
      this.#timer = this.#startTimer()
    }
    return this.#leads() ? null : 'lost'
  }

  async giveBack(to: string | null): Promise<void> {
    const { member, client, electionTimeoutMs } = this.#seat
    if (!this.#leads()) return
    const heir = to === null ? null : voterOf(member.status(), to)
    if (heir === undefined) return
    // It may be refused while nobody is there to lead: then this member goes on leading, and may claim again.
    await client.transfer(this.#self, heir, { timeoutMs: 2 * electionTimeoutMs }).catch(() => null)
  }

  #leads(): boolean {
    return !this.#isOver && this.#self.node.isAlive(this.#seat.member.pid)
  }

  /** Whether the clock lets it be believed. */
  #look(isOnTime: boolean): boolean {
    const { electionTimeoutMs } = this.#seat
    const nowMs = this.#self.node.monotonicTimeMs()
    if (nowMs - this.#lookedMs > electionTimeoutMs / 2) {
      this.#doubtUntilMs = nowMs + electionTimeoutMs
      this.#lookedMs = nowMs
    } else if (isOnTime) this.#lookedMs = nowMs
    return nowMs >= this.#doubtUntilMs
  }

  #startTimer(): Ref {
    return this.#self.startTimer(this.#seat.electionTimeoutMs / 8, null)
  }
}

function unavailable(reason: string): Asked {
  return { type: 'unavailable', reason }
}

function takenBy({ leader, id }: MemberStatus): Asked {
  if (leader === null) return unavailable('nobody leads the log')
  return { type: 'taken', by: leader === id ? null : nodeOfMember(leader) }
}

/** It leads as a caretaker only, until a voter can. */
function isWitness({ id, members }: MemberStatus): boolean {
  return members.find((member) => member.id === id)?.role === 'witness'
}

function voterOf({ members }: MemberStatus, node: string): string | undefined {
  return members.find(({ id, role }) => role === 'voter' && nodeOfMember(id) === node)?.id
}

function isTimeout(message: Notice): message is TimeoutMessage {
  return message.type === 'timeout'
}
