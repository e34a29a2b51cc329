/**
 * What the keepers of distributed applications say to each other, and what their own node asks of them.
 *
 *     hello     "I am the keeper of my node; this is my table, and where I stand with all of it."   once for each life of a keeper, and when one was behind
 *     stand     where I stand with one application now: whole, in the place of what I said before
 *     grant     leave to run it, for the claim with that number
 *     own       from the keeper itself and its node's handle: what takes time is over
 *
 * They are plain messages, each field of which is looked at: they come from other programs, of other versions perhaps. A field may be added, and is passed
 * over by those who do not know it; a message that is not as it should be, or of a type that nobody knows, is reported and dropped. The local name of the
 * keeper is known to all, so what only its own node may say shows a key, which no other program has.
 */
import { protocol, type Protocol, type ProtocolSchemas, type StandardSchema } from '@agner/behaviours'
import { Pid, Ref, type AnyPid, type Down, type Exit, type ExitReason } from '@agner/core'
import { isToken } from '../calling/gate.api.ts'
import { isDuration } from '../duration.ts'
import { isType, type Ask, type Outcome, type Stand } from './state.ts'

/** Of what is said here. A newer keeper understands an older one, and speaks so that it is understood. */
export const version = 1

export interface Hello {
  readonly type: 'hello'
  readonly version: number
  readonly keeper: AnyPid
  /** What of its table must be the same, by application. */
  readonly terms: Readonly<Record<string, string>>
  readonly stands: Readonly<Record<string, Stand>>
  /** The claims of the one who hears it that it has given leave to. */
  readonly granted: Readonly<Record<string, number>>
  readonly wantsAnswer: boolean
}

export interface StandMessage {
  readonly type: 'stand'
  readonly keeper: AnyPid
  readonly application: string
  readonly stand: Stand
}

export interface Grant {
  readonly type: 'grant'
  readonly keeper: AnyPid
  readonly application: string
  readonly instance: number
}

/** What a keeper hears from its own node. */
export interface OwnMessage {
  readonly type: 'own'
  /** As this keeper's life has it: `Live.own`. */
  readonly key: Ref
  readonly event: Own
}

/** Mostly: something that takes time is over. */
export type Own =
  | { readonly type: 'begun'; readonly application: string; readonly instance: number }
  | {
      readonly type: 'notBegun'
      readonly application: string
      readonly instance: number
      readonly reason: ExitReason
      readonly why: string
    }
  | { readonly type: 'halted'; readonly application: string; readonly instance: number }
  | { readonly type: 'claimed'; readonly application: string; readonly instance: number; readonly token: number }
  | { readonly type: 'notClaimed'; readonly application: string; readonly instance: number; readonly why: string }
  | { readonly type: 'lostClaim'; readonly application: string; readonly token: number; readonly why: string }
  | { readonly type: 'time' }
  | { readonly type: 'redial' }
  | { readonly type: 'again' }
  | { readonly type: 'syncOver' }
  | { readonly type: 'watch'; readonly pid: AnyPid; readonly on: boolean }

export interface KeeperApi {
  calls: {
    ask(request: { readonly application: string; readonly ask: Ask }): Outcome
    /** Answers with those that did not come in time. */
    sync(request: {
      readonly key: Ref
      readonly nodes: readonly string[]
      readonly timeoutMs: number
    }): readonly string[]
  }
  info:
    | Hello
    | StandMessage
    | Grant
    | OwnMessage
    | Down
    | Exit
    | { readonly type: 'nodeup'; readonly node: string }
    | { readonly type: 'nodedown'; readonly node: string; readonly reason: string }
    | { readonly type: 'nodesuspect'; readonly node: string }
    | { readonly type: 'noderecovered'; readonly node: string }
}

type Test = (value: unknown) => boolean

const longestText = 65_536
const longestList = 4096
const standings = ['idle', 'waiting', 'standby', 'lost', 'claiming', 'starting', 'running', 'stopping']
const endings = ['stopped', 'ended', 'unpermitted', 'takenOver', 'conflict', 'failed', 'claimLost', 'handedOver']

const text: Test = (value) => typeof value === 'string' && value.length <= longestText
/** Far from where adding one makes no difference. */
const count: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 52
const flag: Test = (value) => typeof value === 'boolean'
const pid: Test = (value) => value instanceof Pid
const ref: Test = (value) => value instanceof Ref
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const oneOf =
  (...values: readonly unknown[]): Test =>
  (value) =>
    values.includes(value)
const orNull =
  (test: Test): Test =>
  (value) =>
    value === null || test(value)
const fields =
  (tests: Readonly<Record<string, Test>>): Test =>
  (value) =>
    isRecord(value) && Object.entries(tests).every(([name, test]) => test(value[name]))
const byName =
  (test: Test): Test =>
  (value) =>
    isRecord(value) && Object.keys(value).length <= longestList && Object.values(value).every(test)

const instance = orNull(fields({ node: text, instance: count }))
const stand = fields({
  standing: oneOf(...standings),
  isPermitted: flag,
  isStarted: flag,
  isRetired: flag,
  weight: count,
  instance: count,
  from: instance,
  token: orNull(isToken),
  sees: instance,
  wishedAfter: count,
  highest: (value) => value === undefined || count(value),
  ended: orNull(fields({ instance: count, how: oneOf(...endings), why: text, isFirst: flag })),
})

const node = fields({ node: text })

const info: Readonly<Record<KeeperApi['info']['type'], Test>> = {
  hello: fields({
    version: (value) => count(value) && (value as number) >= 1,
    keeper: pid,
    terms: byName(text),
    stands: byName(stand),
    granted: byName(count),
    wantsAnswer: flag,
  }),
  stand: fields({ keeper: pid, application: text, stand }),
  grant: fields({ keeper: pid, application: text, instance: count }),
  // Who has the key is to be believed.
  own: fields({ key: ref }),
  down: fields({ ref }),
  exit: fields({ from: orNull(pid) }),
  nodeup: node,
  nodedown: node,
  nodesuspect: node,
  noderecovered: node,
}

const asks: Readonly<Record<Ask['ask'], Test>> = {
  start: fields({ applicationType: isType }),
  stop: isRecord,
  takeover: fields({ applicationType: orNull(isType) }),
  permit: fields({ isPermitted: flag }),
  leave: isRecord,
}

const calls: Readonly<Record<keyof KeeperApi['calls'], Test>> = {
  ask: fields({
    application: text,
    ask: (value) =>
      Object.entries(asks).some(([name, test]) => isRecord(value) && value['ask'] === name && test(value)),
  }),
  sync: fields({ key: ref, nodes: Array.isArray, timeoutMs: (value) => isDuration(value) }),
}

const schemasOf = (tests: Readonly<Record<string, Test>>) =>
  Object.fromEntries(Object.entries(tests).map(([name, test]) => [name, schemaOf(name, test)]))

const schemas = { calls: schemasOf(calls), info: schemasOf(info) } as ProtocolSchemas<KeeperApi>

function schemaOf(name: string, test: Test): StandardSchema {
  return {
    '~standard': {
      version: 1,
      vendor: '@agner/release',
      validate: (value) =>
        test(value) ? { value } : { issues: [{ message: `this is no "${name}" of distributed applications` }] },
    },
  }
}

/** Its name is the local name of the keeper on every node. */
export const keeperProtocol: Protocol<KeeperApi> = protocol('@agner/release/applications', {
  timeoutMs: Infinity,
  schemas,
})
