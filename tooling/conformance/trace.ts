/**
 * Traces that can be compared: pids by the labels that the scenario gave, refs by order of appearance.
 *
 * Refs are numbered process by process, in the order of labels, and not along the run: two processes that race would number
 * them differently each time.
 */
import type { Raw, RawTrace } from './raw.ts'

export interface Event {
  readonly who: string
  readonly what: string
  /** Canonical JSON: keys in order, so that equal data are equal strings. */
  readonly data: string
}

/** All events, in the order in which they were emitted. */
export type Trace = readonly Event[]

const stranger = '<unlabelled>'

export function toTrace({ labels, events }: RawTrace): Trace {
  const nameRef = refNames()
  const whoOf = (pid: string): string => labels[pid] ?? stranger
  const numbered = events.map(([pid, what, data], position) => ({ who: whoOf(pid), what, data, position }))
  const byProcess = numbered.toSorted((a, b) => compareText(a.who, b.who) || a.position - b.position)
  const named = byProcess.map((event) => ({ ...event, data: canonical(event.data, whoOf, nameRef) }))
  return named.toSorted((a, b) => a.position - b.position).map(({ who, what, data }) => ({ who, what, data }))
}

function refNames(): (ref: string) => string {
  const names = new Map<string, string>()
  return (ref) => {
    const name = names.get(ref) ?? `r${names.size + 1}`
    names.set(ref, name)
    return name
  }
}

function canonical(data: Raw, whoOf: (pid: string) => string, nameRef: (ref: string) => string): string {
  if (typeof data !== 'object' || data === null) return JSON.stringify(data)
  if (Array.isArray(data)) return `[${data.map((part: Raw) => canonical(part, whoOf, nameRef)).join(',')}]`
  const fields = data as { readonly [key: string]: Raw }
  if (typeof fields['$pid'] === 'string') return `<${whoOf(fields['$pid'])}>`
  if (typeof fields['$ref'] === 'string') return `#${nameRef(fields['$ref'])}`
  const keys = Object.keys(fields).toSorted(compareText)
  return `{${keys.map((key) => `${key}:${canonical(fields[key]!, whoOf, nameRef)}`).join(',')}}`
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
