/**
 * The beginning and the end of a node's distributed applications.
 *
 *     startDistributedApplications ── spawn ──► keeper ── hello ──► the keepers of other nodes
 *          resolves when those that are to be there are, or the time is over
 */
import { call, killApplication, loadApplication, startServer } from '@agner/behaviours'
import { AgnerError, describeReason, isOrderlyExit, type AnyPid, type Node } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import { isDuration, longestMs } from '../duration.ts'
import { releaseError } from '../errors.ts'
import { areNodeNames, wantedNames } from '../node-name.ts'
import { Handle } from './handle.ts'
import type {
  DistributedApplications,
  DistributedApplicationsLimits,
  DistributedApplicationsOptions,
} from './interface.ts'
import { keeperProtocol } from './keeper.api.ts'
import { defineKeeper } from './keeper.ts'
import { Live } from './live.ts'
import { reportError } from './report-error.ts'
import { toTable, type Row } from './table.ts'

const defaultLimits: DistributedApplicationsLimits = { peers: 1024, watchers: 1024 }

/**
 * Begins the distributed applications of a node: once, after its distribution. Loads them, connects to the nodes of the table, and waits for those that are
 * mandatory or optional. Nothing runs before `start` says so.
 *
 * While it lives it keeps dialling the nodes of the table that are not connected. When the node stops, its applications are stopped first, and the others take over what
 * ran here once their `timeoutMs` is over; call `leave` before for a restart without a pause.
 *
 * Rejects with `release.bad_table`, `release.bad_option`, `release.mandatory_missing`, `application.clash`, and `start.already_started` if it was
 * called before, or the node has a gate of somebody else's. Then no process of it is left, and it can be called again.
 */
export async function startDistributedApplications(
  node: Node,
  distribution: Distribution,
  options: DistributedApplicationsOptions,
): Promise<DistributedApplications> {
  const { applications, mandatory = [], optional = [], syncTimeoutMs = 5000, permissions = {}, limits = {} } = options
  const table = toTable(applications)
  checkOptions(table, options, syncTimeoutMs)
  for (const { application } of table.values()) load(node, application)
  const live = new Live(node.name, table, permissions, { ...defaultLimits, ...limits })
  const wanted = [
    ...new Set([...mandatory, ...optional, ...[...table.values()].flatMap(({ groups }) => groups.flat())]),
  ]
  const pid = await startServer(node, defineKeeper(live, distribution, wanted), undefined, {
    name: keeperProtocol.module,
  })
  guard(node, pid, table)
  const handle = new Handle(node, pid, live)
  try {
    // Before others are waited for: where there is a gate of somebody else's, nothing is to begin.
    await handle.gate.begin()
    const asked = { key: live.key, nodes: [...mandatory, ...optional], timeoutMs: syncTimeoutMs }
    const missing = await call(node, keeperProtocol.at(pid), 'sync', asked)
    checkMandatory(node, missing, { mandatory, syncTimeoutMs })
    return handle
  } catch (error) {
    // Nobody has the handle. What was begun goes, or its names would stand in the way of the next attempt.
    await handle.leave()
    throw error
  }
}

function checkMandatory(
  { name: node }: Node,
  missing: readonly string[],
  { mandatory, syncTimeoutMs: timeoutMs }: { readonly mandatory: readonly string[]; readonly syncTimeoutMs: number },
): void {
  const needed = mandatory.filter((name) => missing.includes(name))
  if (needed.length === 0) return
  throw releaseError('release.mandatory_missing', { node, missing: needed.join(', '), timeoutMs })
}

function checkOptions(
  table: ReadonlyMap<string, Row>,
  { mandatory = [], optional = [], permissions = {}, limits = {} }: DistributedApplicationsOptions,
  syncTimeoutMs: number,
): void {
  const bad = (option: string, wanted: string) => releaseError('release.bad_option', { option, wanted })
  for (const [option, names] of Object.entries({ mandatory, optional }))
    if (!areNodeNames(names)) throw bad(option, wantedNames)
  if (syncTimeoutMs !== Infinity && !isDuration(syncTimeoutMs, 0, longestMs))
    throw bad('syncTimeoutMs', 'milliseconds from 0 up, or Infinity')
  for (const [name, isPermitted] of Object.entries(permissions))
    if (!table.has(name) || typeof isPermitted !== 'boolean')
      throw bad(`permissions.${name}`, 'true or false, for an application of the table')
  for (const [name, limit] of Object.entries(limits))
    if (!(Number.isSafeInteger(limit) && limit > 0)) throw bad(`limits.${name}`, 'a whole number above 0')
}

function load(node: Node, application: Row['application']): void {
  try {
    loadApplication(node, application)
  } catch (error) {
    if (!(error instanceof AgnerError) || error.code !== 'application.already_loaded') throw error
  }
}

/** A keeper that has crashed is gone for the others, who start what ran here: so it must not run here any more. */
function guard(node: Node, keeper: AnyPid, table: ReadonlyMap<string, Row>): void {
  void node.exited(keeper).then(async (reason) => {
    if (node.isStopped || isOrderlyExit(reason)) return
    const names = [...table.keys()]
    const details = { node: node.name, applications: names.join(', '), why: describeReason(reason) }
    reportError(node, 'release.keeper_ended', details, reason)
    await Promise.all(names.map((name) => killApplication(node, name)))
  })
}
