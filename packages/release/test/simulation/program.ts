/**
 * What happens to the nodes of a distributed application in one play.
 *
 * Three kinds of programs, since what one kind of fault hides, those without it show: nodes that only crash and are told things;
 * a network that fails as well; and threads that are held, so that somebody believes for long what is no longer so.
 */
import fc from 'fast-check'

/** n1 comes first; n2 and n3 are equal. `k` says who may run it, where that is asked. */
export const appNodes: readonly string[] = ['n1', 'n2', 'n3']

export type Command =
  | { readonly do: 'crash'; readonly node: string; readonly how: 'reset' | 'silence' }
  | { readonly do: 'boot' | 'leave' | 'takeover' | 'start' | 'stop'; readonly node: string }
  | { readonly do: 'permit'; readonly node: string; readonly isPermitted: boolean }
  | { readonly do: 'partition'; readonly side: readonly string[] }
  | { readonly do: 'cutOneWay' | 'drop'; readonly from: string; readonly to: string }
  | { readonly do: 'hold'; readonly node: string; readonly ms: number }
  | { readonly do: 'heal' }
  | { readonly do: 'wait' }

/** A command, and the time until the next. */
export type Step = Command & { readonly thenMs: number }

export type Kind = 'crashes' | 'network' | 'held'
export const kinds: readonly Kind[] = ['crashes', 'network', 'held']

/** Whoever runs it at that moment: most of what is of interest happens there. */
export const runner = 'runner'

const node = fc.constantFrom(...appNodes, runner, runner, runner)
const as = <T extends string>(...what: T[]): fc.Arbitrary<T> => fc.constantFrom(...what)
type Weighted = fc.WeightedArbitrary<Command>

const crashes: readonly Weighted[] = [
  { weight: 6, arbitrary: fc.record({ do: as('crash'), node, how: as('reset', 'silence') }) },
  { weight: 6, arbitrary: fc.record({ do: as('boot'), node: fc.constantFrom(...appNodes) }) },
  { weight: 2, arbitrary: fc.record({ do: as('takeover'), node }) },
  { weight: 1, arbitrary: fc.record({ do: as('start', 'stop', 'leave'), node }) },
  { weight: 2, arbitrary: fc.record({ do: as('permit'), node, isPermitted: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: as('wait') }) },
]

/** @param others nodes beside those that run it. */
function network(others: readonly string[]): readonly Weighted[] {
  const all = fc.constantFrom(...appNodes, ...others, runner, runner)
  const some = fc.subarray([...appNodes, ...others], { minLength: 1, maxLength: appNodes.length + others.length - 1 })
  const side = fc.oneof(some, fc.constant([runner]))
  return [
    { weight: 6, arbitrary: fc.record({ do: as('partition'), side }) },
    { weight: 3, arbitrary: fc.record({ do: as('cutOneWay'), from: all, to: all }) },
    { weight: 2, arbitrary: fc.record({ do: as('drop'), from: node, to: all }) },
    { weight: 5, arbitrary: fc.record({ do: as('heal') }) },
  ]
}

const held: readonly Weighted[] = [
  { weight: 6, arbitrary: fc.record({ do: as('hold'), node, ms: fc.integer({ min: 200, max: 8000 }) }) },
]

export function programs(kind: Kind, others: readonly string[]): fc.Arbitrary<Step[]> {
  const commands: Weighted[] = [
    ...crashes,
    ...(kind === 'crashes' ? [] : network(others)),
    ...(kind === 'held' ? held : []),
  ]
  const step = fc
    .tuple(fc.oneof(...commands), fc.integer({ min: 0, max: 3000 }))
    .map(([command, thenMs]): Step => ({ ...command, thenMs }))
  return fc.array(step, { minLength: 5, maxLength: 14 })
}
