/**
 * Whether an answer has what the views show of it. An inspector is of the version of its node, and this program may be of
 * another one: what it has besides is nothing to us, what it lacks cannot be shown. Pure.
 */
import type { InspectorApi } from '@agner/behaviours'
import { Pid } from '@agner/core'

type Check = (value: unknown) => boolean

const text: Check = (value) => typeof value === 'string'
const number: Check = (value) => typeof value === 'number'
const flag: Check = (value) => typeof value === 'boolean'
const pid: Check = (value) => value instanceof Pid
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const having =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([key, check]) => check((value as Readonly<Record<string, unknown>>)[key]))
const some = (check: Check): Check => having({ shown: listOf(check), total: number })
const neighbour = having({ text })

const treeRow = having({
  depth: number,
  kind: text,
  id: text,
  pid: orNull(pid),
  name: orNull(text),
  what: orNull(text),
  restart: orNull(text),
  state: orNull(text),
  mailbox: orNull(number),
  count: orNull(number),
})

const topRow = having({
  pid,
  name: orNull(text),
  what: orNull(text),
  label: orNull(text),
  status: text,
  mailbox: number,
  reductions: number,
  value: number,
})

const shapes: Readonly<Record<keyof InspectorApi['calls'], Check>> = {
  overview: having({
    name: text,
    uptimeMs: number,
    processes: number,
    names: number,
    timers: number,
    waiting: number,
    longestMailbox: orNull(having({ pid, name: orNull(text), length: number })),
    reductions: number,
    limitsMet: number,
    loopLagMs: number,
    memory: orNull(having({ residentBytes: number, heapBytes: number })),
    cpuMs: orNull(number),
    connections: listOf(text),
  }),
  tree: having({ rows: listOf(treeRow) }),
  top: having({ by: text, processes: number, rows: listOf(topRow) }),
  process: orNull(
    having({
      pid,
      name: orNull(text),
      label: orNull(text),
      what: orNull(text),
      initialCall: orNull(text),
      currentFunction: orNull(text),
      status: text,
      priority: text,
      trapsExits: flag,
      parent: orNull(neighbour),
      mailbox: number,
      reductions: number,
      memoryBytes: number,
      links: some(neighbour),
      monitors: some(neighbour),
      monitoredBy: some(neighbour),
      dictionary: some(having({ key: text, value: text })),
      messages: listOf(text),
      state: isState,
    }),
  ),
}

/** Of a kind that this program does not know nothing is asked: it is said that it is unknown. */
function isState(value: unknown): boolean {
  if (!having({ kind: text })(value)) return false
  const fields: Readonly<Record<string, Check>> = {
    state: having({ version: text, status: text, lines: listOf(text) }),
    silent: having({ waitedMs: number }),
    failed: having({ why: text }),
  }
  return fields[(value as { readonly kind: string }).kind]?.(value) ?? true
}

export function isAnswer(question: keyof InspectorApi['calls'], answer: unknown): boolean {
  return shapes[question](answer)
}
