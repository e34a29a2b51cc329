/**
 * Partitioned supervisors: one child many times over, and each key at home in one of them (PartitionSupervisor of
 * Elixir). For a process that has too much to do: what it does for one key does not wait for what it does for others.
 *
 *     await startPartitionSupervisor(self, { partitions: 8, child: () => Counter.child({ arg: 0 }) }, { name: 'counters' })
 *     await call(self, counter.at(partition('counters', user)), 'add', 1)
 */
import type { AnyProcess } from '@agner/core'
import type { Starter } from '../../gen/start.ts'
import type { SupervisorPid } from '../api.ts'
import type { ChildSettings, ChildSpec, ChildStarted } from '../child-spec.ts'
import { badDefinition, type StrategyName, type SupervisorFlags } from '../definition.ts'
import { pidOf } from '../starting.ts'
import { defineSupervisor, startSupervisor, type Supervisor, type SupervisorOptions } from '../supervisor.ts'
import { settlePartition } from './partition.ts'

export interface PartitionSupervisorDefinition extends SupervisorFlags {
  /** How many, from 1 to 65,536. As long as it is the same, so is the partition of each key. */
  readonly partitions: number
  /** The child that is a partition, by its number from 0, which is its id, too. */
  readonly child: (partition: number) => ChildSpec<ChildStarted>
  /** Default `oneForOne`. */
  readonly strategy?: StrategyName
}

const mostPartitions = 65_536

/**
 * Starts all partitions, in order; resolves when they run. They are looked up by `partition(name, key)` or
 * `whereisPartition`.
 *
 * Rejects as `startSupervisor` does.
 */
export function startPartitionSupervisor(
  parent: Starter,
  definition: PartitionSupervisorDefinition,
  options: SupervisorOptions = {},
): Promise<SupervisorPid> {
  return startSupervisor(parent, toStatic(definition), options)
}

/** Defines one for nesting: `.child({ id, name })`. @throws `supervisor.bad_definition`, `supervisor.bad_child` */
export function definePartitionSupervisor(definition: PartitionSupervisorDefinition): Pick<Supervisor, 'child'> {
  const { child } = defineSupervisor(toStatic(definition))
  return Object.freeze({ child: (settings: ChildSettings & { readonly id: string }) => child(settings) })
}

function toStatic({ partitions, child, ...settings }: PartitionSupervisorDefinition) {
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > mostPartitions)
    throw badDefinition(`partitions must be a whole number from 1 to ${mostPartitions}; got ${String(partitions)}`)
  if (typeof child !== 'function') throw badDefinition('child must be a function (partition) => child specification')
  return {
    ...settings,
    children: Array.from({ length: partitions }, (_, index) => partitionOf(child(index), partitions, index)),
  }
}

/** The child, known under its number, and noted wherever it runs. */
function partitionOf(spec: ChildSpec<ChildStarted>, partitions: number, index: number): ChildSpec<ChildStarted> {
  return {
    ...spec,
    id: String(index),
    start: async (supervisor: AnyProcess) => {
      settlePartition(supervisor.pid, partitions, index, undefined)
      const started = await spec.start(supervisor)
      settlePartition(supervisor.pid, partitions, index, pidOf(started) ?? undefined)
      return started
    },
  }
}
