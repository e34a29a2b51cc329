/**
 * What is done to the nodes, drawn from a seed: pure.
 *
 * A round does something to one node, now and then to a second one before the first is back; or splits the network; or takes the power from all
 * that keep the messages. The next one begins once the cluster is whole again.
 */
import type { Stretch } from './history.ts'
import type { Down } from './measures.ts'
import { pickOne } from './random.ts'

export type Fault =
  /** `kill -9`; the launcher starts the node again. */
  | { readonly type: 'kill'; readonly node: string }
  /** Drains, ends and is started again. */
  | { readonly type: 'restart'; readonly node: string }
  /** SIGSTOP, and SIGCONT after that time: it wakes up and believes what it believed. */
  | { readonly type: 'stop'; readonly node: string; readonly forMs: number }
  /** Nothing gets from it to any other node, or to it, or either, for that time; or only the others that keep messages are out of its reach. */
  | {
      readonly type: 'cut'
      readonly node: string
      readonly from: 'all' | 'voters'
      readonly way: 'both' | 'out' | 'in'
      readonly forMs: number
    }
  /** For that time the two hear each other and nobody else. */
  | { readonly type: 'split'; readonly node: string; readonly with: string; readonly forMs: number }

/** What was done, from then until the whole cluster was as it should be again. */
export interface Struck extends Stretch {
  readonly fault: Fault
}

export type FaultType = Fault['type']

export interface Round {
  /** After the cluster was whole. */
  readonly waitMs: number
  readonly faults: readonly { readonly afterMs: number; readonly fault: Fault }[]
}

export interface Draw {
  readonly nodes: readonly string[]
  /** Those that keep the messages. */
  readonly voters: readonly string[]
  /** What can be done to one node here. */
  readonly types: readonly Exclude<FaultType, 'split'>[]
}

const share = { power: 0.08, second: 0.14, split: 0.1 }

export function drawRound(random: () => number, { nodes, voters, types }: Draw): Round {
  const between = (least: number, most: number): number => Math.round(least + random() * (most - least))
  const draw = (node: string): Fault => {
    const type = pickOne(random, types) ?? 'kill'
    // Shorter and longer than what it takes until somebody is taken for dead.
    if (type === 'stop') return { type, node, forMs: between(300, 6000) }
    if (type === 'cut') {
      const way = pickOne(random, ['both', 'both', 'out', 'in'] as const) ?? 'both'
      // One that leads, alone among its like, but in the sight of everybody else.
      const from = voters.includes(node) && random() < 0.5 ? 'voters' : 'all'
      return { type, node, from, way, forMs: between(500, 7000) }
    }
    return { type, node }
  }
  const waitMs = between(500, 2500)
  const chance = random()
  if (chance < share.power)
    return { waitMs, faults: voters.map((node) => ({ afterMs: 0, fault: { type: 'kill', node } })) }
  const others = (than: string): string[] => nodes.filter((node) => node !== than)
  if (chance > 1 - share.split && types.includes('cut')) {
    // Some of those who keep the messages are on either side, and users, too.
    const node = pickOne(random, voters) ?? ''
    const fault: Fault = { type: 'split', node, with: pickOne(random, others(node)) ?? '', forMs: between(1000, 7000) }
    return { waitMs, faults: [{ afterMs: 0, fault }] }
  }
  const first = pickOne(random, nodes) ?? ''
  const faults = [{ afterMs: 0, fault: draw(first) }]
  if (chance < share.power + share.second) {
    const second = pickOne(random, others(first))
    if (second !== undefined) faults.push({ afterMs: between(0, 1500), fault: draw(second) })
  }
  return { waitMs, faults }
}

/** Who is out of reach, or not there, while it lasts. */
export function downBy(fault: Fault): readonly string[] {
  return fault.type === 'split' ? [fault.node, fault.with] : [fault.node]
}

export function downsOf(struck: readonly Struck[]): Down[] {
  return struck.flatMap(({ fault, fromMs, toMs }) => downBy(fault).map((node) => ({ node, fromMs, toMs })))
}

export function describeFault(fault: Fault): string {
  switch (fault.type) {
    case 'kill':
      return `kill -9 ${fault.node}`
    case 'restart':
      return `restart ${fault.node}`
    case 'stop':
      return `stop ${fault.node} for ${fault.forMs} ms`
    case 'cut':
      return `cut ${fault.node} off from ${fault.from} (${fault.way}) for ${fault.forMs} ms`
    case 'split':
      return `leave ${fault.node} and ${fault.with} alone with each other for ${fault.forMs} ms`
  }
}
