/**
 * Which partition a key belongs to, and where the partitions run.
 *
 *     key ── hash ──► partition i of n ──► its process, as the supervisor started it last
 *
 * The same key leads to the same partition as long as the number of partitions stays. An integer is its own hash, so
 * that round robin is `partition('counters', next++)`.
 */
import type { AnyPid, Node, Ref } from '@agner/core'
import { behavioursError } from '../../errors.ts'
import { nodeOf, type Caller } from '../../protocol/client.ts'
import type { NameRegistry, ViaName } from '../../protocol/via.ts'

/** What is routed by. */
export type PartitionKey = string | number | bigint | boolean | AnyPid | Ref

/** The partition of a key, from 0. Pure. */
export function partitionFor(key: PartitionKey, partitions: number): number {
  if (typeof key === 'number' && Number.isSafeInteger(key)) return Math.abs(key) % partitions
  if (typeof key === 'bigint') return Number((key < 0n ? -key : key) % BigInt(partitions))
  return hash(`${typeof key}:${String(key)}`) % partitions
}

/** FNV-1a, with a last mix, so that short keys that differ in their end spread as well. */
function hash(text: string): number {
  let mixed = 0x81_1c_9d_c5
  for (let index = 0; index < text.length; index++) mixed = Math.imul(mixed ^ text.charCodeAt(index), 0x01_00_01_93)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85_eb_ca_6b)
  return (mixed ^ (mixed >>> 13)) >>> 0
}

/** The processes of each partitioned supervisor of this realm, by partition. */
const tables = new WeakMap<AnyPid, (AnyPid | undefined)[]>()

/**
 * Notes where a partition of so many runs; undefined while it does not. The table has its full length from the first
 * one on: a key is asked for while the others are still to start, and belongs to one of all of them.
 */
export function settlePartition(supervisor: AnyPid, partitions: number, index: number, pid: AnyPid | undefined): void {
  let table = tables.get(supervisor)
  if (table === undefined) tables.set(supervisor, (table = Array.from<AnyPid | undefined>({ length: partitions })))
  table[index] = pid
}

/**
 * The process of a key's partition under a partitioned supervisor of this node; undefined while it is not running.
 *
 * @throws `supervisor.no_partition` if that is no partitioned supervisor that runs here
 */
export function whereisPartition(from: Caller, supervisor: AnyPid | string, key: PartitionKey): AnyPid | undefined {
  const node = nodeOf(from)
  const table = tableOf(node, supervisor)
  const pid = table[partitionFor(key, table.length)]
  return pid !== undefined && node.isAlive(pid) ? pid : undefined
}

/** How many partitions a partitioned supervisor of this node has. @throws `supervisor.no_partition` */
export function countPartitions(from: Caller, supervisor: AnyPid | string): number {
  return tableOf(nodeOf(from), supervisor).length
}

function tableOf(node: Node, supervisor: AnyPid | string): readonly (AnyPid | undefined)[] {
  const pid = typeof supervisor === 'string' ? node.whereis(supervisor) : supervisor
  const table = pid === undefined || !node.isAlive(pid) ? undefined : tables.get(pid)
  if (table !== undefined) return table
  throw behavioursError('supervisor.no_partition', { supervisor: String(supervisor) })
}

interface Routed {
  readonly supervisor: AnyPid | string
  readonly key: PartitionKey
}

const registry: NameRegistry = Object.freeze({
  registry: 'partition',
  register: () => {
    throw behavioursError('supervisor.partition_name')
  },
  unregister: () => {},
  whereis: (node: Node, name: unknown) => {
    const { supervisor, key } = name as Routed
    try {
      return whereisPartition(node, supervisor, key)
    } catch {
      return undefined
    }
  },
})

/**
 * The address of a key's partition, looked up at each call ({via, PartitionSupervisor, {Name, Key}} of Elixir): `call(self,
 * counter.at(partition('counters', user)), 'add', 1)`. While the partition is not running, calls are rejected with
 * `call.no_process`.
 */
export function partition(supervisor: AnyPid | string, key: PartitionKey): ViaName {
  return { via: registry, name: { supervisor, key } satisfies Routed }
}
