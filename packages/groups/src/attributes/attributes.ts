/**
 * Nodes by what they are, and not by their names: each has attributes, and who needs a node asks for those that satisfy predicates.
 *
 *     who asks ── names of attributes ──► every node of the group, at once, by relay or over the connection that stands
 *             ◄── values ────────────────  within the bound; who says nothing by then is not chosen, and costs no more
 *
 * Pulled, not broadcast: what is answered is as fresh as the answer, and nothing is sent while nobody asks. Asking makes no connection.
 */
import type { AnyPid, AnyProcess, Node } from '@agner/core'
import { AgnerError } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import type { Across } from '../across/across.ts'
import { groupsError } from '../errors.ts'
import type { RelayWorld } from '../relay/hub.ts'
import { keepAlive, restartMs, type Kept } from '../relay/kept.ts'
import type { RelayWithin } from '../relay/relay-interface.ts'
import { builtIn, thisMachine, type AttributeSource, type Machine } from './machine.ts'
import { holds, type AttributeValue, type Predicate } from './predicates.ts'
import {
  attributesBody,
  attributesName,
  checkAttribute,
  readAnswer,
  readQuestion,
  valuesOf,
  type AttributesAnswer,
} from './service.ts'

type Caller = AnyProcess | Node

export interface AttributesOptions {
  /** Attributes of this node from the start. A user's comes before a built-in one of the same name. */
  readonly initial?: Readonly<Record<string, AttributeSource>>
  /** At most so many of the user's own. Another is refused (`groups.too_many`). Default 1,000. */
  readonly limit?: number
  /** Default: the one that this program runs on. */
  readonly machine?: Machine
}

export interface Choice {
  /** Whose members are asked, an own group or another. Default: those of all own groups. This node is one of them if it is a member. */
  readonly group?: string
  /** All of them must hold; none: every node that answers. */
  readonly where: readonly Predicate[]
  /** Milliseconds that the answer takes at most. Default 1,000. */
  readonly timeoutMs?: number
}

/** Why a node was chosen, or not. */
export interface Explanation {
  readonly node: string
  readonly chosen: boolean
  /** It did not answer: in time (`timeout`), or at all (`noConnection`). */
  readonly silent: 'timeout' | 'noConnection' | null
  /** The predicates that do not hold, with what was found; `found` is missing where the attribute is. */
  readonly failed: readonly (Predicate & { readonly found?: AttributeValue })[]
}

export interface Attributes {
  /**
   * Gives this node an attribute, or another value of it; a function is called when somebody asks.
   *
   * @throws `groups.bad_option`, `groups.too_many`
   */
  set(name: string, value: AttributeSource): void
  /** Takes one of the user's own away; a built-in one of that name is seen again. False if there was none. */
  remove(name: string): boolean
  /** The names of all attributes of this node. */
  names(): string[]
  /** What the attributes of a node are now; those that it does not have are missing. Rejects as `relay.request`. */
  of(
    from: Caller,
    node: string,
    names: readonly string[],
    options?: { readonly timeoutMs?: number },
  ): Promise<AttributesAnswer>
  /** The nodes for which all predicates hold, in order of their names. Rejects, for a group that is not known here, as `across.members`. */
  chooseNodes(from: Caller, choice: Choice): Promise<string[]>
  /** The same, of all nodes that were asked, with the reasons. */
  explain(from: Caller, choice: Choice): Promise<Explanation[]>
}

interface Surroundings {
  readonly node: Node
  readonly distribution: Distribution
  readonly world: RelayWorld
  readonly relay: RelayWithin
  readonly across: Across
}

export class NodeAttributes implements Attributes {
  readonly #in: Surroundings
  readonly #limit: number
  readonly #builtIn: Readonly<Record<string, AttributeSource>>
  readonly #own = new Map<string, AttributeSource>()
  readonly #all: Map<string, AttributeSource>
  readonly #kept: Kept

