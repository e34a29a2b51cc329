/**
 * What happens to a cluster in one play: the commands of SD Erlang's operational semantics, and the faults that its authors left out.
 *
 * Numbers choose among what there is when the command's turn comes, so that nearly every command of a random program means something.
 */
import fc from 'fast-check'

export const nodeNames: readonly string[] = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
export const groupNames: readonly string[] = ['red', 'green', 'blue']
const names: readonly string[] = ['one', 'two', 'three']
export const slots = 2

/** Who does it: the so-manieth member of the group, or the so-manieth node, whatever it is in. */
interface By {
  readonly who: number
  readonly stray: boolean
}

export type Command =
  | (By & {
      readonly do: 'newGroup'
      readonly name: string
      readonly nodes: readonly string[]
      readonly mode: 'merge' | 'agree'
    })
  | (By & { readonly do: 'addNodes' | 'removeNodes'; readonly group: number; readonly nodes: readonly string[] })
  | (By & { readonly do: 'deleteGroup'; readonly group: number })
  | (By & {
      readonly do: 'register' | 'reregister'
      readonly group: number
      readonly name: string
      readonly of: number
      readonly slot: number
    })
  | (By & { readonly do: 'unregister'; readonly group: number; readonly name: string })
  | { readonly do: 'kill'; readonly node: string; readonly slot: number }
  | { readonly do: 'connect' | 'release'; readonly from: string; readonly to: string }
  | Fault

export type Fault =
  | { readonly do: 'crash'; readonly node: string; readonly how: 'reset' | 'silence' }
  | { readonly do: 'restart'; readonly node: string }
  | { readonly do: 'partition'; readonly nodes: readonly string[] }
  | { readonly do: 'cutOneWay' | 'drop'; readonly from: string; readonly to: string }
  | { readonly do: 'wait'; readonly ms: number }
  /** All ways are free and all nodes up, until everything has come to rest: then the whole model must hold. */
  | { readonly do: 'settle' }

const node = fc.constantFrom(...nodeNames)
const name = fc.constantFrom(...names)
const some = fc.subarray([...nodeNames], { minLength: 1, maxLength: 5 })
const by = { who: fc.nat(7), stray: fc.integer({ min: 0, max: 7 }).map((number) => number === 0) }
const group = fc.nat(5)
const as = <T extends string>(what: T): fc.Arbitrary<T> => fc.constant(what)
const pair = { from: node, to: node }

const ordinary: readonly fc.WeightedArbitrary<Command>[] = [
  {
    weight: 4,
    arbitrary: fc.record({
      do: as('newGroup'),
      name: fc.constantFrom(...groupNames),
      nodes: some,
      mode: fc.constantFrom('merge', 'agree'),
      ...by,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: as('addNodes'), group, nodes: some, ...by }) },
  { weight: 3, arbitrary: fc.record({ do: as('removeNodes'), group, nodes: some, ...by }) },
  { weight: 1, arbitrary: fc.record({ do: as('deleteGroup'), group, ...by }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: as('register'), group, name, of: fc.nat(7), slot: fc.nat(slots - 1), ...by }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: as('reregister'), group, name, of: fc.nat(7), slot: fc.nat(slots - 1), ...by }),
  },
  { weight: 2, arbitrary: fc.record({ do: as('unregister'), group, name, ...by }) },
  { weight: 1, arbitrary: fc.record({ do: as('kill'), node, slot: fc.nat(slots - 1) }) },
  { weight: 1, arbitrary: fc.record({ do: as('connect'), ...pair }) },
  { weight: 1, arbitrary: fc.record({ do: as('release'), ...pair }) },
]

const faults: readonly fc.WeightedArbitrary<Command>[] = [
  { weight: 2, arbitrary: fc.record({ do: as('crash'), node, how: fc.constantFrom('reset', 'silence') }) },
  { weight: 2, arbitrary: fc.record({ do: as('restart'), node }) },
  { weight: 2, arbitrary: fc.record({ do: as('partition'), nodes: fc.subarray([...nodeNames], { minLength: 1 }) }) },
  { weight: 1, arbitrary: fc.record({ do: as('cutOneWay'), ...pair }) },
  { weight: 2, arbitrary: fc.record({ do: as('drop'), ...pair }) },
  { weight: 2, arbitrary: fc.record({ do: as('wait'), ms: fc.integer({ min: 10, max: 8000 }) }) },
  { weight: 2, arbitrary: fc.record({ do: as('settle') }) },
]

/** Thirty to forty commands. */
export function programs(withFaults: boolean): fc.Arbitrary<Command[]> {
  const command = fc.oneof(...ordinary, ...(withFaults ? faults : []))
  return fc.array(command, { minLength: 30, maxLength: 40, size: 'max' })
}
