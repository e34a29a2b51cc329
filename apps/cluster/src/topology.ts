/**
 * Which nodes the chat has, what runs on them, and which groups they form.
 *
 * Two groups, so that no message needs a relay and a fault among the back's own nodes is nothing to the front: db1, db2 and log are in both.
 */
export type ServiceName = 'http' | 'log' | 'database' | 'reporting' | 'analytics'

export interface NodePlan {
  /** `name@host`. */
  readonly name: string
  readonly service: ServiceName
}

const host = '127.0.0.1'

function plan(shortName: string, service: ServiceName): NodePlan {
  return { name: `${shortName}@${host}`, service }
}

export const nodes: readonly NodePlan[] = [
  plan('log', 'log'),
  plan('db1', 'database'),
  plan('db2', 'database'),
  plan('http1', 'http'),
  plan('http2', 'http'),
  plan('reporting', 'reporting'),
  plan('analytics', 'analytics'),
]

export type GroupName = 'front' | 'back'

export const groups: Readonly<Record<GroupName, readonly string[]>> = {
  front: ['http1', 'http2', 'db1', 'db2', 'log'].map((name) => `${name}@${host}`),
  back: ['db1', 'db2', 'log', 'reporting', 'analytics'].map((name) => `${name}@${host}`),
}

export function groupsOf(node: string): GroupName[] {
  return (Object.keys(groups) as GroupName[]).filter((group) => groups[group].includes(node))
}

/** The nodes that keep the messages; the first of them serves when it can. */
export const databaseNodes: readonly string[] = nodes
  .filter(({ service }) => service === 'database')
  .map(({ name }) => name)

/** The node that helps them to a majority, and has no copy of the messages. */
export const witnessNode: string = nodes.find(({ service }) => service === 'log')!.name

/** The nodes that are in both groups: over them one group asks after the other. */
export const bridges: readonly string[] = groups.front.filter((node) => groups.back.includes(node))
