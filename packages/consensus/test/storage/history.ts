/**
 * What a member might do to its storage, at random but as Raft does it, and what the storage must hold after each step.
 *
 * The state of a snapshot is the list of all that it stands for. So the whole log can be said of whatever was loaded, and it does not
 * matter whether a snapshot of what the log had anyway came before or after the writes beside it.
 */
import fc from 'fast-check'
import type { Ballot, Configuration, Entry, Snapshot, Write } from '../../src/raft/interface.ts'
import type { Stored } from '../../src/storage/storage.ts'

export type Step =
  | { readonly type: 'write'; readonly write: Omit<Write, 'id'> }
  | { readonly type: 'save'; readonly snapshot: Snapshot }
  /** Waits until everything before is on disk. */
  | { readonly type: 'settle' }

export type Draw =
  | { readonly type: 'entries'; readonly sizes: readonly number[]; readonly newTerm: boolean; readonly back: number }
  | { readonly type: 'ballot'; readonly vote: number | null }
  | { readonly type: 'compact'; readonly part: number }
  | { readonly type: 'install'; readonly ahead: number }
  /** A write that says nothing: it is only there to be waited for. */
  | { readonly type: 'empty' }
  | { readonly type: 'settle' }

const draw: fc.Arbitrary<Draw> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('entries' as const),
      sizes: fc.array(fc.oneof(fc.nat(40), fc.nat(1500)), { minLength: 1, maxLength: 4 }),
      newTerm: fc.boolean(),
      back: fc.oneof(
        { weight: 3, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }) },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('ballot' as const), vote: fc.option(fc.nat(4)) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('compact' as const), part: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('install' as const), ahead: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.constant({ type: 'empty' as const }) },
  { weight: 3, arbitrary: fc.constant({ type: 'settle' as const }) },
)

export const draws: fc.Arbitrary<Draw[]> = fc.array(draw, { minLength: 1, maxLength: 25 })

const members: Configuration = [{ id: 'a@host', role: 'voter' }]

/** What the storage must hold, said without regard to where the snapshot is. */
export interface Whole {
  readonly ballot: Ballot | null
  readonly log: readonly string[]
}

const sayEntry = ({ index, term, type, ...rest }: Entry): string =>
  `${index}/${term} ${type} ${'command' in rest ? (rest.command as Uint8Array).length : ''}`

export function wholeOf(stored: Stored | null): Whole {
  if (stored === null) return { ballot: null, log: [] }
  const before = (stored.snapshot?.state ?? []) as readonly string[]
  const { term, votedFor } = stored.ballot
  return {
    ballot: term === 0 && votedFor === null ? null : stored.ballot,
    log: [...before, ...stored.entries.map(sayEntry)],
  }
}

/** The steps, and what must be there after each of them; the first of `wholes` is what is there before. */
export function historyOf(drawn: readonly Draw[]): {
  readonly steps: readonly Step[]
  readonly wholes: readonly Whole[]
} {
  let ballot: Ballot | null = null
  let term = 1
  let log: string[] = []
  let base = 0
  const steps: Step[] = []
  const wholes: Whole[] = [{ ballot, log }]
  const add = (step: Step): void => {
    steps.push(step)
    wholes.push({ ballot, log })
  }
  for (const one of drawn) {
    switch (one.type) {
      case 'settle':
        add({ type: 'settle' })
        break
      case 'empty':
        add({ type: 'write', write: {} })
        break
      case 'ballot':
        ballot = { term: ++term, votedFor: one.vote === null ? null : `${one.vote}@host` }
        add({ type: 'write', write: { ballot } })
        break
      case 'entries': {
        const first = Math.max(base + 1, log.length + 1 - one.back)
        if (one.newTerm || first <= log.length) term++
        const entries = one.sizes.map((size, i): Entry => entryOf(first + i, term, size))
        const truncate = first <= log.length ? { truncateFrom: first } : {}
        log = [...log.slice(0, first - 1), ...entries.map(sayEntry)]
        add({ type: 'write', write: { ...truncate, entries } })
        break
      }
      case 'compact': {
        const index = base + Math.ceil(((log.length - base) * one.part) / 3)
        if (index === base) break
        base = index
        add({ type: 'save', snapshot: { index, term, configuration: members, state: log.slice(0, index) } })
        break
      }
      case 'install': {
        const cut = Math.max(base, log.length - 2)
        if (cut < log.length) {
          log = log.slice(0, cut)
          add({ type: 'write', write: { truncateFrom: cut + 1 } })
        }
        term++
        const index = log.length + one.ahead
        log = [...log, ...Array.from({ length: one.ahead }, (_, i) => `installed ${log.length + i + 1}/${term}`)]
        base = index
        add({ type: 'save', snapshot: { index, term, configuration: members, state: log } })
        break
      }
    }
  }
  return { steps, wholes }
}

function entryOf(index: number, term: number, size: number): Entry {
  if (size === 0) return { index, term, type: 'nothing' }
  if (size === 1) return { index, term, type: 'configuration', configuration: members }
  const request = size % 2 === 0 ? null : { session: 's', sequence: size, answered: 0 }
  return { index, term, type: 'command', command: new Uint8Array(size).fill(index), request }
}
