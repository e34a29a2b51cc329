/**
 * The rolling restart: every node gets a new OS process, one at a time, while the others serve.
 *
 *     whole? ──► restart one: it drains, ends, starts, is ready ──► whole? ──► the next …
 *
 * Nothing is stopped unless the cluster is whole without it being the last of anything: every node up and linked, messages written, every copy
 * caught up. When that does not come about in time, or a node is not ready again in time, the restart ends there, with an error that says what is
 * missing; what runs goes on running, and no further node is restarted, whatever happens later.
 * The node that leads the database is restarted after the ones that follow it, so that its work moves as seldom as can be.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { NodeStatus } from '../boot/status.api.ts'
import { groups, groupsOf, nodes as plan, type NodePlan, type ServiceName } from '../topology.ts'

/** What `/api/cluster` says, as far as it matters here. */
export interface Look {
  readonly nodes: readonly (Pick<NodeStatus, 'name' | 'connections' | 'database'> & { readonly up: boolean })[]
}

export interface RestartTools {
  /** The cluster as it is now; null when nobody says. */
  look(): Promise<Look | null>
  /** Resolves when the node's next life is ready. Rejects within a bound, with an error that says why, when it does not get there. */
  restart(node: string): Promise<void>
  /** True ends it before the next step. */
  isOver(): boolean
  readonly say: (line: string) => void
}

/** The back first, since nobody waits for it; then who keeps the messages; the doors last. */
const order: readonly ServiceName[] = ['analytics', 'reporting', 'log', 'database', 'http']
const lookEveryMs = 50
/** Entries that a copy may be behind and still be called caught up: under load it is always behind by some. */
const lagLimit = 1000

/** For a node to be ready again, and for the cluster to be whole again. */
export const stepWithinMs = 30_000

/** @throws Error that says what is missing, when a node is not ready again, or the cluster is not whole, in time. */
export async function restartAll(tools: RestartTools, wholeWithinMs: number = stepWithinMs): Promise<void> {
  const left = [...plan]
  let restarted = 0
  try {
    while (left.length > 0) {
      const look = await whole(tools, wholeWithinMs)
      if (look === null) return
      const [next] = left.sort((a, b) => rank(a, look) - rank(b, look)).splice(0, 1)
      tools.say(`rolling restart: ${next!.name}, then ${left.length} more`)
      await tools.restart(next!.name)
      restarted++
    }
    if ((await whole(tools, wholeWithinMs)) !== null) tools.say('rolling restart: all nodes were restarted')
  } catch (error) {
    throw new Error(
      `the rolling restart ends ${afterHow(restarted)}: ${(error as Error).message}. Mend that, then ask for it again.`,
      { cause: error },
    )
  }
}

function afterHow(restarted: number): string {
  if (restarted === 0) return 'before a node was restarted'
  return restarted === plan.length ? 'after all nodes' : `after ${restarted} of ${plan.length} nodes`
}

async function whole(tools: RestartTools, withinMs: number): Promise<Look | null> {
  const deadlineMs = performance.now() + withinMs
  for (;;) {
    if (tools.isOver()) return null
    const look = await tools.look()
    const missing = look === null ? 'no http node answers' : missingIn(look)
    if (missing === null) return look
    if (performance.now() > deadlineMs) throw new Error(`${missing}, for ${withinMs / 1000} s`)
    await pause(lookEveryMs)
  }
}

function rank({ name, service }: NodePlan, look: Look): number {
  const leads = look.nodes.find((node) => node.name === name)?.database?.role === 'leader'
  return 2 * order.indexOf(service) + (leads ? 1 : 0)
}

/** What keeps the cluster from being whole, in words; null when nothing does. */
export function missingIn({ nodes }: Look): string | null {
  for (const { name } of plan) {
    const node = nodes.find((one) => one.name === name)
    if (node?.up !== true) return `${name} is down`
    const mates = groupsOf(name).flatMap((group) => groups[group])
    const cut = mates.find((mate) => mate !== name && !node.connections.includes(mate))
    if (cut !== undefined) return `${name} has no connection to ${cut}`
  }
  const parts = nodes.flatMap(({ name, database }) => (database === undefined ? [] : [{ name, ...database }]))
  if (parts.length === 0) return null
  if (!parts.some(({ serves }) => serves === 'readsAndWrites')) return 'no node takes messages'
  const newest = Math.max(...parts.map(({ committed }) => committed))
  const late = parts.find(({ applied, leader }) => newest - applied > lagLimit || leader === null)
  return late === undefined ? null : `${late.name} has not caught up`
}
