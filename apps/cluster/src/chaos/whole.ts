/**
 * Whether the cluster is as it should be: by `/api/cluster`, as any user can ask for it.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { groups, nodes as planned } from '../topology.ts'

export interface ClusterView {
  readonly nodes: readonly {
    readonly name: string
    readonly osPid: number | null
    readonly up: boolean
    readonly connections: readonly string[]
    readonly database?: DatabaseView
  }[]
}

export interface DatabaseView {
  readonly role: string
  readonly committed: number
  readonly applied: number
  readonly lag: number
  readonly serves: string
}

/** Entries: with people writing, a copy is always a few behind. */
const lagLimit = 200
const askTimeoutMs = 1500
const askEveryMs = 100

/** What is missing, as a sentence; null when nothing is. @param gone OS processes that must have made place for others. */
export function missingIn({ nodes }: ClusterView, gone: ReadonlySet<number>): string | null {
  for (const { name } of planned) {
    const node = nodes.find((one) => one.name === name)
    if (node === undefined || !node.up) return `${name} is not up`
    if (node.osPid !== null && gone.has(node.osPid)) return `${name} is still its old process`
    const unknown = peersOf(name).filter((peer) => !node.connections.includes(peer))
    if (unknown.length > 0) return `${name} is not connected to ${unknown.join(', ')}`
  }
  const parts = nodes.flatMap(({ name, database }) => (database === undefined ? [] : [{ name, ...database }]))
  if (parts.length === 0) return null
  const behind = parts.find(({ lag }) => lag > lagLimit)
  if (behind !== undefined) return `${behind.name} is ${behind.lag} entries behind`
  return parts.some(({ serves }) => serves === 'readsAndWrites') ? null : 'no node takes messages'
}

function peersOf(name: string): string[] {
  const shared = Object.values(groups).filter((group) => group.includes(name))
  return [...new Set(shared.flat())].filter((peer) => peer !== name)
}

export async function askCluster(url: string): Promise<ClusterView | null> {
  try {
    const response = await fetch(`${url}/api/cluster`, { signal: AbortSignal.timeout(askTimeoutMs) })
    return response.status === 200 ? ((await response.json()) as ClusterView) : null
  } catch {
    return null
  }
}

/** Null once it is whole; after `withinMs` what is missing still. */
export async function untilWhole(url: string, gone: ReadonlySet<number>, withinMs: number): Promise<string | null> {
  const deadlineMs = performance.now() + withinMs
  for (;;) {
    const view = await askCluster(url)
    const missing = view === null ? 'nobody answers /api/cluster' : missingIn(view, gone)
    if (missing === null || performance.now() > deadlineMs) return missing
    await pause(askEveryMs)
  }
}
