/**
 * Names of other groups: a member of the group is asked, by relay, or over a connection that is made for it.
 *
 * Own groups are answered from this node's table. Nothing is asked of several members: any of them knows its group's names, as it sees them. With `connect`
 * the connection stands afterwards, between these two nodes, and brings nobody else; one that was made to who turned out to know nothing is given up.
 */
import type { AnyPid, AnyProcess, Node, Sendable } from '@agner/core'
import { AgnerError } from '@agner/core'
import { groupsError } from '../errors.ts'
import type { Target } from '../relay/address.ts'
import { keepAlive, restartMs, type Kept } from '../relay/kept.ts'
import type { RelayWithin } from '../relay/relay-interface.ts'
import {
  acrossBody,
  acrossName,
  readAnswer,
  type AcrossWorld,
  type Answer,
  type Answers,
  type NamedInGroup,
  type Question,
} from './service.ts'

type Caller = AnyProcess | Node

type Refusal = Extract<Answer, { readonly ok: false }>

export interface AcrossOptions {
  /** True: connects to a member of the group, and asks it directly (as s_group does). Default: over gateways. */
  readonly connect?: boolean
  /** Milliseconds until who is asked must have answered; default 5,000. */
  readonly timeoutMs?: number
}

/** A group, as any of its members knows it, or as one node does. */
export interface Where {
  readonly group: string
  readonly node?: string
}

export interface Across {
  /**
   * The process of a name in any group; undefined if the group has no such name (s_group:whereis_name/2,3).
   *
   * Rejects with `groups.relay_no_connection` if no member can be asked, `groups.relay_timeout`, `groups.not_a_member` if that node is not in the group, or nobody of those
   * that are taken for members is any more,
   * `groups.no_information` with `connect`, when no member is known, `groups.bad_answer` if what is answered makes no sense.
   */
  whereis(from: Caller, where: Where, name: string, options?: AcrossOptions): Promise<AnyPid | undefined>
  /**
   * Looks the name up and sends to the process that has it, by relay, or directly with `connect`; gives its pid (s_group:send/3,4).
   *
   * Rejects as `whereis`, with `groups.no_such_name`, and as `relay.send`.
   */
  send(from: Caller, where: Where, name: string, message: Sendable<unknown>, options?: AcrossOptions): Promise<AnyPid>
  /** The names of a group, or of all groups of a node (s_group:registered_names/1). Rejects as `whereis`. */
  registeredNames(from: Caller, of: Where | { readonly node: string }, options?: AcrossOptions): Promise<NamedInGroup[]>
  /** The members of any group, in order. Rejects as `whereis`. */
  members(from: Caller, where: Where, options?: AcrossOptions): Promise<string[]>
}

export class AskingAcross implements Across {
  readonly #node: Node
  readonly #world: AcrossWorld
  readonly #relay: RelayWithin
  readonly #kept: Kept

  constructor(node: Node, world: AcrossWorld, relay: RelayWithin) {
    this.#node = node
    this.#world = world
    this.#relay = relay
    this.#kept = keepAlive(node, restartMs, () => node.spawn(acrossBody(world) as never, { name: acrossName }))
  }

