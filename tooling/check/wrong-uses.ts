/**
 * Wrong uses of protocols and servers: where the compiler must point, and what it must say there. Each is a statement of
 * one file, and has one error: at `at`, which occurs once in it, with `says` somewhere in its message. (Compilers name the
 * parts of a union in no certain order.)
 */
export interface WrongUse {
  readonly code: string
  readonly at: string
  readonly says: string
}

const prelude = `
import { answer, call, cast, defineServer, info, noreply, protocol, reply, startServer, type From, type Server } from '@agner/behaviours'
import type { Process } from '@agner/core'
import { z } from 'zod'

interface CounterApi {
  calls: { add(by: number): number; mode(): 'up' | 'down' }
  casts: { set(to: { readonly count: number }): void }
  info: { type: 'tick' }
}
interface State { readonly count: number }
declare const self: Process<never>
declare const from: From<'up' | 'down'>
declare const Counter: Server<CounterApi, number, State>
const counter = protocol<CounterApi>('@acme/counter')
const silent = protocol<{ casts: { hush(): void } }>('@acme/silent')
`

/** A server of the counter's protocol, right but for the parts given. */
function server(parts: {
  readonly add?: string
  readonly mode?: string
  readonly set?: string
  readonly more?: string
  readonly init?: string
}): string {
  const { add = '(state) => reply(1, state)', mode = "(state) => reply('up', state)" } = parts
  const {
    set = '(state) => noreply(state)',
    more = '',
    init = '(start: number, { self }) => ({ count: start })',
  } = parts
  const calls = [add === '' ? '' : `add: ${add}`, `mode: ${mode}`, more].filter((part) => part !== '').join(', ')
  return `defineServer(counter, { init: ${init}, calls: { ${calls} }, casts: { set: ${set} }, info: { tick: (state) => noreply(state) } })`
}

