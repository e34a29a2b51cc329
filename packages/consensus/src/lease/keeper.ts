/**
 * A member of a group of leases, with the process beside it that says when one is over.
 *
 *     applied: granted, renewed ──► the keeper of the leader waits for the whole duration ──► expire, for exactly that renewal
 *     a new leader ──► waits for the whole duration of every lease anew
 *
 * So a lease ends no sooner than its duration after the leader applied it, and its holder counts from before it asked: while clocks run at about the same
 * rate, the holder gives it up first. Member and keeper end together.
 */
import type { Starter } from '@agner/behaviours'
import type { CallbackBody, Process, Ref, TimeoutMessage } from '@agner/core'
import { startMember } from '../member/member.ts'
import type { GroupMember, MemberEvent, MemberOptions } from '../member/member-interface.ts'
import { allLeases, leaseOf, type LeaseState } from './leases.ts'
import { leaseMachine, longestMs, type Lease, type LeaseCommand, type LeaseGroup, type LeaseResult } from './machine.ts'

type LeaseMember = GroupMember<LeaseCommand, LeaseResult, LeaseState>

type Message = MemberEvent<LeaseCommand, LeaseResult> | TimeoutMessage<Lease>

export type LeaseMemberOptions = Omit<MemberOptions<LeaseCommand, LeaseResult, LeaseState>, 'machine'>

/** Starts a member of a group of leases on this node: as `startMember`, and rejects as it does. */
export async function startLeaseMember(
  parent: Starter,
  group: LeaseGroup,
  options: LeaseMemberOptions,
): Promise<LeaseMember> {
  const node = 'node' in parent ? parent.node : parent
  const member = await startMember(parent, group, { ...options, machine: leaseMachine })
  node.spawn(keeperOf(member))
  return member
}

/** Proposals may be lost with a leader, or refused: one that has come to nothing is made again. */
const againMs = 1000

function keeperOf(member: LeaseMember): CallbackBody<Message, Keeper> {
  return {
    name: 'keeper of leases',
    init: (self) => {
      self.link(member.pid)
      member.watch(self)
      return new Keeper(self, member)
    },
    message: (_, message, keeper) => {
      keeper.take(message)
      return keeper
    },
  }
}

class Keeper {
  readonly #self: Process<Message>
  readonly #member: LeaseMember
  readonly #timers = new Map<string, Ref>()
  #leads = false

  constructor(self: Process<Message>, member: LeaseMember) {
    this.#self = self
    this.#member = member
  }

  take(message: Message): void {
    if (message.type === 'timeout') return this.#over(message)
    const { event } = message
    if (!('type' in event)) {
      const leads = event.role === 'leader'
      if (leads && !this.#leads) this.#beginAnew(leads)
      else if (!leads) this.#stop()
      this.#leads = leads
    } else if (this.#leads && event.type === 'snapshot') this.#beginAnew(true)
    else if (this.#leads && event.type === 'command' && 'lease' in event.result && event.result.type !== 'taken')
      this.#wait(event.result.lease, event.result.lease.durationMs)
  }

  #beginAnew(leads: boolean): void {
    this.#stop()
    if (leads) for (const lease of allLeases(this.#member.state().state)) this.#wait(lease, lease.durationMs)
  }

  #wait(lease: Lease, ms: number): void {
    const before = this.#timers.get(lease.name)
    if (before !== undefined) this.#self.cancelTimer(before, { info: false })
    // A snapshot may be older than the check of what is asked for.
    this.#timers.set(lease.name, this.#self.startTimer(ms >= 0 ? Math.min(ms, longestMs) : 0, lease))
  }

  #over({ ref, message: { name, token, renewals } }: TimeoutMessage<Lease>): void {
    // One that was set anew meanwhile has another ref.
    if (this.#timers.get(name) !== ref) return
    this.#timers.delete(name)
    const lease = leaseOf(this.#member.state().state, name)
    if (lease === undefined || lease.token !== token || lease.renewals !== renewals) return
    this.#member.proposeHere({ type: 'expire', name, token, renewals })
    this.#wait(lease, againMs)
  }

  #stop(): void {
    for (const timer of this.#timers.values()) this.#self.cancelTimer(timer, { info: false })
    this.#timers.clear()
  }
}
