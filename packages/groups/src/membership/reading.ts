/**
 * What other nodes say about groups is looked at before the keeper acts on it: it may be anything.
 *
 * Whoever has the cookie of a cluster is trusted not to lie; this keeps out what is broken, or of another version: null for whatever no keeper says.
 */
import { Pid } from '@agner/core'
import type { KeeperApi } from './protocol.ts'

type Test = (value: unknown) => boolean

const longestText = 1024
const longestList = 65_536

const text: Test = (value) => typeof value === 'string' && value.length <= longestText
const count: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const flag: Test = (value) => typeof value === 'boolean'
const pid: Test = (value) => value instanceof Pid
const oneOf =
  (...values: readonly unknown[]): Test =>
  (value) =>
    values.includes(value)
const listOf =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.length <= longestList && value.every(test)
const fields =
  (tests: Readonly<Record<string, Test>>): Test =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(tests).every(([name, test]) => test((value as Readonly<Record<string, unknown>>)[name]))

const genesis = {
  name: text,
  id: text,
  mode: oneOf('merge', 'agree'),
  generation: count,
  founding: text,
  nodes: listOf(text),
}
const view = fields({ ...genesis, epoch: count, isDeleted: flag })
const configuration = listOf(fields({ id: text, role: oneOf('voter', 'learner', 'witness') }))
const claims: Test = (value) =>
  value instanceof Map && [...value].every(([name, claim]) => text(name) && fields({ pid, index: count })(claim))
const lives: Test = (value) => typeof value === 'object' && value !== null && Object.values(value).every(count)

const casts: Readonly<Record<keyof KeeperApi['casts'], Test>> = {
  hello: fields({
    keeper: pid,
    free: oneOf('normal', 'hidden', null),
    isForGroups: flag,
    shared: listOf(view),
    others: listOf(view),
    lives,
    freeNodes: listOf(text),
    wantsAnswer: flag,
  }),
  views: fields({ from: text, views: listOf(view) }),
  free: listOf(text),
  declined: fields({ id: text, node: text }),
  found: fields({ genesis: fields(genesis), claims, founders: configuration, by: pid }),
  abandon: fields({ id: text, founding: text }),
  thaw: fields({ id: text, by: text }),
  life: fields({ node: text, log: text, life: count }),
  released: fields({ log: text }),
  asked: fields({ node: text, on: flag }),
}

const calls: Readonly<Record<keyof KeeperApi['calls'], Test>> = {
  reserve: fields({ name: text, id: text, by: pid }),
  release: fields({ name: text, id: text }),
  learn: view,
  freeze: fields({ view, by: pid }),
}

/** The names of nodes that come and go, and of logs. */
const infos: Readonly<Record<KeeperApi['info']['type'], Test>> = {
  nodeup: fields({ node: text }),
  nodedown: fields({ node: text }),
  log: fields({ log: text }),
}

/** A call and what it asks with. */
export function readCall(payload: unknown): { readonly name: keyof KeeperApi['calls']; readonly arg: unknown } | null {
  if (typeof payload !== 'object' || payload === null) return null
  const { call: name, arg } = payload as Readonly<Record<string, unknown>>
  return isOneOf(calls, name) && calls[name](arg) ? { name, arg } : null
}

/** A cast and what it says. */
export function readCast(message: unknown): { readonly name: keyof KeeperApi['casts']; readonly arg: unknown } | null {
  if (typeof message !== 'object' || message === null) return null
  const { type, cast: name, arg } = message as Readonly<Record<string, unknown>>
  return type === '$agner/cast' && isOneOf(casts, name) && casts[name](arg) ? { name, arg } : null
}

/** What this node tells its keeper. */
export function readInfo(message: unknown): KeeperApi['info'] | null {
  if (typeof message !== 'object' || message === null) return null
  const { type } = message as Readonly<Record<string, unknown>>
  return isOneOf(infos, type) && infos[type](message) ? (message as KeeperApi['info']) : null
}

function isOneOf<Name extends string>(tests: Readonly<Record<Name, Test>>, name: unknown): name is Name {
  return typeof name === 'string' && Object.hasOwn(tests, name)
}
