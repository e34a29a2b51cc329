/**
 * The log of one generation of a group, as one node takes part in it.
 *
 * Its name has the group's id, the generation and the founding in it, so two that were founded apart never mix.
 */
import {
  memberIdOf,
  raftGroup,
  startClient,
  startMember,
  type Configuration,
  type GroupClient,
  type GroupMember,
  type LogEnd,
  type MemberStatus,
  type RaftGroup,
  type RaftSettings,
} from '@agner/consensus'
import { AgnerError, type Node } from '@agner/core'
import { setLongTimer } from '@agner/core/kernel'
import { groupsError } from '../errors.ts'
import type { GroupCommand, GroupMachine, GroupResult, GroupState } from './machine.ts'
import type { RosterChange } from './roster.ts'
import type { GroupView } from './view.ts'

export interface GroupLogOptions {
  readonly node: Node
  readonly machine: GroupMachine
  readonly settings: Partial<RaftSettings>
  /** Of a log that is founded now; without them this node waits until the leader has added it. */
  readonly founders: Configuration | null
  /** This node founds it: it need not wait for a timeout to lead. */
  readonly isFirst: boolean
  /** Counts the members of this log that this node has had: each is another one, since it has forgotten what those before it promised. */
  readonly life: number
  /** Whether a node is connected. */
  readonly reaches: (node: string) => boolean
  /** Something was applied, the leader changed, or the member ended. Called in its process: must be short. */
  readonly changed: (log: string) => void
}

type Member = GroupMember<GroupCommand, GroupResult, GroupState>

export function logNameOf({ id, generation, founding }: Pick<GroupView, 'id' | 'generation' | 'founding'>): string {
  return `groups/${id}/${String(generation)}/${founding}`
}

/** What a command is for: said in errors, and how long and where it may go on. */
export type Errand = {
  readonly group: string
  readonly what: string
  readonly timeoutMs: number
  readonly nodes: readonly string[]
}

export class GroupLog {
  readonly name: string
  readonly memberId: string
  readonly life: number
  readonly #options: GroupLogOptions
  readonly #group: RaftGroup<GroupCommand, GroupResult>
  readonly #starting: Promise<Member>
  #member: Member | null = null
  #client: Promise<GroupClient<GroupCommand, GroupResult>> | null = null
  #stopping: Promise<void> | null = null
  readonly #waiters = new Set<() => void>()
  /** Its process has ended, by itself or because it was stopped. */
  isOver = false

  constructor(name: string, options: GroupLogOptions, after: Promise<unknown>) {
    this.name = name
    this.#options = options
    this.life = options.life
    this.memberId = memberIdOf(options.node, 'memory', options.life)
    this.#group = raftGroup(name)
    this.#starting = this.#start(after)
    // Whoever waits for it learns of it; so does the keeper, which begins another.
    this.#starting.catch(() => {
      this.isOver = true
      options.changed(name)
    })
  }

  /** One member of a log runs on a node at most: an earlier one must have ended before. */
  async #start(after: Promise<unknown>): Promise<Member> {
    await after
    const { node, machine, settings, founders, isFirst, life, changed } = this.#options
    const member = await startMember(node, this.#group, {
      machine,
      settings,
      life,
      isFirst,
      // The keeper keeps those that are needed, and no message makes another.
      connects: false,
      ...(founders === null ? {} : { founders }),
    })
    this.#member = member
    const tell = (): void => {
      changed(this.name)
      for (const look of [...this.#waiters]) look()
    }
    member.onRole(tell)
    member.onApplied(tell)
    void node.exited(member.pid).then(() => {
      this.isOver = true
      tell()
    })
    tell()
    return member
  }

  /** Null before it runs. */
  get status(): MemberStatus | null {
    return this.#member?.status() ?? null
  }

  get isLeader(): boolean {
    return !this.isOver && this.status?.role === 'leader'
  }

  /** What is applied here. */
  get state(): GroupState | null {
    return this.#member?.state().state ?? null
  }

  /** What would be applied if all that this member has were committed; null before it runs. */
  get ahead(): LogEnd<GroupState> | null {
    return this.#member?.ahead() ?? null
  }

  /** The last entry that is applied here. */
  get applied(): number {
    return this.#member?.state().index ?? 0
  }

  /** Says it to the others if this member leads; harmless if it comes twice. */
  propose(command: GroupCommand): void {
    this.#member?.proposeHere(command)
  }

  /**
   * Has a command applied once, wherever the leader is, and resolves with its result.
   *
   * Rejects with `groups.no_majority`, `groups.unknown_outcome`.
   */
  async submit(command: GroupCommand, about: Errand): Promise<GroupResult> {
    try {
      const client = await this.#theClient(about.nodes)
      return await client.submit(this.#options.node, command, { timeoutMs: about.timeoutMs })
    } catch (error) {
      const code = error instanceof AgnerError ? error.code : ''
      const known = code === 'consensus.unknown_outcome' ? 'groups.unknown_outcome' : 'groups.no_majority'
      throw groupsError(known, about, { cause: error })
    }
  }

  /** Whether it was done, or was not needed. If it could not be, whoever leads then sees that it is still to be done. */
  async change(change: RosterChange, nodes: readonly string[], timeoutMs: number): Promise<boolean> {
    const { node } = this.#options
    try {
      const client = await this.#theClient(nodes)
      if (change.type === 'add') await client.addMember(node, change.id, change.role, { timeoutMs })
      else if (change.type === 'transfer') await client.transfer(node, null, { timeoutMs })
      else await client.removeMember(node, change.id, { timeoutMs })
      return true
    } catch {
      return false
    }
  }

  /** Resolves when it is so, or the time is over. Looks again whenever something was applied, or the leader changed. */
  until(isSo: () => boolean, timeoutMs: number): Promise<void> {
    if (isSo()) return Promise.resolve()
    return new Promise((resolve) => {
      const finish = (): void => {
        timer.clear()
        this.#waiters.delete(look)
        resolve()
      }
      const look = (): void => {
        if (isSo()) finish()
      }
      const timer = setLongTimer(this.#options.node, timeoutMs, finish)
      this.#waiters.add(look)
    })
  }

  #theClient(nodes: readonly string[]): Promise<GroupClient<GroupCommand, GroupResult>> {
    if (this.#stopping !== null) return Promise.reject(new Error(`the log ${this.name} was stopped`))
    this.#client ??= this.#openClient(nodes)
    return this.#client
  }

  /** One that has died is not asked again: whoever is next gets another. */
  #openClient(nodes: readonly string[]): Promise<GroupClient<GroupCommand, GroupResult>> {
    const { node, reaches } = this.#options
    const client = this.#starting.then(() => startClient(node, this.#group, { nodes, reaches }))
    const forget = (): void => {
      if (this.#client === client) this.#client = null
    }
    void client.then(({ pid }) => node.exited(pid)).then(forget, forget)
    return client
  }

  /** Resolves when its processes have ended. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    const wasOver = this.isOver
    this.isOver = true
    for (const look of [...this.#waiters]) look()
    const client = this.#client
    // Not in peace: it would give its session back to a leader to whom there may be no connection any more, and make one.
    const running = await client?.catch(() => null)
    if (running) this.#options.node.sendExit(running.pid, 'kill')
    const member = await this.#starting.catch(() => null)
    if (!wasOver) await member?.stop().catch(() => null)
  }
}
