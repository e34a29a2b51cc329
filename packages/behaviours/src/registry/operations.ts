/**
 * What processes do with a registry. Reading is open to code outside any process; what is registered belongs to the
 * process that registers it.
 *
 * All of it happens at once, on this node, and asks no process: what one process has registered, the next one finds.
 */
import type { AnyPid, AnyProcess } from '@agner/core'
import { copy } from '@agner/core/kernel'
import { behavioursError } from '../errors.ts'
import { nodeOf, type Caller } from '../protocol/client.ts'
import type { RegistryEntry } from './entries.ts'
import type { Registry, RegistryKey } from './registry.ts'

type ValueThen<Value> = undefined extends Value ? [value?: Value] : [value: Value]

/**
 * Registers this process under a key until it unregisters or ends (Registry.register/3). With duplicate keys it may
 * register under the same one again, with another value.
 *
 * @throws `registry.taken` (`details.pid` has it), `registry.bad_key`, `registry.full`, `copy.unsendable`
 */
export function registerKey<Key extends RegistryKey, Value>(
  self: AnyProcess,
  registry: Registry<Key, Value>,
  key: Key,
  ...[value]: ValueThen<Value>
): void {
  const { node, pid } = self
  // A dead process registers nothing.
  if (!self.isAlive(pid)) return
  const holder = registry.add(node, key, pid, value as Value)
  if (holder !== null)
    throw behavioursError('registry.taken', {
      registry: registry.registry,
      key: String(key),
      holder: String(holder),
      pid: holder,
    })
}

/** Takes back what this process has under a key; nothing, if it has nothing there (Registry.unregister/2). */
export function unregisterKey<Key extends RegistryKey, Value>(
  self: AnyProcess,
  registry: Registry<Key, Value>,
  key: Key,
): void {
  registry.remove(self.node, key, self.pid)
}

/** The same for those values that are chosen (Registry.unregister_match/3). Returns how many that were. */
export function unregisterMatch<Key extends RegistryKey, Value>(
  self: AnyProcess,
  registry: Registry<Key, Value>,
  key: Key,
  chosen: (value: Value) => boolean,
): number {
  return registry.remove(self.node, key, self.pid, chosen)
}

/** Who has the key, with their values, in the order of registering (Registry.lookup/2). */
export function lookupKey<Key extends RegistryKey, Value>(
  from: Caller,
  registry: Registry<Key, Value>,
  key: Key,
): RegistryEntry<Value>[] {
  return Array.from(registry.table(nodeOf(from)).of(key), own)
}

/** Those of them that are chosen (Registry.match/3). */
export function matchKey<Key extends RegistryKey, Value>(
  from: Caller,
  registry: Registry<Key, Value>,
  key: Key,
  chosen: (value: Value, pid: AnyPid) => boolean,
): RegistryEntry<Value>[] {
  return lookupKey(from, registry, key).filter(({ value, pid }) => chosen(value, pid))
}

/** All entries of this node (Registry.select/2): as many copies as there are entries. */
export function selectEntries<Key extends RegistryKey, Value>(
  from: Caller,
  registry: Registry<Key, Value>,
): (RegistryEntry<Value> & { readonly key: Key })[] {
  return Array.from(registry.table(nodeOf(from)).all(), ({ key, ...entry }) => ({ key, ...own(entry) }))
}

/** The keys that a process has, each once (Registry.keys/2). */
export function keysOf<Key extends RegistryKey, Value>(
  from: Caller,
  registry: Registry<Key, Value>,
  pid: AnyPid,
): Key[] {
  return [...registry.table(nodeOf(from)).keysOf(pid)]
}

/** The values that a process has under a key (Registry.values/3). */
export function valuesOf<Key extends RegistryKey, Value>(
  from: Caller,
  registry: Registry<Key, Value>,
  key: Key,
  pid: AnyPid,
): Value[] {
  return registry
    .table(nodeOf(from))
    .valuesOf(key, pid)
    .map((value) => copy(value) as Value)
}

/** How many entries there are on this node (Registry.count/1). */
export function countEntries<Key extends RegistryKey, Value>(from: Caller, registry: Registry<Key, Value>): number {
  return registry.table(nodeOf(from)).size
}

/**
 * Puts another value in the place of the one that this process has under a unique key (Registry.update_value/3).
 * Returns it; undefined if the key is not its own.
 *
 * @throws `registry.not_unique`, `copy.unsendable`
 */
export function updateValue<Key extends RegistryKey, Value>(
  self: AnyProcess,
  registry: Registry<Key, Value>,
  key: Key,
  update: (value: Value) => Value,
): Value | undefined {
  if (registry.keys !== 'unique') throw behavioursError('registry.not_unique', { registry: registry.registry })
  const entries = registry.table(self.node)
  if (entries.holder(key) !== self.pid) return undefined
  const [value] = entries.valuesOf(key, self.pid)
  const updated = copy(update(copy(value) as Value)) as Value
  entries.replace(key, self.pid, updated)
  return copy(updated) as Value
}

/** Hands all that have the key to a function, unless there are none (Registry.dispatch/3). */
export function dispatch<Key extends RegistryKey, Value>(
  from: Caller,
  registry: Registry<Key, Value>,
  key: Key,
  to: (entries: readonly RegistryEntry<Value>[]) => void,
): void {
  const entries = lookupKey(from, registry, key)
  if (entries.length > 0) to(entries)
}

function own<Value>({ pid, value }: RegistryEntry<Value>): RegistryEntry<Value> {
  return { pid, value: copy(value) as Value }
}
