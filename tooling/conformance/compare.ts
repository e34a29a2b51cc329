/**
 * When two traces are equal: each process emitted the same events in the same order, and what a scenario says happens before something
 * else did so in both. Between processes nothing else is compared, since there Erlang promises nothing.
 */
import type { Event, Trace } from './trace.ts'

/** An event by process and name: `a:got`. The first of them, where there are several. */
export type EventKey = `${string}:${string}`

/** The first happens before the second, in every run. */
export type Edge = readonly [EventKey, EventKey]

export interface Difference {
  /** The event that differs; for an edge, the one that came too early. */
  readonly key: EventKey
  readonly text: string
}

export const keyOf = ({ who, what }: Event): EventKey => `${who}:${what}`
const show = (event: Event | undefined): string =>
  event === undefined ? 'nothing' : event.data === '"none"' ? event.what : `${event.what} ${event.data}`

/** @returns what is different, process by process; empty if the traces are equal. */
export function compare(expected: Trace, actual: Trace, edges: readonly Edge[] = []): Difference[] {
  return [
    ...compareProcesses(expected, actual),
    ...brokenEdges(expected, edges, 'expected'),
    ...brokenEdges(actual, edges, 'actual'),
  ]
}

function compareProcesses(expected: Trace, actual: Trace): Difference[] {
  const processes = [...new Set([...expected, ...actual].map(({ who }) => who))].toSorted()
  return processes.flatMap((who) => {
    const wanted = expected.filter((event) => event.who === who)
    const found = actual.filter((event) => event.who === who)
    const differences: Difference[] = []
    for (let index = 0; index < Math.max(wanted.length, found.length); index++) {
      const [one, other] = [wanted[index], found[index]]
      if (one !== undefined && other !== undefined && one.what === other.what && one.data === other.data) continue
      const text = `${who}, event ${index + 1}: expected ${show(one)}, got ${show(other)}`
      differences.push({ key: keyOf((one ?? other)!), text })
      // What follows is out of step unless only the data differ.
      if (one?.what !== other?.what) break
    }
    return differences
  })
}

function brokenEdges(trace: Trace, edges: readonly Edge[], side: string): Difference[] {
  return edges.flatMap(([first, second]) => {
    const before = trace.findIndex((event) => keyOf(event) === first)
    const after = trace.findIndex((event) => keyOf(event) === second)
    if (before !== -1 && after !== -1 && before < after) return []
    const text = `${side}: ${first} ${before === -1 ? '(missing) ' : ''}does not come before ${second}${after === -1 ? ' (missing)' : ''}`
    return [{ key: second, text }]
  })
}
