/**
 * What other nodes say about groups is looked at before the keeper sees it.
 *
 * Whoever has the cookie of a cluster is trusted not to lie; this keeps out what is broken, or of another version: such a call is rejected with
 * `call.bad_argument`, such a cast is reported and dropped.
 */
import type { ProtocolSchemas, StandardSchema } from '@agner/behaviours'
import { Pid, Ref } from '@agner/core'
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

/** What this node tells its keeper, and strangers may say, too. */
const infos: Readonly<Record<KeeperApi['info']['type'], Test>> = {
  nodeup: fields({ node: text }),
  nodedown: fields({ node: text }),
  tick: fields({ own: (value) => value instanceof Ref }),
  log: fields({ log: text }),
}

export const keeperSchemas = {
  calls: schemas(calls),
  casts: schemas(casts),
  info: schemas(infos),
} as ProtocolSchemas<KeeperApi>

function schemas(tests: Readonly<Record<string, Test>>): Record<string, StandardSchema> {
  return Object.fromEntries(Object.entries(tests).map(([name, test]) => [name, schemaOf(name, test)]))
}

function schemaOf(name: string, test: Test): StandardSchema {
  return {
    '~standard': {
      version: 1,
      vendor: '@agner/groups',
      validate: (value) => (test(value) ? { value } : { issues: [{ message: `this is no "${name}" of groups` }] }),
    },
  }
}
