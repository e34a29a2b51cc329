/**
 * Who is in which group: one group of all, or groups of k whose first members are the gateways, in a group of their own.
 */

export interface Plan {
  /** Short names, in order. */
  readonly nodes: readonly string[]
  readonly groups: Readonly<Record<string, readonly string[]>>
}

export function namesOf(n: number): string[] {
  return Array.from({ length: n }, (_, index) => `n${String(index + 1)}`)
}

export function flat(n: number): Plan {
  const nodes = namesOf(n)
  return { nodes, groups: { all: nodes } }
}

/** Groups of `k`; the last one may be smaller. With one group there are no gateways. */
export function grouped(n: number, k: number): Plan {
  const nodes = namesOf(n)
  const groups: Record<string, readonly string[]> = {}
  for (let first = 0; first < n; first += k) groups[`g${String(first / k + 1)}`] = nodes.slice(first, first + k)
  const gateways = Object.values(groups).map((group) => group[0]!)
  return { nodes, groups: gateways.length > 1 ? { ...groups, gateways } : groups }
}

/** Whom a node shares a group with. */
export function peersOf({ groups }: Plan, node: string): string[] {
  const shared = Object.values(groups).filter((group) => group.includes(node))
  return [...new Set(shared.flat())].filter((other) => other !== node)
}

/** Connections that the plan asks for, counted pair by pair. */
export function connectionsOf(plan: Plan): number {
  return plan.nodes.reduce((sum, node) => sum + peersOf(plan, node).length, 0) / 2
}

/** n(n−1)/2, and for groups of k with meshed gateways n(k−1)/2 + (n/k)(n/k−1)/2. */
export function flatFormula(n: number): number {
  return (n * (n - 1)) / 2
}

export function groupedFormula(n: number, k: number): number {
  const groups = n / k
  return (n * (k - 1)) / 2 + (groups * (groups - 1)) / 2
}
