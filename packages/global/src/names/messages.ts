/**
 * What the keepers of one scope say to each other about names, each to the process of the same name on another node.
 *
 *     a node comes   hello ⇄ hello            all claims of its own processes, and what was taken back
 *     a decision     boss ── put ──► members ── took ──► boss           the claims and losses of one turn in one message
 *     a change       owner's node ── told ──► members                   a process died, or a decision went past somebody
 *     a check        holder ── check ──► owner's node ── mine ──► holder, if the two differ; the other way round it has to be asked for
 *     a doubt        boss ── holds ──► owner's node ── held ──► boss     is that claim still good?
 *     a verdict      boss ── choose ──► node of the pair ── chosen ──► boss ── confirm ──► winner's node ── told ──► members
 *
 * What comes may be anything: {@link readMessage} gives null for whatever is none of these.
 */
import { Pid, type AnyPid } from '@agner/core'
import { overLimit, type Claim, type Fate, type Loss } from './claim.ts'
import { isMethod, type ResolveModule } from './resolve.ts'

export interface Hello {
  readonly type: 'hello'
  /** Who says it, and for which node. */
  readonly keeper: AnyPid
  /** All claims of processes of that node. */
  readonly claims: readonly Claim[]
  readonly buried: readonly Loss[]
  readonly clock: number
  /** Whether it has heard a hello from here: else it is answered. */
  readonly heard: boolean
}

export interface Put {
  readonly type: 'put'
  readonly batch: number
  readonly boss: AnyPid
  /** What the boss sees: who sees other members, and is told of his own processes, tells them. */
  readonly view: number
  readonly claims: readonly Claim[]
  readonly losses: readonly Loss[]
}

/** Why a claim was not taken by the node of its process. */
export type Refused = 'dead' | 'named' | 'stale' | 'full'

export interface Took {
  readonly type: 'took'
  readonly batch: number
  readonly node: string
  readonly refused: readonly { readonly name: string; readonly why: Refused }[]
  /** Other claims to the same names. */
  readonly rivals: readonly Claim[]
  /** Names of processes of nodes that are no members there. */
  readonly skipped: readonly string[]
}

/** From a boss, that has told all it sees: somebody was lost to it meanwhile, or did not know the node of the process yet. */
export interface Retell {
  readonly type: 'retell'
  readonly names: readonly string[]
  readonly losses: readonly Loss[]
}

export interface Told {
  readonly type: 'told'
  readonly keeper: AnyPid
  readonly claims: readonly Claim[]
  readonly losses: readonly Loss[]
}

export interface Check {
  readonly type: 'check'
  readonly keeper: AnyPid
  /** Of what it has of the receiver. */
  readonly digest: number
  /** Of what is its own: if the receiver has something else of it, it wants to be checked, too. */
  readonly own?: number
}

export interface Mine {
  readonly type: 'mine'
  readonly keeper: AnyPid
  readonly claims: readonly Claim[]
}

export interface Holds {
  readonly type: 'holds'
  readonly boss: AnyPid
  readonly name: string
  readonly pid: AnyPid
}

export interface Held {
  readonly type: 'held'
  readonly name: string
  readonly pid: AnyPid
  readonly holds: boolean
}

export interface Bury {
  readonly type: 'bury'
  readonly losses: readonly Loss[]
}

/** From a boss that lost the node of a process half-way: whoever sees that node asks it whether it has the claim. */
export interface Doubt {
  readonly type: 'doubt'
  readonly losses: readonly Loss[]
}

export interface Choose {
  readonly type: 'choose'
  readonly boss: AnyPid
  readonly id: number
  readonly name: string
  readonly a: AnyPid
  readonly b: AnyPid
  /** Null: the function that this node was given with `of`. */
  readonly method: ResolveModule | null
  readonly of: AnyPid
}

export interface Chosen {
  readonly type: 'chosen'
  readonly id: number
  readonly pid: AnyPid | null
}

export interface Confirm {
  readonly type: 'confirm'
  /** The winner's claim must still be this version. */
  readonly version: number
  readonly claim: Claim
}

export type NamesMessage =
  | Hello
  | Put
  | Took
  | Retell
  | Told
  | Check
  | Mine
  | Holds
  | Held
  | Bury
  | Doubt
  | Choose
  | Chosen
  | Confirm

/** What a caller asks of the boss. `gone`: claims that are over on the caller's node, which may not have been told yet. */
export type Question =
  | { readonly ask: 'ready' }
  | {
      readonly ask: 'claim'
      readonly claim: Pick<Claim, 'name' | 'pid' | 'resolve'>
      readonly replace: boolean
      readonly gone: readonly Loss[]
    }
  | { readonly ask: 'unclaim'; readonly name: string; readonly gone: readonly Loss[] }