  constructor(surroundings: Surroundings, options: AttributesOptions = {}) {
    const { initial = {}, limit = 1000, machine = thisMachine } = options
    const { node, distribution } = surroundings
    this.#in = surroundings
    this.#limit = limit
    this.#builtIn = builtIn(machine, node, distribution)
    this.#all = new Map(Object.entries(this.#builtIn))
    for (const [name, value] of Object.entries(initial)) this.set(name, value)
    const spawn = (): AnyPid => node.spawn(attributesBody(this.#all) as never, { name: attributesName })
    this.#kept = keepAlive(node, restartMs, spawn)
  }

  set(name: string, value: AttributeSource): void {
    checkAttribute(name, value)
    if (!this.#own.has(name) && this.#own.size >= this.#limit)
      throw groupsError('groups.too_many', {
        node: this.#in.node.name,
        what: 'attributes',
        limit: this.#limit,
        option: 'attributes.limit',
      })
    this.#own.set(name, value)
    this.#all.set(name, value)
  }

  remove(name: string): boolean {
    if (!this.#own.delete(name)) return false
    if (Object.hasOwn(this.#builtIn, name)) this.#all.set(name, this.#builtIn[name]!)
    else this.#all.delete(name)
    return true
  }

  names(): string[] {
    return [...this.#all.keys()].toSorted()
  }

  async of(
    from: Caller,
    node: string,
    names: readonly string[],
    { timeoutMs = 1000 }: { readonly timeoutMs?: number } = {},
  ): Promise<AttributesAnswer> {
    // Who is slow says what it has before nobody waits for it any more.
    const question = readQuestion({ names, timeoutMs: timeoutMs * 0.8 })
    if (question === null) throw groupsError('groups.bad_question', { of: attributesName })
    if (node === this.#in.node.name)
      return new Promise((resolve) => valuesOf(this.#in.node, this.#all, question, resolve))
    return readAnswer(await this.#in.relay.request(from, { name: attributesName, node }, question, { timeoutMs }))
  }

  async chooseNodes(from: Caller, choice: Choice): Promise<string[]> {
    const all = await this.explain(from, choice)
    return all.filter(({ chosen }) => chosen).map(({ node }) => node)
  }

  async explain(from: Caller, choice: Choice): Promise<Explanation[]> {
    const { runtime } = this.#in.node
    const { timeoutMs = 1000, where } = choice
    const endMs = runtime.nowMs() + timeoutMs
    const nodes = await this.#candidates(from, choice, timeoutMs)
    const leftMs = Math.max(1, endMs - runtime.nowMs())
    return Promise.all(nodes.map((node) => this.#consider(from, node, where, leftMs)))
  }

  async #candidates(from: Caller, { group }: Choice, timeoutMs: number): Promise<string[]> {
    const { node, world, across } = this.#in
    const { view } = world
    if (group !== undefined && !view.isOwn(group)) return across.members(from, { group }, { timeoutMs })
    return [node.name, ...view.others(group)].toSorted()
  }

  async #consider(from: Caller, node: string, where: readonly Predicate[], timeoutMs: number): Promise<Explanation> {
    try {
      const names = [...new Set(where.map(({ attribute }) => attribute))]
      const values = await this.of(from, node, names, { timeoutMs })
      const failed = where
        .map((predicate) => foundFor(predicate, values))
        .filter((predicate) => !holds(predicate, predicate.found))
      return { node, chosen: failed.length === 0, silent: null, failed }
    } catch (error) {
      return { node, chosen: false, silent: silenceOf(error), failed: [] }
    }
  }

  stop(): void {
    this.#kept.letGo()
    this.#in.node.sendExit(this.#kept.pid, 'shutdown')
  }
}

function foundFor(predicate: Predicate, values: AttributesAnswer): Predicate & { readonly found?: AttributeValue } {
  const { attribute } = predicate
  return Object.hasOwn(values, attribute) ? { ...predicate, found: values[attribute]! } : predicate
}

/** @throws what is nobody's silence. */
function silenceOf(error: unknown): 'timeout' | 'noConnection' {
  const code = error instanceof AgnerError ? error.code : ''
  if (code === 'groups.relay_timeout') return 'timeout'
  if (code.startsWith('groups.relay_')) return 'noConnection'
  throw error
}
