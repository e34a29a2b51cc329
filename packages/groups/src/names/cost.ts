/**
 * What an operation on a group's names costs, in messages between nodes: counted from how it is done, for the members as they are.
 *
 * The numbers are those of one operation on its own, on a name that nobody else has, with every member there and nothing lost. Several at once share messages; one
 * that takes a name away from a process costs more in mode `merge`, since its node takes the old claim back.
 */
import type { Consistency } from '../membership/view.ts'

export interface OperationCost {
  readonly operation: 'whereis' | 'names' | 'send' | 'register' | 'reregister' | 'unregister'
  readonly messages: number
  /** Whom they go between, in words. */
  readonly between: string
  /** Message delays until it is answered. */
  readonly delays: number
}

export interface CostOf {
  readonly mode: Consistency
  readonly members: number
  /** The members that vote on the log. */
  readonly voters: number
  /** Whether this node decides: the boss of the scope, or the leader of the log. */
  readonly isDeciding: boolean
}

export function costOf({ mode, members, isDeciding }: CostOf): OperationCost[] {
  const others = members - 1
  const ask = isDeciding || members === 1 ? 0 : 2
  const read: OperationCost[] = (['whereis', 'names'] as const).map((operation) => ({
    operation,
    messages: 0,
    between: 'nobody: it reads what this node has',
    delays: 0,
  }))
  const send: OperationCost = {
    operation: 'send',
    messages: 1,
    between: 'this node and that of the process, unless it is here',
    delays: 1,
  }
  const writes = (['register', 'reregister', 'unregister'] as const).map((operation): OperationCost => {
    if (others === 0) return { operation, messages: 0, between: 'nobody: this node is the only member', delays: 0 }
    return mode === 'merge'
      ? {
          operation,
          messages: ask + 2 * others,
          between: `this node and the one that decides (${String(ask)}), that one and every other member (${String(2 * others)})`,
          delays: ask + 2,
        }
      : {
          operation,
          messages: ask + 4 * others,
          between: `this node and the leader (${String(ask)}), the leader and every other member, once for the entry and once for its commit (${String(4 * others)})`,
          delays: ask === 0 ? 2 : 4,
        }
  })
  return [...read, send, ...writes]
}
