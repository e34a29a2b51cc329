/**
 * Is there an order of the operations, each between its call and its answer, in which a sequential object would have answered just so?
 *
 * Wing and Gong's search in the form of Lowe ("Testing for linearizability", 2017), just in time: a walk over the calls and answers that keeps all the
 * possible worlds, where a world is a state and the set of those open operations that have taken effect in it. An operation takes effect
 * no earlier than an answer asks for it. Worlds that are equal are one, which is the memoization. Each key is searched for itself: a history is linearizable if and only if
 * that of each object is (Herlihy and Wing).
 */
import { byKey, type Operation, type SequentialModel } from './history.ts'

export type Verdict =
  | { readonly type: 'linearizable' }
  | { readonly type: 'wrong'; readonly key: string; readonly text: string }
  /** There were more worlds, or more open operations, than are searched. */
  | { readonly type: 'undecided'; readonly key: string }

/** Open operations are bits of a number. */
const openLimit = 30
const worldLimit = 100_000
const stateStep = 2 ** 22

export function checkLinearizable<Input, Output, State extends string | number>(
  model: SequentialModel<Input, Output, State>,
  operations: readonly Operation<Input, Output>[],
): Verdict {
  let undecided: Verdict | null = null
  for (const [key, ofKey] of byKey(operations)) {
    const verdict = new Search(model, key).run(ofKey)
    if (verdict.type === 'wrong') return verdict
    if (verdict.type === 'undecided') undecided = verdict
  }
  return undecided ?? { type: 'linearizable' }
}

interface World<State> {
  readonly state: State
  /** Bits of the open operations that have taken effect. */
  readonly done: number
}

interface Event<Input, Output> {
  readonly at: number
  readonly isCall: boolean
  readonly operation: Operation<Input, Output>
}

class Search<Input, Output, State extends string | number> {
  readonly #model: SequentialModel<Input, Output, State>
  readonly #key: string
  readonly #open: (Operation<Input, Output> | null)[] = []
  #worlds: World<State>[]

  constructor(model: SequentialModel<Input, Output, State>, key: string) {
    this.#model = model
    this.#key = key
    this.#worlds = [{ state: model.initial, done: 0 }]
  }

  run(operations: readonly Operation<Input, Output>[]): Verdict {
    for (const { isCall, operation } of inOrder(operations)) {
      if (isCall) {
        if (!this.#call(operation)) return { type: 'undecided', key: this.#key }
        continue
      }
      const before = this.#worlds
      if (!this.#answer(operation)) return { type: 'undecided', key: this.#key }
      if (this.#worlds.length === 0) return { type: 'wrong', key: this.#key, text: this.#explain(operation, before) }
    }
    return { type: 'linearizable' }
  }

  #call(operation: Operation<Input, Output>): boolean {
    const free = this.#open.indexOf(null)
    if (free !== -1) this.#open[free] = operation
    else this.#open.push(operation)
    return this.#open.length <= openLimit
  }

  /** Leaves the worlds in which the operation has taken effect and answered so. */
  #answer(operation: Operation<Input, Output>): boolean {
    const slot = this.#open.indexOf(operation)
    const bit = 1 << slot
    const seen = new Set<string | number>()
    const after = new Map<string | number, World<State>>()
    const stack = [...this.#worlds]
    while (stack.length > 0) {
      const world = stack.pop()!
      if ((world.done & bit) !== 0) {
        const left = { state: world.state, done: world.done & ~bit }
        after.set(nameOf(left), left)
        continue
      }
      for (let other = 0; other < this.#open.length; other++) {
        const next = this.#after(world, other)
        if (next === null) continue
        const name = nameOf(next)
        if (seen.has(name)) continue
        seen.add(name)
        if (seen.size > worldLimit) return false
        stack.push(next)
      }
    }
    this.#open[slot] = null
    this.#worlds = [...after.values()]
    return true
  }

  /** The world in which the open operation takes effect now, or null if that is not allowed, or changes nothing that anybody could see. */
  #after(world: World<State>, slot: number): World<State> | null {
    const operation = this.#open[slot]
    if (operation == null || (world.done & (1 << slot)) !== 0) return null
    const { state, output } = this.#model.step(world.state, operation.input)
    if (operation.output === undefined) {
      return state === world.state ? null : { state, done: world.done | (1 << slot) }
    }
    return this.#model.isSame(output, operation.output) ? { state, done: world.done | (1 << slot) } : null
  }

  #explain(operation: Operation<Input, Output>, before: readonly World<State>[]): string {
    const states = [...new Set(before.map(({ state }) => JSON.stringify(state)))]
    const open = this.#open.flatMap((other) => (other === null || other === operation ? [] : [describe(other)]))
    return (
      `${this.#key}: no order allows ${describe(operation)}; before it the state was ${states.slice(0, 8).join(' or ')}` +
      `${open.length === 0 ? '' : `, and open were ${open.join(', ')}`}`
    )
  }
}

/** In order of time. */
function inOrder<Input, Output>(operations: readonly Operation<Input, Output>[]): Event<Input, Output>[] {
  const events: Event<Input, Output>[] = []
  for (const operation of operations) {
    events.push({ at: operation.calledAt, isCall: true, operation })
    if (operation.answeredAt !== Infinity) events.push({ at: operation.answeredAt, isCall: false, operation })
  }
  return events.sort((left, right) => left.at - right.at)
}

/** Equal for equal worlds. A number where there is one, since that is what most of the search does. */
function nameOf({ state, done }: World<string | number>): string | number {
  const isSmall = typeof state === 'number' && Number.isInteger(state) && state >= 0 && state < stateStep
  return isSmall ? done * stateStep + state : `${done} ${state}`
}

function describe({ client, input, output }: Operation<unknown, unknown>): string {
  return `${client}: ${JSON.stringify(input)} → ${output === undefined ? '?' : JSON.stringify(output)}`
}
