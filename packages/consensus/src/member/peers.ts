/**
 * The other members, as this one's process has them: how they are sent to, and who may speak for them.
 *
 * Nothing here waits. What a slow node cannot take now is dropped, as a network would: the algorithm sends it again. Whoever is heard is monitored, so that a
 * lost process or node is known before a timeout says so.
 */
import type { AnyPid, AnyProcess, Ref } from '@agner/core'
import { checkMessage } from '../raft/check-message.ts'
import type { Configuration, Input, MemberId, Message } from '../raft/interface.ts'
import { addressOfMember, speaksFor } from './group.ts'
import type { Envelope } from './member.api.ts'
import { checkParcel, Parcels, type Parcel } from './parcels.ts'

interface Watched {
  readonly id: MemberId
  readonly pid: AnyPid
  readonly ref: Ref
}

export interface PeersOptions {
  readonly group: string
  readonly about: string
  readonly id: MemberId
  readonly connects: boolean
}

export class Peers {
  readonly #self: AnyProcess
  readonly #group: string
  readonly #about: string
  readonly #id: MemberId
  readonly #connect: { readonly connect: boolean }
  readonly #watched = new Map<MemberId, Watched>()
  readonly #parcels = new Parcels((to, parcel) => this.#send(to, parcel))
  /** Messages that were for somebody else, or of somebody who does not speak for the member that they name. */
  refused = 0
  /** Messages that a node could not take. */
  dropped = 0

  constructor(self: AnyProcess, { group, about, id, connects }: PeersOptions) {
    this.#self = self
    this.#group = group
    this.#about = about
    this.#id = id
    this.#connect = { connect: connects }
  }

  send(to: MemberId, message: Message): void {
    if (message.type === 'snapshot') return this.#parcels.post(to, message)
    if (message.type === 'removed') this.#parcels.drop(to)
    this.#send(to, message)
  }

  /** This member leads no more: nobody gets a snapshot from it. */
  leadsNoMore(): void {
    this.#parcels.dropAll()
  }

  /** What an envelope says to the algorithm; null if that is nothing, or not yet. */
  open({ from, message }: Envelope): Input | null {
    const parcel = checkParcel(message)
    if (parcel?.type === 'wanted') return this.#parcels.wanted(from, parcel) ? { type: 'furthered', id: from } : null
    const checked = checkMessage(parcel === null ? message : this.#parcels.take(from, parcel))
    return checked === null ? null : { type: 'message', from, message: checked }
  }

  #send(to: MemberId, message: Message | Parcel): void {
    const envelope: Envelope = { type: 'raft', about: this.#about, from: this.#id, to, pid: this.#self.pid, message }
    const sent = this.#self.trySend(addressOfMember(this.#group, to) as never, envelope as never, this.#connect)
    if (sent !== 'ok') this.dropped++
  }

  /** Whether a message is for this member, and comes from the one that it names. */
  mayHear({ about, from, to, pid }: Envelope): boolean {
    const is = to === this.#id && about === this.#about && from !== this.#id && speaksFor(pid, from)
    if (!is) this.refused++
    return is
  }

  /** A member of the group was heard: its end will be, too. */
  watch({ from: id, pid }: Envelope): void {
    const before = this.#watched.get(id)
    if (before?.pid === pid) return
    if (before !== undefined) this.#self.demonitor(before.ref, { flush: true })
    this.#watched.set(id, { id, pid, ref: this.#self.monitor(pid, { tag: 'raftMemberDown' }) })
  }

  /** Which member a monitor was for, that is no more. */
  lost(ref: Ref): MemberId | null {
    for (const watched of this.#watched.values())
      if (watched.ref === ref) {
        this.#watched.delete(watched.id)
        this.#parcels.drop(watched.id)
        return watched.id
      }
    return null
  }

  /** Others than these are not watched any more, and get no snapshot. */
  keep(configuration: Configuration): void {
    this.#parcels.keep(configuration)
    for (const { id, ref } of this.#watched.values()) {
      if (configuration.some((member) => member.id === id)) continue
      this.#self.demonitor(ref, { flush: true })
      this.#watched.delete(id)
    }
  }
}
