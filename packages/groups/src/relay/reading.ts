/**
 * What comes to a relay may be anything: {@link readFrame} gives null for whatever no relay says.
 *
 * What a node tells its own relay carries {@link own}, an object that goes by reference within this program and never leaves it: nobody elsewhere can say that.
 */
import { immutable, Pid, Ref, type AnyPid, type Down } from '@agner/core'
import type { Frame, Outcome, RefusalReason } from './frames.ts'
import { hopLimit } from './hub.ts'

/** Stands in all that a node tells itself. What comes from another node is a copy of something else. */
export const own: { readonly by: string } = immutable({ by: '@agner/groups' })

export interface Own {
  readonly own: typeof own
}

type Fields = Readonly<Record<string, unknown>>
export const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null
export const isText = (value: unknown): value is string => typeof value === 'string'
export const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText)
/** Infinity is one. */
export const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
export const isPid = (value: unknown): value is AnyPid => value instanceof Pid

export function isOwn(message: unknown): boolean {
  return isObject(message) && message['own'] === own
}

export function isDown(message: unknown): message is Down {
  return isObject(message) && message['type'] === 'down' && message['ref'] instanceof Ref
}

function isTarget(value: unknown): boolean {
  if (isPid(value)) return true
  if (!isObject(value)) return false
  const { group, name, node, service } = value
  return isText(group) ? isText(name) || isText(service) : isText(node) && isText(name)
}

/** The source, and the gateways that it may pass. */
const isWay = (value: unknown, least: number): boolean =>
  isTexts(value) && value.length >= least && value.length <= hopLimit + 1

const refusals: Readonly<Record<RefusalReason, true>> = {
  noProcess: true,
  noRoute: true,
  full: true,
  loop: true,
  notAGateway: true,
  superseded: true,
}

const failures: Readonly<Record<(Outcome & { readonly ok: false })['failed'], true>> = {
  noProcess: true,
  noConnection: true,
  exited: true,
  timeout: true,
  refused: true,
}

function isOutcome(value: unknown): boolean {
  if (!isObject(value)) return false
  const { ok, failed, reason } = value
  if (ok === true) return 'value' in value
  if (ok !== false || !isText(failed) || !Object.hasOwn(failures, failed) || reason === undefined) return false
  return failed !== 'refused' || (isObject(reason) && isText(reason['message']))
}

const readers: { readonly [Type in Frame['type']]: (fields: Fields) => boolean } = {
  hello: ({ node, answer, gateway, groups, members }) =>
    isText(node) && isFlag(answer) && isFlag(gateway) && isTexts(groups) && isTexts(members),
  open: ({ way, hops, epoch, source, key, to, pid, windowMessages, windowBytes }) =>
    isWay(way, 1) &&
    isCount(hops) &&
    hops < hopLimit &&
    isCount(epoch) &&
    isObject(source) &&
    isText(source['node']) &&
    isCount(source['incarnation']) &&
    isText(key) &&
    isTarget(to) &&
    (pid === null || isPid(pid)) &&
    isCount(windowMessages) &&
    isCount(windowBytes),
  data: ({ seq, bytes }) => isCount(seq) && isCount(bytes),
  ask: ({ seq, bytes, ask, timeoutMs }) => isCount(seq) && isCount(bytes) && isCount(ask) && isTime(timeoutMs),
  close: () => true,
  check: () => true,
  here: () => true,
  returned: ({ bytes, ask, message, timeoutMs }) =>
    isCount(bytes) && (ask === null || isCount(ask)) && message !== undefined && isTime(timeoutMs),
  opened: ({ way, windowMessages, windowBytes }) => isWay(way, 1) && isCount(windowMessages) && isCount(windowBytes),
  refused: ({ reason, at }) => isText(reason) && Object.hasOwn(refusals, reason) && isText(at),
  credit: ({ messages, bytes }) => isCount(messages) && isCount(bytes),
  answer: ({ ask, outcome }) => isCount(ask) && isOutcome(outcome),
  ended: ({ why, reason }) => (why === 'target' || why === 'lost' || why === 'moved') && reason !== undefined,
}

export function readFrame(message: unknown): Frame | null {
  if (!isObject(message)) return null
  const { type, id } = message
  if (!isText(type) || !Object.hasOwn(readers, type) || (type !== 'hello' && !isText(id))) return null
  return readers[type as Frame['type']](message) ? (message as unknown as Frame) : null
}
