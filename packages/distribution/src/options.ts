/** Checks what startDistribution was given, and fills in the defaults. */
import type { Node } from '@agner/core'
import type { Discovery } from './discovery/discovery.ts'
import type { DistributionOptions } from './distribution-options.ts'
import { distributionError } from './errors.ts'
import type { Address } from './network/network.ts'
import { checkCookie } from './handshake/cookies.ts'
import { isNodeName } from './handshake/names.ts'

export const defaultMapperPort = 4370

export interface ListenOptions {
  /** Default 127.0.0.1: nobody outside this machine can connect. */
  readonly host: string
  /** Default 0: a free one. */
  readonly port: number
}

export interface PortMapperAddress {
  /** Default 127.0.0.1. */
  readonly host: string
  /** Default 4370. */
  readonly port: number
}

export interface LivenessSettings {
  /** Where the liveness thread listens, on the host of `listen`. Default 0: a free port. */
  readonly port: number
  /** For how long a peer may be suspect before it is down with `busy_timeout`. Default 60,000 ms. */
  readonly busyLimitMs: number
}

/** Whether a signal to a node without a connection makes one. */
export type AutoConnect = 'always' | 'once' | 'never'

export interface CheckedOptions {
  readonly cookie: string
  readonly listen: Address | null
  readonly portMapper: Address | null
  readonly hosts: ReadonlyMap<string, Address>
  readonly discovery: readonly Discovery[]
  readonly joinFound: boolean
  readonly tickMs: number
  readonly handshakeTimeoutMs: number
  readonly hidden: boolean
  readonly autoConnect: AutoConnect
  readonly connectAll: boolean
  readonly allow: ReadonlySet<string> | null
  /** Null: switched off. */
  readonly liveness: LivenessSettings | null
  /** Null: no hybrid clock. */
  readonly maxDriftMs: number | null
}

export function checkOptions(node: Node, options: DistributionOptions): CheckedOptions {
  if (node.name === 'nonode@nohost') throw distributionError('distribution.no_name')
  if (options.lease !== undefined && options.lease.name !== node.name)
    throw bad('lease', `one of the name of the node, ${node.name}`, options.lease.name)
  if (!isNodeName(node.name)) throw distributionError('distribution.bad_name', { name: JSON.stringify(node.name) })
  for (const [name, value] of Object.entries(options.limits ?? {})) positive(`limits.${name}`, value)
  const { listen = {}, portMapper = {} } = options
  return {
    cookie: checkCookie(options.cookie),
    listen: listen === false ? null : address('listen', listen.host ?? '127.0.0.1', listen.port ?? 0),
    portMapper:
      portMapper === false
        ? null
        : address('portMapper', portMapper.host ?? '127.0.0.1', portMapper.port ?? defaultMapperPort),
    hosts: new Map(Object.entries(options.hosts ?? {}).map(([name, text]) => [name, parseAddress(name, text)])),
    discovery: checkDiscovery(options.discovery ?? []),
    joinFound: flag('joinFound', options.joinFound ?? false),
    tickMs: positive('tickMs', options.tickMs ?? 15_000),
    handshakeTimeoutMs: positive('handshakeTimeoutMs', options.handshakeTimeoutMs ?? 7000),
    hidden: flag('hidden', options.hidden ?? false),
    autoConnect: checkAutoConnect(options.autoConnect ?? 'always'),
    connectAll: flag('connectAll', options.connectAll ?? true),
    allow: options.allow === undefined ? null : new Set(checkNames('allow', options.allow)),
    liveness: checkLiveness(options.liveness ?? {}),
    maxDriftMs: checkClock(options.clock ?? false),
  }
}

function checkDiscovery(given: Discovery | readonly Discovery[]): readonly Discovery[] {
  const all: readonly Discovery[] = Array.isArray(given) ? given : [given as Discovery]
  for (const each of all)
    if (typeof (each as Partial<Discovery> | null)?.lookup !== 'function')
      throw bad('discovery', 'a Discovery, or a list of them', each)
  return all
}

function checkAutoConnect(value: unknown): AutoConnect {
  if (value === 'always' || value === 'once' || value === 'never') return value
  throw bad('autoConnect', "'always', 'once' or 'never'", value)
}

function checkClock(value: unknown): number | null {
  if (typeof value === 'boolean') return value ? 60_000 : null
  if (typeof value !== 'object' || value === null) throw bad('clock', 'true, false, or { maxDriftMs }', value)
  const { maxDriftMs = 60_000 } = value as { readonly maxDriftMs?: unknown }
  return positive('clock.maxDriftMs', maxDriftMs)
}

function checkLiveness(value: Partial<LivenessSettings> | false): LivenessSettings | null {
  if (value === false) return null
  if (typeof value !== 'object') throw bad('liveness', 'settings, or false', value)
  const { port } = address('liveness', 'the host of listen', value.port ?? 0)
  return { port, busyLimitMs: positive('liveness.busyLimitMs', value.busyLimitMs ?? 60_000) }
}

/** @throws `distribution.bad_option` */
export function checkNames(option: string, names: unknown): readonly string[] {
  if (!Array.isArray(names)) throw bad(option, 'a list of node names', names)
  for (const name of names as unknown[])
    if (typeof name !== 'string' || !isNodeName(name)) throw bad(option, 'a list of node names (name@host)', name)
  return names as readonly string[]
}

function flag(option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw bad(option, 'true or false', value)
  return value
}

/** @throws `distribution.bad_option` */
export function positive(option: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value <= 0 || value > 2 ** 31 - 1)
    throw bad(option, 'a whole number from 1 to 2147483647', value)
  return value
}

function address(option: string, host: unknown, port: unknown): Address {
  if (typeof host !== 'string' || host === '') throw bad(`${option}.host`, 'a host name or address', host)
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw bad(`${option}.port`, 'a port from 0 to 65535', port)
  return { host, port }
}

function parseAddress(name: string, text: unknown): Address {
  const parts = typeof text === 'string' ? /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text) : null
  const [, host, port] = parts ?? []
  if (host === undefined || port === undefined || Number(port) > 65_535)
    throw bad(`hosts['${name}']`, '"host:port"', text)
  return { host, port: Number(port) }
}

function bad(option: string, wanted: string, value: unknown): Error {
  return distributionError('distribution.bad_option', { option, wanted, value: String(value) })
}