export const nameLimit = 255
/** No clock gets there by counting. A version beyond it is rubbish, and would end all counting. */
const versionLimit = 2 ** 48

/** One with half of a character would be another name on other nodes. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= nameLimit && value.isWellFormed()
}

const isVersion = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < versionLimit
const isPid = (value: unknown): value is AnyPid => value instanceof Pid
const isCount = (value: unknown): value is number => Number.isSafeInteger(value)
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
const isText = (value: unknown): value is string => typeof value === 'string'
type Fields = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const isList =
  <T>(is: (value: unknown) => value is T) =>
  (value: unknown): value is readonly T[] =>
    Array.isArray(value) && value.every(is)

function isFate(value: unknown): value is Fate {
  if (!isObject(value)) return false
  if (value['type'] === 'kill') return true
  if (value['type'] === 'notify') return value['other'] === undefined || isPid(value['other'])
  return value['type'] === 'handOver' && isPid(value['to']) && typeof value['timeoutMs'] === 'number'
}

function isLoss(value: unknown): value is Loss {
  if (!isObject(value)) return false
  const { name, pid, born, life, version, fate } = value
  const isKnown = isName(name) && isPid(pid) && isVersion(born) && isVersion(life) && isVersion(version)
  return isKnown && (fate === undefined || isFate(fate))
}

const isLosses = isList(isLoss)

function isClaim(value: unknown): value is Claim {
  if (!isObject(value)) return false
  const { name, pid, born, life, version, by, resolve, over } = value
  return (
    isName(name) &&
    isPid(pid) &&
    isVersion(born) &&
    isVersion(life) &&
    isVersion(version) &&
    isText(by) &&
    (resolve === undefined || resolve === 'own' || isMethod(resolve)) &&
    (over === undefined || (isLosses(over) && over.length <= overLimit))
  )
}

const isClaims = isList(isClaim)
const isNames = isList(isName)

type Reader = { readonly [Type in NamesMessage['type']]: (fields: Fields) => boolean }

const readers: Reader = {
  hello: ({ keeper, claims, buried, clock, heard }) =>
    isPid(keeper) && isClaims(claims) && isLosses(buried) && isVersion(clock) && isFlag(heard),
  put: ({ batch, boss, view, claims, losses }) =>
    isCount(batch) && isPid(boss) && isCount(view) && isClaims(claims) && isLosses(losses),
  took: ({ batch, node, refused, rivals, skipped }) =>
    isCount(batch) &&
    isText(node) &&
    Array.isArray(refused) &&
    refused.every((each) => isObject(each) && isName(each['name']) && isText(each['why'])) &&
    isClaims(rivals) &&
    isNames(skipped),
  retell: ({ names, losses }) => isNames(names) && isLosses(losses),
  told: ({ keeper, claims, losses }) => isPid(keeper) && isClaims(claims) && isLosses(losses),
  check: ({ keeper, digest, own }) => isPid(keeper) && isCount(digest) && (own === undefined || isCount(own)),
  mine: ({ keeper, claims }) => isPid(keeper) && isClaims(claims),
  holds: ({ boss, name, pid }) => isPid(boss) && isName(name) && isPid(pid),
  held: ({ name, pid, holds }) => isName(name) && isPid(pid) && isFlag(holds),
  bury: ({ losses }) => isLosses(losses),
  doubt: ({ losses }) => isLosses(losses),
  choose: ({ boss, id, name, a, b, method, of }) =>
    isPid(boss) &&
    isCount(id) &&
    isName(name) &&
    isPid(a) &&
    isPid(b) &&
    isPid(of) &&
    (method === null || (isMethod(method) && isObject(method) && method.type === 'module')),
  chosen: ({ id, pid }) => isCount(id) && (pid === null || isPid(pid)),
  confirm: ({ version, claim }) => isVersion(version) && isClaim(claim),
}

export function readMessage(message: unknown): NamesMessage | null {
  if (!isObject(message)) return null
  const { type } = message
  if (typeof type !== 'string' || !Object.hasOwn(readers, type)) return null
  return readers[type as NamesMessage['type']](message) ? (message as unknown as NamesMessage) : null
}

export function readQuestion(payload: unknown): Question | null {
  if (!isObject(payload)) return null
  const { ask, claim, replace, name, gone } = payload
  if (ask === 'ready') return { ask }
  if (!isLosses(gone)) return null
  if (ask === 'unclaim') return isName(name) ? { ask, name, gone } : null
  if (ask !== 'claim' || !isObject(claim) || !isFlag(replace)) return null
  const whole = { ...claim, born: 0, life: 0, version: 0, by: '' }
  return isClaim(whole) ? { ask, claim: whole, replace, gone } : null
}
