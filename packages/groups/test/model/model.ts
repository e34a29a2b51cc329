/**
 * What may be true of the groups, as far as somebody knows who has seen every call and every answer.
 *
 * A call that was answered leaves one possibility; one whose outcome is unknown may be done at any later time, or never. When everything has
 * come to rest the cluster must be in one of the possible states, which is the only one from then on.
 */
import type { Consistency } from '../../src/index.ts'

/** Members, in order, by their short names; empty: there is no such group any more. */
export type Members = string

/** The nodes of a text of members. */
export const nodesIn = (members: Members): string[] => members.split('')
export const membersOf = (nodes: Iterable<string>): Members => [...new Set(nodes)].toSorted().join('')

/** Who may have a name: null is nobody. */
export type Owners = Set<string | null>

/** What somebody asked to do with the members of a group. */
export interface Change {
  readonly apply: (members: Members) => Members
  /** It is never done to the last of the members. */
  readonly leavesSome: boolean
}

/** What the members may be, when those changes whose outcome is unknown were done that are named here by their places. */
interface State {
  readonly members: Members
  readonly done: readonly number[]
}

export class ModelGroup {
  readonly id: string
  readonly name: string
  readonly mode: Consistency
  #states: readonly State[]
  /** Changes that were asked since everything was last at rest, and have no answer that says whether they were done. */
  #doubtful: Change[] = []
  /** What was possible since everything was last at rest. */
  readonly past: Set<Members>
  readonly names = new Map<string, Owners>()
  /** What was asked since then and has no answer that says whether it was done: it may still be, at any later time. */
  readonly #underWay = new Map<string, Owners>()

  constructor(id: string, name: string, mode: Consistency, members: Members) {
    this.id = id
    this.name = name
    this.mode = mode
    this.#states = [{ members, done: [] }]
    this.past = new Set([members])
  }

  get possible(): Set<Members> {
    return new Set(this.#states.map(({ members }) => members))
  }

  /** The members, when there is no doubt. */
  get members(): Members | null {
    const { possible } = this
    return possible.size === 1 ? [...possible][0]! : null
  }

  /** Every node that may be in it. */
  get anybody(): string[] {
    return nodesIn(membersOf([...this.possible].flatMap(nodesIn)))
  }

  /** It was done. */
  did(change: Change): void {
    this.#states = this.#states.flatMap((state) => after(state, change))
    this.#spread()
  }

  /** It may have been done, or be done later. */
  mayDo(change: Change): void {
    this.#doubtful.push(change)
    this.#spread()
  }

  /** Each change in doubt may be done now, once, in any order. */
  #spread(): void {
    const states = new Map(this.#states.map((state) => [keyOf(state), state]))
    for (const state of states.values())
      for (const [place, change] of this.#doubtful.entries()) {
        if (state.done.includes(place)) continue
        for (const { members } of after(state, change)) {
          const next = { members, done: [...state.done, place].toSorted((one, other) => one - other) }
          states.set(keyOf(next), next)
        }
      }
    this.#states = [...states.values()]
    for (const { members } of this.#states) this.past.add(members)
  }

  owners(name: string): Owners {
    const owners = this.names.get(name) ?? new Set([null])
    this.names.set(name, owners)
    return owners
  }

  /** It is this one's, but for what is still under way. */
  decide(name: string, owner: string | null): void {
    this.names.set(name, new Set([owner, ...(this.#underWay.get(name) ?? [])]))
  }

  /** It may be this one's now, or later. */
  mayBe(name: string, owner: string | null): void {
    this.owners(name).add(owner)
    this.#underWay.set(name, new Set([owner, ...(this.#underWay.get(name) ?? [])]))
  }

  /** Names that a process may have here. */
  namesOf(pid: string): string[] {
    return [...this.names].filter(([, owners]) => owners.has(pid)).map(([name]) => name)
  }

  /** A process may have lost its names. */
  mayLose(pids: Iterable<string>): void {
    for (const pid of pids) for (const owners of this.names.values()) if (owners.has(pid)) owners.add(null)
  }

  /** From here on there is no doubt. */
  settle(members: Members, names: ReadonlyMap<string, string>): void {
    this.#states = [{ members, done: [] }]
    this.#doubtful = []
    this.past.clear()
    this.past.add(members)
    this.names.clear()
    this.#underWay.clear()
    for (const [name, pid] of names) this.names.set(name, new Set([pid]))
  }
}

const keyOf = ({ members, done }: State): string => `${members} ${done.join()}`

/** None, if the change cannot be done there. */
function after({ members, done }: State, { apply, leavesSome }: Change): State[] {
  const next = members === '' ? null : apply(members)
  return next === null || (leavesSome && next === '') ? [] : [{ members: next, done }]
}

/** A founding that failed, and may have made a group all the same. */
export interface Stillborn {
  readonly name: string
  readonly mode: Consistency
  readonly members: Members
}

export class Model {
  readonly groups = new Map<string, ModelGroup>()
  readonly stillborn: Stillborn[] = []
  /** Connections that somebody asked for: from, then to. */
  readonly asked = new Set<string>()
  /** Those of them that were made since the last fault: they are there, whatever groups do. */
  readonly kept = new Set<string>()
  /** Nodes that have crashed since everything was last at rest. */
  readonly crashed = new Set<string>()
  /** Pairs that have lost each other since then. */
  readonly parted = new Set<string>()

  get list(): ModelGroup[] {
    return [...this.groups.values()]
  }

  /** The group of that name that a node is in, if there is no doubt about it. */
  groupAt(node: string, name: string): ModelGroup | undefined {
    return this.list.find((group) => group.name === name && group.members?.includes(node) === true)
  }

  isAsked(one: string, other: string): boolean {
    return this.asked.has(one + other) || this.asked.has(other + one)
  }

  /** Enough voters have lost their memory since then that what was agreed on may be forgotten. */
  mayHaveForgotten(group: ModelGroup): boolean {
    return [...group.past].some((members) => {
      const lost = nodesIn(members).filter((node) => this.crashed.has(node)).length
      return members !== '' && lost > Math.min(5, members.length) / 2
    })
  }

  /** Two nodes lose each other. */
  part(one: string, other: string): void {
    this.parted.add(one + other).add(other + one)
  }

  /** In mode `agree` a lost node's names are withdrawn, and stay so when it was only cut off. */
  mayHaveWithdrawn(group: ModelGroup, home: string): boolean {
    return (
      group.mode === 'agree' &&
      [...group.past].some((members) => nodesIn(members).some((one) => this.parted.has(one + home)))
    )
  }

  /** Nobody may be left who knows of the group. */
  mayBeGone(group: ModelGroup): boolean {
    return [...group.past].some((members) => nodesIn(members).every((node) => this.crashed.has(node)))
  }
}