  whereis(from: Caller, where: Where, name: string, options: AcrossOptions = {}): Promise<AnyPid | undefined> {
    const { group } = where
    return heard(from, async () => {
      if (this.#isHere(where)) return this.#world.whereis(group, name)
      const { pid } = await this.#ask(from, where, { ask: 'whereis', group, name }, options)
      return pid ?? undefined
    })
  }

  send(
    from: Caller,
    where: Where,
    name: string,
    message: Sendable<unknown>,
    options: AcrossOptions = {},
  ): Promise<AnyPid> {
    return heard(from, async () => {
      const pid = await this.whereis(from, where, name, options)
      if (pid === undefined) throw groupsError('groups.no_such_name', { name, ...where, node: this.#node.name })
      if (options.connect === true || pid.node === this.#node.name) from.send(pid as never, message as never)
      else this.#relay.send(from, pid as never, message as never)
      return pid
    })
  }

  registeredNames(
    from: Caller,
    of: Where | { readonly node: string },
    options: AcrossOptions = {},
  ): Promise<NamedInGroup[]> {
    return heard(from, async () => {
      const group = 'group' in of ? of.group : null
      if (group !== null && this.#isHere(of as Where)) return this.#world.names(group).map((name) => ({ group, name }))
      const { names } = await this.#ask(from, of, { ask: 'names', group }, options)
      return [...names]
    })
  }

  members(from: Caller, where: Where, options: AcrossOptions = {}): Promise<string[]> {
    const { group } = where
    return heard(from, async () => {
      if (this.#isHere(where)) return [this.#node.name, ...this.#world.view.others(group)].toSorted()
      const { members } = await this.#ask(from, where, { ask: 'members', group }, options)
      return [...members]
    })
  }

  stop(): void {
    this.#kept.letGo()
    this.#node.sendExit(this.#kept.pid, 'shutdown')
  }

  #isHere({ group, node }: Where): boolean {
    return this.#world.view.isOwn(group) && (node === undefined || node === this.#node.name)
  }

  async #ask<Ask extends keyof Answers>(
    from: Caller,
    where: { readonly group?: string; readonly node?: string },
    question: Extract<Question, { readonly ask: Ask }>,
    { connect = false, timeoutMs = 5000 }: AcrossOptions,
  ): Promise<Answers[Ask]> {
    const { node = 'that was asked', group } = where
    const answer = connect
      ? await this.#askDirectly(from, where, question, timeoutMs)
      : readAnswer<Ask>(question.ask, await this.#relay.request(from, targetOf(where), question, { timeoutMs }))
    if (answer === null) throw groupsError('groups.bad_answer', { target: where.node ?? `a member of "${group}"` })
    if (answer.ok) return answer
    throw groupsError('groups.not_a_member', { node, group, own: answer.notAMember.join(', ') || 'none' })
  }

  /** Sending connects. */
  async #askDirectly<Ask extends keyof Answers>(
    from: Caller,
    { group, node }: { readonly group?: string; readonly node?: string },
    question: Extract<Question, { readonly ask: Ask }>,
    timeoutMs: number,
  ): Promise<Answers[Ask] | Refusal> {
    const candidates = node === undefined ? this.#world.view.others(group) : [node]
    const what = `the members of the group "${group}"`
    if (candidates.length === 0) throw groupsError('groups.no_information', { what, node: this.#node.name })
    let failure: unknown
    let refusal: Refusal | null = null
    // One after the other: two would be two connections. Who is none of them any more knows nothing, and another one may.
    for (const candidate of candidates) {
      const giveUp = this.#world.attempt?.(candidate)
      try {
        const answered = await from.request({ name: acrossName, node: candidate }, question as Question, { timeoutMs })
        const answer = readAnswer<Ask>(question.ask, answered)
        if (answer?.ok === true) return answer
        if (answer === null) throw groupsError('groups.bad_answer', { target: candidate })
        refusal = answer
      } catch (error) {
        failure = error
      }
      giveUp?.()
    }
    // Of those that were not reached one may be a member.
    if (failure === undefined && refusal !== null) return refusal
    throw this.#notReached(failure, node ?? what, timeoutMs)
  }

  #notReached(error: unknown, target: string, timeoutMs: number): unknown {
    const code = error instanceof AgnerError ? error.code : ''
    const details = { target, timeoutMs, reason: 'noconnection' }
    if (code === 'call.timeout') return groupsError('groups.relay_timeout', details)
    return code.startsWith('call.') ? groupsError('groups.relay_no_connection', details) : error
  }
}

function targetOf({ group, node }: { readonly group?: string; readonly node?: string }): Target {
  return node === undefined ? { group: group!, service: acrossName } : { name: acrossName, node }
}

/** A process may ask twice and await one after the other: what fails is seen when it is awaited. */
function heard<T>(from: Caller, ask: () => Promise<T>): Promise<T> {
  const answer = ask()
  if ('pid' in from) answer.catch(() => {})
  return answer
}