export const wrongUses: readonly WrongUse[] = [
  // clients
  { code: "call(self, counter, 'sub', 1)", at: "'sub'", says: `'"sub"' is not assignable to parameter of type '"` },
  {
    code: "call(self, counter, 'set', { count: 1 })",
    at: "'set'",
    says: `'"set"' is not assignable to parameter of type '"`,
  },
  { code: "call(self, counter, 'add', 'x')", at: "'x'", says: "parameter of type 'number'" },
  { code: "call(self, counter, 'mode', 7)", at: '7', says: "parameter of type 'undefined'" },
  { code: "call(self, counter, 'add', 1, { timeout: 3 })", at: 'timeout', says: "Did you mean to write 'timeoutMs'?" },
  { code: "cast(self, counter, 'add', 1)", at: "'add'", says: `'"set"'` },
  { code: "cast(self, counter, 'set', { count: '1' })", at: 'count: ', says: "not assignable to type 'number'" },
  { code: "info(self, counter, { type: 'tock' })", at: 'type', says: `not assignable to type '"tick"'` },
  {
    code: "answer(from, 'sideways')",
    at: "'sideways'",
    says: `'"sideways"' is not assignable to parameter of type '"`,
  },
  // starting
  { code: "startServer(self, Counter, 'x')", at: "'x'", says: "parameter of type 'number'" },
  { code: "Counter.child({ arg: 'x' })", at: 'arg', says: "not assignable to type 'number'" },
  { code: "Counter.child({ arg: 1, naame: 'c' })", at: 'naame', says: "Did you mean to write 'name'?" },
  // servers
  { code: server({ add: "(state, by) => reply('ten', state)" }), at: "'ten'", says: "parameter of type 'number'" },
  {
    code: server({ add: '(state, by) => reply(by, { count: by, extra: 2 })' }),
    at: 'extra',
    says: "'extra' does not exist in type",
  },
  {
    code: server({ add: "(state, by) => reply(by, { count: 'none' })" }),
    at: "count: 'none'",
    says: "not assignable to type 'number'",
  },
  {
    code: server({ add: '(state, by) => reply(state.sum, state)' }),
    at: 'sum',
    says: "Property 'sum' does not exist on type",
  },
  {
    code: server({ add: '(state, by) => reply(by.length, state)' }),
    at: 'length',
    says: "'length' does not exist on type 'number'",
  },
  {
    code: server({ add: '', init: '(start: number): State => ({ count: start })' }),
    at: 'calls',
    says: "Property 'add' is missing",
  },
  { code: server({ more: 'sub: (state: State) => noreply(state)' }), at: 'sub', says: "'sub' does not exist in type" },
  {
    code: server({ add: "(state, by) => reply(by, state, { continue: 'warm' })" }),
    at: 'reply(by',
    says: 'define continue(state, key) to use { continue }',
  },
  {
    code: server({ mode: "(state, _, { from }) => { answer(from, 'sideways'); return noreply(state) }" }),
    at: "'sideways'",
    says: `'"sideways"' is not assignable to parameter of type '"`,
  },
  {
    code: server({ set: '(state, to) => reply(to.count, state)' }),
    at: 'reply(to',
    says: `'"reply"' is not assignable to type '"noreply"'`,
  },
  {
    code: 'defineServer(silent, { init: () => null, casts: { hush: (state) => noreply(state) }, calls: {} })',
    at: 'calls',
    says: 'the protocol has no calls',
  },
  // protocols
  {
    code: "protocol<{ calls: { run(what: () => void): void } }>('a')",
    at: '{ calls',
    says: 'not sendable: a function',
  },
  { code: "protocol<{ calls: { get(): Promise<number> } }>('a')", at: '{ calls', says: 'not sendable: a promise' },
  {
    code: "protocol<{ casts: { set(to: { key: symbol }): void } }>('a')",
    at: '{ casts',
    says: 'not sendable: a symbol',
  },
  {
    code: "protocol<{ calls: { add(a: number, b: number): number } }>('a')",
    at: '{ calls',
    says: 'a call or cast takes one payload: put several values into one object',
  },
  {
    code: "protocol<{ info: { type: '$agner/cast' } }>('a')",
    at: '{ info',
    says: 'types that begin with $agner/ belong to the library',
  },
  {
    code: "protocol<CounterApi>('a', { schemas: { calls: { add: z.string() } } })",
    at: 'add',
    says: "'string' is not assignable to type 'number'",
  },
  {
    code: "protocol<CounterApi>('a', { schemas: { calls: { sub: z.number() } } })",
    at: 'sub',
    says: "'sub' does not exist in type",
  },
]

/** All of them as one file, each from a line of its own. */
export function wrongProgram(uses: readonly WrongUse[] = wrongUses): string {
  return `${prelude}${uses.map(({ code }) => `void ${code}`).join('\n')}\n`
}

interface Complaint {
  readonly line: number
  readonly column: number
  readonly text: string
}

/** What is wrong with what a compiler says of `wrongProgram`. */
export function misplaced(output: string, uses: readonly WrongUse[] = wrongUses): string[] {
  const firstLine = prelude.split('\n').length
  const complaints = complaintsOf(output)
  const elsewhere = complaints.filter(({ line }) => line < firstLine || line >= firstLine + uses.length)
  const problems = uses.flatMap(({ code, at, says }, index) => {
    const here = complaints.filter(({ line }) => line === firstLine + index)
    const column = 'void '.length + code.indexOf(at) + 1
    const right = here.filter((one) => one.column === column && one.text.includes(says))
    if (here.length === 1 && right.length === 1) return []
    const said = here.map((one) => `column ${one.column}: ${one.text}`).join('\n')
    return [`${code}\n  must have one error, at column ${column} (${at}), that says: ${says}\n${said || 'it has none'}`]
  })
  return [...problems, ...elsewhere.map(({ line, text }) => `line ${line}: ${text}`)]
}

function complaintsOf(output: string): Complaint[] {
  const complaints: Complaint[] = []
  for (const line of output.split('\n')) {
    const [, row, column, text] = /^\S+\((\d+),(\d+)\): error (.*)$/.exec(line) ?? []
    const last = complaints.at(-1)
    if (text !== undefined) complaints.push({ line: Number(row), column: Number(column), text })
    else if (last !== undefined) complaints[complaints.length - 1] = { ...last, text: `${last.text}\n${line}` }
  }
  return complaints
}
