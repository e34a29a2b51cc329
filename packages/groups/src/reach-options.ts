/** What is refused of the options of the relay and of the attributes, before anything has begun. */
import { checkAttribute } from './attributes/service.ts'
import { groupsError } from './errors.ts'
import type { ReachOptions } from './reach.ts'
import { defaultRelayLimits, defaultRelayTimes } from './relay/limits.ts'
import { refuseUnknown } from './settings.ts'

/** These only say when to give up. */
const mayBeEndless: ReadonlySet<string> = new Set(['idleMs', 'openTimeoutMs'])

/** @throws `groups.bad_option`, `groups.too_many` */
export function checkReach(node: string, { gateways = 'several', relay = {}, attributes = {} }: ReachOptions): void {
  const isList = Array.isArray(gateways) && gateways.every((each) => typeof each === 'string')
  if (gateways !== 'several' && gateways !== 'none' && !isList)
    refuse('gateways', "'several', 'none' or a list of node names")
  if (!isObject(relay)) refuse('relay', 'an object')
  const { limits = {}, times = {} } = relay
  if (!isObject(limits)) refuse('relay.limits', 'an object')
  if (!isObject(times)) refuse('relay.times', 'an object')
  refuseUnknown('relay.limits', limits, defaultRelayLimits)
  refuseUnknown('relay.times', times, defaultRelayTimes)
  for (const [name, value] of Object.entries({ ...defaultRelayLimits, ...limits }))
    if (!Number.isSafeInteger(value) || value < 1) refuse(`relay.limits.${name}`, 'a whole number above 0')
  for (const [name, value] of Object.entries({ ...defaultRelayTimes, ...times })) {
    const isEndless = value === Infinity && mayBeEndless.has(name)
    if (!isEndless && !(Number.isFinite(value) && value > 0))
      refuse(`relay.times.${name}`, `a number above 0${mayBeEndless.has(name) ? ', or Infinity' : ''}`)
  }
  checkAttributes(node, attributes)
}

function checkAttributes(node: string, given: NonNullable<ReachOptions['attributes']>): void {
  if (!isObject(given)) refuse('attributes', 'an object')
  const { initial = {}, limit = 1000 } = given
  if (!(typeof limit === 'number' && limit >= 0)) refuse('attributes.limit', 'a number from 0 up, or Infinity')
  if (!isObject(initial)) refuse('attributes.initial', 'an object')
  const own = Object.entries(initial)
  for (const [name, value] of own) checkAttribute(name, value)
  if (own.length > limit)
    throw groupsError('groups.too_many', { node, what: 'attributes', limit, option: 'attributes.limit' })
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function refuse(option: string, wanted: string): never {
  throw groupsError('groups.bad_option', { option, wanted })
}
