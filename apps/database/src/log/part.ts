/**
 * This node's part in the log of messages: what its processes have of each other, and what it says of itself.
 *
 * A member or copy that was started again takes the place of the one before.
 */
import type { GroupClient, GroupMember } from '@agner/consensus'
import type { Node } from '@agner/core'
import type { DatabaseStatus } from '@agner-chat/cluster/status'
import type { Copy } from './copy.ts'
import type { AppendCommand, AppendResult } from './messages.group.ts'
import type { MessagesState } from './machine.ts'
import type { Serves } from './replica.api.ts'

export type MessageMember = GroupMember<AppendCommand, readonly AppendResult[], MessagesState>

type Transfers = Pick<GroupClient<never, never>, 'transfer'>

/** Messages that a copy may be behind when its node begins to serve: as many as are soon written. */
const readyLag = 1000
/**
 * Without a leader for longer than an election takes, nothing can be stored. Who has no connection to a majority need not wait so long, but until it has
 * tried to make them: members that never had anything to say to each other have none.
 */
const patienceMs = { connected: 3000, alone: 400 }

export interface PartOptions {
  readonly node: Node
  /** The nodes that it has a connection to. */
  readonly connected: () => readonly string[]
}

export class MessagePart {
  readonly #node: Node
  readonly #connected: () => readonly string[]
  #member: MessageMember | null = null
  #leaderlessSinceMs: number
  copy: Copy | null = null
  client: Transfers | null = null

  constructor({ node, connected }: PartOptions) {
    this.#node = node
    this.#connected = connected
    this.#leaderlessSinceMs = node.monotonicTimeMs()
  }

  set member(member: MessageMember) {
    this.#member = member
    // That of the one before hears nothing any more.
    this.copy = null
    // It may have found a leader before anybody listens to it, and is told of changes alone.
    this.#led(member.status().leader)
    member.onRole(({ leader }) => this.#led(leader))
  }

  #led(by: string | null): void {
    this.#leaderlessSinceMs = by === null ? Math.min(this.#leaderlessSinceMs, this.#node.monotonicTimeMs()) : Infinity
  }

  /** @throws if none runs here: the supervisor has started it before whoever asks. */
  memberHere(): MessageMember {
    if (this.#member === null) throw new Error('the member of the log of messages does not run here')
    return this.#member
  }

  get memberIfAny(): MessageMember | null {
    return this.#member
  }

  /** Hands the leadership over by the client that runs now. */
  get transfers(): Transfers {
    return {
      transfer: (...given) => {
        if (this.client === null) return Promise.reject(new Error('the log of messages does not run here yet'))
        return this.client.transfer(...given)
      },
    }
  }

  /** The copy lacks nothing that the log does not have any more. */
  get isWhole(): boolean {
    return this.copy !== null && this.copy.hole === null
  }

  /** Nor is it far behind: this node may begin to serve. */
  get isReady(): boolean {
    if (this.copy === null || this.copy.hole !== null || this.#member === null) return false
    return this.#member.state().state.lastId - this.copy.at.lastId <= readyLag
  }

  serves(): Serves {
    const { role, leader, members } = this.memberHere().status()
    if (role === 'leader') return this.isWhole ? 'readsAndWrites' : 'nothing'
    const connected = this.#connected()
    const reached = members.filter(({ id }) => id === this.#node.name || connected.includes(id)).length
    const isAlone = reached * 2 <= members.length
    const leaderlessMs = leader === null ? this.#node.monotonicTimeMs() - this.#leaderlessSinceMs : 0
    return leaderlessMs > patienceMs[isAlone ? 'alone' : 'connected'] ? 'reads' : 'nothing'
  }

  status(): DatabaseStatus {
    const { role, term, leader, members, commit, last, applied: ran } = this.memberHere().status()
    const isWitness = members.some((member) => member.id === this.#node.name && member.role === 'witness')
    if (isWitness) {
      const state = role === 'candidate' ? role : 'witness'
      return { role: state, term, leader, committed: commit, applied: last, lag: 0, serves: 'nothing' }
    }
    const { copy } = this
    const applied = copy === null ? 0 : copy.isIdle ? Math.max(ran, copy.at.index) : copy.at.index
    const lag = Math.max(0, commit - applied)
    return { role, term, leader, committed: commit, applied, lag, serves: this.serves() }
  }
}
